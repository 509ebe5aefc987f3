"""The trails (architecture 2.6), chains without a hole; and the year from which each kind of row is kept.

`rules.retention` makes of these years what may be deleted when.
"""

# ruff: noqa: S608 - conditions put together from constants of this package, no input

from billing.store.rules.speech import Event, Rule

GENESIS = "0" * 64
ACCESS_LOG_MONTHS = 6
"""A day of the access log goes after the day of the same number six months later, not on it (law.md T-13)."""


def _year(moment: str) -> str:
    return f"YEAR({moment})"


def _year_of(table: str, column: str, link: str) -> str:
    """Give the year of a moment of the row that `x` belongs to."""
    return f"(SELECT YEAR(p.{column}) FROM {table} p WHERE p.processor_id = x.processor_id AND p.id = x.{link})"


def year_of_closing(closing: str) -> str:
    """Give the last year in which something of a closing was issued or taken back: all of it is kept as a whole."""
    return f"""(SELECT max(o.year) FROM (
    SELECT YEAR(c.closed_at) AS year FROM closing c WHERE c.processor_id = x.processor_id AND c.id = {closing}
    UNION ALL SELECT i.year FROM invoice i WHERE i.processor_id = x.processor_id AND i.closing_id = {closing}
    UNION ALL SELECT YEAR(k.recorded_at) FROM correction k
    WHERE k.processor_id = x.processor_id AND k.closing_id = {closing}) o)"""


_PROVED = """s.processor_id = x.processor_id AND (s.verdict = 'billed' OR s.source IS NOT NULL)"""
# Free minutes are proof as well where they used up what made others cost money, or stand beside billed ones.
IS_PROOF = f"EXISTS (SELECT 1 FROM segment s WHERE {_PROVED} AND s.entry_id = x.entry_id)"
_OF_INVOICE = "(SELECT n.closing_id FROM invoice n WHERE n.processor_id = x.processor_id AND n.id = x.invoice_id)"
_OF_CORRECTION = (
    "(SELECT n.closing_id FROM correction n WHERE n.processor_id = x.processor_id AND n.id = x.correction_id)"
)

# Whole calendar years that a row `x` is kept after the year it belongs to: vouchers 8 (§ 147 Abs. 3 AO, § 14b UStG),
# business letters 6, other work 3 (§§ 195, 199 BGB). Tables that are not here hold what has no period of its own.
_RECORDED = _year("x.recorded_at")
VOUCHERS = {
    "invoice": year_of_closing("x.closing_id"),
    "invoice_file": year_of_closing(_OF_INVOICE),
    "export_batch_item": year_of_closing(_OF_INVOICE),
    "invoice_check": year_of_closing(_OF_INVOICE),
    "closing": year_of_closing("x.id"),
    "pass_through": year_of_closing("x.closing_id"),
    "segment": f"CASE WHEN {IS_PROOF} THEN {year_of_closing('x.closing_id')} END",
    "unit": year_of_closing("x.closing_id"),
    "closing_expense": year_of_closing("x.closing_id"),
    "correction": year_of_closing("x.closing_id"),
    "correction_item": year_of_closing(_OF_CORRECTION),
    "expense": "YEAR_OF_DAY(x.incurred_on)",
    "payment": _RECORDED,
    "bank_entry": _RECORDED,
    "base_rate": _RECORDED,
    "write_off_proposal": _RECORDED,
    "written_off": _RECORDED,
    "opening_balance": _RECORDED,
    "contract": _RECORDED,
    "terms_version": _RECORDED,
    "holiday_set": _RECORDED,
    "processor_version": _RECORDED,
    "role_grant": _RECORDED,
    "audit_log": _year("x.at"),
}
LETTERS = {
    "estimate": _RECORDED,
    "estimate_version": _RECORDED,
    "estimate_event": _RECORDED,
    "approval": _RECORDED,
    "sending": _RECORDED,
    "delivery": _year("x.attempted_at"),
    "receipt": _RECORDED,
    "reminder": _RECORDED,
    "instruction": _RECORDED,
    "support_request": _RECORDED,
    "mail": _year("x.created_at"),
    "mail_attachment": _year_of("mail", "created_at", "mail_id"),
    "mail_attempt": _year_of("mail", "created_at", "mail_id"),
    "legal_hold": _year("x.lifted_at"),
}
WORK = {
    "case": _RECORDED,
    "case_version": _RECORDED,
    "entry": _RECORDED,
    "entry_version": _RECORDED,
    "incomplete_entry": _RECORDED,
    "import_batch": _RECORDED,
    "import_row_key": _year_of("import_batch", "recorded_at", "import_batch_id"),
    "proposal": _RECORDED,
    "case_file": _RECORDED,
    "deadline_mark": _RECORDED,
    "segment": year_of_closing("x.closing_id"),
    "draft": _year_of("run", "started_at", "run_id"),
    "run": _year("x.started_at"),
}
# The file of a data breach is kept as a whole, three years after the year in which it was last added to (17(9)b).
_INCIDENT_ENDED = f"""(SELECT max({_year("i.recorded_at")}) FROM incident_version i
    WHERE i.processor_id = x.processor_id AND i.case_id = x.case_id)"""
INCIDENTS = dict.fromkeys(("incident_version", "case_file", "case_version", "deadline_mark"), _INCIDENT_ENDED)


def _chain(table: str, *group: str) -> Rule:
    """Refuse a row that does not follow the last one of its chain.

    Both questions go down the index to its last row, which PostgreSQL does with and without statistics; for `max` or a
    range it would sooner or later read the whole chain.
    """
    same = " AND ".join(f"a.{column} = NEW.{column}" for column in ("processor_id", *group))
    last = f"FROM {table} a WHERE {same} ORDER BY a.seq DESC LIMIT 1"
    follows = f"NEW.seq = 1 + coalesce((SELECT a.seq {last}), 0)"
    linked = f"NEW.prev_hash = coalesce((SELECT a.hash {last}), '{GENESIS}')"
    return Rule("chain_broken", table, Event.INSERT, f"NOT ({follows} AND {linked})")


RULES = [
    _chain("audit_log"),
    _chain("access_log", "day"),
    Rule("born_ended", "mail", Event.INSERT, "NEW.sent_at IS NOT NULL"),
    Rule("row_is_kept", "access_log", Event.DELETE, f"OLD.day >= MONTHS_AGO({ACCESS_LOG_MONTHS})"),
]
