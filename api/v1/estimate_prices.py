"""What an estimate costs, as every answer about one shows it."""

from typing import Literal

from pydantic import BaseModel, Field

from billing.money import format_cents, format_price
from billing.services.estimate_prices import EstimatePrice

RateClassName = Literal["travel", "regular", "out_of_hours", "night_weekend"]
StateName = Literal["draft", "sent", "questioned", "approved", "declined", "expired", "superseded", "withdrawn"]


class PricedLineOut(BaseModel):
    """The minutes of one class and what they cost; units are rounded over the whole estimate (13(4)a)."""

    rate_class: RateClassName
    minutes: int
    units: int | None = Field(description="Billing units; null while no rate is agreed.")
    unit_price: str | None = Field(description="Euros net for one unit.", examples=["25.00"])
    net: str | None = Field(description="Euros.", examples=["400.00"])


class PricedPositionOut(BaseModel):
    """One line as it was written; `net` is null where whole units come about only by taking lines together."""

    text: str | None = Field(description="What the minutes are for.")
    rate_class: RateClassName
    minutes: int
    net: str | None = Field(description="Euros.", examples=["400.00"])


class EstimatePriceOut(BaseModel):
    """What an estimate would cost if just its minutes were billed; amounts are null while no rate is agreed."""

    rate_agreed: bool = Field(description='False reads as "Satz nicht vereinbart".')
    unit_minutes: int
    lines: list[PricedLineOut]
    positions: list[PricedPositionOut]
    vat_rate: str = Field(description="Share of the net.", examples=["0.19"])
    net: str | None = Field(examples=["400.00"])
    vat: str | None = Field(examples=["76.00"])
    gross: str | None = Field(examples=["476.00"])


def show_price(price: EstimatePrice) -> EstimatePriceOut:
    """Give a price as the API shows it."""
    return EstimatePriceOut(
        rate_agreed=price.net is not None,
        unit_minutes=price.unit_minutes,
        lines=[
            PricedLineOut(
                rate_class=line.rate_class,  # type: ignore[arg-type]  # one of the classes of 13(4)
                minutes=line.minutes,
                units=line.units,
                unit_price=None if line.unit_price is None else format_price(line.unit_price),
                net=_euros(line.net),
            )
            for line in price.lines
        ],
        positions=[
            PricedPositionOut(
                text=one.text,
                rate_class=one.rate_class,  # type: ignore[arg-type]  # as above
                minutes=one.minutes,
                net=_euros(one.net),
            )
            for one in price.positions
        ],
        vat_rate=format_price(price.vat_rate),
        net=_euros(price.net),
        vat=_euros(price.vat),
        gross=_euros(price.gross),
    )


def _euros(cents: int | None) -> str | None:
    return None if cents is None else format_cents(cents)
