"""A look at a month is remembered as long as nobody writes anything: what is shown is never stale."""

from collections.abc import Callable

import pytest

from billing.store.session import TenantSession
from invoices.run.months import MonthLooks, MonthRow
from tests.months.facts import at
from tests.months.story import Story

LOOK = "2026-11-02 09:30"


def nothing(_story: Story) -> None:
    """Do nothing."""


def deletes(story: Story) -> None:
    story.delete("E1", "2026-11-02 09:31")


def logs(story: Story) -> None:
    story.work("E9", "C1", "2026-10-08 12:00", 15, when="2026-11-02 09:31")


def approves(story: Story) -> None:
    story.approve("2026-10", "2026-11-02 09:31")


def issues(story: Story) -> None:
    approves(story)
    story.issue("2026-10", "2026-11-02 09:32")


def seen(looks: MonthLooks, when: str) -> Callable[[TenantSession], list[MonthRow]]:
    return lambda session: list(looks.rows(session, "2026-10", at(when)))


ROWS: list[tuple[str, Callable[[Story], None], str, bool]] = [
    ("a minute later", nothing, "2026-11-02 09:31", True),
    ("ten minutes later", nothing, "2026-11-02 09:40", False),
    ("a minute before", nothing, "2026-11-02 09:29", False),
    ("after work was deleted", deletes, "2026-11-02 09:33", False),
    ("after work was logged", logs, "2026-11-02 09:33", False),
    ("after a draft was released", approves, "2026-11-02 09:33", False),
    ("after the month was issued", issues, "2026-11-02 09:33", False),
]


@pytest.mark.parametrize(("happens", "then", "is_known"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_look_at_a_month_holds(simple: Story, happens: Callable[[Story], None], then: str, *, is_known: bool) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    looks = MonthLooks()
    rows = simple.tell(seen(looks, LOOK))
    happens(simple)
    known = simple.tell(lambda session: looks.known(session, "2026-10", at(then)))
    assert known == (rows if is_known else None)


def test_a_look_says_what_to_approve_and_what_changed(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    logs(simple)
    (row,) = simple.tell(seen(MonthLooks(), "2026-11-02 09:33"))
    review = simple.review("2026-10", "2026-11-02 09:33")
    assert row.draft is not None
    assert (row.draft.facts_hash, row.draft.changed) == (review.prepared.facts_hash, ["E9"])
    assert row.makes_invoice


def test_months_of_two_processors_are_apart(simple: Story) -> None:
    looks = MonthLooks()
    simple.tell(seen(looks, LOOK))
    assert simple.tell(lambda session: looks.known(session, "2026-09", at(LOOK))) is None
