"""The two logs (architecture 2.6): numbered without a gap, each row's hash covering the one before, so changes show.

The audit log holds business events, one chain per processor, for eight years. The access log holds log-ins, exports and
downloads, one chain a day, deleted by whole days after six months. Personal values go in as keyed digests only
(`session.ring.digest`). Append last in a transaction: business rows, counter, then the log, everywhere in this order.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from billing.canonical import canonical, fingerprint
from billing.store.engine import ahead
from billing.store.queries.prepared import ask, at_most, insert_ahead, mine, say, table_of
from billing.store.rules.logs import GENESIS
from billing.store.session import TenantSession, hold
from billing.store.tables import AccessLog, AuditLog
from billing.store.waiting import let_others
from billing.store.wording import Later, Prepared

_ROWS_AT_ONCE = 1000
_AUDIT = table_of(AuditLog)
_AUDIT_HEAD = Prepared(
    sa.select(_AUDIT.c.seq, _AUDIT.c.hash).where(*mine(_AUDIT)).order_by(_AUDIT.c.seq.desc()).limit(at_most(1))
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: when, who did it, what, to what, and references and digests as details (JSON values)."""

    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of a chain, by its number and hash; 0 before there is one.

    Every change of what a tenant has leaves an event, so as long as the audit log's head is the same, nothing changed.
    """

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """How a chain stands: rows read, and the number and fault of the first broken one (None: it is whole).

    `first` is the number of its first row: above 1 when older ones were deleted.
    """

    rows: int
    head: str
    broken_at: int | None = None
    fault: str | None = None
    first: int = 1


def append_audit(session: TenantSession, event: Event) -> Head:
    """Write a business event at the end of the tenant's chain; other writers of this chain wait for our commit."""
    session.flush()
    return _append(session, event, _chain_end(session))


def audit_head(session: TenantSession) -> Head:
    """Give where the tenant's audit log stands."""
    last = ask(session, _AUDIT_HEAD, session.processor_id)
    return Head(last[0].seq, last[0].hash) if last else Head(0, GENESIS)


def audit_hash(session: TenantSession, number: int) -> str | None:
    """Give the hash that the row after this number links to: that of the row itself, also where it was the last to go.

    None where the log says nothing of it.
    """
    if number == 0:
        return GENESIS
    row = session.exec(select(AuditLog.hash).where(AuditLog.seq == number)).first()
    return row or session.exec(select(AuditLog.prev_hash).where(AuditLog.seq == number + 1)).first()


def append_all(session: TenantSession, events: Iterable[Event]) -> None:
    """Write business events as `append_audit` does, in their order; its head is asked for once."""
    session.flush()
    last = _chain_end(session)
    with ahead(session.line):
        for event in events:
            last = _append(session, event, last)


def _append(session: TenantSession, event: Event, last: Any | None) -> Head:
    row = _next(session, event, last)
    insert_ahead(session, AuditLog, row)
    head = Head(row["seq"], row["hash"])
    session.chain_end = (lambda: [head]) if session.goes_in_one else None
    return head


def ask_for_chain_end(session: TenantSession) -> None:
    """Take one's turn at the tenant's chain ahead; the next `append_audit` reads where it ends.

    Who shares our transaction writes first what comes before the log.
    """
    let_others()
    if session.chain_end is None:
        hold(session, "audit")
        session.chain_end = say(session, _AUDIT_HEAD, session.processor_id)


def _chain_end(session: TenantSession) -> Any | None:
    """Take one's turn, unless that was done ahead, and give the last row, None when there is none yet."""
    if session.chain_end is None:
        ask_for_chain_end(session)
    asked: Later | None = None
    rows: Sequence[Any] = ()
    while asked is not session.chain_end:  # who shares our transaction may have written while we waited
        asked = session.chain_end
        assert asked is not None  # noqa: S101 - just asked for
        rows = asked()
    return rows[0] if rows else None


def append_access(session: TenantSession, event: Event) -> AccessLog:
    """Write a log-in, export or download at the end of its day's chain (days of UTC)."""
    hold(session, "access")
    day = event.at.astimezone(UTC).date()
    query = select(AccessLog).where(AccessLog.day == day).order_by(col(AccessLog.seq).desc()).limit(1)
    row = AccessLog(processor_id=session.processor_id, day=day, **_next(session, event, session.exec(query).first()))
    session.add(row)
    session.flush()
    return row


def verify_audit(session: TenantSession) -> ChainReport:
    """Read the tenant's audit log from its first row and prove every hash and link.

    The first row may have a number above 1 when older ones were deleted in time; its link is then taken as it stands,
    and the report says so (`first`).
    """
    return _verify(session, select(AuditLog).order_by(col(AuditLog.seq)), may_start_later=True)


def verify_access(session: TenantSession, day: date) -> ChainReport:
    """Prove the access log of one day."""
    return _verify(session, select(AccessLog).where(AccessLog.day == day).order_by(col(AccessLog.seq)))


def _next(session: TenantSession, event: Event, last: Any | None) -> dict[str, Any]:
    """Give the columns of the row that follows `last`."""
    row = {
        "seq": last.seq + 1 if last else 1,
        "prev_hash": last.hash if last else GENESIS,
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "details": canonical(dict(event.details)),
    }
    return {**row, "hash": _hash(session.processor_id, row)}


def _hash(processor_id: int, row: Mapping[str, Any]) -> str:
    """Give the SHA-256 over the tenant and every column of a row but its own hash."""
    return fingerprint(canonical({**row, "processor_id": processor_id, "at": row["at"].astimezone(UTC).isoformat()}))


def _verify(session: TenantSession, query: Any, *, may_start_later: bool = False) -> ChainReport:
    count, number, head, first = 0, 0, GENESIS, 1
    with closing(session.exec(query.execution_options(yield_per=_ROWS_AT_ONCE))) as rows:
        for row in rows:
            if count == 0 and may_start_later and row.seq > 1:
                number, head, first = row.seq - 1, row.prev_hash, row.seq
            if fault := _fault(session.processor_id, row, number, head):
                return ChainReport(count, head, row.seq, fault, first)
            count, number, head = count + 1, row.seq, row.hash
    return ChainReport(count, head, first=first)


def _fault(processor_id: int, row: AuditLog | AccessLog, number: int, head: str) -> str | None:
    """Say what is wrong with a row that should follow number and hash of the one before."""
    if row.seq != number + 1:
        return "row_missing"
    if row.prev_hash != head:
        return "link_broken"
    columns = ("seq", "prev_hash", "at", "actor", "action", "subject", "details")
    whole = row.hash == _hash(processor_id, {column: getattr(row, column) for column in columns})
    return None if whole else "row_changed"
