"""What to tell a person who logs work: it comes late, its note names what it need not, approved effort runs out."""

from collections.abc import Collection
from datetime import timedelta

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
_AUDIT = "audit_support"


def about_work(session: TenantSession, act: Act, case_id: int, done: WorkDone, use: Later) -> list[Notice]:
    """Give what to know about work that was just written; nothing is refused, but the controller hears of an overrun.

    `use` is what `ask_for_use` asked after that work.

    Work stays billable for three years from the end of its year (§§ 195, 199 BGB); after 90 days we say so.
    """
    notices = about_text(done.note)
    if act.at - done.start > _LATE_AFTER:
        notices.append(Notice("work_is_late", {"value": done.start, "days": (act.at - done.start).days}))
    notices += _about_facts(session, case_id, done)
    return notices + overrun_notices(session, act, case_id, use, urgent=done.urgent)


def about_correction(
    session: TenantSession, act: Act, entry: Entry, version: EntryVersion, changes: Collection[str]
) -> list[Notice]:
    """Give what to know about work that was just corrected, of its note only if that is among the changes."""
    note = version.note if "note" in changes else None
    bounds = bounds_of(session, session.get_one(Case, entry.case_id))
    notices = about_bounds(bounds, version.start_at, version.end_at, processor_zone(session)) + about_text(note)
    notices += _about_facts(session, entry.case_id, version)
    return notices + overrun_notices(session, act, entry.case_id, urgent=version.urgent)


def _about_facts(session: TenantSession, case_id: int, work: WorkDone | EntryVersion) -> list[Notice]:
    """Say what the case lacks for this kind of work, or has too late.

    Urgent work is often logged after its notice went out. An audit of which nobody recorded where, how and when it is
    waits for no result: it would be billed whatever was found (13(6)b).
    """
    if not work.urgent and work.service != _AUDIT:
        return []
    session.take_time()
    start = work.start if isinstance(work, WorkDone) else work.start_at
    known = known_facts(session, session.processor_id, case_id)
    found = about_delay(known.get("urgent_notice_at"), start) if work.urgent else []
    if work.service == _AUDIT and "audit_site" not in known:
        found.append(Notice("audit_facts_missing", {"value": session.get_one(Case, case_id).ref}))
    return found
