"""Drafts and closings (architecture 2.2, 2.3, 2.5): no minute twice, nothing added later, nothing lost on release."""

# ruff: noqa: S608 - conditions put together from constants of this package, no input

from billing.store.rules.estimates import moves_outside
from billing.store.rules.rows import changed
from billing.store.rules.speech import SQLITE, Event, Lock, Rule
from billing.store.tables import metadata

DRAFT_TRANSITIONS = (("draft", "approved"), ("draft", "discarded"), ("approved", "issued"), ("approved", "discarded"))
_DRAFT_CONTENT = sorted(metadata.tables["draft"].info["rule"].may_change - {"state"})
DECISIONS = ("segment", "unit", "closing_expense")

# The case that a decided row belongs to, seen from `NEW`.
_CASE_OF = {
    "segment": "(SELECT e.case_id FROM entry e WHERE e.processor_id = NEW.processor_id AND e.id = NEW.entry_id)",
    "unit": "NEW.case_id",
    "closing_expense": """(SELECT x.case_id FROM expense x WHERE x.processor_id = NEW.processor_id
    AND x.id = NEW.expense_id)""",
}


def _closing(condition: str) -> str:
    return f"""EXISTS (SELECT 1 FROM closing c WHERE c.processor_id = NEW.processor_id AND c.id = NEW.closing_id
    AND {condition})"""


def _earlier(condition: str) -> str:
    return f"""EXISTS (SELECT 1 FROM closing c WHERE c.processor_id = NEW.processor_id
    AND c.contract_id = NEW.contract_id AND {condition})"""


def _correction(condition: str) -> str:
    return f"""EXISTS (SELECT 1 FROM correction k WHERE k.processor_id = NEW.processor_id AND {condition})"""


def _rules_of_decisions(table: str) -> list[Rule]:
    """Give what holds for every decided row: it comes with its living closing, and goes as a correction names it."""
    invoiced = "EXISTS (SELECT 1 FROM invoice i WHERE i.processor_id = c.processor_id AND i.closing_id = c.id)"
    named = f"""EXISTS (SELECT 1 FROM correction_item i WHERE i.processor_id = k.processor_id
    AND i.correction_id = k.id AND i.case_id = {_CASE_OF[table]})"""
    beyond = _correction(f"k.id = NEW.released_by_id AND k.scope = 'partial' AND NOT {named}")
    return [
        Rule("closing_not_living", table, Event.INSERT, _closing("c.cancelled_by_id IS NOT NULL")),
        Rule("closing_is_invoiced", table, Event.INSERT, _closing(invoiced)),
        Rule("released_beyond_correction", table, Event.UPDATE, f"NEW.released_by_id IS NOT NULL AND {beyond}"),
    ]


def _holds_billed(table: str, *, billed: str = "") -> str:
    return f"""EXISTS (SELECT 1 FROM {table} d WHERE d.processor_id = NEW.processor_id AND d.closing_id = NEW.id
    AND d.released_by_id IS NULL{billed})"""


_STILL_BILLED = " OR ".join(
    [
        _holds_billed("segment", billed=" AND d.verdict = 'billed'"),
        _holds_billed("unit"),
        _holds_billed("closing_expense", billed=" AND d.verdict = 'billed'"),
    ]
)

# Living segments of an entry are apart, so the last one that begins before the new end is the only one to look at.
_OVERLAP = """(SELECT s.to_min FROM segment s WHERE s.processor_id = NEW.processor_id AND s.entry_id = NEW.entry_id
    AND s.released_by_id IS NULL AND s.from_min < NEW.to_min ORDER BY s.from_min DESC LIMIT 1) > NEW.from_min"""

# Work that stood on an invoice may be billed again once the correction that released it has its document.
_UNANSWERED = """EXISTS (SELECT 1 FROM {table} d JOIN correction k ON k.processor_id = d.processor_id
    AND k.id = d.released_by_id JOIN invoice i ON i.processor_id = d.processor_id AND i.closing_id = d.closing_id
    AND i.kind = 'invoice' WHERE d.processor_id = NEW.processor_id AND {same} AND k.invoice_id IS NULL
    AND (EXISTS (SELECT 1 FROM unit u WHERE u.processor_id = k.processor_id AND u.closing_id = k.closing_id
    AND u.released_by_id = k.id) OR EXISTS (SELECT 1 FROM closing_expense x WHERE x.processor_id = k.processor_id
    AND x.closing_id = k.closing_id AND x.released_by_id = k.id AND x.code <> 'pass_through')))"""
_SAME_MINUTES = "d.entry_id = NEW.entry_id AND d.from_min < NEW.to_min AND d.to_min > NEW.from_min"

_OTHER_WAY = """NEW.verdict = 'billed' AND (NEW.code = 'pass_through') <> (SELECT x.in_name_of_client FROM expense x
    WHERE x.processor_id = NEW.processor_id AND x.id = NEW.expense_id)"""

# A correction's document answers the invoice of its own closing; one of parts is no cancellation.
_ANOTHER_DOCUMENT = """NEW.invoice_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM invoice i
    WHERE i.processor_id = NEW.processor_id AND i.id = NEW.invoice_id AND i.closing_id = NEW.closing_id
    AND (i.kind = 'correction' OR i.kind = 'cancellation' AND NEW.scope = 'full'))"""

_CORRECTED_BEFORE = """EXISTS (SELECT 1 FROM correction_item i JOIN correction k ON k.processor_id = i.processor_id
    AND k.id = i.correction_id JOIN correction n ON n.processor_id = k.processor_id AND n.closing_id = k.closing_id
    WHERE i.processor_id = NEW.processor_id AND i.case_id = NEW.case_id AND n.id = NEW.correction_id)"""

_NAMED_CASES = """(SELECT i.case_id FROM correction_item i WHERE i.processor_id = NEW.processor_id
    AND i.correction_id = NEW.id)"""


def _case_holds(decided: str, case: str) -> str:
    """Give the condition that a case named by a correction of parts still holds billed rows of its closing."""
    return f"""EXISTS (SELECT 1 FROM {decided} WHERE d.processor_id = NEW.processor_id
    AND d.closing_id = NEW.closing_id AND d.released_by_id IS NULL AND {case} IN {_NAMED_CASES})"""


_CASE_STILL_BILLED = " OR ".join(
    [
        _case_holds("unit d", "d.case_id"),
        _case_holds(
            "segment d JOIN entry e ON e.processor_id = d.processor_id AND e.id = d.entry_id AND d.verdict = 'billed'",
            "e.case_id",
        ),
        _case_holds(
            "closing_expense d JOIN expense e ON e.processor_id = d.processor_id AND e.id = d.expense_id"
            " AND d.verdict = 'billed' AND d.code <> 'pass_through'",
            "e.case_id",
        ),
    ]
)

_OUTSIDE_ENTRY = """NOT EXISTS (SELECT 1 FROM entry_version v WHERE v.processor_id = NEW.processor_id
    AND v.entry_id = NEW.entry_id AND v.superseded_at IS NULL AND NOT v.deleted
    AND MINUTE(v.start_at) <= NEW.from_min AND MINUTE(v.end_at) >= NEW.to_min)"""

_OTHER_NET = """NOT EXISTS (SELECT 1 FROM expense x WHERE x.processor_id = NEW.processor_id AND x.id = NEW.expense_id
    AND x.net_cents = NEW.net_cents AND x.withdrawn_at IS NULL)"""

# A month is issued with an electronic invoice that the official rules let pass.
_UNCHECKED = """NEW.state = 'issued' AND OLD.state <> 'issued' AND EXISTS (SELECT 1 FROM closing c JOIN invoice i
    ON i.processor_id = c.processor_id AND i.closing_id = c.id WHERE c.processor_id = NEW.processor_id
    AND c.contract_id = NEW.contract_id AND c.month = NEW.month AND c.cancelled_by_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM invoice_check k WHERE k.processor_id = i.processor_id AND k.invoice_id = i.id
    AND k.outcome = 'passed'))"""

# Its reason and note may be sealed anew at any time.
_GETS_ITS_DOCUMENT = "NEW.scope = 'partial' AND NEW.invoice_id IS DISTINCT FROM OLD.invoice_id"

RULES = [
    Rule("draft_not_drafted", "draft", Event.INSERT, "NEW.state <> 'draft'"),
    Rule("draft_already_decided", "draft", Event.UPDATE, moves_outside(DRAFT_TRANSITIONS)),
    Rule(
        "draft_already_decided",
        "draft",
        Event.UPDATE,
        f"OLD.state <> 'draft' AND ({changed(metadata.tables['draft'], _DRAFT_CONTENT)})",
    ),
    Rule("invoice_not_checked", "draft", Event.UPDATE, _UNCHECKED),
    Rule("month_goes_back", "closing", Event.INSERT, _earlier("c.month > NEW.month")),
    Rule("as_of_goes_back", "closing", Event.INSERT, _earlier("c.as_of > NEW.as_of")),
    Rule(
        "correction_does_not_fit",
        "closing",
        Event.UPDATE,
        _correction("k.id = NEW.cancelled_by_id AND (k.scope <> 'full' OR k.closing_id <> NEW.id)"),
    ),
    Rule("still_billed", "closing", Event.UPDATE, f"NEW.cancelled_by_id IS NOT NULL AND ({_STILL_BILLED})"),
    *(rule for table in DECISIONS for rule in _rules_of_decisions(table)),
    Rule("invoice_not_answered", "segment", Event.INSERT, _UNANSWERED.format(table="segment", same=_SAME_MINUTES)),
    Rule(
        "invoice_not_answered",
        "closing_expense",
        Event.INSERT,
        _UNANSWERED.format(table="closing_expense", same="d.expense_id = NEW.expense_id"),
    ),
    # What was paid in the controller's name never comes into an invoice, and nothing else is asked back beside it.
    Rule("pass_through_differs", "closing_expense", Event.INSERT, _OTHER_WAY),
    Rule("month_after_closing", "segment", Event.INSERT, _closing("c.month < NEW.month")),
    Rule("segment_overlap", "segment", Event.INSERT, _OVERLAP, SQLITE),  # PostgreSQL: an EXCLUDE constraint
    Rule("segment_outside_entry", "segment", Event.INSERT, _OUTSIDE_ENTRY),
    Rule("expense_net_differs", "closing_expense", Event.INSERT, _OTHER_NET),
    Rule("closing_not_living", "correction", Event.INSERT, _closing("c.cancelled_by_id IS NOT NULL")),
    Rule("correction_does_not_fit", "correction", Event.INSERT, _ANOTHER_DOCUMENT),
    Rule("correction_does_not_fit", "correction", Event.UPDATE, _ANOTHER_DOCUMENT),
    Rule("case_still_billed", "correction", Event.UPDATE, f"{_GETS_ITS_DOCUMENT} AND ({_CASE_STILL_BILLED})"),
    Rule("case_already_corrected", "correction_item", Event.INSERT, _CORRECTED_BEFORE),
]

LOCKS = [
    Lock(
        "closing",
        "FROM contract c WHERE c.processor_id = NEW.processor_id AND c.id = NEW.contract_id FOR NO KEY UPDATE",
    ),
    Lock(
        "correction_item",
        """FROM closing c JOIN correction k ON k.processor_id = c.processor_id AND k.closing_id = c.id
    WHERE k.processor_id = NEW.processor_id AND k.id = NEW.correction_id FOR NO KEY UPDATE OF c""",
    ),
]
