"""The trails (architecture 2.6) and how long things are kept: chains without a hole, no deletion before its time."""

# ruff: noqa: S608 - conditions put together from constants of this package, no input

from billing.store.rules.speech import Event, Rule

GENESIS = "0" * 64
ACCESS_LOG_MONTHS = 6
"""A day of the access log goes after the day of the same number six months later, not on it (law.md T-13)."""


def _year(moment: str) -> str:
    return f"CAST(substr(CAST({moment} AS TEXT), 1, 4) AS INTEGER)"


def _year_of(table: str, column: str, link: str) -> str:
    """Give the year of a row that `x` belongs to."""
    return f"(SELECT {_year(f'p.{column}')} FROM {table} p WHERE p.processor_id = x.processor_id AND p.id = x.{link})"


# Whole calendar years that a row `x` is kept after the year it belongs to: vouchers 8 (§ 147 Abs. 3 AO, § 14b UStG),
# business letters 6, other work 3 (§§ 195, 199 BGB). Tables that are not here hold what has no period of its own.
_RECORDED = _year("x.recorded_at")
VOUCHERS = {
    "invoice": "x.year",
    "invoice_file": _year_of("invoice", "issued_at", "invoice_id"),
    "closing": _year("x.month"),
    "segment": _year("x.month"),
    "unit": _year_of("closing", "month", "closing_id"),
    "closing_expense": _year_of("closing", "month", "closing_id"),
    "correction": _RECORDED,
    "correction_item": _year_of("correction", "recorded_at", "correction_id"),
    "expense": _year("x.incurred_on"),
    "payment": _RECORDED,
    "written_off": _RECORDED,
    "opening_balance": _RECORDED,
    "contract": _RECORDED,
    "terms_version": _RECORDED,
    "holiday_set": _RECORDED,
    "processor_version": _RECORDED,
    "audit_log": _year("x.at"),
}
LETTERS = {
    "estimate": _RECORDED,
    "estimate_version": _RECORDED,
    "estimate_event": _RECORDED,
    "approval": _RECORDED,
    "delivery": _year("x.attempted_at"),
    "receipt": _RECORDED,
    "reminder": _RECORDED,
    "instruction": _RECORDED,
    "support_request": _RECORDED,
    "mail": _year("x.created_at"),
    "mail_attachment": _year_of("mail", "created_at", "mail_id"),
    "mail_attempt": _year_of("mail", "created_at", "mail_id"),
}
WORK = {
    "case": _RECORDED,
    "case_version": _RECORDED,
    "entry": _RECORDED,
    "entry_version": _RECORDED,
    "incomplete_entry": _RECORDED,
    "import_batch": _RECORDED,
    "proposal": _RECORDED,
    "case_file": _RECORDED,
    "deadline_mark": _RECORDED,
}
# The file of a data breach is kept as a whole, three years after the year in which it was last added to (17(9)b).
_INCIDENT_ENDED = f"""(SELECT max({_year("i.recorded_at")}) FROM incident_version i
    WHERE i.processor_id = x.processor_id AND i.case_id = x.case_id)"""
INCIDENTS = dict.fromkeys(("incident_version", "case_file", "case_version", "deadline_mark"), _INCIDENT_ENDED)
_PERIODS = ((VOUCHERS, 8), (LETTERS, 6), (WORK, 3), (INCIDENTS, 3), ({"stored_file": _year("x.retain_until")}, 0))


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


def _too_early(table: str, year: str, years: int) -> Rule:
    still = f'SELECT 1 FROM "{table}" x WHERE x.processor_id = NEW.processor_id AND x.id = NEW.row_id'
    kept = f"EXISTS ({still} AND {year} + {years} >= {_year('NEW.recorded_on')})"
    return Rule("retention_too_early", "retention_record", Event.INSERT, f"NEW.table_name = '{table}' AND {kept}")


RULES = [
    _chain("audit_log"),
    _chain("access_log", "day"),
    Rule("born_ended", "mail", Event.INSERT, "NEW.sent_at IS NOT NULL"),
    Rule("row_is_kept", "access_log", Event.DELETE, f"OLD.day >= MONTHS_AGO({ACCESS_LOG_MONTHS})"),
    # A record can't be dated ahead to make a row look old enough.
    Rule("retention_too_early", "retention_record", Event.INSERT, "NEW.recorded_on > CURRENT_DATE"),
    *(_too_early(table, year, years) for tables, years in _PERIODS for table, year in tables.items()),
]
