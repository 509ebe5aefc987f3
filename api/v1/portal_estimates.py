"""Cost estimates in the portal: what was sent to the visitor's controller, and the decision about it (13(5)a)."""

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.portal_estimate_out import (
    PortalEstimateOut,
    PortalEstimateRowOut,
    show_portal_estimate,
    show_portal_row,
)
from api.v1.routing import get, post
from billing.services.access.rights import Right
from billing.services.estimate_decisions import PORTAL_DECISION, Decider, decide_estimate, read_portal_decision
from billing.services.estimate_lists import seen_by_controller, sent_estimate, sent_estimates_after
from billing.services.estimates import EstimateRecord


@get("/portal/estimates", right=Right.PORTAL_READ, query=PAGING, gives=Page[PortalEstimateRowOut])
def list_portal_estimates(call: Call) -> Reply:
    """List the estimates that were sent to one's own controller, each with the version sent last."""
    controller_id = call.controller_id
    return call.page(
        lambda after, most: sent_estimates_after(call.session, controller_id, after, most),
        lambda row: show_portal_row(row, call.act.at),
    )


@get("/portal/estimates/{estimate_id:int}", right=Right.PORTAL_READ, gives=PortalEstimateOut)
def get_portal_estimate(call: Call) -> Reply:
    """Give an estimate as it was sent last; 404 for drafts and those of others."""
    return Reply(show_portal_estimate(seen_by_controller(call.session, call.act, _record(call))), etag=True)


@post(
    "/portal/estimates/{estimate_id:int}/decision",
    right=Right.PORTAL_DECIDE,
    reads=PORTAL_DECISION,
    gives=PortalEstimateOut,
    example={"decision": "ask", "version": 1, "message": "Warum vier Stunden?"},
)
def decide_portal_estimate(call: Call) -> Reply:
    """Approve, ask or decline the `version` one has seen; who decides first has decided, 409 for all others."""
    record = _record(call)
    decider = Decider(
        contact_id=call.who.contact_id or 0,
        via=call.who.via,
        credential_id=call.who.credential_id,
        network=call.address,
    )
    decide_estimate(call.session, call.act, record, decider, read_portal_decision(call.raw, record))
    return Reply(show_portal_estimate(seen_by_controller(call.session, call.act, record)))


def _record(call: Call) -> EstimateRecord:
    return sent_estimate(call.session, call.controller_id, call.path["estimate_id"])
