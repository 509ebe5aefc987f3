"""Cost estimates in the portal: those that wait, those that are decided, and one of them with its costs and history."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from api.web.calls import Answer, Done, Download, OpenPageCall
from api.web.portal.frame import MOST, framed
from api.web.portal.visit import at_portal
from api.web.routing import open_page
from billing.clause.reading import Reader, read_count
from billing.services.access.trail import note_access
from billing.services.acting import id_of
from billing.services.addresses import page_address, shared_among
from billing.services.contracts import contract_by_id
from billing.services.estimate_content import planned_minutes
from billing.services.estimate_lists import (
    SeenEstimate,
    events_of,
    may_decide,
    newest_sent_estimates,
    seen_by_controller,
    sent_estimates_after,
    sent_version,
    versions_of,
)
from billing.services.estimate_prices import conditions_of
from billing.services.estimate_states import state_at
from billing.services.estimates import EstimateRecord
from billing.services.portal_visits import PortalVisit
from invoices.run.estimate_letters import estimate_letter, print_estimate

if TYPE_CHECKING:
    from invoices.estimate import EstimateLetter

VERSION: dict[str, Reader] = {"fassung?": read_count}
DECISIONS: Mapping[str, str] = {"freigeben": "approve", "rueckfrage": "ask", "ablehnen": "decline"}
"""What the form's choices are called, and what each is to the use case."""
_HOUR = 60


@open_page("/p")
def portal_home(_: OpenPageCall) -> Done:
    """Lead to what waits for a decision."""
    return Done("/p/kva")


@open_page("/p/kva")
def portal_estimates(call: OpenPageCall) -> Answer:
    """List the estimates that were sent, those that wait first."""
    return at_portal(call, _list, whole=False)


@open_page("/p/kva/{nr:str}", query=VERSION)
def portal_estimate(call: OpenPageCall) -> Answer:
    """Show an estimate with its costs, before the form that decides it."""
    return at_portal(call, show_estimate, estimate=call.path["nr"])


@open_page("/p/kva/{nr:str}/pdf", query=VERSION)
def portal_estimate_pdf(call: OpenPageCall) -> Answer:
    """Send an estimate as a letter, printed after the transaction that read it."""
    letters: list[EstimateLetter] = []

    def read(of: OpenPageCall, visit: PortalVisit) -> Answer:
        letter = estimate_letter(visit.session, visit.act, shown_record(of, visit))
        # Printed once the transaction has ended; the paper bears this fingerprint of all it says.
        about = {"version": letter.version, "sha256": letter.sha256}
        note_access(visit.session, visit.act, "file_downloaded", f"estimate:{letter.number}", **about)
        letters.append(letter)
        return Done("/p/kva")

    answer = at_portal(call, read, changes=True, estimate=call.path["nr"])
    if not letters:
        return answer
    name = f"{letters[0].number}-Fassung-{letters[0].version}.pdf"
    return Download(print_estimate(letters[0]), "application/pdf", name)


def _list(call: OpenPageCall, visit: PortalVisit) -> Answer:
    own, now = visit.own_estimate(), visit.act.at
    if own is None:
        found = newest_sent_estimates(visit.session, visit.controller_id, MOST)
    else:
        found = sent_estimates_after(visit.session, visit.controller_id, id_of(own.estimate) - 1, 1)
    shared = shared_among(row.ref for row in found)
    rows = [
        {
            "row": row,
            "here": page_address("p/kva", row.ref, row.id, is_shared=row.ref in shared),
            "contract": row.contract_number if row.ref in shared else None,
            "state": str(state_at(row, now)),
            "waits": may_decide(state_at(row, now)),
            "minutes": planned_minutes(row),
        }
        for row in found
    ]
    waiting = [one for one in rows if one["waits"]]
    decided = [one for one in rows if not one["waits"]]
    return framed(call, visit, "portal/estimates.html", waiting=waiting, decided=decided)


def show_estimate(call: OpenPageCall, visit: PortalVisit) -> Answer:
    """Give the page of an estimate that the visit may see."""
    record = shown_record(call, visit)
    newest = visit.estimate(call.path["nr"]) or record
    return framed(
        call,
        visit,
        "portal/estimate.html",
        **estimate_context(call, visit, record),
        newest=newest.version.version_no,
        steps=_steps(visit, record),
        asks_for_code=visit.asks_for_code,
    )


def shown_record(call: OpenPageCall, visit: PortalVisit) -> EstimateRecord:
    """Give the version that the address names, else the one sent last."""
    record = visit.estimate(call.path["nr"])
    assert record is not None  # noqa: S101 - the door looked
    wanted = call.query.get("fassung")
    return record if wanted in (None, record.version.version_no) else sent_version(visit.session, record, wanted)


def estimate_context(call: OpenPageCall, visit: PortalVisit, record: EstimateRecord) -> dict[str, Any]:
    """Give what an estimate says, and under which conditions."""
    seen = seen_by_controller(visit.session, visit.act, record)
    return {
        "seen": seen,
        "state": str(seen.state),
        "version": seen.record.version,
        "estimate": seen.record.estimate,
        "case": seen.record.case,
        "here": own_address(call),
        "contract": contract_by_id(visit.session, record.estimate.contract_id),
        "conditions": conditions_of(visit.session, visit.act, record),
        "hourly": _hourly(seen),
        "minutes": sum(line.minutes for line in seen.price.lines),
    }


def own_address(call: OpenPageCall) -> str:
    """Give the portal's page of the estimate that the path names, by that name."""
    return f"/p/kva/{quote(call.path['nr'], safe='')}"


def _hourly(seen: SeenEstimate) -> dict[str, Any]:
    """Give what an hour of each class costs, in euros."""
    units = _HOUR // seen.price.unit_minutes if _HOUR % seen.price.unit_minutes == 0 else None
    return {
        line.rate_class: line.unit_price * _HOUR / seen.price.unit_minutes
        for line in seen.price.lines
        if line.unit_price is not None and units
    }


def _steps(visit: PortalVisit, record: EstimateRecord) -> list[Any]:
    """Give what happened to all versions that were sent; nothing of drafts."""
    sent = {row.version_no for row in versions_of(visit.session, record) if row.sent_at is not None}
    return [row for row in events_of(visit.session, record) if row.version_no in sent and row.state != "draft"]
