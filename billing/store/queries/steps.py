"""Steps of the outbox as people see them: those that failed, and what each is about."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.session import TenantSession
from billing.store.tables import Invoice, Mail, Outbox, PassThrough, Reminder, Sending

_DOCUMENT = sa.func.coalesce(col(Invoice.number), col(PassThrough.number))
_ABOUT: dict[str, Any] = {
    "invoice": select(Invoice.number).where(Invoice.id == Outbox.subject_id),
    "pass_through": select(PassThrough.number).where(PassThrough.id == Outbox.subject_id),
    "reminder": select(Invoice.number)
    .join(Reminder, col(Reminder.invoice_id) == col(Invoice.id))
    .where(Reminder.id == Outbox.subject_id),
    "mail": select(Mail.kind).where(Mail.id == Outbox.subject_id),
    "sending": select(_DOCUMENT)
    .select_from(Sending)
    .outerjoin(Invoice, col(Invoice.id) == col(Sending.invoice_id))
    .outerjoin(PassThrough, col(PassThrough.id) == col(Sending.pass_through_id))
    .where(Sending.id == Outbox.subject_id),
}
"""What the subject of a step is called, by its table: the number of a document, the kind of a message."""


def failed_rows(session: TenantSession, after: int, most: int) -> Sequence[Any]:
    """Give open steps that failed at least once by rising id, each (`Outbox`, what it is about)."""
    mine = (col(Outbox.done_at).is_(None), col(Outbox.attempts) > 0, col(Outbox.id) > after)
    return session.exec(select(Outbox, _about()).where(*mine).order_by(col(Outbox.id)).limit(most)).all()


def step_row(session: TenantSession, step_id: int) -> Any:
    """Give a step with what it is about, held until the commit; None for an unknown one."""
    query = select(Outbox, _about()).where(Outbox.id == step_id)
    return session.exec(query.with_for_update(of=Outbox)).one_or_none()


def _about() -> Any:
    cases = (
        (col(Outbox.subject_table) == table, query.correlate(Outbox).scalar_subquery())
        for table, query in _ABOUT.items()
    )
    return sa.case(*cases, else_=None)
