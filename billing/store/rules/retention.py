"""What may be deleted when (law.md G, architecture 2.3): nothing whose time runs, nothing on hold, nothing in use.

A row goes when a retention record names it. The record is refused before its time, and so is the deletion itself: what
happened between the two counts. Years are whole calendar years after the last one that a row belongs to.
"""

# ruff: noqa: S608 - conditions put together from names of our own tables, no input

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from billing.store.rules.links import controller_of, still_used
from billing.store.rules.logs import INCIDENTS, LETTERS, VOUCHERS, WORK, year_of_closing
from billing.store.rules.rows import rule_of
from billing.store.rules.speech import SQLITE, Event, Rule
from billing.store.tables import metadata
from billing.store.tables.columns import Deletion
from billing.store.tables.kinds import RetentionClass

_ENDLESS = 9999


@dataclass(frozen=True, slots=True)
class Period:
    """A row `x` is kept `years` whole calendar years after the year that `year`, an SQL expression over `x`, gives."""

    kept_as: RetentionClass
    years: int
    year: str


_CONTRACT_RUNS = "(k.ended_on IS NULL OR k.ended_on >= MONTHS_AGO(0))"
_CONTRACT_OF_CONTROLLER = f"""EXISTS (SELECT 1 FROM contract k WHERE k.processor_id = x.processor_id
    AND k.controller_id = {{controller}} AND {_CONTRACT_RUNS})"""
_CONTRACT_OF_ROW = f"""EXISTS (SELECT 1 FROM contract k WHERE k.processor_id = x.processor_id
    AND k.id = {{contract}} AND {_CONTRACT_RUNS})"""
_CASE_OPEN = (
    'EXISTS (SELECT 1 FROM "case" c WHERE c.processor_id = x.processor_id AND c.id = {case} AND c.closed_at IS NULL)'
)
_ENTRYS_CASE = "(SELECT e.case_id FROM entry e WHERE e.processor_id = x.processor_id AND e.id = x.entry_id)"
_USER_MAY_ENTER = """EXISTS (SELECT 1 FROM "user" u WHERE u.processor_id = x.processor_id AND u.id = x.user_id
    AND u.disabled_at IS NULL)"""
_LATER_SETTINGS = "FROM datev_settings v WHERE v.processor_id = x.processor_id AND v.version_no > x.version_no"
_LATER_LETTERHEAD = "FROM processor_version v WHERE v.processor_id = x.processor_id AND v.valid_from > x.valid_from"

KEPT_WHILE = {
    "contract": _CONTRACT_RUNS.replace("k.", "x."),
    "terms_version": _CONTRACT_OF_ROW.format(contract="x.contract_id"),
    # A number series is counted from its opening balance for ever.
    "opening_balance": f"x.kind = 'next_number' OR {_CONTRACT_OF_ROW.format(contract='x.contract_id')}",
    "processor_version": f"NOT EXISTS (SELECT 1 {_LATER_LETTERHEAD})",
    "datev_settings": f"NOT EXISTS (SELECT 1 {_LATER_SETTINGS})",
    "debtor_account": _CONTRACT_OF_CONTROLLER.format(controller="x.controller_id"),
    "case": "x.closed_at IS NULL",
    # Minutes and units of a case are rounded together, so an open case keeps what was decided in it.
    "segment": _CASE_OPEN.format(case=_ENTRYS_CASE),
    "unit": _CASE_OPEN.format(case="x.case_id"),
    "controller": _CONTRACT_OF_CONTROLLER.format(controller="x.id"),
    "contact": f"x.ended_at IS NULL AND {_CONTRACT_OF_CONTROLLER.format(controller='x.controller_id')}",
    "person": "x.left_on IS NULL OR x.left_on >= MONTHS_AGO(0)",
    "user": "x.disabled_at IS NULL",
    "role_grant": _USER_MAY_ENTER,
    "legal_hold": "x.lifted_at IS NULL",
}
"""A row `x` is kept as long as this holds, whatever its years."""


def _last_closing(of: str, *, proof: bool) -> str:
    """Give the last year of the closings that decided an entry, all or as proof of what was billed."""
    only = "" if not proof else " AND (s.verdict = 'billed' OR s.source IS NOT NULL)"
    years = year_of_closing("s.closing_id")
    return f"(SELECT max({years}) FROM segment s WHERE s.processor_id = x.processor_id AND s.entry_id = {of}{only})"


def _last_units(case: str) -> str:
    years = year_of_closing("s.closing_id")
    return f"(SELECT max({years}) FROM unit s WHERE s.processor_id = x.processor_id AND s.case_id = {case})"


_BILLED_EXPENSE = f"""(SELECT max({year_of_closing("s.closing_id")}) FROM closing_expense s
    WHERE s.processor_id = x.processor_id AND s.expense_id = x.id)"""
_CONTRACT_ENDED = (
    "(SELECT YEAR_OF_DAY(k.ended_on) FROM contract k WHERE k.processor_id = x.processor_id AND k.id = {0})"
)
# What a voucher rests on is kept as long as the voucher: the work behind it, and the facts of its case.
PROOFS = {
    "entry": _last_closing("x.id", proof=True),
    "entry_version": _last_closing("x.entry_id", proof=True),
    "proposal": _last_closing("x.entry_id", proof=True),
    **dict.fromkeys(("case_version", "case_file", "deadline_mark"), _last_units("x.case_id")),
    "case": _last_units("x.id"),
    "expense": _BILLED_EXPENSE,
    "role_grant": "YEAR(x.revoked_at)",
}
DECIDED = {
    "entry": _last_closing("x.id", proof=False),
    "entry_version": _last_closing("x.entry_id", proof=False),
}
_FILES = {"stored_file": "YEAR_OF_DAY(x.retain_until)"}
_LEAVERS = {"person": "YEAR_OF_DAY(x.left_on)", "user": "YEAR(x.disabled_at)"}
_LAST_CONTRACT = """(SELECT max(YEAR_OF_DAY(k.ended_on)) FROM contract k
    WHERE k.processor_id = x.processor_id AND k.controller_id = {0})"""
# The rules by which was billed, and how it was booked: working instructions and organisation (§ 147 Abs. 1 Nr. 1 AO).
BOOKS = {
    "contract": "YEAR_OF_DAY(x.ended_on)",
    "terms_version": _CONTRACT_ENDED.format("x.contract_id"),
    "processor_version": f"(SELECT min(YEAR_OF_DAY(v.valid_from)) {_LATER_LETTERHEAD})",
    "datev_settings": f"(SELECT min(YEAR(v.recorded_at)) {_LATER_SETTINGS})",
    "debtor_account": _LAST_CONTRACT.format("x.controller_id"),
    "export_batch": "YEAR(x.recorded_at)",
}
_CONTACT_ENDED = {"contact": "YEAR(x.ended_at)"}
_CONTRACTS_ENDED = {
    "contact": _LAST_CONTRACT.format("x.controller_id"),
    "controller": _LAST_CONTRACT.format("x.id"),
}

_PERIODS = (
    (RetentionClass.VOUCHER, 8, VOUCHERS),
    (RetentionClass.LETTER, 6, LETTERS),
    (RetentionClass.WORK, 3, WORK),
    (RetentionClass.INCIDENT, 3, INCIDENTS),
    (RetentionClass.VOUCHER, 8, PROOFS),
    (RetentionClass.WORK, 3, DECIDED),
    (RetentionClass.BOOK, 10, BOOKS),
    (RetentionClass.WORK, 0, _FILES),
    (RetentionClass.WORK, 3, _LEAVERS),
    (RetentionClass.WORK, 0, _CONTACT_ENDED),
    (RetentionClass.WORK, 0, _CONTRACTS_ENDED),
)


@cache
def periods_of(table: str) -> tuple[Period, ...]:
    """Give the periods of a table, the longest class first; the row is kept while any of them runs."""
    return tuple(Period(kind, years, by[table]) for kind, years, by in _PERIODS if table in by)


def retained_tables() -> list[str]:
    """Give the tables whose rows go only when a retention record names them."""
    return tables_with(Deletion.RETENTION)


def tables_with(deletion: Deletion) -> list[str]:
    """Give the tables whose rows may go in this way."""
    return [name for name in sorted(metadata.tables) if rule_of(metadata.tables[name]).deletion is deletion]


def kept(table: str, this_year: str) -> str:
    """Give the condition that the time of a row `x` still runs in a year."""
    runs = [f"{period.year} + {period.years} >= {this_year}" for period in periods_of(table)]
    if table in KEPT_WHILE:
        runs.insert(0, f"({KEPT_WHILE[table]})")
    return f"coalesce({runs[0]}, FALSE)" if len(runs) == 1 else " OR ".join(f"coalesce({run}, FALSE)" for run in runs)


def held(table: str) -> str:
    """Give the condition that a living hold covers a row `x`; what is of no known controller or year is covered."""
    years = [
        f"coalesce({period.year}, {_ENDLESS if first == 0 else 0})" for first, period in enumerate(periods_of(table))
    ]
    of_year = " OR ".join(f"{year} >= h.from_year" for year in years) or "TRUE"
    controller = controller_of(table)
    mine = "TRUE" if controller is None else f"coalesce({controller}, h.controller_id) = h.controller_id"
    return f"""EXISTS (SELECT 1 FROM legal_hold h WHERE h.processor_id = x.processor_id AND h.lifted_at IS NULL
    AND (h.controller_id IS NULL OR {mine}) AND (h.from_year IS NULL OR {of_year}))"""


def of_row(condition: str, row: str) -> str:
    """Say a condition over `x` of a row of another name."""
    return re.sub(r"\bx\.", f"{row}.", condition)


def _rules_of(table: str) -> Iterator[Rule]:
    """Give what is asked when the leave to delete a row is written, and again when the row goes."""
    named = f'SELECT 1 FROM "{table}" x WHERE x.processor_id = NEW.processor_id AND x.id = NEW.row_id'
    here = f"NEW.table_name = '{table}'"
    record = "retention_record"
    yield Rule("retention_of_nothing", record, Event.INSERT, f"{here} AND NOT EXISTS ({named})")
    too_early = f"{here} AND EXISTS ({named} AND ({kept(table, 'YEAR_OF_DAY(NEW.recorded_on)')}))"
    yield Rule("retention_too_early", record, Event.INSERT, too_early)
    yield Rule("row_is_held", record, Event.INSERT, f"{here} AND EXISTS ({named} AND {held(table)})")
    yield Rule("retention_too_early", table, Event.DELETE, of_row(kept(table, "THIS_YEAR()"), "OLD"))
    yield Rule("row_is_held", table, Event.DELETE, of_row(held(table), "OLD"))
    # SQLite asks foreign keys only where a connection wants it, and most do not.
    for used in still_used(table, "OLD"):
        yield Rule("row_is_used", table, Event.DELETE, used, SQLITE)


_KNOWN = ", ".join(f"'{name}'" for name in retained_tables())
# Without its version an entry is not seen by any run, so its minutes can't become undecided and be billed again.
_ENTRY_LIVES = """EXISTS (SELECT 1 FROM entry_version v WHERE v.processor_id = OLD.processor_id
    AND v.entry_id = OLD.entry_id)"""
_EXPENSE_LIVES = """NOT EXISTS (SELECT 1 FROM retention_record r WHERE r.processor_id = OLD.processor_id
    AND r.table_name = 'expense' AND r.row_id = OLD.expense_id)"""
_GOES = """EXISTS (SELECT 1 FROM retention_record r WHERE r.processor_id = NEW.processor_id
    AND r.table_name = '{0}' AND r.row_id = NEW.{0}_id)"""

RULES = [
    # A record can't be dated ahead to make a row look old enough, nor written for a row that is still to come.
    Rule("retention_too_early", "retention_record", Event.INSERT, "NEW.recorded_on > MONTHS_AGO(0)"),
    Rule("retention_of_nothing", "retention_record", Event.INSERT, f"NEW.table_name NOT IN ({_KNOWN})"),
    *(rule for name in retained_tables() for rule in _rules_of(name)),
    Rule("row_is_used", "segment", Event.DELETE, _ENTRY_LIVES),
    Rule("row_is_used", "closing_expense", Event.DELETE, _EXPENSE_LIVES),
    Rule("row_is_going", "entry_version", Event.INSERT, _GOES.format("entry")),
    Rule("row_is_going", "closing_expense", Event.INSERT, _GOES.format("expense")),
    Rule("born_ended", "legal_hold", Event.INSERT, "NEW.lifted_at IS NOT NULL"),
]
