"""The retention engine (law.md G): what is kept for how long, and what goes when its time is over.

The database refuses whatever goes too early (`store.rules.retention`), whoever tries; here is decided what goes at all,
in which order, and what is left behind: one record a row without its data, and one event a run in the audit log.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date

import sqlalchemy as sa

from billing.services.access.trail import note_access
from billing.services.acting import Act, audit
from billing.services.policies import current_policy
from billing.services.pseudonyms import reduce_contacts, reduce_leavers
from billing.services.retention_records import reference_digest
from billing.store.queries.retention import (
    Due,
    Stock,
    delete_rows,
    due_rows,
    overwrite_what_goes,
    prune,
    steps,
    stock_of,
    with_leave,
)
from billing.store.rules.retention import KEPT_WHILE, periods_of, retained_tables
from billing.store.session import TenantSession
from billing.store.tables import RetentionRecord, StoredFile, metadata
from billing.store.tables.kinds import RetentionClass

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """How long one kind of row is kept: its classes with their years, and how many there are."""

    table: str
    periods: tuple[tuple[RetentionClass, int], ...]
    until_it_ends: bool
    stock: Stock


@dataclass(frozen=True, slots=True)
class RetentionRun:
    """What went, or would: rows by table, and people whose names were taken away; `dry`: nothing was touched."""

    on: date
    deleted: dict[str, int]
    people: dict[str, int]
    dry: bool = False

    @property
    def rows(self) -> int:
        """How many rows went."""
        return sum(self.deleted.values())


def show_retention(session: TenantSession) -> list[Kept]:
    """Give every kind of row that has a period: how long, how many, how many whose time is over."""
    return [Kept(name, _classes(name), name in KEPT_WHILE, stock_of(session, name)) for name in retained_tables()]


def _classes(table: str) -> tuple[tuple[RetentionClass, int], ...]:
    """Give each class of a table once, with its longest time."""
    longest: dict[RetentionClass, int] = {}
    for period in periods_of(table):
        longest[period.kept_as] = max(period.years, longest.get(period.kept_as, 0))
    return tuple(longest.items())


def ask_retention(session: TenantSession, act: Act, *, dry: bool) -> RetentionRun:
    """Run it, or with `dry` try it, for a person who asks; that he asked goes into the access log."""
    done = (try_retention if dry else run_retention)(session, act)
    note_access(session, act, "retention_asked", "processor", dry_run=dry, rows=done.rows)
    return done


def run_retention(session: TenantSession, act: Act) -> RetentionRun:
    """Delete all whose time is over, in this transaction; what is on hold, in use or still kept stays.

    Conflict when the database knows better than we do: then nothing goes.
    """
    return _run(session, act, dry=False)


def try_retention(session: TenantSession, act: Act) -> RetentionRun:
    """Do the same and take all of it back: what it says is what a run would do now, the database's word included."""
    with session.begin_nested() as attempt:
        found = _run(session, act, dry=True)
        attempt.rollback()
    session.expire_all()
    return found


def retention_on_time(session: TenantSession, act: Act) -> RetentionRun | None:
    """Delete each day what has served its time, if the policy says so; None when a person does it."""
    return run_retention(session, act) if current_policy(session).delete_on_time else None


def _run(session: TenantSession, act: Act, *, dry: bool) -> RetentionRun:
    session.flush()
    overwrite_what_goes(session)
    deleted: Counter[str] = Counter()
    for tables in steps():
        for name, gone in _step(session, act, tables).items():
            deleted[name] += gone
    people = {"contact": reduce_contacts(session, act), "person": reduce_leavers(session, act)}
    run = RetentionRun(act.at.astimezone(UTC).date(), dict(sorted(deleted.items())), people, dry)
    if run.rows or any(people.values()):
        audit(session, act, "retention_run", f"retention:{run.on.isoformat()}", deleted=run.deleted, people=people)
    return run


def _step(session: TenantSession, act: Act, tables: tuple[str, ...]) -> dict[str, int]:
    """Let go what may go of tables whose rows go together."""
    due = {name: {row.id: row for row in due_rows(session, name, frozenset(tables))} for name in tables}
    if not any(due.values()):
        return {}
    prune(session, due)
    for name, rows in due.items():
        _leave_records(session, act, name, list(rows.values()))
    delete_rows(session, tables, {name: list(rows) for name, rows in due.items()})
    return {name: len(rows) for name, rows in due.items() if rows}


def _leave_records(session: TenantSession, act: Act, table: str, rows: list[Due]) -> None:
    records = metadata.tables["retention_record"]
    own = _own_classes(session, rows) if table == StoredFile.__tablename__ else {}
    before = with_leave(session, table, [row.id for row in rows])
    for part in _parts([row for row in rows if row.id not in before]):
        values = [_record(session, act, table, row, own.get(row.id)) for row in part]
        session.connection().execute(sa.insert(records), values)


def _record(session: TenantSession, act: Act, table: str, row: Due, own: RetentionClass | None) -> dict[str, object]:
    on = act.at.astimezone(UTC).date()
    period = row.period or periods_of(table)[0]
    kept_as = own or period.kept_as
    digest = None if row.reference is None else reference_digest(session, table, row.reference)
    return RetentionRecord(
        processor_id=session.processor_id,
        table_name=table,
        row_id=row.id,
        retention_class=kept_as,
        retained_until=date(on.year - 1 if row.last_year is None else row.last_year, 12, 31),
        recorded_on=on,
        recorded_at=act.at,
        recorded_by_name=act.name,
        reason=kept_as if own else f"{kept_as}_{period.years}y",
        reference_digest=digest,
    ).model_dump(exclude={"id"})


def _own_classes(session: TenantSession, rows: list[Due]) -> dict[int, RetentionClass]:
    files = metadata.tables["stored_file"]
    found: dict[int, RetentionClass] = {}
    for part in _parts(rows):
        query = sa.select(files.c.id, files.c.retention_class).where(files.c.id.in_([row.id for row in part]))
        found |= {row.id: row.retention_class for row in session.connection().execute(query)}
    return found


def _parts(rows: list[Due]) -> Iterator[list[Due]]:
    return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))
