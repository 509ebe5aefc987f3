"""Who does something, and when: what every use case is told, and what it leaves on the rows it writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.store.audit import Event, Head, append_all, append_audit
from billing.store.session import TenantSession
from billing.store.tables import TenantRow


@dataclass(frozen=True, slots=True)
class Act:
    """A deed of one person at one moment; on the command line the name is all we know of the person."""

    name: str
    at: datetime
    user_id: int | None = None

    def record(self, at: datetime | None = None) -> dict[str, Any]:
        """Give what a `Recorded` row says of its recording: by whom, and when (now, if not said otherwise)."""
        return {"recorded_at": at or self.at, "recorded_by_id": self.user_id, "recorded_by_name": self.name}


def put(session: TenantSession, *rows: TenantRow) -> None:
    """Write rows in their order and give them their ids; the commit happens at the edge."""
    session.add_all(rows)
    session.flush()


def id_of(row: TenantRow) -> int:
    """Give the id of a row that was written."""
    assert row.id is not None  # noqa: S101 - a flushed row has one
    return row.id


def audit(session: TenantSession, act: Act, action: str, subject: str, **details: Any) -> Head:
    """Leave one event in the audit log: references and hashes only, never a personal value; last in a transaction.

    Gives where the log stands then.
    """
    return append_audit(session, Event(act.at, act.name, action, subject, details))


def event_of(act: Act, action: str, subject: str, **details: Any) -> Event:
    """Give what `audit` would leave, for `audit_all`."""
    return Event(act.at, act.name, action, subject, details)


def audit_all(session: TenantSession, events: Sequence[Event]) -> None:
    """Leave the events of a transaction that does many things, at its very end: others wait to leave theirs."""
    if events:
        append_all(session, events)
