"""What is said once work is logged, from the form or by the clock, and where to go on."""

from api.web.calls import Done, PageCall
from api.web.notices import sentences
from api.web.times import write_week
from billing.services.moments import local_day
from billing.services.notices import Notice
from billing.services.work import LoggedWork
from billing.services.work_done import minutes_of
from invoices.format import clock as hours_and_minutes


def work_logged(call: PageCall, logged: LoggedWork, *more: Notice) -> Done:
    """Lead to the week of the work, where the form goes on after it, with all there is to know about it."""
    week = write_week(local_day(logged.done.start, call.zone))
    said = {"hours": hours_and_minutes(minutes_of(logged.done)), "case": logged.place.case_ref}
    notes = sentences(call, [*more, *logged.notices])
    way = f"/zeiten?kw={week}&nach={logged.entry_id}"
    if notes:
        return Done(way, "work_logged_noted", {**said, "notes": notes})
    return Done(way, "work_logged", said)
