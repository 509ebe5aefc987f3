"""Gapless numbers (architecture 2.4): an invoice takes the next number, and only that moves the counter.

And receipt (Zugang): only what was taken by a mail server, or proved, sets a day to pay by.
"""

# ruff: noqa: S608 - conditions put together from constants of this package, no input

from billing.store.rules.speech import Effect, Event, Rule

_SERIES = "SELECT 1 FROM number_series s WHERE s.processor_id = NEW.processor_id AND s.series = NEW.series"

_GAP = f"NOT EXISTS ({_SERIES} AND s.year = NEW.year AND s.last_sequence = NEW.sequence - 1)"

_DATE_BACK = f"EXISTS ({_SERIES} AND s.last_issue_date > NEW.issue_date)"

# The last number that was given elsewhere: before moving in (opening balance), or after the backup that was restored.
_GIVEN = """(SELECT o.value - 1 AS last_sequence FROM opening_balance o WHERE o.processor_id = NEW.processor_id
    AND o.kind = 'next_number' AND o.series = NEW.series AND o.year = NEW.year AND o.withdrawn_by_name IS NULL
    UNION ALL SELECT r.last_sequence FROM restored_series r WHERE r.processor_id = NEW.processor_id
    AND r.series = NEW.series AND r.year = NEW.year AND r.last_sequence IS NOT NULL)"""
_BROUGHT = f"EXISTS (SELECT 1 FROM {_GIVEN} g WHERE g.last_sequence = NEW.last_sequence)"
_LAST_BROUGHT = f"SELECT max(g.last_sequence) FROM {_GIVEN} g"

# What a restore lost may have reached its recipients: nothing is numbered until somebody has looked.
_UNCONFIRMED = """EXISTS (SELECT 1 FROM restored_series r WHERE r.processor_id = NEW.processor_id
    AND r.last_sequence IS NULL)"""
_KNOWN_DIFFERS = """NEW.known_sequence <> coalesce((SELECT s.last_sequence FROM number_series s
    WHERE s.processor_id = NEW.processor_id AND s.series = NEW.series AND s.year = NEW.year), 0)"""

_TAKEN_BY_INVOICE = """NEW.last_sequence = OLD.last_sequence + 1 AND EXISTS (SELECT 1 FROM invoice i
    WHERE i.processor_id = NEW.processor_id AND i.series = NEW.series AND i.year = NEW.year
    AND i.sequence = NEW.last_sequence AND i.issue_date = NEW.last_issue_date)"""

_MOVED_FORWARD = f"""NEW.last_sequence > OLD.last_sequence
    AND NEW.last_issue_date IS NOT DISTINCT FROM OLD.last_issue_date AND {_BROUGHT}"""

_CLOSING_CANCELLED = """EXISTS (SELECT 1 FROM closing c WHERE c.processor_id = NEW.processor_id
    AND c.id = NEW.closing_id AND c.cancelled_by_id IS NOT NULL)"""

_CANCELS_ANOTHER = """NEW.cancels_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM invoice i
    WHERE i.processor_id = NEW.processor_id AND i.id = NEW.cancels_id AND i.closing_id = NEW.closing_id
    AND i.kind = 'invoice')"""

_RECEIVED_EARLY = """EXISTS (SELECT 1 FROM invoice i WHERE i.processor_id = NEW.processor_id
    AND i.id = NEW.invoice_id AND i.issue_date > NEW.received_on)"""

# The XML that goes out is the one that was checked.
_OTHER_XML = """NEW.kind = 'xml' AND NOT EXISTS (SELECT 1 FROM invoice_check k JOIN stored_file f
    ON f.processor_id = k.processor_id AND f.sha256 = k.xml_sha256 WHERE k.processor_id = NEW.processor_id
    AND k.invoice_id = NEW.invoice_id AND k.outcome = 'passed' AND f.id = NEW.stored_file_id)"""

# An attempt that was not accepted is no receipt; without an attempt it takes a proof (Zugang).
_UNPROVED = """NEW.source = 'manual' AND (NEW.delivery_id IS NOT NULL OR NEW.evidence_file_id IS NULL
    OR NEW.evidence_note IS NULL) OR NEW.source <> 'manual' AND NOT EXISTS (SELECT 1 FROM delivery d
    WHERE d.processor_id = NEW.processor_id AND d.id = NEW.delivery_id AND d.outcome = 'accepted'
    AND d.channel = NEW.source)"""


def _answered_by(kind: str) -> str:
    return f"""EXISTS (SELECT 1 FROM invoice k WHERE k.processor_id = NEW.processor_id
    AND k.cancels_id = NEW.cancels_id AND k.kind = '{kind}')"""


_TAKEN_BACK = """NEW.net_cents + (SELECT i.net_cents FROM invoice i WHERE i.processor_id = NEW.processor_id
    AND i.id = NEW.cancels_id) + (SELECT coalesce(sum(k.net_cents), 0) FROM invoice k
    WHERE k.processor_id = NEW.processor_id AND k.cancels_id = NEW.cancels_id)"""

# A statement shows exactly what its living closing found to be pass-through money.
_PASSED_THROUGH = """SELECT coalesce(sum(x.net_cents), 0) FROM closing_expense x
    WHERE x.processor_id = NEW.processor_id AND x.closing_id = NEW.closing_id AND x.code = 'pass_through'
    AND x.released_by_id IS NULL"""

RULES = [
    Rule("pass_through_differs", "pass_through", Event.INSERT, f"NEW.total_cents <> ({_PASSED_THROUGH})"),
    Rule("numbers_unconfirmed", "invoice", Event.INSERT, _UNCONFIRMED),
    Rule("restored_differs", "restored_series", Event.INSERT, _KNOWN_DIFFERS),
    Rule("born_ended", "restored_series", Event.INSERT, "NEW.last_sequence IS NOT NULL"),
    Rule("number_gap", "invoice", Event.INSERT, _GAP),
    Rule("invoice_dated_back", "invoice", Event.INSERT, _DATE_BACK),
    Rule("closing_not_living", "invoice", Event.INSERT, f"NEW.kind = 'invoice' AND {_CLOSING_CANCELLED}"),
    Rule("cancels_another_closing", "invoice", Event.INSERT, _CANCELS_ANOTHER),
    # What was taken back in parts is not taken back again as a whole, and never more than there was.
    Rule(
        "invoice_is_corrected", "invoice", Event.INSERT, f"NEW.kind = 'cancellation' AND {_answered_by('correction')}"
    ),
    Rule(
        "invoice_already_cancelled",
        "invoice",
        Event.INSERT,
        f"NEW.kind = 'correction' AND {_answered_by('cancellation')}",
    ),
    Rule("corrected_beyond_invoice", "invoice", Event.INSERT, f"NEW.kind = 'correction' AND ({_TAKEN_BACK}) < 0"),
    Rule(
        "counter_moved",
        "number_series",
        Event.INSERT,
        f"NEW.last_issue_date IS NOT NULL OR NEW.last_sequence <> coalesce(({_LAST_BROUGHT}), 0)",
    ),
    Rule(
        "counter_moved",
        "number_series",
        Event.UPDATE,
        "(OLD.last_sequence <> NEW.last_sequence OR OLD.last_issue_date IS DISTINCT FROM NEW.last_issue_date)"
        f" AND NOT ({_TAKEN_BY_INVOICE}) AND NOT ({_MOVED_FORWARD})",
    ),
    Rule("invoice_not_checked", "invoice_file", Event.INSERT, _OTHER_XML),
    Rule("received_before_issue", "receipt", Event.INSERT, _RECEIVED_EARLY),
    Rule("receipt_unproved", "receipt", Event.INSERT, _UNPROVED),
    Rule("key_id_differs", "stored_file", Event.INSERT, "NEW.key_id <> KEY_ID(NEW.content)"),
    Rule("key_id_differs", "stored_file", Event.UPDATE, "NEW.key_id <> KEY_ID(NEW.content)"),
]

EFFECTS = [
    Effect(
        "invoice",
        """UPDATE number_series SET last_sequence = NEW.sequence, last_issue_date = NEW.issue_date
    WHERE processor_id = NEW.processor_id AND series = NEW.series AND year = NEW.year""",
    )
]
