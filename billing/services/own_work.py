"""Whose work somebody may log, correct and take back: his own, and with the right to it anybody's."""

from billing.errors import NotAllowed
from billing.services.access.rights import Right
from billing.services.access.visitor import Visitor
from billing.services.work import entry_by_id
from billing.store.session import TenantSession
from billing.store.tables import Entry, Person


def require_own_work(who: Visitor, person: str | None) -> None:
    """Refuse what is another's: NotAllowed `work_of_another`, but for who has the right to work for others."""
    if person != who.person_ref and Right.WORK_FOR_OTHERS not in who.rights:
        raise NotAllowed("work_of_another", person=person)


def entry_to_change(session: TenantSession, who: Visitor, entry_id: int) -> Entry:
    """Give an entry that the visitor may change; NotFound when there is none, NotAllowed for work of another."""
    entry = entry_by_id(session, entry_id)
    person = session.get(Person, entry.person_id)
    require_own_work(who, None if person is None else person.ref)
    return entry
