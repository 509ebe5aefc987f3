"""A cost estimate as a letter: one version as it was sent, its price and conditions, and how it was decided."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from invoices import canonical
from invoices.parties import Buyer, Seller

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatePosition:
    """A row: what for, its class and minutes; price of an hour in euros and net in cents where they are known."""

    text: str
    rate_class: str
    minutes: int
    hourly_price: Fraction | None
    net_cents: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateDecision:
    """How it was decided: `approved` or `declined`, by whom if that is known, and when by the processor's clock."""

    state: str
    name: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateLetter:
    """A version of a cost estimate; amounts in cents, None while no rate is agreed. Moments are written out."""

    language: str
    seller: Seller
    buyer: Buyer
    number: str
    version: int
    supplements: str
    """The estimate whose effort this one adds to; empty otherwise."""
    written_on: date
    decide_by: date | None
    contract_number: str
    contract_signed_on: date | None
    case_ref: str
    case_title: str
    controller_reference: str
    description: str
    covers_from: str
    """Since when work already done is approved as well; empty otherwise."""
    positions: tuple[EstimatePosition, ...]
    minutes: int
    unit_minutes: int
    vat_rate: Fraction
    net_cents: int | None
    vat_cents: int | None
    gross_cents: int | None
    urgent_cap_minutes: int
    urgent_clause: str
    overrun_clause: str
    no_delay_clause: str
    sha256: str
    decision: EstimateDecision | None
    schema: int = SCHEMA

    def to_json(self) -> str:
        """Write it as canonical JSON, as rendering processes take it."""
        return canonical.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "EstimateLetter":
        """Read what `to_json` wrote; NotCanonical for anything else."""
        return canonical.from_json(cls, text, SCHEMA)
