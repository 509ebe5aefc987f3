"""Controllers, the people there who may approve, and our own people whose work is logged."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlmodel import col, select
from stdnum.eu import vat

from billing.clause import refs
from billing.clause.reading import Reader, one_of, read_date, read_flag, read_object
from billing.errors import Conflict, InvalidInput, Refused
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import (
    read_country,
    read_email,
    read_initials,
    read_land,
    read_language,
    read_leitweg_id,
    read_line,
    read_vat_id,
    require_postcode,
)
from billing.services.mail_domains import in_ascii
from billing.services.references import References, one_of_ref, ref_exists, rows_of_ref
from billing.store.queries.users import user_of_address
from billing.store.session import TenantSession
from billing.store.tables import Contact, Controller, Person
from billing.store.tables.kinds import InvoiceChannel, InvoiceFormat, VatCase

_HOME = "DE"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewController:
    """A client as it is to stand on letters. `vat_case` says how the supply is taxed (§§ 3a, 13b UStG).

    `invoice_format`: whether invoices go out as PDF with the XML inside, or as XML alone. Where it is not said, who has
    a Leitweg-ID gets XRechnung, as public buyers ask for it (§ 4 Abs. 1 ERechV), and all others the PDF.
    `invoice_channel`: whether documents are mailed, or wait in the portal with a mail that says so.
    `decision_code`: who decides by a mail link there is asked for six digits as well.
    """

    name: str
    street: str
    postcode: str
    city: str
    ref: str | None = None
    address_extra: str | None = None
    country: str = "DE"
    land: str | None = None
    vat_case: str = VatCase.DOMESTIC
    vat_id: str | None = None
    buyer_reference: str | None = None
    leitweg_id: str | None = None
    customer_number: str | None = None
    language: str = "de"
    invoice_email: str | None = None
    invoice_format: str = InvoiceFormat.ZUGFERD
    invoice_channel: str = InvoiceChannel.MAIL
    decision_code: bool = False


CONTROLLER: dict[str, Reader] = {
    "name": read_line,
    "street": read_line,
    "postcode": read_line,
    "city": read_line,
    "ref?": read_line,
    "address_extra?": read_line,
    "country?": read_country,
    "land?": read_land,
    "vat_case?": one_of(*VatCase),
    "vat_id?": read_vat_id,
    "buyer_reference?": read_line,
    "leitweg_id?": read_leitweg_id,
    "customer_number?": read_line,
    "language?": read_language,
    "invoice_email?": read_email,
    "invoice_format?": one_of(*InvoiceFormat),
    "invoice_channel?": one_of(*InvoiceChannel),
    "decision_code?": read_flag,
}
CONTROLLER_KINDS: Mapping[str, Callable[[str], StrEnum]] = {
    "vat_case": VatCase,
    "invoice_format": InvoiceFormat,
    "invoice_channel": InvoiceChannel,
}
"""Which fields are one of a closed set."""


def read_controller(raw: Mapping[str, Any]) -> NewController:
    """Read a client out of a JSON object; InvalidInput names the first field that is wrong."""
    values = read_object(raw, "", CONTROLLER)
    usual = InvoiceFormat.XRECHNUNG if values.get("leitweg_id") else InvoiceFormat.ZUGFERD
    return NewController(**{"invoice_format": usual, **values})


def add_controller(session: TenantSession, act: Act, new: NewController) -> Controller:
    """Take in a client; Conflict when its reference is taken, InvalidInput when its data contradict each other."""
    require_consistent(new)
    ref = new.ref or References(session, Controller, "K-").next()
    if new.ref and ref_exists(session, Controller, ref):
        raise Conflict("controller_exists", path="ref", value=ref)
    kinds = {name: kind(getattr(new, name)) for name, kind in CONTROLLER_KINDS.items()}
    controller = Controller(**asdict(new) | {"ref": ref, **kinds})
    put(session, controller)
    audit(session, act, "controller_added", f"controller:{ref}", vat_case=new.vat_case, country=new.country)
    return controller


def require_consistent(controller: NewController | Controller) -> None:
    """Refuse letter data that contradict each other: postcode and country, way of taxing, country and VAT id.

    The receiver owes the tax only in another member state, and shows by its VAT id that it is a business (§ 3a Abs. 2,
    § 13b UStG); without one, or with an establishment here, it is charged like everybody at home.
    """
    require_postcode(controller.postcode, controller.country)
    in_eu, country = controller.country.lower() in vat.MEMBER_STATES, {"country": controller.country}
    if controller.vat_case == VatCase.REVERSE_CHARGE:
        if controller.vat_id is None:
            raise InvalidInput("vat_id_missing", path="vat_id", value=None)
        if controller.country == _HOME or not in_eu:
            raise InvalidInput("reverse_charge_elsewhere", path="vat_case", value=controller.vat_case, **country)
        if controller.vat_id.startswith(_HOME):
            raise InvalidInput("vat_id_is_german", path="vat_id", value=controller.vat_id)
    if controller.vat_case == VatCase.THIRD_COUNTRY and in_eu:
        raise InvalidInput("third_country_in_eu", path="vat_case", value=controller.vat_case, **country)


def find_controller(session: TenantSession, ref: str, path: str = "controller") -> Controller:
    """Give the controller of a reference; InvalidInput when there is none."""
    controller: Controller = one_of_ref(rows_of_ref(session, Controller, ref), "unknown_controller", ref, path)
    return controller


def list_controllers(session: TenantSession) -> list[Controller]:
    """Give all controllers, by reference."""
    query = select(Controller).where(Controller.processor_id == session.processor_id).order_by(col(Controller.ref))
    return list(session.exec(query))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """A person at a controller; only who may approve can release an estimate (13(5)a)."""

    controller: str
    name: str
    email: str
    phone: str | None = None
    may_approve: bool = False


CONTACT: dict[str, Reader] = {
    "controller": read_line,
    "name": read_line,
    "email": read_email,
    "phone?": read_line,
    "may_approve?": read_flag,
}


def read_contact(raw: Mapping[str, Any]) -> NewContact:
    """Read a contact out of a JSON object."""
    return NewContact(**read_object(raw, "", CONTACT))


def add_contact(session: TenantSession, act: Act, new: NewContact) -> Contact:
    """Take in a person at a controller, or take up again one who had ended.

    Conflict when that controller has somebody with this address already. Refused: our own staff is to approve.
    """
    controller = find_controller(session, new.controller)
    digest = address_digest(session, new.email)
    if new.may_approve:
        require_other_side(session, digest, new.email)
    contact = contact_of_address(session, id_of(controller), digest) or Contact(
        controller_id=id_of(controller), email_digest=digest
    )
    if contact.id is not None and contact.ended_at is None:
        raise Conflict("contact_exists", path="email", value=new.email, controller=controller.ref)
    contact.name, contact.email, contact.phone = new.name, new.email, new.phone
    contact.may_approve, contact.ended_at = new.may_approve, None
    put(session, contact)
    subject = f"controller:{controller.ref}"
    audit(session, act, "contact_added", subject, contact=digest, may_approve=new.may_approve)
    return contact


def address_digest(session: TenantSession, email: str) -> str:
    """Give what an e-mail address is known by: neither capitals nor the alphabet of its domain make a difference."""
    return session.ring.digest((in_ascii(email.strip()) or email.strip()).lower())


def require_other_side(session: TenantSession, email_digest: str, shown: str | None) -> None:
    """Refuse `approver_is_staff` for an address with an account of our staff: who approves is not of us (T-09)."""
    user = user_of_address(session, session.processor_id, email_digest)
    if user is not None and user.person_id is not None and user.disabled_at is None:
        raise Refused("approver_is_staff", clause=refs.ESTIMATE_AND_APPROVAL.number, value=shown)


def contact_of_address(session: TenantSession, controller_id: int, digest: str) -> Contact | None:
    """Give who has this address at a controller, also one who has ended, or None."""
    query = select(Contact).where(
        Contact.processor_id == session.processor_id,
        Contact.controller_id == controller_id,
        Contact.email_digest == digest,
    )
    return session.exec(query).one_or_none()


def find_contact(session: TenantSession, controller_id: int, email: str, path: str = "contact") -> Contact:
    """Give a controller's contact by e-mail address; InvalidInput when there is none."""
    contact = contact_of_address(session, controller_id, address_digest(session, email))
    if contact is None or contact.ended_at is not None:
        raise InvalidInput("unknown_contact", path=path, value=email)
    return contact


def list_contacts(session: TenantSession, controller: str | None = None) -> list[tuple[Contact, Controller]]:
    """Give all contacts, or those of one controller, in the order they were added."""
    query = (
        select(Contact, Controller)
        .join(Controller, col(Controller.id) == col(Contact.controller_id))
        .where(Contact.processor_id == session.processor_id, Controller.processor_id == session.processor_id)
        .order_by(col(Controller.ref), col(Contact.id))
    )
    if controller is not None:
        query = query.where(Contact.controller_id == id_of(find_controller(session, controller)))
    return list(session.exec(query))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """A member of staff; papers show the initials only (13(10))."""

    name: str
    initials: str
    ref: str | None = None
    confidentiality_pledged_on: date | None = None


PERSON: dict[str, Reader] = {
    "name": read_line,
    "initials": read_initials,
    "ref?": read_line,
    "confidentiality_pledged_on?": read_date,
}


def read_person(raw: Mapping[str, Any]) -> NewPerson:
    """Read a member of staff out of a JSON object."""
    return NewPerson(**read_object(raw, "", PERSON))


def add_person(session: TenantSession, act: Act, new: NewPerson) -> Person:
    """Take in a member of staff; the reference is the initials if not said otherwise. Conflict when it is taken."""
    ref = new.ref or new.initials
    if ref_exists(session, Person, ref):
        raise Conflict("person_exists", path="ref" if new.ref else "initials", value=ref)
    person = Person(**asdict(new) | {"ref": ref})
    put(session, person)
    audit(session, act, "person_added", f"person:{ref}")
    return person


def find_person(session: TenantSession, ref: str, path: str = "person") -> Person:
    """Give the member of staff of a reference; InvalidInput when there is none."""
    person: Person = one_of_ref(rows_of_ref(session, Person, ref), "unknown_person", ref, path)
    return person


def list_persons(session: TenantSession) -> list[Person]:
    """Give all members of staff, by reference."""
    query = select(Person).where(Person.processor_id == session.processor_id).order_by(col(Person.ref))
    return list(session.exec(query))
