"""Mail about an instruction to the controller's contacts: it quotes what was told, so that both sides can prove it."""

from collections.abc import Mapping
from typing import Any

from billing.errors import Conflict
from billing.services.acting import Act, id_of
from billing.services.mails import contact_recipient, write_mail
from billing.store.queries.cases import living_contacts
from billing.store.session import TenantSession
from billing.store.tables import Instruction


def tell_giver(
    session: TenantSession, act: Act, instruction: Instruction, kind: str, fields: Mapping[str, Any] | None = None
) -> int:
    """Write one message about an instruction to each contact of today; gives how many. Conflict: there is none."""
    contacts = living_contacts(session, session.processor_id, instruction.controller_id)
    if not contacts:
        raise Conflict("controller_has_no_contact", value=instruction.ref)
    said = {
        "instruction": instruction.ref,
        "given_at": instruction.given_at,
        "given_by": instruction.given_by or "",
        "content": instruction.content or "",
        **(fields or {}),
    }
    for contact in contacts:
        write_mail(
            session,
            act,
            kind=kind,
            to=contact_recipient(session, contact),
            fields=said,
            subject_table="instruction",
            subject_id=id_of(instruction),
            version=kind,
        )
    return len(contacts)
