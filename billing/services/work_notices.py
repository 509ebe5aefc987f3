"""What to tell a person who logs work: it comes late, its note names what it need not, approved effort runs out."""

from collections.abc import Collection
from datetime import datetime, timedelta

from billing.services.acting import Act
from billing.services.case_notices import about_delay
from billing.services.moments import processor_zone
from billing.services.notices import Notice
from billing.services.overruns import overrun_notices
from billing.services.text_notices import about_text
from billing.services.work_bounds import about_bounds, bounds_of
from billing.services.work_done import WorkDone
from billing.store.queries.cases import known_facts
from billing.store.session import TenantSession
from billing.store.tables import Case, Entry, EntryVersion
from billing.store.wording import Later

_LATE_AFTER = timedelta(days=90)


def about_work(session: TenantSession, act: Act, case_id: int, done: WorkDone, use: Later) -> list[Notice]:
    """Give what to know about work that was just written; nothing is refused, but the controller hears of an overrun.

    `use` is what `ask_for_use` asked after that work.

    Work stays billable for three years from the end of its year (§§ 195, 199 BGB); after 90 days we say so.
    """
    notices = about_text(done.note)
    if act.at - done.start > _LATE_AFTER:
        notices.append(Notice("work_is_late", {"value": done.start, "days": (act.at - done.start).days}))
    if done.urgent:
        session.take_time()
        notices += _about_urgent(session, case_id, done.start)
    return notices + overrun_notices(session, act, case_id, use, urgent=done.urgent)


def about_correction(
    session: TenantSession, act: Act, entry: Entry, version: EntryVersion, changes: Collection[str]
) -> list[Notice]:
    """Give what to know about work that was just corrected, of its note only if that is among the changes."""
    note = version.note if "note" in changes else None
    bounds = bounds_of(session, session.get_one(Case, entry.case_id))
    notices = about_bounds(bounds, version.start_at, version.end_at, processor_zone(session)) + about_text(note)
    if version.urgent:
        notices += _about_urgent(session, entry.case_id, version.start_at)
    return notices + overrun_notices(session, act, entry.case_id, urgent=version.urgent)


def _about_urgent(session: TenantSession, case_id: int, start: datetime) -> list[Notice]:
    """Say that the controller was told too late: work is often logged after the notice went out."""
    return about_delay(known_facts(session, session.processor_id, case_id).get("urgent_notice_at"), start)
