"""The processor (Auftragnehmer): letter, bank and tax data as dated versions, and how its invoices are numbered."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from billing.clause.reading import Reader, read_date, read_flag, read_object
from billing.errors import InvalidInput
from billing.services.acting import Act, audit, put
from billing.services.changing import changes_of
from billing.services.fields import (
    read_bic,
    read_country,
    read_email,
    read_iban,
    read_land,
    read_line,
    read_series,
    read_tax_number,
    read_vat_id,
    read_zone,
    require_postcode,
)
from billing.store.session import TenantSession
from billing.store.tables import ProcessorVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorData:
    """What a letter shows of the processor (§ 14 UStG, § 35a GmbHG), valid from a day on."""

    company_name: str
    street: str
    postcode: str
    city: str
    iban: str
    contact_person: str
    phone: str
    email: str
    valid_from: date | None = None
    country: str = "DE"
    land: str = "BW"
    time_zone: str = "Europe/Berlin"
    register_court: str | None = None
    register_number: str | None = None
    managing_directors: str | None = None
    vat_id: str | None = None
    tax_number: str | None = None
    bic: str | None = None
    bank_name: str | None = None
    website: str | None = None
    small_business: bool = False
    cash_basis: bool = False
    number_pattern: str = "{series}-{year}-{number:4}"
    invoice_series: str = "RE"
    correction_series: str = "ST"


PROCESSOR: dict[str, Reader] = {
    "company_name": read_line,
    "street": read_line,
    "postcode": read_line,
    "city": read_line,
    "iban": read_iban,
    "contact_person": read_line,
    "phone": read_line,
    "email": read_email,
    "valid_from?": read_date,
    "country?": read_country,
    "land?": read_land,
    "time_zone?": read_zone,
    "register_court?": read_line,
    "register_number?": read_line,
    "managing_directors?": read_line,
    "vat_id?": read_vat_id,
    "tax_number?": read_tax_number,
    "bic?": read_bic,
    "bank_name?": read_line,
    "website?": read_line,
    "small_business?": read_flag,
    "cash_basis?": read_flag,
    "number_pattern?": read_line,
    "invoice_series?": read_series,
    "correction_series?": read_series,
}
"""Every field of a processor and how it is read; the command line asks them in this order."""
PROCESSOR_CHANGES = changes_of(
    PROCESSOR,
    may_be_empty=(
        *("register_court", "register_number", "managing_directors"),
        *("vat_id", "tax_number", "bic", "bank_name", "website"),
    ),
)
"""What a letter need not say, a change may take away; of the two tax ids one stays (`read_processor`)."""


def read_processor(raw: dict[str, Any]) -> ProcessorData:
    """Read a processor's data out of a JSON object; InvalidInput names the first field that is wrong or missing."""
    data = ProcessorData(**read_object(raw, "", PROCESSOR))
    require_postcode(data.postcode, data.country)
    if data.vat_id is None and data.tax_number is None:
        raise InvalidInput("tax_id_missing", path="vat_id", value=None)
    if data.invoice_series == data.correction_series:
        raise InvalidInput("series_not_apart", path="correction_series", value=data.correction_series)
    return data


def add_processor_data(session: TenantSession, act: Act, data: ProcessorData) -> ProcessorVersion:
    """Record the processor's data as they hold from a day on, today if not said otherwise; the last recorded counts."""
    valid_from = data.valid_from or act.at.astimezone(ZoneInfo(data.time_zone)).date()
    same_day = select(ProcessorVersion.version_no).where(
        ProcessorVersion.processor_id == session.processor_id, ProcessorVersion.valid_from == valid_from
    )
    number = max(session.exec(same_day), default=0) + 1
    version = ProcessorVersion(**asdict(data) | {"valid_from": valid_from}, version_no=number, **act.record())
    put(session, version)
    audit(session, act, "processor_data_recorded", "processor", valid_from=valid_from.isoformat(), version=number)
    return version


def processor_versions(session: TenantSession) -> list[ProcessorVersion]:
    """Give all recorded data of the processor, by day and number; the last of each day counts from then on."""
    query = (
        select(ProcessorVersion)
        .where(ProcessorVersion.processor_id == session.processor_id)
        .order_by(col(ProcessorVersion.valid_from), col(ProcessorVersion.version_no))
    )
    return list(session.exec(query))


def current_processor(session: TenantSession, day: date) -> ProcessorVersion:
    """Give the data that hold on a day, else the first recorded."""
    versions = processor_versions(session)
    begun = [version for version in versions if version.valid_from <= day]
    return (begun or versions[:1])[-1]
