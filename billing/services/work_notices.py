"""What to tell a person who logs work: it comes late, its note names what it need not, approved effort runs out."""

import re
from datetime import datetime, timedelta

from billing.services.acting import Act
from billing.services.budgets import overrun_notices
from billing.services.notices import Notice
from billing.store.session import TenantSession
from billing.store.tables import Case, Entry

_LATE_AFTER = timedelta(days=90)
# Whoever reads these patterns in a note sees personal data that the work can be told without.
_PERSONAL = {
    "note_names_email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "note_names_iban": re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?\b"),
    "note_names_birth_date": re.compile(
        r"(?:\bgeb(?:\.|oren\b)|\bborn\b|\bDOB\b|Geburts\w+)\D{0,20}[0-9]|\*\s?[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2,4}"
        r"|\b[0-9]{1,2}\.\s?[0-9]{1,2}\.\s?(?:19[0-9]{2}|200[0-9])\b|\b(?:19[0-9]{2}|200[0-9])-[0-9]{2}-[0-9]{2}\b",
        re.IGNORECASE,
    ),
}


def about_work(session: TenantSession, act: Act, case: Case, start: datetime, note: str | None) -> list[Notice]:
    """Give what to know about work that was just written; nothing is refused, but the controller hears of an overrun.

    Work stays billable for three years from the end of its year (§§ 195, 199 BGB); after 90 days we say so.
    """
    notices = about_text(note)
    if act.at - start > _LATE_AFTER:
        notices.append(Notice("work_is_late", {"value": start, "days": (act.at - start).days}))
    return notices + overrun_notices(session, act, case)


def about_correction(session: TenantSession, act: Act, entry: Entry, note: str | None) -> list[Notice]:
    """Give what to know about work that was just corrected, of its note only if that is another now."""
    case = session.get(Case, entry.case_id)
    assert case is not None  # noqa: S101 - a foreign key holds it
    return about_text(note) + overrun_notices(session, act, case)


def about_text(text: str | None) -> list[Notice]:
    """Give a notice for each kind of personal data that a free text seems to hold; the text itself is not repeated."""
    return [Notice(code) for code, pattern in _PERSONAL.items() if text and pattern.search(text)]
