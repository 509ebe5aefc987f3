"""Who writes and who receives: everything the letter, § 14 UStG, § 35a GmbHG and an electronic invoice ask of them."""

from dataclasses import dataclass
from enum import StrEnum

from invoices.canonical import later


class InvoiceFormat(StrEnum):
    """What a controller takes: a PDF with the XML inside (ZUGFeRD, EN 16931), or the XML alone (XRechnung)."""

    ZUGFERD = "zugferd"
    XRECHNUNG = "xrechnung"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `lines` are street and whatever else stands above postcode and city (BT-35..., BT-50...)."""

    lines: tuple[str, ...]
    postcode: str
    city: str
    country: str
    """ISO 3166-1 alpha-2, such as `DE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicAddress:
    """Where an electronic invoice goes (BT-34, BT-49): scheme `EM` is an e-mail address, `0204` a Leitweg-ID."""

    scheme: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a company's letters must show (§ 35a GmbHG): seat, register court, number, all managing directors."""

    seat: str
    court: str
    number: str
    managing_directors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The person to ask (BG-6)."""

    name: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """The account to pay to (BG-17); the IBAN without spaces."""

    holder: str
    iban: str
    bic: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The processor as it stands on the letter."""

    name: str
    address: Address
    registration: Registration | None
    """None only for a business that is in no register."""
    vat_id: str
    tax_number: str
    contact: Contact
    website: str
    bank: Bank
    electronic_address: ElectronicAddress
    taxed_on_receipt: bool = False
    """Taxes on received fees (§ 20 UStG): the invoice must say so from 2028 (§ 14 Abs. 4 Nr. 6a UStG)."""
    small_business: bool = False
    """Small business (§ 19 UStG): no VAT, with a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """The controller as it stands on the letter."""

    name: str
    address: Address
    customer_number: str
    reference: str
    """Buyer reference (BT-10): the Leitweg-ID, else contract or customer number; XRechnung refuses an empty one."""
    vat_id: str
    electronic_address: ElectronicAddress
    language: str
    invoice_format: InvoiceFormat = later(InvoiceFormat.ZUGFERD)  # noqa: RUF009 - a field, as `field` gives it
