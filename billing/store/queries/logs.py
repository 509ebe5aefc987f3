"""Rows of the two logs: found by what, who and when, counted by day, deleted by whole days."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.queries.reading import columns
from billing.store.session import TenantSession
from billing.store.tables import AccessLog, AuditLog, Closing, Correction, Draft, EntryVersion, RetentionRecord
from billing.store.tables.kinds import CorrectionScope

LogRow = TypeVar("LogRow", AuditLog, AccessLog)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which rows are wanted: all that is said must fit; `since` is included, `until` not."""

    subject: str | None = None
    action: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def log_rows(session: TenantSession, table: type[LogRow], wanted: LogFilter, after: int, most: int) -> Sequence[LogRow]:
    """Give rows of a log by id, at most so many, that come after one."""
    equal = [(name, getattr(wanted, name)) for name in ("subject", "action", "actor")]
    conditions = [col(getattr(table, name)) == value for name, value in equal if value is not None]
    if wanted.since is not None:
        conditions.append(col(table.at) >= wanted.since)
    if wanted.until is not None:
        conditions.append(col(table.at) < wanted.until)
    mine = sa.select(table).where(col(table.processor_id) == session.processor_id, col(table.id) > after)
    return session.scalars(mine.where(*conditions).order_by(col(table.id)).limit(most)).all()


def was_logged(session: TenantSession, action: str, subject: str) -> bool:
    """Tell whether the audit log holds such an event."""
    query = select(AuditLog.id).where(AuditLog.subject == subject, AuditLog.action == action).limit(1)
    return session.exec(query).first() is not None


def deeds_without_event(session: TenantSession) -> list[str]:
    """Give the kinds of deeds that the audit log knows fewer of than there are rows: somebody has cut its end off.

    The rows are those that nobody may delete as long as the log is kept.
    """
    correction = col(Correction.scope)
    rows = {
        "month_closed": _count(session, Closing, sa.true()),
        "month_cancelled": _count(session, Correction, correction == CorrectionScope.FULL),
        "invoice_corrected": _count(session, Correction, correction == CorrectionScope.PARTIAL),
        "draft_approved": _count(session, Draft, col(Draft.approved_hash).is_not(None)),
    }
    return [
        action
        for action, query in rows.items()
        if session.exec(query).one() > session.exec(_count(session, AuditLog, col(AuditLog.action) == action)).one()
    ]


def _count(session: TenantSession, table: Any, condition: Any) -> Any:
    return select(sa.func.count(col(table.id))).where(table.processor_id == session.processor_id, condition)


def log_ends_early(session: TenantSession) -> bool:
    """Tell whether work was written after the last moment that the audit log tells of: each leaves an event."""
    told = select(sa.func.max(AuditLog.at)).where(AuditLog.processor_id == session.processor_id)
    last: datetime | None = session.exec(told).one()
    mine = select(sa.func.max(EntryVersion.recorded_at)).where(EntryVersion.processor_id == session.processor_id)
    newest: datetime | None = session.exec(mine).one()
    return newest is not None and newest > (last or datetime.min.replace(tzinfo=UTC))


def access_days(session: TenantSession) -> list[date]:
    """Give the days that the access log still holds, the oldest first."""
    query = select(col(AccessLog.day)).where(AccessLog.processor_id == session.processor_id)
    return list(session.exec(query.distinct().order_by(col(AccessLog.day))))


def access_hash(session: TenantSession, day: date, number: int) -> str | None:
    """Give the hash of a row of a day of the access log, None when it is not there."""
    query = select(AccessLog.hash).where(
        AccessLog.processor_id == session.processor_id, AccessLog.day == day, AccessLog.seq == number
    )
    return session.exec(query).one_or_none()


def oldest_access_day(session: TenantSession) -> date | None:
    """Give the oldest day that the access log still holds."""
    query = select(col(AccessLog.day)).where(AccessLog.processor_id == session.processor_id)
    return session.exec(query.order_by(col(AccessLog.day)).limit(1)).first()


def delete_access_day(session: TenantSession, day: date) -> None:
    """Delete a day of the access log as a whole; the database refuses while it must be kept."""
    session.execute(
        sa.delete(AccessLog).where(col(AccessLog.processor_id) == session.processor_id, col(AccessLog.day) == day)
    )


def audit_begins_at(session: TenantSession) -> int:
    """Give the number of the first row that the audit log still holds; 1 before there is any."""
    query = select(sa.func.min(col(AuditLog.seq))).where(AuditLog.processor_id == session.processor_id)
    return session.exec(query).one() or 1


def leaves_to_delete(session: TenantSession, table: str) -> int:
    """Count the rows of a table that a retention record gave leave to delete."""
    query = select(sa.func.count()).where(
        RetentionRecord.processor_id == session.processor_id, RetentionRecord.table_name == table
    )
    return session.exec(query).one()


def gone_until(session: TenantSession, tables: Collection[str]) -> int:
    """Give the last year whose rows of these tables may have gone with leave; 0 when none went."""
    query = select(sa.func.max(RetentionRecord.retained_until)).where(
        RetentionRecord.processor_id == session.processor_id, col(RetentionRecord.table_name).in_(tables)
    )
    last: date | None = session.exec(query).one()
    return 0 if last is None else last.year


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the audit log, its details read; those of a row that was torn are empty, another check says so."""

    seq: int
    at: datetime
    action: str
    subject: str
    details: dict[str, Any]


def events_of(session: TenantSession, actions: Collection[str], subject: str | None = None) -> Sequence[Told]:
    """Give all events of these kinds in the audit log, or those about one subject, the oldest first."""
    of_subject = [] if subject is None else [col(AuditLog.subject) == subject]
    query = sa.select(*columns(AuditLog, "seq at action subject details")).where(
        col(AuditLog.processor_id) == session.processor_id, col(AuditLog.action).in_(actions), *of_subject
    )
    rows = session.execute(query.order_by(col(AuditLog.seq)))
    return [Told(row.seq, row.at, row.action, row.subject, _read(row.details)) for row in rows]


def _read(details: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(details)
    except ValueError:
        return {}
    return found
