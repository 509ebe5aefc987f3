"""What a controller asks for in the portal: it opens a case, and its receipt is confirmed at once, free (13(2)b).

No work is invented for that: what staff do with the request they log themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from billing.clause.reading import Reader, one_of, read_object, refuse
from billing.errors import InvalidInput, NotFound
from billing.services.acting import Act, audit, id_of, put
from billing.services.case_files import keep_case_file, list_case_files
from billing.services.cases import NewCase, open_case
from billing.services.contracts import find_contract
from billing.services.fields import read_line, read_note
from billing.services.incidents import record_incident
from billing.services.mails import contact_recipient, write_mail
from billing.services.moments import processor_zone, read_datetime
from billing.services.proofs import ProofFile, read_uploads
from billing.services.references import References
from billing.store.queries import requests as rows
from billing.store.session import TenantSession
from billing.store.tables import Case, Contact, Contract, SupportRequest
from billing.texts import name_of
from billing.timespan import datetime_of, instant_of

KINDS: Mapping[str, str] = {
    "data_subject_request": "data_subject_request",
    "data_portability": "data_portability",
    "data_breach": "breach",
    "dpia": "dpia",
    "audit": "audit",
    "general_query": "general_query",
    "instruction": "instruction",
    "other": "other",
}
"""What may be asked for, and the kind of case that it opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """A request of a controller; `reference` is its own file number, which the case keeps."""

    contract: str
    kind: str
    description: str
    wanted_by: datetime | None = None
    reference: str | None = None
    files: Sequence[ProofFile] = field(default_factory=tuple)


REQUEST: dict[str, Reader] = {
    "contract": read_line,
    "kind": one_of(*KINDS),
    "description": read_note,
    "wanted_by?": read_datetime,
    "reference?": read_line,
    "files?": read_uploads,
}


def read_request(raw: Mapping[str, Any]) -> NewRequest:
    """Read a request out of a JSON object."""
    return NewRequest(**read_object(raw, "", REQUEST))


@dataclass(frozen=True, slots=True)
class Received:
    """A request that was taken in, and the case it opened."""

    request: SupportRequest
    case: Case


def request_support(session: TenantSession, act: Act, contact: Contact, new: NewRequest) -> Received:
    """Take in what a controller asks for: open its case, keep its files, confirm the receipt by mail (13(2)b).

    The controller caused the case as long as nobody decides otherwise (13(7)). A data breach it tells of is known to
    the processor from now on (17(1)). InvalidInput: not one of its contracts, wanted before now, a file that can't be
    kept.
    """
    contract = _own_contract(session, contact, new.contract)
    received_at, zone = datetime_of(instant_of(act.at)), processor_zone(session)
    if new.wanted_by is not None and new.wanted_by < received_at:
        raise refuse("wanted_before_asked", "wanted_by", new.wanted_by.astimezone(zone))
    ref = References(session, SupportRequest, f"ANF-{received_at.astimezone(zone).year}-").next()
    case = open_case(session, act, _case_of(new, contract, ref)).case
    request = SupportRequest(
        ref=ref,
        contract_id=id_of(contract),
        controller_id=contact.controller_id,
        contact_id=id_of(contact),
        case_id=id_of(case),
        kind=new.kind,
        description=new.description,
        wanted_by=new.wanted_by,
        received_at=received_at,
        confirmed_at=received_at,
        **act.record(),
    )
    put(session, request)
    for position, file in enumerate(new.files):
        keep_case_file(session, act, case, file, path=f"files[{position}]")
    if case.kind == KINDS["data_breach"]:
        record_incident(session, act, case, {"known_at": received_at.isoformat(), "nature": new.description})
    _confirm(session, act, contact, request, case, len(new.files))
    audit(session, act, "support_requested", f"support_request:{ref}", case=case.ref, kind=new.kind)
    return Received(request, case)


def _own_contract(session: TenantSession, contact: Contact, ref: str) -> Contract:
    """Give a contract of the contact's controller; of another's we say nothing but that there is none."""
    contract = find_contract(session, ref)
    if contract.controller_id != contact.controller_id:
        raise InvalidInput("unknown_contract", path="contract", value=ref)
    return contract


def _case_of(new: NewRequest, contract: Contract, ref: str) -> NewCase:
    """Give the case to open; its title names the kind and the request, never a person."""
    kind = KINDS[new.kind]
    title = f"{name_of('case_kind', kind)} {ref}"
    return NewCase(contract=contract.ref, kind=kind, title=title, controller_reference=new.reference)


def _confirm(
    session: TenantSession, act: Act, contact: Contact, request: SupportRequest, case: Case, files: int
) -> None:
    to = contact_recipient(session, contact)
    fields = {
        "request": request.ref,
        "case": case.ref,
        "kind": name_of("case_kind", case.kind, to.language),
        "received_at": request.received_at,
        "wanted_by": request.wanted_by or "",
        "reference": case.controller_reference or "",
        "description": request.description or "",
        "files": files,
    }
    write_mail(
        session,
        act,
        kind="request_received",
        to=to,
        fields=fields,
        subject_table="support_request",
        subject_id=id_of(request),
        version="received",
    )


def request_row(session: TenantSession, number: int, controller_id: int | None = None) -> Any:
    """Give one request as `list_requests` does; NotFound when the processor, or the controller named, has none."""
    chosen = {"request_id": number, "controller_id": controller_id}
    found = rows.requests_after(session, session.processor_id, number - 1, 1, **chosen)
    if not found:
        raise NotFound("request_unknown", value=number)
    return found[0]


def request_of(session: TenantSession, case: Case) -> Any | None:
    """Give the request that opened a case as `list_requests` does, or None."""
    return next(iter(rows.requests_after(session, session.processor_id, 0, 1, case_id=id_of(case))), None)


def request_files(session: TenantSession, row: Any) -> list[Any]:
    """Give the files that came with a request, without their bytes."""
    case = session.get(Case, row.case_id)
    assert case is not None  # noqa: S101 - a foreign key holds it
    return [file for file in list_case_files(session, case) if file.recorded_at == row.recorded_at]


def list_requests(session: TenantSession, after: int, most: int, chosen: Mapping[str, Any]) -> list[Any]:
    """Give a part of the requests, by id; `chosen`: `controller_id`, a contract by reference, a kind."""
    wanted = dict(chosen)
    contract = wanted.pop("contract", None)
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    return list(rows.requests_after(session, session.processor_id, after, most, contract_id=contract_id, **wanted))


def newest_requests(session: TenantSession, most: int, controller_id: int | None = None) -> list[Any]:
    """Give the newest requests, of one controller only if said so, the newest first."""
    return list(rows.newest_requests(session, session.processor_id, most, controller_id=controller_id))
