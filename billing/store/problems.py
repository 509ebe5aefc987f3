"""Database errors as problems that a person can read: broken rules by their code, races, locks, full disks.

What is none of these (a missing table, a misspelt column) is an own bug and stays the exception it is.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from billing.errors import Conflict, Problem
from billing.store.rules.speech import PREFIX
from billing.store.tables import metadata

BUSY_SECONDS = 10

_DRIVERS = (sqlite3.Error, psycopg.Error)
"""What prepared statements raise: they are asked past SQLAlchemy, which would wrap it."""

_RAISED = re.compile(rf"{PREFIX}\.([a-z_]+):([a-z_]+)(?::([a-z_,]+))?")
_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")

# Unique keys whose breach has a name of its own, by table and columns without the tenant.
_NAMED_KEYS = {
    ("closing", "contract_id,month"): "month_already_closed",
    ("draft", "contract_id,month"): "draft_exists",
    ("closing_expense", "expense_id"): "expense_already_settled",
    ("approval", "estimate_version_id"): "estimate_already_decided",
    ("invoice", "closing_id"): "closing_is_invoiced",
    ("invoice", "cancels_id"): "invoice_already_cancelled",
    ("correction", "closing_id"): "invoice_already_cancelled",
    ("invoice", "number"): "number_taken",
    ("invoice", "series,year,sequence"): "number_taken",
    ("bank_entry", "digest"): "bank_entry_booked",
    ("payment", "reverses_id"): "payment_reversed",
    ("reminder", "invoice_id,level"): "reminder_sent_before",
    ("reminder", "invoice_id"): "reminder_sent_before",
    ("proposal", "entry_id"): "written_meanwhile",
    ("write_off_proposal", "invoice_id"): "written_meanwhile",
    ("written_off", "entry_id"): "written_meanwhile",
    ("export_batch_item", "invoice_id"): "already_exported",
    ("export_batch", "batch_no"): "written_meanwhile",
    ("datev_settings", "version_no"): "written_meanwhile",
    ("timer", "person_id"): "written_meanwhile",
    ("audit_log", "seq"): "written_meanwhile",
    ("access_log", "day,seq"): "written_meanwhile",
    ("entry_version", "entry_id,version_no"): "written_meanwhile",
    ("estimate_version", "estimate_id,version_no"): "written_meanwhile",
}
_SQLITE_STATES = {
    "database is locked": ("database_locked", {"seconds": BUSY_SECONDS}),
    "database or disk is full": ("disk_full", {}),
    "disk I/O error": ("disk_refuses", {}),
    "attempt to write a readonly database": ("database_read_only", {}),
    "file is not a database": ("not_a_database", {}),
    "database disk image is malformed": ("database_damaged", {}),
    "unable to open database file": ("database_unreachable", {}),
}
_POSTGRESQL_STATES: tuple[tuple[type[psycopg.Error], str], ...] = (
    (psycopg.errors.SerializationFailure, "written_meanwhile"),
    (psycopg.errors.DeadlockDetected, "written_meanwhile"),
    (psycopg.errors.LockNotAvailable, "database_locked"),
    (psycopg.errors.DiskFull, "disk_full"),
    (psycopg.errors.ReadOnlySqlTransaction, "database_read_only"),
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn database errors inside the block into problems; others pass as they are."""
    try:
        yield
    except (DBAPIError, *_DRIVERS) as error:
        problem = problem_of(error)
        if problem is None:
            raise
        raise problem from error


def problem_of(error: Exception) -> Problem | None:
    """Give the problem that an error of a database stands for, or None for an own bug."""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = str(cause)
    if raised := _RAISED.search(text):
        code, table, detail = raised.groups()
        return _taken(table, detail) if code == "row_exists" else Conflict(code, table=table)
    if isinstance(cause, psycopg.Error):
        return _of_postgresql(cause, lost=lost)
    if unique := _SQLITE_UNIQUE.search(text):
        columns = [column.strip().partition(".") for column in unique[1].split(",")]
        return _taken(columns[0][0], ",".join(name for _, _, name in columns if name != "processor_id"))
    for words, (code, fields) in _SQLITE_STATES.items():
        if words in text:
            return Problem(code, **fields)
    return None


def _taken(table: str, columns: str) -> Conflict:
    code = _NAMED_KEYS.get((table, columns), "row_exists")
    return Conflict(code, table=table, columns=columns)


def _of_postgresql(error: psycopg.Error, *, lost: bool) -> Problem | None:
    constraint, table = error.diag.constraint_name, error.diag.table_name
    if isinstance(error, psycopg.errors.ExclusionViolation) and constraint:
        return Conflict(constraint, table=table)
    if isinstance(error, psycopg.errors.ForeignKeyViolation):
        return Conflict("link_broken", table=table)
    if isinstance(error, psycopg.errors.UniqueViolation) and constraint and table:
        return _taken(table, _columns_of(table, constraint))
    for kind, code in _POSTGRESQL_STATES:
        if isinstance(error, kind):
            return Conflict(code, table="") if code == "written_meanwhile" else Problem(code, seconds=BUSY_SECONDS)
    if lost or error.sqlstate is None or error.sqlstate[:2] in {"08", "57"}:
        return Problem("database_unreachable")
    return None


def _columns_of(table: str, constraint: str) -> str:
    """Give the columns of a unique key by its name on PostgreSQL, without the tenant."""
    known = metadata.tables[table]
    constraints = [key for key in known.constraints if isinstance(key, sa.UniqueConstraint)]
    keys: list[sa.UniqueConstraint | sa.Index] = [*constraints, *known.indexes]
    for key in keys:
        if key.name == constraint:
            return ",".join(column.name for column in key.columns if column.name != "processor_id")
    return "id"
