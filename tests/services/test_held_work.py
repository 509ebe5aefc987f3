"""The work list of what is held: everything that waits, over all contracts, with its reason, its age and its keeper."""

from fractions import Fraction
from typing import Any

import pytest

from billing.services.cases import find_case
from billing.services.held_work import HeldItem, held_work
from billing.services.parties import find_person
from billing.store.tables import Closing, Draft, Run
from billing.texts import LANGUAGES, has_sentence, sentence
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import rows_of

NOW = "2026-11-05 09:00"


def held(story: Story, when: str = NOW, **wanted: Any) -> list[HeldItem]:
    return story.tell(lambda session: held_work(session, at(when), wanted))


def told(items: list[HeldItem]) -> list[str]:
    """Say each item in a line: what, of which case, how long, why, how old."""
    return [f"{item.item} {item.case} {item.minutes} {item.reason} {item.age_days}d" for item in items]


def test_everything_that_waits_is_listed_the_oldest_first(office: Story):
    office.contract("AVV-2")
    office.case("V-2", contract="AVV-2")
    office.case("V-3", cause="undecided", cause_reason="wird geprüft")
    office.work("Z-3", "V-2", "2026-11-04 09:00", 30)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    office.work("Z-2", "V-3", "2026-10-20 09:00", 15)
    office.work("Z-4", "V-1", "2026-10-07 09:00", 45, "request_intake")
    office.expense("B-1", "V-1", "2026-10-10", "120.00", "third_party", receipt=None)
    assert told(held(office)) == [
        "Z-1 V-1 60 no_approved_estimate 30d",
        "B-1 V-1 0 third_party_not_approved 26d",
        "Z-2 V-3 15 cause_undecided 16d",
        "Z-3 V-2 30 no_approved_estimate 1d",
    ]
    first, expense, *_ = held(office)
    assert (first.id, first.kind, first.contract, first.clause, first.net_cents) == (
        1,
        "entry",
        "AVV-1",
        "13(5)a",
        None,
    )
    assert (expense.id, expense.kind, expense.net_cents, expense.case_title) == (2, "expense", 12_000, "Vorgang V-1")


def test_a_cost_that_waits_says_whether_it_was_approved(office: Story):
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    office.expense("B-1", "V-1", "2026-10-10", "120.00", "third_party")
    office.expense(
        "B-2",
        "V-1",
        "2026-10-11",
        "80.00",
        "third_party",
        when="2026-10-13 09:00",
        approved_at="2026-10-12T09:00+02:00",
    )
    assert {item.item: item.is_approved for item in held(office)} == {"Z-1": None, "B-1": False, "B-2": True}


@pytest.mark.parametrize(
    ("wanted", "items"),
    [
        pytest.param({"contract": "AVV-2"}, ["Z-3"], id="of a contract"),
        pytest.param({"case": "V-1"}, ["Z-1"], id="of a case"),
        pytest.param({"reason": "cause_undecided"}, ["Z-2"], id="for a reason"),
        pytest.param({"contract": "AVV-1", "reason": "no_approved_estimate"}, ["Z-1"], id="of both"),
        pytest.param({"contract": "AVV-2", "reason": "cause_undecided"}, [], id="of what none waits for"),
    ],
)
def test_the_list_can_be_narrowed(desk: Story, wanted, items):
    desk.contract("AVV-2")
    desk.case("V-2", contract="AVV-2")
    desk.case("V-3", cause="undecided", cause_reason="wird geprüft")
    desk.work("Z-3", "V-2", "2026-11-04 09:00", 30)
    desk.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    desk.work("Z-2", "V-3", "2026-10-20 09:00", 15)
    found = held(desk, **wanted)
    assert [item.item for item in found] == items
    assert [item.id for item in found] == list(range(1, len(items) + 1))


# approved: 30 minutes       |09:00 --- 09:30|09:30 - 10:00|
#                                  billed     estimate_exceeded
def test_only_the_minutes_that_wait_count_each_reason_once(desk: Story):
    desk.estimate("Q-1", "V-1", when="2026-10-02 08:00", regular=30)
    desk.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    desk.work("Z-2", "V-1", "2026-10-06 15:30", 90)
    assert told(held(desk)) == ["Z-1 V-1 30 estimate_exceeded 30d", "Z-2 V-1 90 estimate_exceeded 30d"]


def test_what_is_settled_leaves_the_list_and_what_stays_held_grows_older(office: Story):
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    office.work("Z-2", "V-1", "2026-10-07 09:00", 60)
    office.bill("2026-10", "2026-11-02 09:00")
    assert told(held(office)) == ["Z-1 V-1 60 no_approved_estimate 30d", "Z-2 V-1 60 no_approved_estimate 29d"]
    office.estimate("Q-1", "V-1", when="2026-11-05 10:00", covers_from="2026-10-07 00:00", regular=60)
    assert told(held(office, "2026-11-06 09:00")) == ["Z-1 V-1 60 no_approved_estimate 31d"]


def test_what_comes_to_be_known_later_is_not_held_yet(desk: Story):
    desk.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    assert told(held(desk, "2026-10-06 09:59")) == []
    assert told(held(desk, "2026-10-06 10:00")) == ["Z-1 V-1 60 no_approved_estimate 0d"]


def test_age_counts_local_days(desk: Story):
    desk.work("Z-1", "V-1", "2026-10-24 23:30", 15)
    assert told(held(desk, "2026-10-25 00:15")) == ["Z-1 V-1 15 no_approved_estimate 1d"]
    assert told(held(desk, "2026-10-25 23:59")) == ["Z-1 V-1 15 no_approved_estimate 1d"]


def test_who_looks_after_the_case_is_named_or_nobody(office: Story):
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    (item,) = held(office)
    assert (item.responsible, item.responsible_id) == (None, None)

    def hand_over(session: Any) -> int:
        case, person = find_case(session, "V-1"), find_person(session, "EB")
        case.responsible_id = person.id
        return person.id or 0

    number = office.tell(hand_over)
    (item,) = held(office)
    assert (item.responsible, item.responsible_id) == ("EB", number)


def test_looking_leaves_nothing_behind(office: Story):
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    with office.store.tenant(office.processor_id, read_only=True) as session:
        assert len(held_work(session, at(NOW))) == 1
    assert [rows_of(office, table) for table in (Run, Draft, Closing)] == [[], [], []]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_item_says_why_it_waits_and_what_would_settle_it(desk: Story, lang):
    desk.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    (item,) = held(desk)
    assert has_sentence(f"reason.{item.reason}")
    assert sentence(f"next_step.{item.reason}", lang) != sentence(f"reason.{item.reason}", lang)


def test_the_figures_behind_a_reason_are_given(office: Story):
    office.estimate("Q-1", "V-1", "2026-10-05 09:00", regular=60)
    office.work("Z-1", "V-1", "2026-10-05 08:00", 30)
    office.work("Z-2", "V-1", "2026-10-06 09:00", 90)
    office.work("Z-3", "V-1", "2026-10-10 09:00", 30)
    early, beyond, weekend = (item.about for item in held(office))
    assert early is not None
    assert (early.started_at, early.approved_at) == (at("2026-10-05 08:00"), at("2026-10-05 09:00"))
    assert beyond is not None
    assert (beyond.started_at, beyond.approved_minutes, beyond.used_minutes) == (at("2026-10-06 10:00"), 60, 60)
    assert weekend is not None
    assert (weekend.band, weekend.surcharge, weekend.approved_hourly_cents) == ("weekend", Fraction(1, 2), 10_000)
    assert beyond.approved_at is None


def test_urgent_minutes_are_told_used_and_allowed(office: Story):
    reasons = {f"urgent_{name}_reason": "Grund" for name in ("deadline", "action", "approval")}
    office.fact("V-1", "2026-10-04 20:00", urgent_notice_at=at("2026-10-04 20:00").isoformat(), **reasons)
    office.work("Z-1", "V-1", "2026-10-04 20:00", 150, urgent=True)
    (item,) = held(office)
    assert item.about is not None
    assert (item.reason, item.minutes) == ("urgent_cap_reached", 30)
    assert (item.about.urgent_used, item.about.urgent_most) == (120, 120)
