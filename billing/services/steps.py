"""What is left for after a commit, as people see it: how much waits, what failed and why, and tried once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing import outbox
from billing.errors import Conflict, NotFound
from billing.services.acting import Act, audit, id_of
from billing.store.queries.mails import unsent
from billing.store.queries.steps import failed_rows, step_row
from billing.store.session import Store, TenantSession, look_up
from billing.store.tables import Outbox


@dataclass(frozen=True, slots=True)
class Step:
    """A step that failed: what it is about (a document's number, a message's kind), why, and what comes next.

    `next_at` is when it is tried again by itself, None when only a person can have it tried (`retry_step`).
    """

    id: int
    kind: str
    about: str | None
    attempts: int
    error: str | None
    created_at: datetime
    next_at: datetime | None


def failed_steps(session: TenantSession, after: int, most: int) -> Sequence[Step]:
    """Give the open steps that failed at least once, by rising id."""
    return [_step(row, about) for row, about in failed_rows(session, after, most)]


def retry_step(session: TenantSession, act: Act, step_id: int) -> Step:
    """Have one failed step tried again now, and no other.

    NotFound for an unknown step; Conflict `step_is_done`, and `step_has_not_failed` for one that is simply waiting.
    """
    found: Any = step_row(session, step_id)
    if found is None:
        raise NotFound("nothing_there", value=step_id)
    row, about = found
    if row.done_at is not None:
        raise Conflict("step_is_done", value=step_id)
    if not row.attempts:
        raise Conflict("step_has_not_failed", value=step_id)
    outbox.retry(session, act.at, step_id)
    audit(session, act, "steps_retried", f"outbox:{step_id}", count=1)
    return _step(row, about)


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


def _step(row: Outbox, about: str | None) -> Step:
    next_at = None if outbox.is_set_aside(row) else row.not_before
    return Step(id_of(row), row.kind, about, row.attempts, row.error, row.created_at, next_at)
