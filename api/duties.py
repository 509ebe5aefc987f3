"""What is due by itself, without anybody asking: a table of names, how often, and what is done for each processor."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.installation import Store, TenantSession
from billing.services.access.attempts import forget_attempts
from billing.services.access.limits import forget_limits
from billing.services.access.links import forget_links
from billing.services.access.sessions import forget_sessions
from billing.services.acting import Act
from billing.services.alarms import alert_failed_steps, verify_daily
from billing.services.estimate_states import expire_estimates
from billing.services.idempotency import forget_answers
from billing.services.key_rotation import take_over_keys, warn_of_old_key
from billing.services.lock_alarms import alert_lockouts
from billing.services.log_retention import purge_logs
from billing.services.retention import retention_on_time
from invoices.run.scheduled import propose_reminders, run_on_time

_OFTEN, _HOURLY = timedelta(minutes=5), timedelta(hours=1)
_DAILY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something done every so often for each processor; safe to do twice, as several workers may have the same idea."""

    name: str
    every: timedelta
    run: Callable[[Store, int, Act], object]


def do_at_the_gate(store: Store, now: datetime) -> None:
    """Forget tries and counts at the door that no window needs any more; they belong to no processor."""
    with store.gate() as gate:
        forget_attempts(gate, now)
        forget_limits(gate, now)


def _in_tenant(work: Callable[[TenantSession, Act], object]) -> Callable[[Store, int, Act], None]:
    """Do something in one transaction of a processor."""

    def run(store: Store, processor_id: int, act: Act) -> None:
        with store.tenant(processor_id) as session:
            work(session, act)

    return run


def _forget(session: TenantSession, act: Act) -> None:
    """Delete what has served its time: answers to repeated requests, sessions, links with their codes."""
    forget_answers(session, act.at)
    forget_sessions(session, act.at)
    forget_links(session, act.at)


def _verify(store: Store, processor_id: int, act: Act) -> None:
    """Prove logs and hashes; the first look of a day does it, the others see that it was done."""
    verify_daily(store, processor_id, act)


def _take_over_keys(store: Store, _processor_id: int, _act: Act) -> None:
    """Seal with the key that `mehraufwand keys rotate` made current meanwhile."""
    take_over_keys(store)


DUTIES: tuple[Duty, ...] = (
    Duty("alert_lockouts", _OFTEN, _in_tenant(alert_lockouts)),
    Duty("alert_failed_steps", _OFTEN, _in_tenant(alert_failed_steps)),
    Duty("expire_estimates", _OFTEN, _in_tenant(expire_estimates)),
    Duty("run_on_time", _OFTEN, run_on_time),
    Duty("propose_reminders", _OFTEN, _in_tenant(propose_reminders)),
    Duty("take_over_keys", _OFTEN, _take_over_keys),
    Duty("warn_of_old_key", _HOURLY, _in_tenant(warn_of_old_key)),
    Duty("purge_logs", _HOURLY, _in_tenant(purge_logs)),
    Duty("delete_on_time", _DAILY, _in_tenant(retention_on_time)),
    Duty("forget", _HOURLY, _in_tenant(_forget)),
    Duty("verify", _HOURLY, _verify),
)
"""In the order they are done."""
