"""The link that opens a controller's own pages to one of its people, without a password: asked for, and sent by mail.

Asking gives the same answer whether or not the address is known, so that nobody learns whose contacts there are.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from billing.clause.reading import Reader, read_object
from billing.services.access.limits import limit
from billing.services.access.links import make_link
from billing.services.access.rehearsal import rehearsed, writing_processors
from billing.services.access.trail import note_access
from billing.services.acting import Act, id_of
from billing.services.fields import read_email
from billing.services.mails import contact_recipient, write_mail
from billing.store.queries.personal_data import contacts_of_address
from billing.store.session import Store, TenantSession
from billing.store.tables import Contact
from billing.store.tables.kinds import LinkPurpose

VALID_FOR = timedelta(days=7)
MOST_OF_ADDRESS, MOST_OF_NETWORK = 5, 30
WINDOW = timedelta(hours=1)
"""How often a link may be asked for: for one address, and from one network."""
_VISITOR = "portal-link"

LINK_REQUEST: dict[str, Reader] = {"email": read_email}


def request_portal_link(store: Store, raw: Mapping[str, Any], network: str, at: datetime) -> None:
    """Mail a link to every contact of an address, at all processors; nothing tells whether there was one.

    For an address that is nobody's the same is done for somebody else and rolled back, so that neither the answer nor
    its time tells. TooMany `asked_too_often` for an address or a network that asked too often, known or not.
    """
    address = read_object(raw, "", LINK_REQUEST)["email"].lower()
    with store.gate() as gate:
        limit(gate, "portal_link", address, MOST_OF_ADDRESS, WINDOW, at=at)
        limit(gate, "portal_link_network", network, MOST_OF_NETWORK, WINDOW, at=at)
        digest = gate.ring.digest(address)
    processors = writing_processors(store)
    found = [processor_id for processor_id in processors if _is_known(store, processor_id, digest)]
    for processor_id in found:
        with store.tenant(processor_id) as session:
            for contact in _living(session, digest):
                send_portal_link(session, Act(_VISITOR, at), contact)
    if not found:
        _rehearse(store, processors, network, at)


def send_portal_link(session: TenantSession, act: Act, contact: Contact) -> None:
    """Mail a contact the link to all that concerns its controller; it holds for seven days."""
    about: dict[str, Any] = {"subject_table": "contact", "subject_id": id_of(contact)}
    raw = make_link(session, act, purpose=LinkPurpose.PORTAL, contact=contact, valid_for=VALID_FOR, **about)
    write_mail(
        session,
        act,
        kind="portal_link",
        to=contact_recipient(session, contact),
        fields={"link": raw, "until": act.at + VALID_FOR},
        version=raw,
        **about,
    )
    note_access(session, act, "portal_link_sent", f"contact:{id_of(contact)}")


def _is_known(store: Store, processor_id: int, digest: str) -> bool:
    with store.tenant(processor_id, read_only=True) as session:
        return any(_living(session, digest))


def _rehearse(store: Store, processors: list[int], network: str, at: datetime) -> None:
    """Do for somebody what is done for a known address, and undo it; there is nobody before the first contact."""
    for processor_id in processors:
        with store.tenant(processor_id, read_only=True) as session:
            living = (Contact.processor_id == processor_id, col(Contact.ended_at).is_(None))
            number = session.exec(select(Contact.id).where(*living).order_by(col(Contact.id)).limit(1)).first()
        if number is not None:
            with rehearsed(store, processor_id, network, at) as session:
                send_portal_link(session, Act(_VISITOR, at), session.get_one(Contact, number))
            return


def _living(session: TenantSession, digest: str) -> Iterator[Contact]:
    found = contacts_of_address(session, session.processor_id, digest, None)
    return (contact for contact in found if contact.ended_at is None)
