"""The frozen invoice: every amount is final, PDF and XML only print it.

Amounts are whole cents, prices and quantities exact fractions. A document that does not add up can't be made: the
official rules for electronic invoices check neither a line's arithmetic nor its sum to the cent, so this does.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from billing.money import Cents, line_net, vat_on
from invoices import canonical
from invoices.parties import Buyer, Seller

SCHEMA = 1
MINUTES_PER_HOUR = 60


class DoesNotAddUp(ValueError):  # noqa: N818 - a bug of whoever built the document, named for what it is
    """Amounts of a document that contradict each other."""


class Kind(StrEnum):
    """What the paper is; a credit note by that name would mean self-billing (§ 14 Abs. 2 UStG)."""

    INVOICE = "invoice"
    CANCELLATION = "cancellation"
    CORRECTION = "correction"


class VatCategory(StrEnum):
    """VAT category codes of EN 16931: standard, reverse charge, not taxable here, exempt."""

    STANDARD = "S"
    REVERSE_CHARGE = "AE"
    OUTSIDE_SCOPE = "O"
    EXEMPT = "E"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An approved cost estimate that covers (part of) a line (13(5)a)."""

    estimate_ref: str
    approved_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The new units of one case in one rate class at one price and one VAT rate (settlement 3).

    `services` are plain words in the document's language. `worked_minutes` are the minutes this run billed for it; they
    may be 0 when only missing units are billed. In a correction of parts units, hours and net are negative, no price.
    """

    position: int
    case_ref: str
    case_title: str
    services: tuple[str, ...]
    approvals: tuple[Approval, ...]
    urgent: bool
    """Some of it is urgent work without approval (13(5)b)."""
    rate_class: str
    factor: Fraction
    """Share of the hourly rate: 5/4 is a surcharge of 25 %."""
    worked_minutes: int
    units: int
    unit_minutes: int
    unit_price: Fraction
    """Euros for one unit."""
    hourly_price: Fraction
    """Euros for one hour in this class."""
    hours: Fraction
    """Billed quantity in hours: units x unit minutes / 60."""
    net_cents: int
    vat_category: VatCategory
    vat_rate: Fraction
    first_day: date
    last_day: date
    clauses: tuple[str, ...]
    """Printed clauses that make it billable and price it: `13(3)a`, `13(4)b`."""

    def __post_init__(self) -> None:
        """Check the line's own arithmetic."""
        _expect(self.net_cents, _signed(line_net(abs(self.units), self.unit_price), self.units), self, "net")
        _expect(self.hours, Fraction(self.units * self.unit_minutes, MINUTES_PER_HOUR), self, "hours")
        _expect(self.hourly_price, self.unit_price * MINUTES_PER_HOUR / self.unit_minutes, self, "hourly price")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseLine:
    """An expense or third-party cost at its net amount (13(4)c, d)."""

    position: int
    case_ref: str
    case_title: str
    kind: str
    """Code of the kind: travel, accommodation, per_diem, ancillary, third_party."""
    description: str
    incurred_on: date
    receipt_ref: str
    approved_on: date | None
    """Local day of the approval that third-party costs need."""
    net_cents: int
    vat_category: VatCategory
    vat_rate: Fraction
    clauses: tuple[str, ...]

    @property
    def quantity(self) -> int:
        """How many pieces the line is for: 1, in a correction -1 (BT-129)."""
        return -1 if self.net_cents < 0 else 1

    @property
    def price_cents(self) -> int:
        """Net price of one piece, never negative (BT-146)."""
        return abs(self.net_cents)


@dataclass(frozen=True, slots=True, kw_only=True)
class VatGroup:
    """All lines of one VAT category and rate (BG-23); a document has one for each rate that its services had."""

    category: VatCategory
    rate: Fraction
    net_cents: int
    vat_cents: int
    exemption_reason: str = ""
    """Why there is no VAT, in words (BT-120); empty for the standard category."""
    exemption_code: str = ""
    """The same as a code of the VATEX list (BT-121), such as `VATEX-EU-AE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preceding:
    """The invoice that a cancellation or correction refers to (BG-3; § 31 Abs. 5 UStDV)."""

    number: str
    issue_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One entry of "how this was computed": a rate class or a reading of the terms in force, in our own words."""

    title: str
    text: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice, cancellation or correction, complete enough for paper and for EN 16931."""

    kind: Kind
    number: str
    issue_date: date
    language: str
    seller: Seller
    buyer: Buyer
    contract_number: str
    contract_signed_on: date | None
    period_from: date
    period_to: date
    lines: tuple[Line, ...]
    expenses: tuple[ExpenseLine, ...]
    vat_groups: tuple[VatGroup, ...]
    net_cents: int
    vat_cents: int
    gross_cents: int
    payment_days: int
    payment_terms: str
    """The due sentence (BT-20); never a date, for the days run from receipt (13(8))."""
    payment_means: str = "58"
    """UNTDID 4461; 58 is a SEPA credit transfer (BT-81)."""
    preceding: Preceding | None = None
    reason: str = ""
    """Why it cancels or corrects."""
    explanations: tuple[Explanation, ...] = ()
    notes: tuple[str, ...] = ()
    """Further sentences, printed as they are (BT-22)."""
    currency: str = "EUR"
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        """Check that lines, VAT groups and totals add up; DoesNotAddUp otherwise."""
        groups = {(group.category, group.rate): group for group in self.vat_groups}
        _expect(len(groups), len(self.vat_groups), self, "VAT groups")
        nets = dict.fromkeys(groups, 0)
        everything: tuple[Line | ExpenseLine, ...] = (*self.lines, *self.expenses)
        for line in everything:
            if (line.vat_category, line.vat_rate) not in nets:
                message = f"line {line.position} of {self.number}: no VAT group for it"
                raise DoesNotAddUp(message)
            nets[line.vat_category, line.vat_rate] += line.net_cents
        for key, group in groups.items():
            _expect(group.net_cents, nets[key], self, "net of a VAT group")
            _expect(group.vat_cents, _signed(vat_on(abs(group.net_cents), group.rate), group.net_cents), self, "VAT")
        _expect(self.net_cents, sum(group.net_cents for group in self.vat_groups), self, "net")
        _expect(self.vat_cents, sum(group.vat_cents for group in self.vat_groups), self, "VAT total")
        _expect(self.gross_cents, self.net_cents + self.vat_cents, self, "gross")

    @property
    def is_payable(self) -> bool:
        """Whether it asks for money: an invoice of more than nothing."""
        return self.kind is Kind.INVOICE and self.gross_cents > 0

    def to_json(self) -> str:
        """Write it as canonical JSON, the form in which it is stored and hashed."""
        return canonical.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "Document":
        """Read a stored document; NotCanonical when it is of a schema this version does not know."""
        return canonical.from_json(cls, text, SCHEMA)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON in hexadecimal."""
        return canonical.fingerprint(self)


def _signed(cents: Cents, sign: int) -> int:
    return -cents if sign < 0 else cents


def _expect(found: Fraction | int, due: Fraction | int, where: Line | Document, what: str) -> None:
    if found != due:
        place = where.number if isinstance(where, Document) else f"line {where.position}"
        message = f"{what} of {place}: {found} instead of {due}"
        raise DoesNotAddUp(message)
