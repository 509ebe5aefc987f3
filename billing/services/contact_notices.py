"""What to tell a person who takes a contact's right to approve away: that nobody is left to decide what is open."""

from billing.services.acting import Act
from billing.services.estimate_lists import sent_estimates_after
from billing.services.estimate_states import OPEN, state_at
from billing.services.notices import Notice
from billing.store.queries.estimates import approvers_of
from billing.store.session import TenantSession
from billing.store.tables import Contact, Controller

_ALL = 10_000


def about_approvers(session: TenantSession, act: Act, contact: Contact) -> list[Notice]:
    """Say which estimates wait for a decision that nobody at the contact's controller can take any more."""
    controller_id = contact.controller_id
    if approvers_of(session, session.processor_id, controller_id):
        return []
    sent = sent_estimates_after(session, controller_id, 0, _ALL)
    waiting = [row.ref for row in sent if state_at(row, act.at) in OPEN]
    if not waiting:
        return []
    controller = session.get_one(Controller, controller_id)
    return [Notice("nobody_left_to_approve", {"value": controller.name, "estimates": ", ".join(waiting)})]
