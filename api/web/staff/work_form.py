"""The form that work is logged with: what stands in it at first, and what was typed into it, read all at once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from api.v1.calls import LARGEST_ID
from api.web.calls import PageCall
from api.web.days import day_reader
from api.web.times import Worked, read_clock, read_worked, write_clock, write_day
from billing.clause.reading import refuse
from billing.clause.services import SERVICE_CODES
from billing.errors import InvalidInput, NotFound, Problem
from billing.services.cases import case_by_id
from billing.services.fields import read_line, read_note
from billing.services.moments import local_day
from billing.services.urgent_work import URGENCY, Urgency, is_declared
from billing.services.usual_services import usual_service
from billing.services.weeks import last_work_of, work_row
from billing.services.work_done import WorkDone

FIELDS = {"start": "from", "end": "to"}
"""The form's names for what use cases call otherwise."""
FLAGS = ("travel", "onsite", "urgent", "remedies_processor_defect")
REASONS = tuple(name for name in URGENCY if not name.endswith("?"))
_DAYS = 7
_TEXTS = ("case", "date", "from", "to", "note", "service", "document", *REASONS)


@dataclass(frozen=True, slots=True)
class TypedWork:
    """Work as it was typed, with its case, and why it is urgent if that is to be declared with it."""

    case: Any
    done: WorkDone
    urgency: Urgency | None


def read_typed(call: PageCall, *, declares: bool = True) -> TypedWork:
    """Read the form; FormRefused with all that is wrong. `declares`: urgent work asks for its reasons."""
    form = call.form
    case, times = chosen_case(call), read_times(call)
    note = form.read("note", read_note, optional=True)
    document = form.read("document", read_line, optional=True)
    service = form.text("service") or (usual_service(case.kind) if case else "")
    if form.text("service") and service not in SERVICE_CODES:
        form.note(refuse("unknown_value", "service", service, known=", ".join(SERVICE_CODES)))
    if service == "standard_documents" and not document:
        form.note(refuse("field_empty", "document"))
    urgency = _urgency(call, case) if declares and form.checked("urgent") and case else None
    form.require_good()
    assert case is not None  # noqa: S101 - a missing one was refused
    assert times is not None  # noqa: S101 - as above
    flags = {name: form.checked(name) for name in FLAGS}
    document = document if service == "standard_documents" else None
    done = WorkDone(start=times.start, end=times.end, service=service, document=document, note=note, **flags)
    return TypedWork(case, done, urgency)


def values_of(call: PageCall, monday: date) -> dict[str, Any]:
    """Give what stands in the form: what was typed, else what the address asks for, else the day alone.

    `wie` is an entry to copy, `nach` one to go on after, `weiter` goes on with what was worked on last, `vorgang` is
    the case that somebody comes from.
    """
    if call.form.typed:
        return {name: call.form.text(name) for name in _TEXTS} | {name: call.form.checked(name) for name in FLAGS}
    asked = call.query.get("wie") or call.query.get("nach")
    row = row_of(call, asked) if asked else _last(call) if call.query.get("weiter") else None
    if row is None:
        return _empty(call, _day_of(call, monday)) | {"case": str(call.query.get("vorgang", ""))}
    if "nach" in call.query:
        return _after(call, row)
    return _like(call, row) if "wie" in call.query else _going_on(call, row)


def row_of(call: PageCall, entry_id: int) -> Any | None:
    """Give the row of an entry, or None when there is none any more."""
    try:
        return work_row(call.session, entry_id)
    except NotFound:
        return None


def _last(call: PageCall) -> Any | None:
    return None if call.who.person_id is None else last_work_of(call.session, call.who.person_id)


def _day_of(call: PageCall, monday: date) -> date:
    today = local_day(call.act.at, call.zone)
    return today if monday <= today < monday + timedelta(days=_DAYS) else monday


def _empty(call: PageCall, day: date) -> dict[str, Any]:
    return dict.fromkeys(_TEXTS, "") | dict.fromkeys(FLAGS, False) | {"date": write_day(day, call.lang)}


def _after(call: PageCall, row: Any) -> dict[str, Any]:
    """Go on where an entry ended; the case is kept, all else is to be said."""
    day = local_day(row.end_at, call.zone)
    return _empty(call, day) | {"case": str(row.case_id), "from": write_clock(row.end_at, call.zone)}


def _like(call: PageCall, row: Any) -> dict[str, Any]:
    """Say all of an entry once more."""
    clocks = {"from": write_clock(row.start_at, call.zone), "to": write_clock(row.end_at, call.zone)}
    return _empty(call, local_day(row.start_at, call.zone)) | _same(row) | clocks


def _going_on(call: PageCall, row: Any) -> dict[str, Any]:
    """Go on with the work of an entry today, from its end if that was today."""
    today = local_day(call.act.at, call.zone)
    begin = write_clock(row.end_at, call.zone) if local_day(row.end_at, call.zone) == today else ""
    return _empty(call, today) | _same(row) | {"from": begin}


def _same(row: Any) -> dict[str, Any]:
    texts = {name: getattr(row, name) or "" for name in ("note", "document", "service")}
    return texts | {name: getattr(row, name) for name in FLAGS} | {"case": str(row.case_id)}


def chosen_case(call: PageCall) -> Any | None:
    """Give the case that was chosen; None for none or one there is not, which is noted in the form."""
    number = number_of(call.form.text("case"))
    try:
        return case_by_id(call.session, number or 0)
    except Problem:
        call.form.note(refuse("case_not_chosen", "case"))
        return None


def number_of(text: str) -> int | None:
    """Give the number of a row that a form names; None for what is no such number."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_ID)) else 0
    return number or None


def read_times(call: PageCall) -> Worked | None:
    """Read day, start and end; None for what is missing or can't be read, which is noted in the form."""
    form = call.form
    day = form.read("date", day_reader(call))
    start, end = form.text("from"), form.text("to")
    missing = [name for name, text in (("from", start), ("to", end)) if not text]
    if missing == ["to"] and "-" in start.replace("–", "-"):
        missing = []
    if "from" in missing:
        form.note(refuse("work_start_missing", "from"))
    if "to" in missing:
        form.note(refuse("work_end_missing", "to"))
    if day is None or missing:
        _note_unreadable(call, day, "" if end.startswith("+") else end)
        return None
    try:
        worked = read_worked(day, start, end, call.zone, FIELDS)
        _require_past(worked, call.act.at, end or start)
    except InvalidInput as problem:
        form.note(problem)
        return None
    return worked


def _note_unreadable(call: PageCall, day: date | None, end: str) -> None:
    """Say of an end whose start is missing at least that it is no time."""
    if day is not None and end:
        call.form.read("to", lambda text, path: read_clock(day, text, call.zone, path))


def _require_past(worked: Worked, now: datetime, said: str) -> None:
    if worked.end > now:
        raise InvalidInput("work_to_come", path="to", value=said)


def _urgency(call: PageCall, case: Any) -> Urgency | None:
    """Read the three reasons, unless the case is declared urgent already: then none is asked again (13(5)b)."""
    if is_declared(call.session, case):
        return None
    said = {name: call.form.read(name, read_note) for name in REASONS}
    return Urgency(**said) if all(said.values()) else None
