"""What the tests of cases share: deeds at a local time, and the mail that came of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlmodel import col, select

from billing.errors import Problem
from billing.services.acting import Act
from billing.services.case_deadlines import deadlines_of
from billing.services.cases import find_case
from billing.store.session import TenantSession
from billing.store.tables import Contact, Mail
from billing.timespan import datetime_of, instant_of
from tests.months.facts import BERLIN, at
from tests.months.story import Story
from tests.services.furnishing import APPROVER, NOW

CONTACTS = 2
"""The furnished controller has two contacts, who are both told of everything that must be told."""


def act(when: str = NOW) -> Act:
    return Story.act(when)


def on_case(story: Story, deed: Any, *said: Any, when: str = NOW, case: str = "V-1") -> Any:
    """Let a use case do something to a case."""
    return story.tell(lambda session: deed(session, act(when), find_case(session, case), *said))


def at_once(*deeds: Callable[[], Any]) -> list[str]:
    """Do things in parallel; gives for each `done` or the code of its refusal, sorted."""

    def outcome(deed: Callable[[], Any]) -> str:
        try:
            deed()
        except Problem as problem:
            return problem.code
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(outcome, deeds))


def utc(local: str) -> str:
    """Write a local time as JSON does."""
    return at(local).isoformat()


def mails_of(story: Story, kind: str) -> list[Any]:
    """Give all messages of a kind, with their texts."""

    def look(session: TenantSession) -> list[Mail]:
        return list(session.exec(select(Mail).where(Mail.kind == kind).order_by(col(Mail.id))))

    return story.tell(look)


def contact(session: TenantSession, email: str = APPROVER) -> Contact:
    """Give a contact by its address."""
    digest = session.ring.digest(email)
    return session.exec(select(Contact).where(Contact.email_digest == digest)).one()


def end_contacts(story: Story) -> None:
    """Let both contacts leave, so that there is nobody to write to."""

    def end(session: TenantSession) -> None:
        for one in session.exec(select(Contact)):
            one.ended_at = at("2026-10-01 08:00")

    story.tell(end)


def stands(story: Story, now: str, case: str = "V-1") -> dict[str, str]:
    """Give state and strict end of each deadline of a case, `open 07.10. 09:00`."""

    def look(session: TenantSession) -> dict[str, str]:
        found = deadlines_of(session, find_case(session, case)).tracked
        return {one.code: f"{one.state(instant_of(at(now)))}{_end(one)}" for one in found}

    return story.tell(look)


def _end(one: Any) -> str:
    return "" if one.due is None else f" {datetime_of(one.due.strict).astimezone(BERLIN):%d.%m. %H:%M}"
