"""One time entry: how its minutes are decided, its history, and the ways to copy, correct and take it back."""

from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.charts.samples import swatch
from api.web.notices import sentences
from api.web.routing import deed, page
from api.web.staff.lookup import addresses
from api.web.staff.work_form import FIELDS, read_times
from api.web.times import write_clock, write_day, write_week
from billing.errors import Conflict
from billing.rating.bands import BandReason
from billing.services.access.rights import Right
from billing.services.by_name import Named
from billing.services.fields import read_note
from billing.services.moments import local_day
from billing.services.own_work import entry_to_change
from billing.services.proposals import given_up
from billing.services.weeks import work_settled
from billing.services.work import correct_work, delete_work, entry_by_id
from billing.services.work_lists import entry_history
from billing.timespan import instant_of
from invoices.format import clock as hours_and_minutes


@page("/zeiten/{entry_id:int}", right=Right.READ_CASES)
def show_entry(call: PageCall) -> View:
    """Show an entry: minutes by state and clause, and every version it had."""
    return View("staff/entry/entry.html", _context(call))


@deed("/zeiten/{entry_id:int}/korrektur", right=Right.WORK, back=show_entry, fields=FIELDS)
def correct(call: PageCall) -> Done:
    """Correct when work was, or its note, with the reason why; until an invoice bills it."""
    entry = entry_to_change(call.session, call.who, call.path["entry_id"])
    _require_seen(call, entry)
    times, reason = read_times(call), call.form.read("reason", read_note)
    note = call.form.read("note", read_note, optional=True)
    call.form.require_good()
    assert times is not None  # noqa: S101 - a missing one was refused
    raw = {"start": times.start.isoformat(), "end": times.end.isoformat(), "note": note}
    corrected = correct_work(call.session, call.act, entry, raw, reason)
    minutes = instant_of(corrected.version.end_at) - instant_of(corrected.version.start_at)
    notices = sentences(call, corrected.notices)
    said = {"hours": hours_and_minutes(minutes), "case": _case_ref(call, entry), "notices": notices}
    return Done(f"/zeiten/{call.path['entry_id']}", "work_corrected", said)


@page("/zeiten/{entry_id:int}/loeschen", right=Right.WORK)
def ask_to_delete(call: PageCall) -> View:
    """Ask before an entry is taken back: what is lost, and why."""
    return View("staff/entry/delete.html", _context(call))


@deed("/zeiten/{entry_id:int}/loeschen", right=Right.WORK, back=ask_to_delete)
def delete(call: PageCall) -> Done:
    """Take an entry back with a reason, until a closing has decided any of it."""
    reason = call.form.read("reason", read_note)
    call.form.require_good()
    entry = entry_to_change(call.session, call.who, call.path["entry_id"])
    version = delete_work(call.session, call.act, entry, reason)
    week = write_week(local_day(version.start_at, call.zone))
    return Done(f"/zeiten?kw={week}", "work_deleted", {"entry": entry.ref})


def _require_seen(call: PageCall, entry: Any) -> None:
    """Refuse a correction of what its author has not seen: Conflict `entry_changed` says by whom and when."""
    last = entry_history(call.session, entry)[-1]
    if call.form.text("version") != str(last.version_no):
        at = last.recorded_at.astimezone(call.zone)
        raise Conflict("entry_changed", path="version", value=entry.ref, name=last.recorded_by_name, at=at)


def _context(call: PageCall) -> dict[str, Any]:
    entry = entry_by_id(call.session, call.path["entry_id"])
    history = entry_history(call.session, entry)
    current = history[-1]
    worked = None if current.deleted else work_settled(call.session, call.act, call.path["entry_id"])
    return {
        "tz": call.zone,
        "entry": current,
        "worked": worked,
        "case_at": addresses(call, Named.CASE, [(current.case_ref, current.case_id)]),
        "history": list(reversed(history)),
        "given_up": given_up(call.session, entry),
        "may_change": worked is not None and _may_change(call, current),
        "values": _values(call, current),
        "minutes_of_version": lambda row: instant_of(row.end_at) - instant_of(row.start_at),
        "swatches": {reason: swatch(reason) for reason in BandReason},
        "week": write_week(local_day(current.start_at, call.zone)),
    }


def _may_change(call: PageCall, row: Any) -> bool:
    own = row.person_id == call.who.person_id
    return Right.WORK in call.who.rights and (own or Right.WORK_FOR_OTHERS in call.who.rights)


def _values(call: PageCall, row: Any) -> dict[str, str]:
    return {
        "date": write_day(local_day(row.start_at, call.zone), call.lang),
        "from": write_clock(row.start_at, call.zone),
        "to": write_clock(row.end_at, call.zone),
        "note": row.note or "",
    }


def _case_ref(call: PageCall, entry: Any) -> str:
    return str(entry_history(call.session, entry)[-1].case_ref)
