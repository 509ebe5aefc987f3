"""Whose word decides an estimate: a contact who may approve, or somebody known by name only (13(5)a).

Who is no contact may have decided: the contract asks for the controller's word, not for a register, and the proof on
record shows whose it was. But who is a contact without that right does not get it by being called by name.
"""

from datetime import datetime

from billing.clause import refs
from billing.errors import InvalidInput, Refused
from billing.services.acting import id_of
from billing.services.estimates import EstimateRecord
from billing.services.parties import address_digest, require_other_side
from billing.store.queries.estimates import approvers_of
from billing.store.queries.logs import events_of
from billing.store.queries.parties import contacts_of
from billing.store.session import TenantSession
from billing.store.tables import Contact, Controller

_CLAUSE = refs.ESTIMATE_AND_APPROVAL.number


def require_approver(session: TenantSession, contact: Contact) -> None:
    """Refuse a contact who may not release estimates, or not any more, or who is of our own staff by now."""
    if not contact.may_approve or contact.ended_at is not None:
        raise Refused("contact_may_not_approve", clause=_CLAUSE, value=contact.name)
    require_other_side(session, contact.email_digest, contact.name)


def decider_of(
    session: TenantSession, record: EstimateRecord, email: str | None, name: str | None, at: datetime
) -> Contact | None:
    """Give the contact who decided at a moment; None for who is known by name only.

    InvalidInput: not exactly one of address and name, or an address of no contact. Refused `approver_lacks_right` for a
    contact, named in either way, who had no right to approve then; it says who has it.
    """
    if (email is None) == (name is None):
        raise InvalidInput("approver_missing", path="contact", value=email)
    everybody = contacts_of(session, session.processor_id, record.estimate.controller_id)
    if email is None:
        meant = [one for one in everybody if _same(name, one.name) or _same(name, one.email)]
    else:
        digest = address_digest(session, email)
        meant = [one for one in everybody if one.email_digest == digest]
        if not meant:
            raise InvalidInput("unknown_contact", path="contact", value=email)
    with_right = [one for one in meant if _had_right(session, one, at)]
    if meant and not with_right:
        raise _lacks_right(session, record, email or name)
    return None if email is None else with_right[0]


def _same(said: str | None, known: str | None) -> bool:
    """Tell whether two names are one, however they are spaced and whichever letters are capitals."""
    return bool(said and known) and _plain(said) == _plain(known)


def _plain(name: str | None) -> list[str]:
    return (name or "").casefold().split()


def _had_right(session: TenantSession, contact: Contact, at: datetime) -> bool:
    """Tell whether a contact may approve and was still one then, or had the right then, as the audit log tells.

    The word of who left since, or lost the right since, still counts; so does that of who is known to have it now only.
    """
    may_now = contact.may_approve and (contact.ended_at is None or contact.ended_at > at)
    return may_now or _right_at(session, contact, at)


def _right_at(session: TenantSession, contact: Contact, at: datetime) -> bool:
    """Give a contact's right at a moment: events of the taking in name it by the address it had then."""
    own = events_of(session, ("contact_changed", "contact_ended"), f"contact:{id_of(contact)}")
    controller = session.get_one(Controller, contact.controller_id)
    taken_in = events_of(session, ("contact_added",), f"controller:{controller.ref}")
    address = next((event.details["email"][0] for event in own if "email" in event.details), contact.email_digest)
    right = False
    for event in sorted((*own, *taken_in), key=lambda event: event.seq):
        if event.at > at:
            break
        if event.action != "contact_added" or event.details.get("contact") == address:
            right = event.action != "contact_ended" and bool(event.details.get("may_approve", right))
        if event.action == "contact_changed":
            address = event.details.get("email", (address, address))[1]
    return right


def _lacks_right(session: TenantSession, record: EstimateRecord, shown: str | None) -> Refused:
    having = approvers_of(session, session.processor_id, record.estimate.controller_id)
    known = ", ".join(one.name or one.email or "" for one in having)
    if not known:
        return Refused("contact_may_not_approve", clause=_CLAUSE, value=shown)
    return Refused("approver_lacks_right", clause=_CLAUSE, value=shown, known=known)
