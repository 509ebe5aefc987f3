"""Deciding an estimate in two steps: a check page that changes nothing, and the button that releases at cost.

Links are opened by scanners, some of which press buttons; none types a name, ticks a box and presses on a second page.
"""

from typing import Any

from api.web.calls import Answer, Done, OpenPageCall
from api.web.portal.estimates import (
    DECISIONS,
    VERSION,
    estimate_context,
    own_address,
    portal_estimate,
    show_estimate,
)
from api.web.portal.frame import framed
from api.web.portal.visit import at_portal
from api.web.routing import open_deed, open_page
from billing.clause.reading import refuse
from billing.errors import Conflict, Problem
from billing.services.access.links import CODE_MINUTES, code_refusal, send_code
from billing.services.estimate_decisions import Choice, Decision, decide_estimate
from billing.services.estimate_lists import may_decide
from billing.services.estimate_states import require_open, state_at
from billing.services.estimates import EstimateRecord
from billing.services.portal_visits import PortalVisit

_FIELDS = {"message": "nachricht", "fassung": "", "code": "code"}
"""The version is no field that anybody could correct."""
_DONE = {Choice.APPROVE: "portal_approved", Choice.ASK: "portal_asked", Choice.DECLINE: "portal_declined"}


@open_page("/p/kva/{nr:str}/bestaetigen", query=VERSION)
def check_page(call: OpenPageCall) -> Answer:
    """Show again what was about to be decided; without a form there is nothing to check, so look at the estimate."""
    if not call.form.typed:
        return Done(own_address(call))
    return at_portal(call, _check_again, estimate=call.path["nr"])


@open_deed("/p/kva/{nr:str}/bestaetigen", back=portal_estimate, fields=_FIELDS)
def check_deed(call: OpenPageCall) -> Answer:
    """Lead to the check page, all errors at once; decides nothing."""
    return at_portal(call, _prepare, changes=True, estimate=call.path["nr"])


@open_deed("/p/kva/{nr:str}/entscheiden", back=check_page, fields=_FIELDS)
def decide_deed(call: OpenPageCall) -> Answer:
    """Decide the version that was shown, once."""
    return at_portal(call, _decide, changes=True, estimate=call.path["nr"])


def _prepare(call: OpenPageCall, visit: PortalVisit) -> Answer:
    visit.decider(call.address)
    record = _shown(call, visit)
    require_open(record, visit.act.at, visit.zone)
    _read(call)
    if visit.asks_for_code and visit.matter is not None:
        send_code(visit.session, visit.act, visit.matter)
    return _check(call, visit)


def _check_again(call: OpenPageCall, visit: PortalVisit) -> Answer:
    """Show the check page once more, or what was decided or sent meanwhile."""
    record = visit.estimate(call.path["nr"])
    is_same = record is not None and call.form.text("fassung") == str(record.version.version_no)
    if record is None or not is_same or not may_decide(state_at(record.version, visit.act.at)):
        return show_estimate(call, visit)
    return _check(call, visit)


def _check(call: OpenPageCall, visit: PortalVisit) -> Answer:
    record = _shown(call, visit)
    form = call.form
    names = ("entscheidung", "name", "funktion", "bestellnummer", "nachricht", "berechtigt", "fassung")
    return framed(
        call,
        visit,
        "portal/check.html",
        **estimate_context(call, visit, record),
        typed={name: form.text(name) for name in names},
        decision=form.text("entscheidung"),
        asks_for_code=visit.asks_for_code,
        code_minutes=CODE_MINUTES,
    )


def _decide(call: OpenPageCall, visit: PortalVisit) -> Answer | Problem:
    decider, record = visit.decider(call.address), _shown(call, visit)
    if _is_same_decision(call, record):
        return Done(own_address(call))
    decision = _read(call)
    if visit.asks_for_code and visit.matter is not None:
        refusal = code_refusal(visit.session, visit.act, visit.matter, call.form.text("code"))
        if refusal is not None:
            return refusal
    decide_estimate(visit.session, visit.act, record, decider, decision)
    return Done(own_address(call), _DONE[Choice(decision.decision)])


def _is_same_decision(call: OpenPageCall, record: EstimateRecord) -> bool:
    """Tell whether this very decision is there already: a form sent twice is no second one, and no error."""
    said = DECISIONS.get(call.form.text("entscheidung"))
    return (str(record.version.state), said) in {("approved", Choice.APPROVE), ("declined", Choice.DECLINE)}


def _shown(call: OpenPageCall, visit: PortalVisit) -> EstimateRecord:
    """Give the version that was looked at; Conflict when another was sent meanwhile."""
    record = visit.estimate(call.path["nr"])
    assert record is not None  # noqa: S101 - the door looked
    said, newest = call.form.text("fassung"), record.version.version_no
    if said != str(newest):
        raise Conflict("estimate_version_differs", path="fassung", value=record.estimate.ref, said=said, newest=newest)
    return record


def _read(call: OpenPageCall) -> Decision:
    """Read the form: a choice, a name, and for a release that one may give it; a question says what is asked."""
    form = call.form
    choice = DECISIONS.get(form.text("entscheidung"))
    if choice is None:
        form.note(refuse("portal_choice_missing", "entscheidung", None))
    if not form.text("name"):
        form.note(refuse("portal_name_missing", "name", None))
    if choice in (None, Choice.APPROVE) and not form.checked("berechtigt"):
        form.note(refuse("portal_right_not_confirmed", "berechtigt", None))
    if choice == Choice.ASK and not form.text("nachricht"):
        form.note(refuse("portal_question_missing", "nachricht", None))
    if choice == Choice.APPROVE and form.text("nachricht"):
        form.note(refuse("approval_with_message", "nachricht", None))
    form.require_good()
    said: dict[str, Any] = {"message": form.text("nachricht") or None}
    if choice == Choice.APPROVE:
        said |= {"signed_as": form.text("name"), "function": form.text("funktion") or None}
        said["order_number"] = form.text("bestellnummer") or None
    return Decision(decision=choice or "", **said)
