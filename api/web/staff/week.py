"""The week of a member of staff: what was worked and what becomes of it, and the form that logs more."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.web.calls import Done, Download, PageCall, View
from api.web.charts.band import Clock
from api.web.charts.samples import Tone, patterns, swatch, tone_swatch
from api.web.routing import deed, page
from api.web.staff.lookup import places, told_apart
from api.web.staff.preview_view import Previewed, preview_of
from api.web.staff.week_csv import week_csv
from api.web.staff.week_view import Asked, week_view
from api.web.staff.work_form import FIELDS, number_of, read_typed, row_of, values_of
from api.web.staff.work_logged import work_logged
from api.web.times import read_week, write_week
from billing.canonical import fingerprint
from billing.clause.reading import Reader, read_count
from billing.clause.services import SERVICE_CODES
from billing.errors import NotAllowed
from billing.rating.bands import BandReason
from billing.services.access.rights import Right
from billing.services.access.trail import note_access
from billing.services.by_name import Named
from billing.services.contracts import contract_by_id
from billing.services.moments import local_day
from billing.services.timers import timer_of
from billing.services.urgent_work import can_be_told, declare_urgent
from billing.services.weeks import Worked, agreement_of_days, cases_to_choose, entry_at, last_work_of, week_of
from billing.services.work import log_work
from billing.services.work_done import NewWork
from billing.texts import name_of
from billing.timespan import instant_of

WHICH: Mapping[str, Reader] = {
    "kw?": read_week,
    **{f"{name}?": read_count for name in ("wie", "nach", "weiter", "vorgang")},
}
"""Which week, and what the form is filled with (`work_form.values_of`)."""


@page("/zeiten", right=Right.READ_CASES, query=WHICH)
def show_week(call: PageCall) -> View:
    """Show a week: the rate bands with what was worked, its sums, the list, and the form."""
    return _week(call, preview_of(call) if call.form.typed else Previewed())


@deed("/zeiten", right=Right.WORK, back=show_week, query=WHICH, fields=FIELDS)
def log_entry(call: PageCall) -> Done:
    """Log work; urgent work declares the case urgent with it, which tells the controller at once (13(5)b).

    Where there is nobody to tell, the work is logged all the same (13(9)), and waits until the telling is made up for.
    """
    typed = read_typed(call)
    contract = contract_by_id(call.session, typed.case.contract_id)
    urgency = typed.urgency if can_be_told(call.session, typed.case) else None
    more = [] if urgency is None else declare_urgent(call.session, call.act, typed.case, urgency).notices
    new = NewWork(case=typed.case.ref, contract=contract.ref, person=person_of(call), done=typed.done)
    logged = log_work(call.session, call.act, new, call.zone)
    return work_logged(call, logged, *(notice for notice in more if notice not in logged.notices))


@deed("/zeiten/vorschau", right=Right.WORK, looks=True, query=WHICH)
def preview_entry(call: PageCall) -> View:
    """Say how what was typed would be billed; with `ganz` on the whole page, for who has no script."""
    previewed = preview_of(call)
    if call.form.checked("ganz"):
        return _week(call, previewed)
    return View("staff/week/preview_alone.html", preview_context(call, previewed))


@page("/zeiten/csv", right=Right.READ_CASES, query=WHICH, writes=True)
def download_week(call: PageCall) -> Download:
    """Give the work of a week as a table, a row for each stretch that was decided alike."""
    monday = _monday(call)
    content = week_csv(_worked(call, monday), call.zone, call.lang)
    note_access(call.session, call.act, "list_downloaded", f"week:{write_week(monday)}", sha256=fingerprint(content))
    return Download(content, "text/csv", f"zeiten-{write_week(monday)}.csv")


def person_of(call: PageCall) -> str:
    """Give the caller as a member of staff; NotAllowed for an account that is of nobody whose work is logged."""
    if call.who.person_ref is None:
        raise NotAllowed("right_missing", right=Right.WORK)
    return call.who.person_ref


def preview_context(call: PageCall, previewed: Previewed) -> dict[str, Any]:
    """Give what the template of the preview asks for."""
    swatches = {reason: swatch(reason) for reason in BandReason}
    return {"tz": call.zone, "preview": previewed.view, "unclear": previewed.unclear, "swatches": swatches}


def form_context(call: PageCall, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the template of the form asks for."""
    rows = cases_to_choose(call.session, number_of(str(values["case"])))
    refs = told_apart((row.ref, row.id, row.contract_number) for row in rows)
    cases = [(row.id, f"{refs[row.id]} {row.controller}, {row.title}") for row in rows]
    services = [(code, name_of("service", code, call.lang)) for code in SERVICE_CODES]
    return {"values": values, "case_options": cases, "service_options": services}


def _week(call: PageCall, previewed: Previewed) -> View:
    monday, today = _monday(call), local_day(call.act.at, call.zone)
    worked, last = _worked(call, monday), _last(call)
    at = places(call, Named.CASE, ((one.row.case_ref, one.row.case_id) for one in worked))
    agreement = agreement_of_days(call.session, worked, last, call.zone)
    asked = Asked(call.zone, call.lang, today, _clock(call))
    context = {
        "week": week_view(asked, monday, worked, agreement),
        "case_at": at.here,
        "case_contract": at.contract,
        "last": last,
        "overlap": _overlap(call),
        "saved": row_of(call, call.query["nach"]) if "nach" in call.query else None,
        "may_log": Right.WORK in call.who.rights and call.who.person_id is not None,
        "this_week": write_week(today),
        "patterns": patterns(),
        "tones": {tone: tone_swatch(tone) for tone in Tone},
    }
    form = form_context(call, values_of(call, monday))
    return View("staff/week/week.html", {**context, **form, **preview_context(call, previewed)})


def _monday(call: PageCall) -> date:
    asked: date | None = call.query.get("kw")
    today = local_day(call.act.at, call.zone)
    return asked or date.fromisocalendar(*today.isocalendar()[:2], 1)


def _worked(call: PageCall, monday: date) -> list[Worked]:
    if call.who.person_id is None:
        return []
    return week_of(call.session, call.act, call.who.person_id, monday, call.zone)


def _last(call: PageCall) -> Any | None:
    return None if call.who.person_id is None else last_work_of(call.session, call.who.person_id)


def _clock(call: PageCall) -> Clock:
    running = None if call.who.person_id is None else timer_of(call.session, call.who.person_id)
    return Clock(instant_of(call.act.at), None if running is None else instant_of(running.started_at))


def _overlap(call: PageCall) -> int | None:
    """Give the entry that the one just refused overlaps, so that the page can lead to it."""
    for problem in call.told.problems:
        if problem.code == "work_overlaps" and call.who.person_id is not None:
            row = entry_at(call.session, call.who.person_id, problem.fields["start"], problem.fields["end"])
            return None if row is None else int(row.id)
    return None
