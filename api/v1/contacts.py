"""Contacts: the people at a controller, and which of them may release an estimate (13(5)a)."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply, etag_of
from api.v1.notices import NoticeOut, told
from api.v1.routing import get, patch, post
from billing.clause.reading import Reader
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.fields import read_line
from billing.services.parties import CONTACT, add_contact, find_controller, read_contact
from billing.services.party_changes import (
    CONTACT_CHANGES,
    ChangedContact,
    change_contact,
    contact_by_id,
    contacts_after,
    controller_by_id,
    end_contact,
)

_QUERY: dict[str, Reader] = {"controller?": read_line, **PAGING}
_EXAMPLE: dict[str, Any] = {
    "controller": "K-101",
    "name": "Eva Kern",
    "email": "kern@wohnbau-filderland.example",
    "may_approve": True,
}


class ContactOut(BaseModel):
    """A person at a controller. Who has ended decides nothing more; what was decided stays."""

    id: int
    controller_id: int
    controller: str = Field(description="Reference of the controller.")
    name: str
    email: str
    phone: str | None
    may_approve: bool
    ended_at: AwareDatetime | None


class ChangedContactOut(ContactOut):
    """A contact that was just changed or ended, and what to know about that."""

    notices: list[NoticeOut] = Field(description="The estimates that nobody is left to decide.")


def show_contact(call: Call, contact: Any) -> ContactOut:
    """Give a contact as the API shows it."""
    return ContactOut(
        id=id_of(contact),
        controller_id=contact.controller_id,
        controller=controller_by_id(call.session, contact.controller_id).ref,
        name=contact.name or "",
        email=contact.email or "",
        phone=contact.phone,
        may_approve=contact.may_approve,
        ended_at=contact.ended_at,
    )


def contact_of(call: Call) -> Any:
    """Give the contact that the path names."""
    return contact_by_id(call.session, call.path["contact_id"])


@get("/contacts", right=Right.READ_MASTER_DATA, query=_QUERY, gives=Page[ContactOut])
def list_contacts(call: Call) -> Reply:
    """List contacts by number, or those of one controller; those who have ended too."""
    ref = call.query.get("controller")
    owner = None if ref is None else id_of(find_controller(call.session, ref))
    return call.page(
        lambda after, most: contacts_after(call.session, owner, after, most),
        lambda contact: show_contact(call, contact),
    )


@post("/contacts", right=Right.MASTER_DATA, reads=CONTACT, gives=ContactOut, example=_EXAMPLE)
def add_contact_(call: Call) -> Reply:
    """Take in a contact, or take up again one who had ended."""
    contact = add_contact(call.session, call.act, read_contact(call.raw))
    return Reply(show_contact(call, contact), etag=True, location=f"/contacts/{contact.id}")


@get("/contacts/{contact_id:int}", right=Right.READ_MASTER_DATA, gives=ContactOut)
def get_contact(call: Call) -> Reply:
    """Give a contact."""
    return Reply(show_contact(call, contact_of(call)), etag=True)


@patch(
    "/contacts/{contact_id:int}",
    right=Right.MASTER_DATA,
    reads=CONTACT_CHANGES,
    gives=ChangedContactOut,
    example={"may_approve": False, "phone": None},
)
def change_contact_(call: Call) -> Reply:
    """Change a contact; who may approve no longer, or has another address, loses the links mailed before at once.

    `notices` names the estimates that nobody is left to decide.
    """
    contact = contact_of(call)
    call.require_match(show_contact(call, contact))
    return _changed(call, change_contact(call.session, call.act, contact, call.raw))


@post("/contacts/{contact_id:int}/ending", right=Right.MASTER_DATA, gives=ChangedContactOut, status=200)
def end_contact_(call: Call) -> Reply:
    """End a contact: no approval, no link and no log-in from now on.

    `notices` names the estimates that nobody is left to decide.
    """
    return _changed(call, end_contact(call.session, call.act, contact_of(call)))


def _changed(call: Call, changed: ChangedContact) -> Reply:
    """Show a contact with what to know about its change; the ETag is that of the contact alone, as GET gives it."""
    contact = show_contact(call, changed.contact)
    body = ChangedContactOut(**contact.model_dump(), notices=told(call, changed.notices))
    return Reply(body, headers={"ETag": etag_of(contact)})
