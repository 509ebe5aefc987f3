"""The running clock: started from the form, shown on every page, stopped into an entry whose end may be put right."""

from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.days import day_reader
from api.web.routing import deed, page
from api.web.staff.week import person_of, show_week
from api.web.staff.work_form import FLAGS, chosen_case
from api.web.staff.work_logged import work_logged
from api.web.times import read_clock, write_clock, write_day
from api.web.ways import read_way
from billing.clause.reading import Reader, refuse
from billing.clause.services import SERVICE_CODES
from billing.services.access.rights import Right
from billing.services.contracts import contract_by_id
from billing.services.moments import local_day
from billing.services.timers import change_timer, discard_timer, limit_of, start_timer, stop_timer, timer_of
from billing.services.usual_services import usual_service

_BACK: dict[str, Reader] = {"weiter?": read_way}


@page("/uhr", right=Right.WORK, query=_BACK)
def show_clock(call: PageCall) -> View:
    """Show the running clock with its end, to be stopped; one that ran too long asks when the work really ended."""
    row = running(call)
    if row is None:
        return View("staff/clock/none.html")
    limit = limit_of(row.started_at, call.zone)
    is_over = call.act.at > limit
    context = {
        "tz": call.zone,
        "clock": row,
        "limit": limit,
        "is_over": is_over,
        "date": write_day(local_day(row.started_at if is_over else call.act.at, call.zone), call.lang),
        "end": "" if is_over else write_clock(call.act.at, call.zone),
        "onward": call.query.get("weiter") or "/zeiten",
    }
    return View("staff/clock/stop.html", context)


@deed("/uhr/start", right=Right.WORK, back=show_week)
def start(call: PageCall) -> Done:
    """Start the clock with what stands in the form: the case, and what else was said already."""
    form, case = call.form, chosen_case(call)
    form.require_good()
    assert case is not None  # noqa: S101 - a missing one was noted
    service = form.text("service") if form.text("service") in SERVICE_CODES else usual_service(case.kind)
    flags = {name: form.checked(name) for name in FLAGS if name != "remedies_processor_defect"}
    raw: dict[str, Any] = {"case": case.ref, "contract": contract_by_id(call.session, case.contract_id).ref, **flags}
    raw |= {"service": service, **form.raw("note", "document")}
    start_timer(call.session, call.act, person_of(call), raw)
    return Done("/zeiten", "clock_started", {"case": case.ref})


@deed("/uhr/stopp", right=Right.WORK, back=show_clock, query=_BACK, fields={"end": "to", "start": "to"})
def stop(call: PageCall) -> Done:
    """Stop the clock and log its minutes up to the end that stands in the form."""
    end, clock = _end(call), running(call)
    call.form.require_good()
    person, note = person_of(call), call.form.text("note") or None
    if clock is not None and "note" in call.form.typed and note != clock.note:
        change_timer(call.session, call.act, person, {"note": note})
    return work_logged(call, stop_timer(call.session, call.act, person, {"end": end}))


@deed("/uhr/verwerfen", right=Right.WORK, back=show_clock)
def discard(call: PageCall) -> Done:
    """Throw the clock away; nothing is logged."""
    discard_timer(call.session, call.act, person_of(call))
    return Done("/zeiten", "clock_discarded")


def running(call: PageCall) -> Any | None:
    """Give the caller's running clock, or None."""
    return None if call.who.person_id is None else timer_of(call.session, call.who.person_id)


def _end(call: PageCall) -> str:
    day = call.form.read("date", day_reader(call))
    if day is None:
        return ""
    moment = call.form.read("to", lambda text, path: read_clock(day, text, call.zone, path))
    if moment is not None and moment > call.act.at:
        call.form.note(refuse("work_to_come", "to", call.form.text("to")))
    return "" if moment is None else moment.isoformat()
