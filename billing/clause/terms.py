"""Every agreed number and reading, in contract order, with its clause: what a term set or a contract may change.

A version of the terms holds from the first of a month (`valid_from`). The defaults are data, in `term_sets/`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from billing.clause import reading, reading_terms, refs
from billing.clause.reading_terms import WeekWindow, Window
from billing.clause.refs import Clause
from billing.errors import InvalidInput
from billing.money import format_price
from billing.timespan import format_month


class RateClass(IntEnum):
    """The rate classes in the order invoices list them, which is also the order of their prices."""

    TRAVEL = 0
    REGULAR = 1
    OUT_OF_HOURS = 2
    NIGHT_WEEKEND = 3

    @property
    def code(self) -> str:
        """The name in the exchange format: `out_of_hours`."""
        return self.name.lower()


RATE_CLASSES: dict[str, RateClass] = {rate_class.code: rate_class for rate_class in RateClass}


@lru_cache(maxsize=1024)
def _exact(numerator: int, denominator: int) -> Fraction:
    """Make a fraction once for each of the few prices there are: making it costs more than all that is done with it."""
    return Fraction(numerator, denominator)


class Price(NamedTuple):
    """The exact price of one unit in one class, in euros; plain integers, so that it is a cheap and exact key."""

    rate_class: RateClass
    numerator: int
    denominator: int

    @property
    def euros(self) -> Fraction:
        """The price of one unit in euros."""
        return _exact(self.numerator, self.denominator)

    @property
    def order(self) -> tuple[Fraction, RateClass]:
        """Cheaper first, then class order: the tie rule of settlement 3.2 and "Change of terms"."""
        return self.euros, self.rate_class


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of a contract's terms; field names are the exchange format's."""

    documents_scope: str
    allowance_minutes: int
    base_services_out_of_hours: str
    hourly_rate: int | None
    unit_minutes: int
    rounding_scope: str
    rounding_direction: str
    business_hours: WeekWindow
    night: Window
    holiday_calendar: str
    extra_holidays: frozenset[date]
    removed_holidays: frozenset[date]
    factors: tuple[Fraction, ...]
    vat: Fraction
    urgent_cap_minutes: int
    audit_free_on: str
    payment_days: int
    valid_from: int | None = None

    def unit_price(self, rate_class: RateClass) -> Price | None:
        """Price of one unit (13(4)a: rate x factor x unit / hour), or None while no rate is agreed."""
        if self.hourly_rate is None:
            return None
        euros = Fraction(self.hourly_rate, 100) * self.factors[rate_class] * Fraction(self.unit_minutes, 60)
        return Price(rate_class, euros.numerator, euros.denominator)


@reading.shaped(**reading.object_shape(dict.fromkeys(RATE_CLASSES, reading_terms.read_fraction)))
def read_factors(value: Any, path: str) -> tuple[Fraction, ...]:
    """Take the four factors; their order travel <= regular <= out_of_hours <= night_weekend must hold."""
    parts = reading.read_object(value, path, dict.fromkeys(RATE_CLASSES, reading_terms.read_fraction))
    factors = tuple(parts[code] for code in RATE_CLASSES)
    for cheaper, dearer in pairwise(RateClass):
        if factors[dearer] < factors[cheaper]:
            raise reading.refuse("factors_out_of_order", f"{path}.{dearer.code}", value[dearer.code])
    return factors


class TermSpec(NamedTuple):
    """One term: its name in the exchange format, its clause, how it is read, and why it is a term."""

    name: str
    clause: Clause
    read: Callable[[Any, str], Any]
    why: str
    changes: bool = True


TERMS: tuple[TermSpec, ...] = (
    TermSpec(
        "documents_scope",
        refs.BASE_DOCUMENTS,
        reading.one_of("per_type", "once"),
        "once a year each type, or one in all",
    ),
    TermSpec("allowance_minutes", refs.BASE_GENERAL_QUERIES, reading.read_count, "free minutes of a calendar month"),
    TermSpec(
        "base_services_out_of_hours",
        refs.OUT_OF_HOURS_SERVICE,
        reading.one_of("free", "billable"),
        "13(2) against 13(3)g: is a base service at night still one?",
    ),
    TermSpec("hourly_rate", refs.HOURLY_RATE, reading_terms.read_rate, "net, in euros; null while none is agreed"),
    TermSpec(
        "unit_minutes",
        refs.HOURLY_RATE,
        reading_terms.read_unit_minutes,
        "billing unit; divides the hour",
        changes=False,
    ),
    TermSpec(
        "rounding_scope",
        refs.HOURLY_RATE,
        reading.one_of("case", "case_month", "entry"),
        '"je Vorgang": what is rounded as one',
        changes=False,
    ),
    TermSpec(
        "rounding_direction",
        refs.HOURLY_RATE,
        reading.one_of("up", "nearest"),
        "BGH IX ZR 140/19 doubts each started quarter hour",
        changes=False,
    ),
    TermSpec(
        "business_hours", refs.SURCHARGES, reading_terms.read_week_window, "Mon-Fri 8-16 h by the processor's clock"
    ),
    TermSpec(
        "night", refs.SURCHARGES, reading_terms.read_window, '"Nacht" is not defined; § 2 Abs. 3 ArbZG says 23-06 h'
    ),
    TermSpec(
        "holiday_calendar", refs.SURCHARGES, reading.one_of(*reading_terms.LAENDER), "the Land of the processor's seat"
    ),
    TermSpec("extra_holidays", refs.SURCHARGES, reading.read_dates, "municipal holidays"),
    TermSpec("removed_holidays", refs.SURCHARGES, reading.read_dates, "holidays that do not hold at the seat"),
    TermSpec("factors", refs.SURCHARGES, read_factors, "of the hourly rate: 13(4)b, and 13(4)c for travel"),
    TermSpec("vat", refs.HOURLY_RATE, reading_terms.read_share, "statutory VAT on top"),
    TermSpec("urgent_cap_minutes", refs.URGENT_WORK, reading.read_count, "urgent minutes a case may use unapproved"),
    TermSpec("audit_free_on", refs.AUDIT_OUTCOME, reading.one_of("any", "material"), "which finding frees the audit"),
    TermSpec(
        "payment_days", refs.INVOICING, reading_terms.read_days, "days from receipt to due date; a term of the document"
    ),
)
BY_NAME: dict[str, TermSpec] = {spec.name: spec for spec in TERMS}


def read_terms(raw: dict[str, Any], path: str) -> dict[str, Any]:
    """Read single terms by name; InvalidInput names the first unknown term or wrong value."""
    known = ", ".join(BY_NAME)
    for name, value in raw.items():
        if name not in BY_NAME:
            raise InvalidInput("unknown_term", path=reading.joined(path, name), value=value, known=known)
    return {name: BY_NAME[name].read(value, f"{path}.{name}") for name, value in raw.items()}


def changed_terms(default: Terms, raw: dict[str, Any], path: str, valid_from: int | None = None) -> Terms:
    """Give the default with single terms replaced; an object given for a term replaces the whole object."""
    terms = replace(default, **read_terms(raw, path), valid_from=valid_from)
    both = terms.extra_holidays & terms.removed_holidays
    if both:
        raise reading.refuse("holiday_added_and_removed", f"{path}.removed_holidays", min(both))
    return terms


def versions_in_order(versions: list[Terms], path: str) -> tuple[Terms, ...]:
    """Sort versions by month and refuse two for one month, and a change of what can't change within a contract."""
    for position, terms in enumerate(versions):
        if terms.valid_from in [earlier.valid_from for earlier in versions[:position]]:
            month = format_month(terms.valid_from or 0)
            raise reading.refuse("month_listed_twice", f"{path}[{position}].valid_from", month)
        for spec in TERMS:
            value, first = getattr(terms, spec.name), getattr(versions[0], spec.name)
            if (not spec.changes or spec.name == "vat") and value != first:
                shown = format_price(value) if isinstance(value, Fraction) else value
                raise reading.refuse("term_cannot_change", f"{path}[{position}].{spec.name}", shown, term=spec.name)
    return tuple(sorted(versions, key=lambda terms: terms.valid_from or 0))
