"""How a contract stands: the fee clause of a month and its origins, the free minutes, what is billed and left."""

from datetime import date

import pytest

from billing.clause.terms import TERMS
from billing.services.acting import id_of
from billing.services.contracts import (
    add_contract,
    contract_by_id,
    contracts_after,
    end_contract,
    find_contract,
    read_contract,
)
from billing.services.standing import allowance_of, totals_of
from billing.services.standing_terms import standing_terms, terms_recorded
from billing.timespan import MonthIndex, month_index
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import NOW, last_event, refused

OCTOBER, NOVEMBER = month_index(2026, 10), month_index(2026, 11)


def standing(story: Story, month: str, ref: str = "AVV-1"):
    found = story.tell(lambda session: standing_terms(session, find_contract(session, ref), month))
    return {term.name: term for term in found}


def test_terms_stand_in_contract_order_with_their_clauses(desk: Story):
    found = desk.tell(lambda session: standing_terms(session, find_contract(session, "AVV-1"), "2026-10"))
    assert [term.name for term in found] == [spec.name for spec in TERMS]
    assert [term.clause for term in found][:4] == ["13(2)a", "13(2)d", "13(3)g", "13(4)a"]
    assert {term.since for term in found} == {"2025-01"}
    assert not any(term.is_agreed for term in found)


def test_an_agreed_value_holds_from_its_month_and_the_others_from_the_beginning(office: Story):
    office.agree("2026-11", NOW, hourly_rate="120.00")
    office.agree("2027-01", NOW, allowance_minutes=90)
    before, after = standing(office, "2026-10")["hourly_rate"], standing(office, "2027-02")["hourly_rate"]
    assert (before.value, before.since, before.is_agreed) == ("100.00", "2025-01", False)
    assert (after.value, after.usual, after.since, after.is_agreed) == ("120.00", "100.00", "2026-11", True)
    assert standing(office, "2027-02")["allowance_minutes"].since == "2027-01"
    assert standing(office, "2027-02")["night"].since == "2025-01"


def test_a_value_that_returns_holds_from_its_return(desk: Story):
    desk.agree("2026-11", NOW, hourly_rate="120.00")
    desk.agree("2027-01", NOW, hourly_rate="100.00")
    rate = standing(desk, "2027-03")["hourly_rate"]
    assert (rate.since, rate.is_agreed) == ("2027-01", False)


def test_of_two_versions_of_a_month_the_last_one_stands(desk: Story):
    desk.agree("2026-11", NOW, hourly_rate="120.00")
    desk.agree("2026-11", NOW, hourly_rate="125.00")
    assert standing(desk, "2026-11")["hourly_rate"].value == "125.00"
    seen = desk.tell(lambda session: terms_recorded(session, find_contract(session, "AVV-1")))
    assert [(version.valid_from, version.version) for version in seen] == [
        ("2025-01", 1),
        ("2026-11", 1),
        ("2026-11", 2),
    ]


def test_another_contract_is_quoted_by_its_own_places(desk: Story):
    raw = {"controller": "K-AVV-1", "ref": "S", "starts_on": "2026-01-01", "term_set": "immosolve-2026"}
    desk.tell(lambda session: add_contract(session, desk.act(NOW), read_contract(raw)))
    assert standing(desk, "2026-10", "S")["hourly_rate"].clause == "Mitteilung bei Verstößen Abs. 2"
    assert standing(desk, "2026-10", "S")["hourly_rate"].value is None


def use(story: Story, month: MonthIndex, when: str = NOW):
    found = story.tell(lambda session: allowance_of(session, id_of(find_contract(session, "AVV-1")), month, at(when)))
    return found.agreed_minutes, found.used_minutes, found.left_minutes


def test_free_minutes_are_counted_by_month_as_the_run_would(office: Story):
    assert use(office, OCTOBER) == (60, 0, 60)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 45, "general_query")
    assert use(office, OCTOBER) == (60, 45, 15)
    office.work("Z-2", "V-1", "2026-10-07 09:00", 45, "general_query")
    assert use(office, OCTOBER) == (60, 60, 0)
    assert use(office, NOVEMBER) == (60, 0, 60)


def test_free_minutes_of_a_closed_month_stay_counted_once(office: Story):
    office.estimate("Q-1", "V-1", regular=600)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 25, "general_query")
    office.bill("2026-10", "2026-11-02 09:00")
    assert use(office, OCTOBER, "2026-11-02 10:00") == (60, 25, 35)
    office.work("Z-2", "V-1", "2026-10-07 09:00", 10, "general_query", when="2026-11-02 11:00")
    assert use(office, OCTOBER, "2026-11-02 12:00") == (60, 35, 25)


def test_what_was_not_known_yet_is_not_counted(desk: Story):
    desk.work("Z-1", "V-1", "2026-10-06 09:00", 25, "general_query", when="2026-10-20 09:00")
    assert use(desk, OCTOBER, "2026-10-10 09:00") == (60, 0, 60)


def totals(story: Story, when: str = NOW):
    found = story.tell(lambda session: totals_of(session, id_of(find_contract(session, "AVV-1")), at(when)))
    return found.billed_net_cents, found.approved_minutes, found.used_minutes, found.left_minutes, found.held_minutes


def test_approved_effort_is_used_by_closed_and_by_running_work_and_each_minute_once(office: Story):
    assert totals(office) == (0, 0, 0, 0, 0)
    office.estimate("Q-1", "V-1", regular=120)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    assert totals(office) == (0, 120, 60, 60, 0)
    office.bill("2026-10", "2026-11-02 09:00")
    assert totals(office, "2026-11-02 10:00") == (100_00, 120, 60, 60, 0)
    office.work("Z-2", "V-1", "2026-11-03 09:00", 90)
    assert totals(office, "2026-11-03 12:00") == (100_00, 120, 120, 0, 30)


def test_a_cancellation_takes_its_amount_and_its_minutes_back(office: Story):
    office.estimate("Q-1", "V-1", regular=120)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    (number,) = office.bill("2026-10", "2026-11-02 09:00").values()
    assert number is not None
    office.cancel(number, "2026-11-02 10:00")
    assert totals(office, "2026-11-02 11:00") == (0, 120, 60, 60, 0)  # used again by the work that is not billed now


def test_a_contract_ends_once_and_not_before_it_began(office: Story):
    def end(day: str):
        return office.tell(
            lambda session: end_contract(
                session, office.act(NOW), find_contract(session, "AVV-1"), date.fromisoformat(day)
            )
        )

    with refused("ends_before_start", "ended_on"):
        end("2024-12-31")
    assert str(end("2026-12-31").ended_on) == "2026-12-31"
    assert last_event(office)[:2] == ("contract_ended", "contract:AVV-1")
    with refused("contract_has_ended"):
        end("2027-12-31")


def test_a_controller_finds_its_own_contracts_only(office: Story):
    office.contract("AVV-2")
    first, second = office.tell(lambda session: contracts_after(session, None, 0, 9))
    assert office.tell(lambda session: contracts_after(session, second.controller_id, 0, 9)) == [second]
    assert office.tell(lambda session: contract_by_id(session, second.id, second.controller_id)).ref == "AVV-2"
    with refused("contract_not_found"):
        office.tell(lambda session: contract_by_id(session, first.id, second.controller_id))


@pytest.mark.parametrize("number", [0, -1, 10**12])
def test_a_number_that_no_contract_has(desk: Story, number):
    with refused("contract_not_found"):
        desk.tell(lambda session: contract_by_id(session, number))
