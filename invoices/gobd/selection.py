"""Which tables, columns and rows of a year an auditor is given: all that explains what was billed, and no more.

Tables come by the time they are kept: what is a book, a voucher, a voucher's proof or a business letter is given unless
`NOT_GIVEN` says why not, so a new table is in the package without anybody thinking of it.
"""

# ruff: noqa: S608 - conditions put together from names of our own tables and a whole number, no input

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from billing.store.rules.retention import periods_of, retained_tables, tables_with
from billing.store.rules.rows import is_sealed
from billing.store.tables import metadata
from billing.store.tables.columns import Deletion

_LETTER_YEARS = 6
NOT_GIVEN = {
    "content of cases and correspondence, which no tax depends on; much of it is about third parties": (
        "case_file deadline_mark instruction support_request mail mail_attachment mail_attempt legal_hold"
    ),
    "wishes of the house that came to nothing or stand in the versions": "proposal write_off_proposal",
    "who holds the service's keys and what it chose for its people": "policy",
}
"""Tables that are not given, by the reason."""
ALSO_GIVEN = (
    *("number_series", "restored_series", "processor", "retention_record", "controller", "person", "user"),
    "stored_file",
)
"""Tables that others point to, or that say what is no longer there."""
OPENED = frozenset(
    (
        *(
            "expense.description",
            "estimate_version.description",
            "estimate_version.positions",
            "entry_version.reason",
            "correction.evidence_note",
            "correction.reason",
        ),
        *("export_batch.withdrawn_reason", "role_grant.reason"),
        *("payment.bank_reference", "receipt.evidence_note", "opening_balance.evidence_note"),
        "restored_series.evidence_note",
    )
)
"""Sealed texts that belong to the voucher; all others stay sealed and are left out (T-19)."""
LEFT_OUT = {
    "secrets, and addresses of people": (
        "user.email user.email_digest user.password_hash user.password_changed_at user.totp_secret user.language"
        " user.totp_confirmed_at user.last_totp_step person.ref person.initials person.name"
        " person.confidentiality_pledged_on controller.invoice_email controller.decision_code"
        " delivery.recipient_digest sending.recipient_digest stored_file.content stored_file.key_id"
    ),
    "the number of the processor, the same in every row": "*.processor_id",
}
"""Columns that are not given, by the reason; `*` is any table."""
NAMES = frozenset(
    (
        *("recorded_by_name", "closed_by_name", "withdrawn_by_name", "lifted_by_name", "decided_by_name"),
        "confirmed_by_name",
    )
)
"""Columns with a name, which becomes a pseudonym; only the audit log keeps it, as its hashes are made with it."""
_MASTERS = frozenset(
    (
        *(
            "processor",
            "processor_version",
            "controller",
            "contract",
            "terms_version",
            "holiday_set",
            "opening_balance",
        ),
        *(
            "person",
            "user",
            "role_grant",
            "number_series",
            "restored_series",
            "base_rate",
            "datev_settings",
            "debtor_account",
        ),
        *("audit_log", "retention_record"),
    )
)
"""Tables whose every row is given: what was in force does not end with a year, and a chain has no gap."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the package, with its columns in the order of the file."""

    table: sa.Table
    columns: tuple[sa.Column[object], ...]

    @property
    def name(self) -> str:
        """The table's name, which is the file's too."""
        return str(self.table.name)


def sheets() -> list[Sheet]:
    """Give all tables of the package by name."""
    return [Sheet(metadata.tables[name], tuple(_columns(metadata.tables[name]))) for name in given_tables()]


def given_tables() -> list[str]:
    """Give the names of the tables that the package holds."""
    left = _words(NOT_GIVEN)
    lasting = [name for name in retained_tables() if _longest(name) >= _LETTER_YEARS]
    return sorted({*lasting, *ALSO_GIVEN} - left)


def asked_tables() -> set[str]:
    """Give every table that is given or left out for a reason written down."""
    return {*given_tables(), *_words(NOT_GIVEN)}


def unasked_tables() -> set[str]:
    """Give the tables that last and are neither; what is kept for a shorter time than letters is none of them."""
    lasting = {*retained_tables(), *tables_with(Deletion.NEVER)}
    return {name for name in lasting - asked_tables() if _longest(name) >= _LETTER_YEARS}


def _longest(table: str) -> int:
    return max((period.years for period in periods_of(table)), default=_LETTER_YEARS)


def _words(by_reason: dict[str, str]) -> set[str]:
    return {word for words in by_reason.values() for word in words.split()}


def _columns(table: sa.Table) -> Iterator[sa.Column[object]]:
    left = _words(LEFT_OUT)
    for column in table.columns:
        place = f"{table.name}.{column.name}"
        if place in left or f"*.{column.name}" in left or (is_sealed(column) and place not in OPENED):
            continue
        yield column


def of_year(table: str, year: int, processor_id: int) -> str:
    """Give the condition that a row `x` of a table belongs to a year: issued, decided, done or recorded in it."""
    if table in _MASTERS:
        return "TRUE"
    mine = f"processor_id = {processor_id}"
    found = [_YEARS[table].format(year=year)] if table in _YEARS else []
    for link in _links_of(table):
        column = "id" if link == f"{table}_id" else link
        found.append(f"x.{column} IN ({_LINKS[link].format(year=year, mine=mine)})")
    if not found:
        found = [f"YEAR(x.recorded_at) = {year}"]
    return f"({' OR '.join(found)})"


def _links_of(table: str) -> list[str]:
    """Give by which links a row belongs to a year: its closing if it has one, its case only if it has no other."""
    links = [link for link in _LINKS if link in metadata.tables[table].columns or link == f"{table}_id"]
    if "closing_id" in links:
        return ["closing_id"]
    return [link for link in links if link != "case_id"] or links


_CLOSINGS = """SELECT c.id FROM closing c WHERE c.{mine} AND (YEAR(c.closed_at) = {year}
    OR substr(c.month, 1, 4) = '{year}'
    OR c.id IN (SELECT i.closing_id FROM invoice i WHERE i.{mine} AND i.year = {year}))"""
_INVOICES = f"""SELECT i.id FROM invoice i WHERE i.{{mine}} AND i.closing_id IN ({_CLOSINGS})"""
_STATEMENTS = f"""SELECT p.id FROM pass_through p WHERE p.{{mine}} AND p.closing_id IN ({_CLOSINGS})"""
_ENTRIES = f"""SELECT v.entry_id AS id FROM entry_version v WHERE v.{{mine}} AND YEAR(v.start_at) = {{year}}
    UNION SELECT s.entry_id FROM segment s WHERE s.{{mine}} AND s.closing_id IN ({_CLOSINGS})"""
_EXPENSES = f"""SELECT e.id FROM expense e WHERE e.{{mine}} AND YEAR_OF_DAY(e.incurred_on) = {{year}}
    UNION SELECT d.expense_id FROM closing_expense d WHERE d.{{mine}} AND d.closing_id IN ({_CLOSINGS})"""
_CASES = f"""SELECT n.case_id AS id FROM entry n WHERE n.{{mine}} AND n.id IN ({_ENTRIES})
    UNION SELECT x.case_id FROM expense x WHERE x.{{mine}} AND x.id IN ({_EXPENSES})
    UNION SELECT u.case_id FROM unit u WHERE u.{{mine}} AND u.closing_id IN ({_CLOSINGS})"""
_ESTIMATES = f"""SELECT k.id FROM estimate k WHERE k.{{mine}} AND (YEAR(k.recorded_at) = {{year}}
    OR k.case_id IN ({_CASES}))"""
_VERSIONS = f"""SELECT w.id FROM estimate_version w WHERE w.{{mine}} AND w.estimate_id IN ({_ESTIMATES})"""
# A row belongs to a year when what it links to does.
_LINKS = {
    "closing_id": _CLOSINGS,
    "invoice_id": _INVOICES,
    "pass_through_id": _STATEMENTS,
    "entry_id": _ENTRIES,
    "expense_id": _EXPENSES,
    "case_id": _CASES,
    "estimate_id": _ESTIMATES,
    "estimate_version_id": _VERSIONS,
}
_YEARS = {
    "payment": "YEAR_OF_DAY(x.paid_on) = {year}",
    "reminder": "YEAR_OF_DAY(x.sent_on) = {year}",
    "delivery": "YEAR(x.attempted_at) = {year}",
    "receipt": "YEAR(x.recorded_at) = {year}",
    "correction": "YEAR(x.recorded_at) = {year}",
    "export_batch": "YEAR(x.recorded_at) = {year}",
}
