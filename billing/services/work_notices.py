"""What to tell a person who logs work: it comes late, its note names what it need not, approved effort runs out."""

from datetime import datetime, timedelta

from billing.services.acting import Act
from billing.services.budgets import overrun_notices
from billing.services.notices import Notice
from billing.services.text_notices import about_text
from billing.store.session import TenantSession
from billing.store.tables import Entry

_LATE_AFTER = timedelta(days=90)


def about_work(session: TenantSession, act: Act, case_id: int, start: datetime, note: str | None) -> list[Notice]:
    """Give what to know about work that was just written; nothing is refused, but the controller hears of an overrun.

    Work stays billable for three years from the end of its year (§§ 195, 199 BGB); after 90 days we say so.
    """
    notices = about_text(note)
    if act.at - start > _LATE_AFTER:
        notices.append(Notice("work_is_late", {"value": start, "days": (act.at - start).days}))
    return notices + overrun_notices(session, act, case_id)


def about_correction(session: TenantSession, act: Act, entry: Entry, note: str | None) -> list[Notice]:
    """Give what to know about work that was just corrected, of its note only if that is another now."""
    return about_text(note) + overrun_notices(session, act, entry.case_id)
