"""What to tell a person who records a fact of a case: a late notice, a new site, work that is billed already."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from billing.services.acting import Act, id_of, put
from billing.services.case_facts import CaseFacts
from billing.services.moments import local_day, processor_zone
from billing.services.notices import Notice
from billing.services.text_notices import about_text
from billing.store.queries.work import first_urgent_start, has_billed_work
from billing.store.session import TenantSession
from billing.store.tables import Case, Site
from billing.store.tables.kinds import Finding

_NOTICE_WITHIN = timedelta(hours=24)


def about_case(
    session: TenantSession, act: Act, case: Case, facts: CaseFacts, known: Mapping[str, Any]
) -> list[Notice]:
    """Give what to know about new facts of a case; asked before they are written."""
    notices = _about_finding(session, act, case, {**known, **facts.said}, facts)
    if facts.urgent_notice_at is not None:
        start = first_urgent_start(session, session.processor_id, id_of(case))
        notices += about_delay(facts.urgent_notice_at, start)
    if facts.audit_site is not None and not _remembered(session, case.controller_id, facts.audit_site):
        notices.append(Notice("site_is_new", {"value": facts.audit_site}))
    if known and has_billed_work(session, session.processor_id, id_of(case)):
        notices.append(Notice("case_already_billed", {"value": case.ref}))
    return notices


def _about_finding(
    session: TenantSession, act: Act, case: Case, now: Mapping[str, Any], facts: CaseFacts
) -> list[Notice]:
    """Say that an audit has a result before its day: one without findings lets its work be billed (13(6)b)."""
    if facts.audit_finding is None and facts.audit_date is None:
        return []
    finding, day = now.get("audit_finding", Finding.PENDING), now.get("audit_date")
    if finding == Finding.PENDING or day is None or day <= local_day(act.at, processor_zone(session)):
        return []
    return [Notice("finding_before_audit", {"value": case.ref, "day": day})]


def about_delay(notice_at: datetime | None, start: datetime | None) -> list[Notice]:
    """Say that the controller heard of urgent work more than a day after it began; nothing while one is not known."""
    if notice_at is None or start is None or notice_at - start <= _NOTICE_WITHIN:
        return []
    return [Notice("urgent_notice_late", {"value": notice_at, "start": start})]


def about_title(title: str) -> list[Notice]:
    """Say which personal data a case's title seems to hold: papers print it, and work can be told without (13(10))."""
    return [Notice(notice.code.replace("note_", "title_", 1)) for notice in about_text(title)]


def _remembered(session: TenantSession, controller_id: int, name: str) -> bool:
    """Keep the name of a site; False when others are known, but not this one: it may be a slip of the pen."""
    query = select(Site.name).where(Site.processor_id == session.processor_id, Site.controller_id == controller_id)
    sites = set(session.exec(query.order_by(col(Site.id))))
    if name not in sites:
        put(session, Site(controller_id=controller_id, name=name))
    return not sites or name in sites
