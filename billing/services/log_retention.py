"""How long the access log is kept (law.md T-13): six months, then it goes by whole days, each leaving its trace.

A day's chain ends where somebody cuts it off, and is whole in itself. So the audit log, whose chain goes on, is told
how each day ended.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date

from billing.services.acting import Act, audit
from billing.store.audit import ChainReport, verify_access
from billing.store.queries.logs import access_days, delete_access_day, events_of, oldest_access_day
from billing.store.rules.logs import ACCESS_LOG_MONTHS
from billing.store.session import TenantSession

DAY_ENDED, DAY_DELETED = "access_log_ended", "access_log_deleted"


@dataclass(frozen=True, slots=True)
class DeletedDay:
    """A day of the access log that is gone: how its chain stood at last."""

    day: date
    chain: ChainReport


def purge_logs(session: TenantSession, act: Act) -> list[DeletedDay]:
    """Delete every day of the access log that is older than six months, the oldest first; today is the day of UTC.

    The audit log remembers each day with its number of rows and the last hash of its chain, without what stood there.
    Conflict `row_is_kept` when the database's own clock says that it is too early.
    """
    keep_from = months_before(act.at.astimezone(UTC).date(), ACCESS_LOG_MONTHS)
    gone = []
    while (day := oldest_access_day(session)) is not None and day < keep_from:
        chain = verify_access(session, day)
        delete_access_day(session, day)
        trace = {"rows": chain.rows, "head": chain.head, "fault": chain.fault}
        audit(session, act, DAY_DELETED, subject_of(day), **trace)
        gone.append(DeletedDay(day, chain))
    return gone


def note_ended_days(session: TenantSession, act: Act) -> None:
    """Tell the audit log how many rows each day has that has ended, and the last hash of its chain; each day once.

    What is noted later under the hour of an earlier day, as a long export is, comes behind and changes nothing of that.
    A day whose chain is broken is left to who looks at the fault.
    """
    told = {event.subject for event in events_of(session, (DAY_ENDED,))}
    today = act.at.astimezone(UTC).date()
    for day in access_days(session):
        if day < today and subject_of(day) not in told:
            chain = verify_access(session, day)
            if chain.fault is None:
                audit(session, act, DAY_ENDED, subject_of(day), rows=chain.rows, head=chain.head)


def subject_of(day: date) -> str:
    """Name a day of the access log in the audit log."""
    return f"access_log:{day.isoformat()}"


def months_before(day: date, months: int) -> date:
    """Give the day of the same number so many months before, or the last of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
