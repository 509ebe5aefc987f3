"""What changes about who takes part: letter data of controllers, contacts who come and go, our own people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.clause.reading import read_date, refuse
from billing.errors import Conflict
from billing.services.access.deactivation import deactivate_user
from billing.services.access.grants import require_another_admin
from billing.services.access.links import revoke_links_of
from billing.services.acting import Act, audit, id_of, put
from billing.services.changing import Changes, changes_of, read_changes
from billing.services.contact_notices import about_approvers
from billing.services.moments import local_day, processor_zone
from billing.services.notices import Notice
from billing.services.parties import (
    CONTACT,
    CONTROLLER,
    CONTROLLER_KINDS,
    PERSON,
    address_digest,
    contact_of_address,
    require_consistent,
    require_other_side,
)
from billing.services.references import row_of_id
from billing.store.queries.parties import account_of_contact
from billing.store.queries.reading import page_of
from billing.store.queries.users import account_of
from billing.store.session import TenantSession
from billing.store.tables import Contact, Controller, Person, User

_OPTIONAL = ("address_extra", "land", "vat_id", "buyer_reference", "leitweg_id", "customer_number", "invoice_email")
CONTROLLER_CHANGES = changes_of(CONTROLLER, "ref", may_be_empty=_OPTIONAL)
CONTACT_CHANGES = changes_of(CONTACT, "controller", may_be_empty=("phone",))
PERSON_CHANGES = Changes({**changes_of(PERSON, "ref"), "left_on?": read_date}, ("left_on",))


def controller_by_id(session: TenantSession, number: int) -> Controller:
    """Give the controller of an id; NotFound when there is none."""
    controller: Controller = row_of_id(session, Controller, "controller_not_found", number)
    return controller


def controllers_after(session: TenantSession, after: int, most: int) -> list[Controller]:
    """Give a part of all controllers, by id."""
    return page_of(session, Controller, session.processor_id, after, most)


def change_controller(session: TenantSession, act: Act, controller: Controller, raw: Mapping[str, Any]) -> Controller:
    """Change a client's letter data from now on; documents that were issued keep what they say.

    What `raw` does not name stays, null empties. InvalidInput as for a new client, and when nothing is named.
    """
    changes = read_changes(raw, CONTROLLER_CHANGES)
    for name, value in changes.items():
        setattr(controller, name, CONTROLLER_KINDS[name](value) if name in CONTROLLER_KINDS else value)
    require_consistent(controller)
    put(session, controller)
    audit(session, act, "controller_changed", f"controller:{controller.ref}", changed=sorted(changes))
    return controller


def contact_by_id(session: TenantSession, number: int) -> Contact:
    """Give the contact of an id; NotFound when there is none."""
    contact: Contact = row_of_id(session, Contact, "contact_not_found", number)
    return contact


def contacts_after(session: TenantSession, controller_id: int | None, after: int, most: int) -> list[Contact]:
    """Give a part of all contacts, or of one controller's, by id; those who have ended too."""
    of = {} if controller_id is None else {"controller_id": controller_id}
    return page_of(session, Contact, session.processor_id, after, most, **of)


@dataclass(frozen=True, slots=True)
class ChangedContact:
    """A contact after a change, and what to know about it: that nobody is left to decide what is open."""

    contact: Contact
    notices: list[Notice]


def change_contact(session: TenantSession, act: Act, contact: Contact, raw: Mapping[str, Any]) -> ChangedContact:
    """Change a contact. Who may approve no longer loses his links at once, and so does who has another address.

    Conflict: the contact has ended, somebody else there has the new address, or it is the one of an account (that is
    changed where accounts are). InvalidInput and Refused as for a new contact.
    """
    changes = read_changes(raw, CONTACT_CHANGES)
    _require_living(session, contact)
    before, might_approve = contact.email_digest, contact.may_approve
    if "email" in changes:
        contact.email_digest = _free_digest(session, contact, changes["email"])
    for name, value in changes.items():
        setattr(contact, name, value)
    if contact.may_approve and not changes.keys().isdisjoint({"email", "may_approve"}):
        require_other_side(session, contact.email_digest, contact.email)
    put(session, contact)
    moved = contact.email_digest != before
    if moved or changes.get("may_approve") is False:
        revoke_links_of(session, act, contact)  # what was mailed to the old address opens nothing any more
    details = {name: value for name, value in changes.items() if name == "may_approve"}
    if moved:
        details["email"] = [before, contact.email_digest]  # what was mailed to him before is still about him
    audit(session, act, "contact_changed", f"contact:{id_of(contact)}", changed=sorted(changes), **details)
    right_went = might_approve and not contact.may_approve
    return ChangedContact(contact, about_approvers(session, act, contact) if right_went else [])


def end_contact(session: TenantSession, act: Act, contact: Contact) -> ChangedContact:
    """Let a contact act no more: no approval, no link, no log-in from now on. What was approved stays.

    Conflict when the contact has ended before.
    """
    _require_living(session, contact)
    contact.ended_at = act.at
    put(session, contact)
    links = revoke_links_of(session, act, contact)
    user = account_of_contact(session, session.processor_id, id_of(contact))
    if user is not None:
        deactivate_user(session, act, user, {})
    audit(session, act, "contact_ended", f"contact:{id_of(contact)}", links=links, user=user and user.id)
    return ChangedContact(contact, about_approvers(session, act, contact) if contact.may_approve else [])


def _require_living(session: TenantSession, contact: Contact) -> None:
    if contact.ended_at is not None:
        ended_at = contact.ended_at.astimezone(processor_zone(session))
        raise Conflict("contact_has_ended", value=contact.id, ended_at=ended_at)


def _free_digest(session: TenantSession, contact: Contact, email: str) -> str:
    if account_of_contact(session, session.processor_id, id_of(contact)) is not None:
        raise Conflict("contact_has_account", path="email", value=email)
    digest = address_digest(session, email)
    other = contact_of_address(session, contact.controller_id, digest)
    if other is not None and other.id != contact.id:
        controller = controller_by_id(session, contact.controller_id)
        raise Conflict("contact_exists", path="email", value=email, controller=controller.ref)
    return digest


def person_by_id(session: TenantSession, number: int) -> Person:
    """Give the member of staff of an id; NotFound when there is none."""
    person: Person = row_of_id(session, Person, "person_not_found", number)
    return person


def persons_after(session: TenantSession, after: int, most: int) -> list[Person]:
    """Give a part of all members of staff, by id."""
    return page_of(session, Person, session.processor_id, after, most)


def change_person(session: TenantSession, act: Act, person: Person, raw: Mapping[str, Any]) -> Person:
    """Change a member of staff: name, initials, last day, and the day of the confidentiality pledge (10(2), T-31).

    Whose last day is over gets in no more, by no way. InvalidInput: a wrong value, nothing named, or a pledge that is
    still to come; Refused: a last day of the last admin.
    """
    changes = read_changes(raw, PERSON_CHANGES)
    pledged_on = changes.get("confidentiality_pledged_on")
    if pledged_on is not None and pledged_on > local_day(act.at, processor_zone(session)):
        raise refuse("date_in_future", "confidentiality_pledged_on", pledged_on)
    if changes.get("left_on") is not None:
        user = account_of(session, session.processor_id, User.person_id, id_of(person))
        if user is not None:
            require_another_admin(session, user)
    for name, value in changes.items():
        setattr(person, name, value)
    put(session, person)
    details = {} if pledged_on is None else {"pledged_on": pledged_on.isoformat()}
    audit(session, act, "person_changed", f"person:{person.ref}", changed=sorted(changes), **details)
    return person
