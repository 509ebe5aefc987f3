"""The processor (Auftragnehmer) itself: letter, bank and tax data as dated versions."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.routing import get, post
from billing.services.access.rights import Right
from billing.services.moments import local_day
from billing.services.processors import (
    PROCESSOR,
    add_processor_data,
    current_processor,
    processor_versions,
    read_processor,
)
from billing.services.samples import SAMPLE_PROCESSOR
from invoices.number import check_pattern


class ProcessorVersionOut(BaseModel):
    """What a letter shows from a day on; of two versions of a day the one recorded last counts."""

    valid_from: date
    version: int
    recorded_at: AwareDatetime
    recorded_by: str | None
    company_name: str
    street: str
    postcode: str
    city: str
    country: str
    land: str
    time_zone: str
    register_court: str | None
    register_number: str | None
    managing_directors: str | None
    vat_id: str | None
    tax_number: str | None
    iban: str | None
    bic: str | None
    bank_name: str | None
    contact_person: str | None
    phone: str | None
    email: str | None
    website: str | None
    small_business: bool
    cash_basis: bool
    number_pattern: str = Field(examples=["{series}-{year}-{number:4}"])
    invoice_series: str
    correction_series: str


class ProcessorOut(BaseModel):
    """The data that hold today, and all that were ever recorded."""

    current: ProcessorVersionOut
    versions: list[ProcessorVersionOut]


def _show(version: Any) -> ProcessorVersionOut:
    known: dict[str, Any] = version.model_dump()
    return ProcessorVersionOut(**known | {"version": version.version_no, "recorded_by": version.recorded_by_name})


@get("/processor", right=Right.READ_MASTER_DATA, gives=ProcessorOut)
def get_processor(call: Call) -> Reply:
    """Give the processor's data of today and every version."""
    today = current_processor(call.session, local_day(call.act.at, call.zone))
    return Reply(ProcessorOut(current=_show(today), versions=[_show(row) for row in processor_versions(call.session)]))


@post(
    "/processor/versions",
    right=Right.MASTER_DATA,
    reads=PROCESSOR,
    gives=ProcessorVersionOut,
    example=dict(SAMPLE_PROCESSOR),
)
def add_processor_version(call: Call) -> Reply:
    """Record the whole data as they hold from a day on, today if none is named; issued documents keep theirs."""
    data = read_processor(call.raw)
    for series in (data.invoice_series, data.correction_series):
        check_pattern(data.number_pattern, series)
    return Reply(_show(add_processor_data(call.session, call.act, data)))
