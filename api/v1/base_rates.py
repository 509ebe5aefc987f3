"""The base rates of § 247 BGB over HTTP: what is known of each half-year, and what people recorded."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get, post
from billing.clause.reading import read_object
from billing.receivables.base_rates import format_hundredths
from billing.services.access.rights import Right
from billing.services.base_rates import BASE_RATE, known_rates, recorded_rates, set_base_rate


class BaseRateOut(BaseModel):
    """A base rate as somebody recorded it."""

    id: int
    valid_from: date
    percent: str = Field(examples=["1.27"])
    source: str
    recorded_at: AwareDatetime
    recorded_by: str | None


class KnownRateOut(BaseModel):
    """The base rate that holds from the beginning of a half-year."""

    valid_from: date
    percent: str
    source: str


class KnownRatesOut(BaseModel):
    """The base rate of every half-year that is known."""

    items: list[KnownRateOut]


@get("/base-rates", right=Right.READ_MONTHS, gives=KnownRatesOut)
def get_base_rates(call: Call) -> Reply:
    """Give the base rate of every half-year that is known (§ 247 BGB): the product's own, and those recorded here."""
    rates = known_rates(call.session).rates
    items = [
        KnownRateOut(valid_from=one.valid_from, percent=format_hundredths(one.hundredths), source=one.source)
        for one in rates
    ]
    return Reply(KnownRatesOut(items=items))


@post(
    "/base-rates",
    right=Right.MASTER_DATA,
    reads=BASE_RATE,
    gives=BaseRateOut,
    example={"valid_from": "2026-07-01", "percent": "1.27", "source": "Deutsche Bundesbank, 1. Juli 2026"},
)
def set_base_rate_(call: Call) -> Reply:
    """Record the base rate of a half-year with its source; the last recorded one counts, all stay on record."""
    said = read_object(call.raw, "", BASE_RATE)
    rate = set_base_rate(call.session, call.act, said["valid_from"], said["percent"], said["source"])
    return Reply(_rate(rate), location="/base-rates")


@get("/base-rates/recorded", right=Right.READ_MONTHS, query=PAGING, gives=Page[BaseRateOut])
def list_base_rates(call: Call) -> Reply:
    """List what was recorded here, in that order, what is superseded too."""
    return call.page(lambda after, most: recorded_rates(call.session, after, most), _rate)


def _rate(row: Any) -> BaseRateOut:
    return BaseRateOut(
        id=row.id,
        valid_from=row.valid_from,
        percent=format_hundredths(row.hundredths),
        source=row.source,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by_name,
    )
