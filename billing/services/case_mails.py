"""Mail to the people of a controller about a case: notices that the contract asks for, kept with the case."""

from collections.abc import Mapping, Sequence
from typing import Any

from billing.errors import Conflict
from billing.services.acting import Act, id_of
from billing.services.mails import contact_recipient, write_mail
from billing.store.queries.cases import living_contacts
from billing.store.session import TenantSession
from billing.store.tables import Case, Contact, Mail
from billing.texts import name_of

_CASE = "case"


def recipients_of(session: TenantSession, case: Case) -> Sequence[Contact]:
    """Give who is told of a case: the controller's contacts of today who have an address."""
    return living_contacts(session, session.processor_id, case.controller_id)


def tell_controller(  # noqa: PLR0913 - which mail about which case, what it says, which of its kind, and if it must
    session: TenantSession,
    act: Act,
    case: Case,
    *,
    kind: str,
    fields: Mapping[str, Any],
    version: str,
    must_reach: bool = True,
) -> list[Mail]:
    """Write one message about a case to each of the controller's contacts of today.

    `version` tells several of one kind apart. With `must_reach`, Conflict when there is nobody to write to.
    """
    contacts = living_contacts(session, session.processor_id, case.controller_id)
    if must_reach and not contacts:
        raise Conflict("controller_has_no_contact", value=case.ref)
    about = {"case": case.ref, "title": case.title, "reference": case.controller_reference or ""}
    return [
        write_mail(
            session,
            act,
            kind=kind,
            to=to,
            fields={**about, "case_kind": name_of("case_kind", case.kind, to.language), **fields},
            subject_table=_CASE,
            subject_id=id_of(case),
            version=version,
        )
        for to in (contact_recipient(session, contact) for contact in contacts)
    ]
