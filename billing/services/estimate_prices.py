"""What a cost estimate would cost, if just its minutes were billed: at the contract's rates, in the invoice's units.

It is reckoned by the core, so that an estimate and the invoice of the same minutes never differ (13(4)a, 13(5)a).
"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from billing.clause import refs
from billing.clause.terms import RATE_CLASSES, Price, Terms
from billing.clause.vat_rates import vat_rate
from billing.money import vat_on
from billing.rating.agreement import Agreement
from billing.rating.decisions import Line
from billing.rating.ledger import Group
from billing.rating.units import allot, lines_of
from billing.services.acting import Act
from billing.services.agreements import agreed_terms
from billing.services.estimates import EstimateRecord
from billing.services.moments import local_day, processor_zone
from billing.services.processors import current_processor
from billing.store.queries import contracts
from billing.store.session import TenantSession
from billing.store.tables import Contract, Controller
from billing.store.tables.kinds import VatCase
from billing.timespan import MonthIndex, instant_of, month_of

_CENTS = 100


@dataclass(frozen=True, slots=True)
class PricedLine:
    """The minutes of one class, the units they make, and their net in cents; no price while no rate is agreed.

    Units belong to the whole estimate, so a class may get one that its own minutes would not fill.
    """

    rate_class: str
    minutes: int
    units: int | None
    unit_price: Fraction | None
    net: int | None


@dataclass(frozen=True, slots=True)
class PricedPosition:
    """One line as it was written: what for, its class and minutes, and its part of the net in cents.

    `net` is None where the line has no amount of its own: while no rate is agreed, or when whole units come about only
    by taking lines together.
    """

    text: str | None
    rate_class: str
    minutes: int
    net: int | None


@dataclass(frozen=True, slots=True)
class EstimatePrice:
    """The price of an estimate, in cents; None throughout while no rate is agreed ("Satz nicht vereinbart").

    `lines` are its classes, the cheapest first; `positions` its lines as they were written.
    """

    lines: list[PricedLine]
    positions: list[PricedPosition]
    unit_minutes: int
    vat_rate: Fraction
    net: int | None
    vat: int | None
    gross: int | None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a controller must know beside the price, with the clauses as its contract prints them.

    `urgent_cap_minutes` may be worked without approval in an urgent case (13(5)b), `overrun` asks for a release before
    more is worked than approved (13(5)c); by `no_delay` what the law asks for waits for no approval (13(9)).
    """

    unit_minutes: int
    urgent_cap_minutes: int
    urgent: str
    overrun: str
    no_delay: str


def price_of(session: TenantSession, act: Act, record: EstimateRecord) -> EstimatePrice:
    """Price an estimate by the terms known, and in force, when it was sent (a draft: now); an approval keeps them."""
    return price_of_lines(session, record.estimate.contract_id, record.lines, record.version.sent_at or act.at)


def price_of_lines(
    session: TenantSession, contract_id: int, lines: list[dict[str, Any]], moment: datetime
) -> EstimatePrice:
    """Price lines (`rate_class`, `minutes`, perhaps `text`) by the terms of a contract known, and in force, then."""
    agreement, day = _agreed(session, contract_id, moment), local_day(moment, processor_zone(session))
    controller_id = session.get_one(Contract, contract_id).controller_id
    return _priced(agreement, month_of(day), lines, _vat_rate(session, controller_id, day))


def conditions_of(session: TenantSession, act: Act, record: EstimateRecord) -> Conditions:
    """Give what the contract says beside the price, by the terms known, and in force, when it was sent."""
    moment = record.version.sent_at or act.at
    agreement = _agreed(session, record.estimate.contract_id, moment)
    terms = agreement.terms_at(month_of(local_day(moment, processor_zone(session))))
    return Conditions(
        unit_minutes=terms.unit_minutes,
        urgent_cap_minutes=terms.urgent_cap_minutes,
        urgent=agreement.printed(refs.URGENT_WORK.number),
        overrun=agreement.printed(refs.OVERRUN.number),
        no_delay=agreement.printed(refs.NO_REFUSAL.number),
    )


def _agreed(session: TenantSession, contract_id: int, moment: datetime) -> Agreement:
    contract = session.get_one(Contract, contract_id)
    versions = contracts.terms_versions(session, session.processor_id, contract_id)()
    return agreed_terms(contract.term_set, versions, processor_zone(session), instant_of(moment)).agreement


def _priced(agreement: Agreement, month: MonthIndex, said: list[dict[str, Any]], vat_rate: Fraction) -> EstimatePrice:
    minutes: dict[str, int] = {}
    for line in said:
        minutes[line["rate_class"]] = minutes.get(line["rate_class"], 0) + line["minutes"]
    version = agreement.version_at(month)
    terms, prices = agreement.versions[version], agreement.rates_of(version).prices
    of_class = {code: prices[RATE_CLASSES[code]] for code in minutes}
    agreed = {price: minutes[code] for code, price in of_class.items() if price is not None}
    lines = _lines(terms, agreed)
    shown = [
        _line(code, minutes[code], of_class[code], lines) for code in sorted(minutes, key=RATE_CLASSES.__getitem__)
    ]
    positions = _positions(said, shown, terms.unit_minutes)
    if len(agreed) < len(minutes):
        return EstimatePrice(shown, positions, terms.unit_minutes, vat_rate, None, None, None)
    net = sum(line.net for line in lines.values())
    vat = vat_on(net, vat_rate)
    return EstimatePrice(shown, positions, terms.unit_minutes, vat_rate, net, vat, net + vat)


def _positions(said: list[dict[str, Any]], classes: list[PricedLine], unit_minutes: int) -> list[PricedPosition]:
    """Give the lines as written; each has an amount if all of them are whole units that cost whole cents."""
    price = {line.rate_class: line.unit_price for line in classes}
    nets = [_own_net(line["minutes"], price[line["rate_class"]], unit_minutes) for line in said]
    whole = None not in nets
    return [
        PricedPosition(line.get("text"), line["rate_class"], line["minutes"], net if whole else None)
        for line, net in zip(said, nets, strict=True)
    ]


def _own_net(minutes: int, unit_price: Fraction | None, unit_minutes: int) -> int | None:
    if unit_price is None or minutes % unit_minutes:
        return None
    cents = minutes // unit_minutes * unit_price * _CENTS
    return int(cents) if cents.denominator == 1 else None


def _lines(terms: Terms, minutes: dict[Price, int]) -> dict[Price, Line]:
    """Round as a case of its own would be: each new unit goes to the class with the most minutes not yet covered."""
    group = allot(Group("", dict(minutes)), "", terms.unit_minutes, terms.rounding_direction)
    return {line.price: line for line in lines_of([group])}


def _line(code: str, minutes: int, price: Price | None, lines: dict[Price, Line]) -> PricedLine:
    if price is None:
        return PricedLine(code, minutes, None, None, None)
    line = lines.get(price)
    return PricedLine(code, minutes, line.units if line else 0, price.euros, line.net if line else 0)


def _vat_rate(session: TenantSession, controller_id: int, day: date) -> Fraction:
    """Give the rate that is charged to this controller; none by a small business, nor abroad (§§ 3a, 13b, 19 UStG)."""
    controller = session.get_one(Controller, controller_id)
    taxed = controller.vat_case is VatCase.DOMESTIC and not current_processor(session, day).small_business
    return vat_rate(month_of(day)) if taxed else Fraction(0)
