"""Who takes part: the processor (tenant) and its dated letter data, its staff, its controllers and their contacts."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from billing.store.tables.columns import (
    Deletion,
    Recorded,
    Row,
    TenantRow,
    agreeing,
    check,
    choice,
    index,
    key,
    link,
    numbered,
    recorded,
    ref,
    sealed,
    table,
    to,
    unique,
)
from billing.store.tables.kinds import InvoiceChannel, InvoiceFormat, VatCase


class Processor(Row, table=True):
    """A tenant: the Auftragnehmer. Everything about it that may change stands in dated versions."""

    __tablename__ = "processor"
    __table_args__ = table(sa.UniqueConstraint("ref"), tenant=False, deletion=Deletion.NEVER)

    id: int | None = key()
    ref: str = ref()
    created_at: datetime


class ProcessorVersion(Recorded, table=True):
    """Letter, bank and tax data (§ 14 UStG, § 35a GmbHG) as valid from a date; the last recorded one counts."""

    __tablename__ = "processor_version"
    __table_args__ = table(
        numbered("valid_from", "version_no"),
        check("version_counts_from_one", "version_no >= 1"),
        check("tax_named", "vat_id IS NOT NULL OR tax_number IS NOT NULL"),
        check("series_apart", "invoice_series <> correction_series"),
        *recorded(),
    )

    valid_from: date
    version_no: int = 1
    company_name: str
    street: str
    postcode: str
    city: str
    country: str = Field(default="DE", min_length=2, max_length=2)
    land: str = Field(default="BW", max_length=3)
    time_zone: str = "Europe/Berlin"
    register_court: str | None = None
    register_number: str | None = None
    managing_directors: str | None = None
    vat_id: str | None = None
    tax_number: str | None = None
    iban: str | None = None
    bic: str | None = None
    bank_name: str | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    contact_person: str | None = None
    small_business: bool = False
    cash_basis: bool = False
    number_pattern: str = "{series}-{year}-{number:4}"
    invoice_series: str = Field(default="RE", max_length=20)
    correction_series: str = Field(default="ST", max_length=20)


class Person(TenantRow, table=True):
    """A member of staff whose work is logged; the activity record shows initials only (13(10))."""

    __tablename__ = "person"
    __table_args__ = table(unique("ref"), may_change="initials name left_on confidentiality_pledged_on")

    ref: str = ref()
    initials: str = Field(max_length=10)
    name: str | None = sealed("person.name")
    left_on: date | None = None
    confidentiality_pledged_on: date | None = None


class Controller(TenantRow, table=True):
    """A client: the Auftraggeber. An issued invoice keeps its own copy of this address.

    `decision_code`: who decides by a mail link is asked for six digits that were mailed as well. Documents go to
    `invoice_email`, or with `invoice_channel` "portal" a note that one is there.
    """

    __tablename__ = "controller"
    __table_args__ = table(
        unique("ref"),
        check("country_form", "length(country) = 2"),
        may_change=(
            "name address_extra street postcode city country land vat_case vat_id buyer_reference"
            " leitweg_id customer_number language invoice_email invoice_channel invoice_format decision_code"
            " restricted_at"
        ),
    )

    ref: str = ref()
    name: str
    address_extra: str | None = None
    street: str
    postcode: str
    city: str
    country: str = "DE"
    land: str | None = None
    vat_case: VatCase = Field(default=VatCase.DOMESTIC, sa_type=choice(VatCase, "vat_case"))
    vat_id: str | None = None
    buyer_reference: str | None = None
    leitweg_id: str | None = None
    customer_number: str | None = None
    language: str = Field(default="de", max_length=2)
    invoice_email: str | None = None
    invoice_channel: InvoiceChannel = Field(
        default=InvoiceChannel.MAIL, sa_type=choice(InvoiceChannel, "invoice_channel")
    )
    invoice_format: InvoiceFormat = Field(
        default=InvoiceFormat.ZUGFERD, sa_type=choice(InvoiceFormat, "invoice_format")
    )
    decision_code: bool = False
    restricted_at: datetime | None = None


class Contact(TenantRow, table=True):
    """A person at the controller; only those who may approve can release an estimate (13(5)a)."""

    __tablename__ = "contact"
    __table_args__ = table(
        agreeing("controller_id"),
        unique("controller_id", "email_digest"),
        link("controller", "controller_id"),
        may_change="name email email_digest phone may_approve ended_at",
    )

    controller_id: int = to()
    name: str | None = sealed("contact.name")
    email: str | None = sealed("contact.email")
    email_digest: str = Field(min_length=64, max_length=64)
    phone: str | None = sealed("contact.phone")
    may_approve: bool = False
    ended_at: datetime | None = None


class Site(TenantRow, table=True):
    """A place of the processor where on-site audits happen: one a year and site without further agreement (13(6)b)."""

    __tablename__ = "site"
    __table_args__ = table(
        unique("controller_id", "name"),
        link("controller", "controller_id"),
        index("controller_id"),
        deletion=Deletion.FREE,
    )

    controller_id: int = to()
    name: str
