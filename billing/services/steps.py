"""What is left for after a commit, as people see it: how much waits, and failed steps tried once more."""

from billing import outbox
from billing.services.acting import Act, audit
from billing.store.queries.mails import unsent
from billing.store.session import Store, TenantSession, look_up


def retry_failed(session: TenantSession, act: Act) -> int:
    """Have the steps that failed for good tried once more, as somebody put right what was wrong; gives how many."""
    count = outbox.retry(session, act.at)
    if count:
        audit(session, act, "steps_retried", "outbox", count=count)
    return count


def waiting_mails(store: Store) -> int:
    """Count the messages of all processors that were written and not sent yet."""
    with store.operator() as session:
        known = [int(row[0]) for row in look_up(session, "processors")]
    total = 0
    for processor_id in known:
        with store.tenant(processor_id, read_only=True) as tenant:
            total += unsent(tenant)
    return total
