"""Four eyes (T-09): one proposes, another one confirms, and what was confirmed happens."""

import threading
from typing import Any

import pytest

from billing.errors import NotAllowed, Problem, Refused
from billing.services.acting import Act
from billing.services.proposals import Goodwill, confirm_proposal, given_up, list_proposals, proposal_row
from billing.services.work import correct_work, delete_work, find_entry
from billing.store.tables import EntryVersion, Proposal, WrittenOff
from tests.months.facts import at
from tests.months.story import Story, refusal
from tests.services.four_eyes import (
    ANNA,
    BERND,
    RECLASSIFY,
    WRITE_OFF,
    alone,
    confirm,
    details,
    firm_of_one,
    refuse,
    user_of,
    wish,
)
from tests.services.furnishing import NOW, last_event, refused, rows_of


@pytest.fixture
def story(office: Story) -> Story:
    """The office with an hour of work that the clerk logged, on both databases."""
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    return office


@pytest.fixture
def quick(desk: Story) -> Story:
    """The same on SQLite alone."""
    desk.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    return desk


def test_a_reclassification_becomes_a_version_once_a_second_person_confirms(story: Story):
    number = wish(story, RECLASSIFY)
    assert [row.service for row in rows_of(story, EntryVersion)] == ["other_support"]
    assert last_event(story)[:2] == ("proposed", f"proposal:{number}")
    confirm(story, number)
    old, new = rows_of(story, EntryVersion)
    assert (new.service, new.travel, new.reason) == ("general_query", True, RECLASSIFY["reason"])
    assert (new.start_at, new.recorded_by_name, old.superseded_at) == (old.start_at, BERND, at(NOW))
    (proposal,) = rows_of(story, Proposal)
    assert (proposal.accepted, proposal.decided_by_name, proposal.decided_at) == (True, BERND, at(NOW))
    assert last_event(story) == ("proposal_confirmed", f"proposal:{number}", BERND)
    assert details(story, "proposal_confirmed") == {
        "entry": "Z-1",
        "kind": "reclassify",
        "four_eyes": True,
        "alone": False,
    }
    assert not alone(story, number)


def test_work_given_up_is_free_from_the_second_person_s_word_on(story: Story):
    number = wish(story, WRITE_OFF, when="2026-11-03 09:00")
    assert story.changes("2026-10", "2026-11-03 09:30") == {"AVV-1": "new"}
    (held,) = story.summary("2026-10", "2026-11-03 09:30")["held"]
    assert held["code"] == "no_approved_estimate"
    confirm(story, number, when="2026-11-03 10:00")
    (row,) = rows_of(story, WrittenOff)
    assert (row.recorded_at, row.recorded_by_name) == (at("2026-11-03 10:00"), ANNA)
    assert story.changes("2026-10", "2026-11-03 11:00") == {"AVV-1": "recomputed"}
    assert story.bill("2026-10", "2026-11-03 12:00") == {"AVV-1": None}
    (found,) = story.settlement("AVV-1", "2026-10")["free"]
    assert found == {"item": "Z-1", "minutes": 60, "clause": "written_off"}


def test_work_given_up_after_the_moment_a_draft_sees_stops_its_issue(story: Story):
    story.estimate("Q-1", "V-1", when="2026-10-02 08:00", regular=600)
    story.run("2026-10", "2026-11-03 09:30", "2026-11-03 09:00")
    story.approve("2026-10", "2026-11-03 09:30")
    confirm(story, wish(story, WRITE_OFF, when="2026-11-03 10:00"), when="2026-11-03 10:00")
    problem = refusal(story.issue("2026-10", "2026-11-03 11:00")["AVV-1"])
    assert (problem.code, problem.fields["changed"]) == ("draft_is_stale", ["Z-1"])


def test_the_activity_record_says_goodwill(story: Story):
    confirm(story, wish(story, WRITE_OFF))
    story.bill("2026-10", "2026-11-03 12:00")
    ((stretch,),) = [case.stretches for case in story.record("2026-10").cases]
    assert (stretch.outcome, stretch.code, stretch.clause) == ("free", "written_off", "Kulanz")


def test_no_text_of_a_person_is_kept_in_the_open(story: Story):
    number = wish(story, WRITE_OFF)
    confirm(story, number)
    (row,) = rows_of(story, WrittenOff)
    assert row.reason == f"proposal:{number}"
    seen = story.tell(lambda session: given_up(session, find_entry(session, "Z-1")))
    assert seen == Goodwill(at(NOW), number, ANNA, BERND, alone=False)


@pytest.mark.parametrize("raw", [RECLASSIFY, WRITE_OFF], ids=["reclassify", "write off"])
@pytest.mark.parametrize("who", [ANNA, "Erika Beispiel"], ids=["who proposed it", "who logged the work"])
def test_nobody_confirms_a_wish_of_his_own_or_about_work_he_logged(quick: Story, raw, who):
    number = wish(quick, raw)
    with refused("second_person_missing") as caught:
        confirm(quick, number, who)
    assert isinstance(caught.value, NotAllowed)
    assert [proposal.decided_at for proposal in rows_of(quick, Proposal)] == [None]
    assert len(rows_of(quick, EntryVersion)) == 1
    confirm(quick, number)


def test_nobody_confirms_a_wish_about_work_he_did_whoever_logged_it(story: Story):
    worker, other = user_of(story, "EB"), Act(BERND, at(NOW))
    number = wish(story, WRITE_OFF)
    with refused("second_person_missing"):
        confirm(story, number, "Somebody", user_id=worker)
    assert other.user_id is None
    confirm(story, number)


def test_one_person_is_known_by_the_account_not_by_the_name(story: Story):
    story.work("Z-2", "V-1", "2026-10-07 09:00", 15, person="ML")
    story.work("Z-3", "V-1", "2026-10-07 10:00", 15, person="KA")
    first, second = user_of(story, "ML"), user_of(story, "KA")
    number = wish(story, WRITE_OFF, "Max Müller", user_id=first)
    with refused("second_person_missing"):
        confirm(story, number, "M. Müller", user_id=first)
    confirm(story, number, "Max Müller", user_id=second)
    (row,) = rows_of(story, WrittenOff)
    assert (row.recorded_by_id, row.second_person_id) == (first, second)


def test_nobody_is_two_people_by_a_second_account(story: Story):
    """Who left and was invited anew by another address has an account of his own for each."""
    story.work("Z-2", "V-1", "2026-10-07 09:00", 15, person="ML")
    number = wish(story, WRITE_OFF, "ML", user_id=user_of(story, "ML"))
    with refused("second_person_missing"):
        confirm(story, number, "ML", user_id=user_of(story, "ML", address=2))
    confirm(story, number)


def test_a_firm_of_one_confirms_alone_and_every_trail_says_so(story: Story):
    firm_of_one(story)
    number = wish(story, WRITE_OFF)
    confirm(story, number, ANNA)
    trail = details(story, "proposal_confirmed")
    assert (trail["four_eyes"], trail["alone"]) == (False, True)
    assert alone(story, number)
    seen = story.tell(lambda session: given_up(session, find_entry(session, "Z-1")))
    assert seen == Goodwill(at(NOW), number, ANNA, ANNA, alone=True)


def test_with_four_eyes_off_a_second_person_is_still_told_as_one(quick: Story):
    firm_of_one(quick)
    number = wish(quick, RECLASSIFY)
    confirm(quick, number, BERND)
    trail = details(quick, "proposal_confirmed")
    assert (trail["four_eyes"], trail["alone"], alone(quick, number)) == (False, False, False)


def test_a_refusal_needs_a_reason_and_leaves_the_work_alone(story: Story):
    number = wish(story, RECLASSIFY)
    with refused("missing_key", "reason"):
        refuse(story, number, reason=None)
    refuse(story, number)
    (proposal,) = rows_of(story, Proposal)
    assert (proposal.accepted, proposal.decision_reason, len(rows_of(story, EntryVersion))) == (False, "Passt so", 1)
    assert last_event(story)[:2] == ("proposal_refused", f"proposal:{number}")
    for decide in (confirm, refuse):
        with refused("proposal_decided"):
            decide(story, number)


def test_who_made_a_proposal_may_take_it_back(quick: Story):
    number = wish(quick, RECLASSIFY)
    refuse(quick, number, ANNA)
    assert alone(quick, number)
    wish(quick, RECLASSIFY)


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        pytest.param({"entry": "Z-9"}, "unknown_entry", "entry", id="no such entry"),
        pytest.param({"kind": "gift"}, "unknown_value", "kind", id="no such wish"),
        pytest.param({"reason": " "}, "text_is_empty", "reason", id="no reason"),
        pytest.param({"changes": None}, "missing_key", "changes", id="a reclassification of nothing"),
        pytest.param({"changes": {}}, "missing_key", "changes", id="an empty one"),
        pytest.param({"changes": {"service": "other_support"}}, "nothing_changes", "changes", id="classed so already"),
        pytest.param({"changes": {"end": "2026-10-06T10:00:00Z"}}, "unknown_key", "changes.end", id="another time"),
        pytest.param(
            {"changes": {"service": "standard_documents"}}, "document_missing", "document", id="which document?"
        ),
        pytest.param({"kind": "write_off"}, "write_off_changes_nothing", "changes", id="goodwill with changes"),
    ],
)
def test_a_wish_that_is_none_is_refused(quick: Story, raw, code, path):
    with refused(code, path):
        wish(quick, RECLASSIFY | raw)
    assert rows_of(quick, Proposal) == []


def test_one_proposal_at_a_time_waits_for_an_answer_about_an_entry(story: Story):
    number = wish(story, RECLASSIFY)
    with refused("proposal_open", "entry") as caught:
        wish(story, WRITE_OFF)
    assert caught.value.fields["proposal"] == number
    refuse(story, number)
    confirm(story, wish(story, WRITE_OFF))
    with refused("work_is_written_off"):
        wish(story, WRITE_OFF)
    confirm(story, wish(story, RECLASSIFY))


def test_what_was_corrected_since_must_be_proposed_anew(story: Story):
    number = wish(story, WRITE_OFF)
    story.correct("Z-1", NOW, "2026-10-06 09:00", 600)
    with refused("proposal_outdated", "entry"):
        confirm(story, number)
    story.tell(lambda session: delete_work(session, Act(ANNA, at(NOW)), find_entry(session, "Z-1"), "doppelt"))
    with refused("work_is_deleted"):
        confirm(story, number)
    refuse(story, number)
    with refused("work_is_deleted"):
        wish(story, WRITE_OFF)


@pytest.mark.parametrize("raw", [RECLASSIFY, WRITE_OFF], ids=["reclassify", "write off"])
def test_billed_work_is_cancelled_first(story: Story, raw):
    story.estimate("Q-1", "V-1", when="2026-10-02 08:00", regular=600)
    early = wish(story, raw, when="2026-10-07 09:00")
    story.bill("2026-10", "2026-11-03 10:00")
    with refused("work_is_billed") as caught:
        confirm(story, early, when="2026-11-03 11:00")
    assert isinstance(caught.value, Refused)
    assert caught.value.fields["number"] == "RE-2026-0001"
    story.cancel("RE-2026-0001", "2026-11-04 09:00")
    confirm(story, early, when="2026-11-04 10:00")


def test_lists_are_of_all_the_open_or_the_decided(quick: Story):
    quick.work("Z-2", "V-1", "2026-10-07 09:00", 60)
    decided, waiting = wish(quick, RECLASSIFY), wish(quick, WRITE_OFF | {"entry": "Z-2"})
    refuse(quick, decided)

    def numbers(**wanted: Any) -> list[int]:
        return [row.id for row in quick.tell(lambda session: list_proposals(session, **wanted))]

    assert (numbers(), numbers(is_open=True), numbers(is_open=False)) == ([decided, waiting], [waiting], [decided])
    assert (numbers(after=decided), numbers(most=1)) == ([waiting], [decided])
    with refused("proposal_not_found"):
        quick.tell(lambda session: proposal_row(session, 99))
    with refused("proposal_not_found"):
        confirm(quick, 99)


def test_of_two_second_persons_at_once_one_decides(story: Story):
    number, barrier, outcomes = wish(story, WRITE_OFF), threading.Barrier(2), []

    def decide(deed: Any) -> None:
        barrier.wait()
        try:
            outcomes.append(deed())
        except Problem as problem:
            outcomes.append(problem)

    deeds = (lambda: confirm(story, number), lambda: refuse(story, number, "Carla"))
    threads = [threading.Thread(target=decide, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    assert [problem.code for problem in problems] == ["proposal_decided"]
    (proposal,) = rows_of(story, Proposal)
    assert len(rows_of(story, WrittenOff)) == int(proposal.accepted)


def test_work_classed_anew_that_uses_approved_effort_up_is_told(quick: Story):
    quick.estimate("Q-1", "V-1", regular=60)
    quick.work("Z-2", "V-1", "2026-10-07 09:00", 70, "incident_own_duty")
    change = RECLASSIFY | {"entry": "Z-2", "changes": {"service": "other_support"}}
    act, number = Act(BERND, at(NOW)), wish(quick, change)
    confirmed = quick.tell(lambda session: confirm_proposal(session, act, number))
    assert [notice.code for notice in confirmed.notices] == ["estimate_used_up"]


@pytest.mark.parametrize("raw", [RECLASSIFY, WRITE_OFF], ids=["reclassify", "write off"])
def test_what_a_closing_found_free_is_not_judged_anew(quick: Story, raw):
    quick.work("Z-2", "V-1", "2026-10-07 09:00", 30, "request_intake")
    wanted = raw | {"entry": "Z-2"}
    waiting = wish(quick, wanted)
    quick.bill("2026-10", NOW)
    with refused("work_is_free") as caught:
        confirm(quick, waiting)
    assert caught.value.fields["month"] == "2026-10"
    refuse(quick, waiting)
    with refused("work_is_free"):
        wish(quick, wanted)
    quick.correct("Z-2", NOW, "2026-10-07 09:00", 45)  # the minutes that came to it are still to be judged
    assert alone(quick, wish(quick, wanted)) is False


def test_work_given_up_may_still_be_corrected_before_a_month_decides(quick: Story):
    confirm(quick, wish(quick, WRITE_OFF))
    quick.tell(
        lambda session: correct_work(
            session, Act(ANNA, at(NOW)), find_entry(session, "Z-1"), {"end": at("2026-10-06 09:30").isoformat()}, "so"
        )
    )
    quick.bill("2026-10", "2026-11-03 12:00")
    (found,) = quick.settlement("AVV-1", "2026-10")["free"]
    assert found == {"item": "Z-1", "minutes": 30, "clause": "written_off"}
