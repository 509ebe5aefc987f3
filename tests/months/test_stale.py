"""Issue refuses, by name, what changed since a person approved it (architecture 2.5); nothing is frozen as it was."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from billing.store.tables import Controller
from billing.texts import has_sentence
from tests.months.conftest import begin
from tests.months.story import Story, refusal


def move_controller(story: Story) -> None:
    def move(session):
        session.exec(select(Controller)).one().street = "Neue Straße 7"

    story.tell(move)


CHANGES: dict[str, tuple[Callable[[Story], None], list[str]]] = {
    "work was corrected": (lambda story: story.correct("E1", "2026-11-02 12:00", "2026-10-06 09:00", 75), ["E1"]),
    "work was taken back": (lambda story: story.delete("E1", "2026-11-02 12:00"), ["E1"]),
    "work was logged late": (
        lambda story: story.work("E2", "C1", "2026-10-07 09:00", 15, when="2026-11-02 12:00"),
        ["E2"],
    ),
    "held work was released": (
        lambda story: story.estimate("Q2", "C2", "2026-11-02 12:00", covers_from="2026-10-01 08:00", night_weekend=60),
        ["E3"],
    ),
    "the cause of a case was found": (
        lambda story: story.fact("C1", "2026-11-02 12:00", cause="processor", cause_reason="Eigener Fehler"),
        ["E1", "X1"],
    ),
    "an expense was withdrawn": (lambda story: story.withdraw("X1", "2026-11-02 12:00"), ["X1"]),
    "an expense came late": (
        lambda story: story.expense("X2", "C1", "2026-10-08", "10.00", when="2026-11-02 12:00"),
        ["X2"],
    ),
    "another rate was agreed": (
        lambda story: story.agree("2026-10", "2026-11-02 12:00", hourly_rate="110.00"),
        ["E1"],
    ),
    "another time to pay was agreed": (
        lambda story: story.agree("2026-10", "2026-11-02 12:00", payment_days=30),
        ["document.payment_days"],
    ),
    "the controller moved": (move_controller, ["buyer.address"]),
}


@pytest.fixture
def approved(paper_story: Story) -> Story:
    """An approved month with billed and held work and an expense."""
    story = begin(paper_story)
    story.case("C2")
    story.work("E3", "C2", "2026-10-09 17:00", 30)
    story.expense("X1", "C1", "2026-10-06", "42.00")
    story.run("2026-10", "2026-11-02 09:00")
    story.approve("2026-10", "2026-11-02 10:00")
    return story


@pytest.mark.parametrize("change", CHANGES)
def test_a_stale_draft_is_refused_and_what_changed_is_named(approved: Story, change: str) -> None:
    happens, names = CHANGES[change]
    happens(approved)
    problem = refusal(approved.issue("2026-10", "2026-11-03 09:00")["AVV-1"])
    assert (problem.code, problem.fields["changed"]) == ("draft_is_stale", names)
    assert approved.closings() == 0
    assert approved.numbers() == []


def test_run_and_approved_again_a_stale_draft_is_issued(approved: Story) -> None:
    approved.delete("E1", "2026-11-02 12:00")
    approved.issue("2026-10", "2026-11-03 09:00")
    assert approved.bill("2026-10", "2026-11-03 10:00") == {"AVV-1": "RE-2026-0001"}
    assert approved.lines("RE-2026-0001") == ["C1 X1.pdf 42.00"]


@pytest.mark.parametrize("change", ["work was corrected", "work was taken back", "an expense was withdrawn"])
def test_what_changed_after_a_fixed_moment_is_not_frozen_as_it_was_then(approved: Story, change: str) -> None:
    happens, names = CHANGES[change]
    approved.run("2026-10", "2026-11-02 11:00", as_of="2026-11-02 09:00")
    happens(approved)
    approved.approve("2026-10", "2026-11-02 13:00")
    problem = refusal(approved.issue("2026-10", "2026-11-03 09:00")["AVV-1"])
    assert (problem.code, problem.fields["changed"]) == ("draft_is_stale", names)


@pytest.mark.parametrize(
    ("taken_back", "code"),
    [
        pytest.param([], "draft_is_stale", id="its work was billed with the later month"),
        pytest.param(["E1"], "month_goes_back", id="even when it would bill nothing"),
    ],
)
def test_an_approved_month_is_refused_once_a_later_one_is_closed(
    simple: Story, taken_back: list[str], code: str
) -> None:
    for ref in taken_back:
        simple.delete(ref, "2026-10-07 09:00")
    simple.run("2026-10", "2026-11-02 09:00")
    simple.approve("2026-10", "2026-11-02 10:00")
    simple.bill("2026-11", "2026-12-01 09:00")
    problem = refusal(simple.issue("2026-10", "2026-12-02 09:00")["AVV-1"])
    assert problem.code == code
    assert has_sentence(f"error.{code}")
