"""A running clock taken away without a trace in the work: by its owner, or because the account is closed."""

from billing.services.acting import Act, audit
from billing.store.session import TenantSession
from billing.store.tables import Timer
from billing.timespan import instant_of


def throw_away(session: TenantSession, act: Act, person: str, timer: Timer) -> None:
    """Take a clock away that is held, with a row in the audit log: whose (`person`, a reference) and of what length."""
    minutes = instant_of(act.at) - instant_of(timer.started_at)
    session.delete(timer)
    session.flush()
    audit(session, act, "timer_discarded", f"person:{person}", minutes=minutes)
