"""Claims: money goes to invoices only, no transfer is spent twice, reminders follow each other."""

# ruff: noqa: S608 - conditions put together from constants of this package, no input

from billing.store.rules.proposals import FOUR_EYES, same_person
from billing.store.rules.speech import Event, Lock, Rule

_NO_INVOICE = """NOT EXISTS (SELECT 1 FROM invoice i WHERE i.processor_id = NEW.processor_id AND i.id = NEW.invoice_id
    AND i.kind = 'invoice')"""

# A row that answers another one takes back exactly that, once (a unique key), and is no matter of another one itself.
_OTHER_REVERSAL = """NEW.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payment p
    WHERE p.processor_id = NEW.processor_id AND p.id = NEW.reverses_id AND p.amount_cents = -NEW.amount_cents
    AND p.reverses_id IS NULL AND p.bank_entry_id IS NOT DISTINCT FROM NEW.bank_entry_id)"""

_SPENT = """(NEW.amount_cents + coalesce((SELECT sum(p.amount_cents) FROM payment p
    WHERE p.processor_id = NEW.processor_id AND p.bank_entry_id = NEW.bank_entry_id), 0))"""

_OVERSPENT = f"""NEW.bank_entry_id IS NOT NULL AND {_SPENT} > (SELECT b.amount_cents FROM bank_entry b
    WHERE b.processor_id = NEW.processor_id AND b.id = NEW.bank_entry_id)"""

_LEVEL_LEFT_OUT = """NEW.level > 1 AND NOT EXISTS (SELECT 1 FROM reminder r WHERE r.processor_id = NEW.processor_id
    AND r.invoice_id = NEW.invoice_id AND r.level = NEW.level - 1)"""

_PROPOSED_IT = same_person("NEW.recorded_by_id NEW.recorded_by_name", "NEW.decided_by_id NEW.decided_by_name")

# Goodwill for an invoice follows a proposal that was confirmed at that very moment, by that very person.
_NOT_CONFIRMED = """NEW.invoice_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM write_off_proposal p
    WHERE p.processor_id = NEW.processor_id AND p.invoice_id = NEW.invoice_id AND p.amount_cents = NEW.amount_cents
    AND p.accepted AND p.decided_at = NEW.recorded_at
    AND p.decided_by_id IS NOT DISTINCT FROM NEW.second_person_id)"""

RULES = [
    Rule("claim_of_no_invoice", "payment", Event.INSERT, _NO_INVOICE),
    Rule("reversal_differs", "payment", Event.INSERT, _OTHER_REVERSAL),
    Rule("bank_entry_overspent", "payment", Event.INSERT, _OVERSPENT),
    Rule("born_ended", "write_off_proposal", Event.INSERT, "NEW.decided_at IS NOT NULL"),
    Rule("claim_of_no_invoice", "write_off_proposal", Event.INSERT, _NO_INVOICE),
    Rule(
        "second_person_missing",
        "write_off_proposal",
        Event.UPDATE,
        f"OLD.accepted IS NULL AND NEW.accepted AND {FOUR_EYES} AND {_PROPOSED_IT}",
    ),
    Rule("second_person_missing", "written_off", Event.INSERT, _NOT_CONFIRMED),
    Rule("claim_of_no_invoice", "reminder", Event.INSERT, _NO_INVOICE),
    Rule("reminder_level_left_out", "reminder", Event.INSERT, _LEVEL_LEFT_OUT),
]

# Two who spend one transfer at once wait for each other, or both would see it whole.
LOCKS = [
    Lock(
        "payment", "FROM bank_entry b WHERE b.processor_id = NEW.processor_id AND b.id = NEW.bank_entry_id FOR UPDATE"
    ),
]
