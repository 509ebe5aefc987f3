"""The link of a mail that decides one estimate without a log-in: looked at by GET, decided by POST only."""

from contextlib import AbstractContextManager

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import OpenCall, Reply
from api.v1.portal_estimate_out import PortalEstimateOut, show_portal_estimate
from api.v1.routing import open_get, open_post
from billing.services.access.links import CODE_MINUTES
from billing.services.estimate_links import LINK_DECISION, AtEstimate, at_estimate, decide_by_link, send_decision_code
from billing.services.estimate_lists import seen_by_controller


class LinkOut(BaseModel):
    """What a link is for: one version of one estimate, for one person."""

    name: str = Field(description="Whose link it is.")
    expires_at: AwareDatetime
    needs_code: bool = Field(description="Deciding takes six digits that are mailed on request.")
    estimate: PortalEstimateOut


class CodeSentOut(BaseModel):
    """That six digits are on their way, and how long they hold."""

    minutes: int


@open_get("/links/{token:str}", gives=LinkOut)
def open_link_(call: OpenCall) -> Reply:
    """Show what a link is for; nothing changes, whoever or whatever looks at it."""
    with _at(call, read_only=True) as opened:
        return Reply(_shown(opened))


@open_post("/links/{token:str}/code", gives=CodeSentOut, status=202, keyed=True)
def send_code_(call: OpenCall) -> Reply:
    """Mail six digits to whose link it is; they hold for ten minutes, and earlier ones no longer.

    After ten the link is closed for decisions (403 `link_closed`): a new one is asked for in the portal.
    """
    with _at(call) as opened:
        if earlier := call.earlier(opened.session, opened.actor):
            return earlier
        send_decision_code(opened)
        return call.remember(opened.session, opened.actor, Reply(CodeSentOut(minutes=CODE_MINUTES)))


@open_post(
    "/links/{token:str}/decision",
    reads=LINK_DECISION,
    gives=LinkOut,
    example={"decision": "ask", "message": "Warum vier Stunden?"},
    keyed=True,
)
def decide_link(call: OpenCall) -> Reply:
    """Approve, ask or decline the one version this link is for; who decides first has decided, 409 for all others."""
    with _at(call) as opened:
        if earlier := call.earlier(opened.session, opened.actor):
            return earlier
        refusal = decide_by_link(opened, call.raw)
        reply = Reply(_shown(opened))
        if refusal is None:
            call.remember(opened.session, opened.actor, reply)
    if refusal is not None:
        raise refusal
    return reply


def _at(call: OpenCall, *, read_only: bool = False) -> AbstractContextManager[AtEstimate]:
    service = call.service
    return at_estimate(service.store, call.path["token"], call.address, service.now(), read_only=read_only)


def _shown(opened: AtEstimate) -> LinkOut:
    return LinkOut(
        name=opened.contact.name or "",
        expires_at=opened.matter.expires_at,
        needs_code=opened.asks_for_code,
        estimate=show_portal_estimate(seen_by_controller(opened.session, opened.act, opened.record)),
    )
