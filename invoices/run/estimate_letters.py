"""A version of an estimate as a letter: read from what was sent, and printed on demand, the same bytes each time."""

from datetime import datetime

from billing.services.acting import Act
from billing.services.estimate_lists import SeenEstimate, seen_by_controller
from billing.services.estimate_prices import EstimatePrice, conditions_of
from billing.services.estimates import EstimateRecord
from billing.services.moments import local_day, processor_zone
from billing.store.session import TenantSession
from billing.store.tables import Contract
from invoices.estimate import EstimateDecision, EstimateLetter, EstimatePosition
from invoices.paper import Paper
from invoices.render import RenderPool
from invoices.run.letters import buyer_of, controller_of, processor_on, seller_of

_MINUTES = 60


def estimate_letter(session: TenantSession, act: Act, record: EstimateRecord) -> EstimateLetter:
    """Give a version that was sent as a letter to its controller."""
    seen, conditions = seen_by_controller(session, act, record), conditions_of(session, act, record)
    contract = session.get_one(Contract, record.estimate.contract_id)
    controller, zone = controller_of(session, contract), processor_zone(session)
    written_on, price, version = local_day(seen.sent_at, zone), seen.price, record.version
    until, since = version.valid_until, version.covers_from
    return EstimateLetter(
        language=controller.language,
        seller=seller_of(processor_on(session, written_on)),
        buyer=buyer_of(controller, contract),
        number=record.estimate.ref,
        version=version.version_no,
        supplements=seen.supplements or "",
        written_on=written_on,
        decide_by=None if until is None else local_day(until, zone),
        contract_number=contract.number,
        contract_signed_on=contract.signed_on,
        case_ref=record.case.ref,
        case_title=record.case.title,
        controller_reference=record.case.controller_reference or "",
        description=version.description or "",
        covers_from="" if since is None else _moment(since.astimezone(zone)),
        positions=positions_of(price),
        minutes=sum(line.minutes for line in price.lines),
        unit_minutes=price.unit_minutes,
        vat_rate=price.vat_rate,
        net_cents=price.net,
        vat_cents=price.vat,
        gross_cents=price.gross,
        urgent_cap_minutes=conditions.urgent_cap_minutes,
        urgent_clause=conditions.urgent,
        overrun_clause=conditions.overrun,
        no_delay_clause=conditions.no_delay,
        sha256=version.sha256 or "",
        decision=_decision(session, seen),
    )


def positions_of(price: EstimatePrice) -> tuple[EstimatePosition, ...]:
    """Give the rows of a price: its lines as written where each has an amount of its own, else its classes."""
    hourly = {
        line.rate_class: line.unit_price * _MINUTES / price.unit_minutes
        for line in price.lines
        if line.unit_price is not None
    }
    own = [(one.text or "", one.rate_class, one.minutes, one.net) for one in price.positions]
    classes = [("", one.rate_class, one.minutes, one.net) for one in price.lines]
    rows = own if price.positions and price.positions[0].net is not None else classes
    return tuple(
        EstimatePosition(
            text=text, rate_class=rate_class, minutes=minutes, hourly_price=hourly.get(rate_class), net_cents=net
        )
        for text, rate_class, minutes, net in rows
    )


def print_estimate(letter: EstimateLetter) -> bytes:
    """Print a letter in a process of its own; RenderFailed when that can't be done."""
    with RenderPool(1) as pool:
        return pool.render(Paper.ESTIMATE, letter.to_json())


def _decision(session: TenantSession, seen: SeenEstimate) -> EstimateDecision | None:
    if seen.decided is None:
        return None
    at = seen.decided.at.astimezone(processor_zone(session))
    return EstimateDecision(state=str(seen.decided.state), name=seen.decided.name or "", at=_moment(at))


def _moment(at: datetime) -> str:
    return f"{at:%d.%m.%Y, %H:%M}"
