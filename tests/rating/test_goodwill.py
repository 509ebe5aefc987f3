"""Work given up as goodwill (Kulanz) is free: asked after question 5, before 6, and seen from when it was confirmed.

It is no fact of the exchange format, which holds what contracts decide; so scenarios are told of it apart.
"""

import copy
from datetime import datetime
from random import Random
from typing import Any

import pytest

from billing.public_holidays import public_holidays
from billing.rating import scenario as exchange
from billing.rating.facts import Entry
from billing.rating.history import EntryVersion, History
from billing.timespan import instant_of
from tests.rating.random_scenarios import random_scenario
from tests.rating.referee.settling import settle
from tests.rating.test_referee import product_answer
from tests.support.settling import all_settled, approved, audit, case, run, settled, work

LOGGED, GIVEN_UP = 100, 200


@pytest.fixture
def given_up(monkeypatch):
    """A table of entries given up, by id: when (an instant of the exchange format). Fill it before settling."""
    table: dict[str, str] = {}
    told = exchange.history_of

    def history_of(document: Any) -> History:
        history = told(document)
        history.entries = [
            version._replace(written_off_at=instant_of(datetime.fromisoformat(table[version.entry.id])))
            if version.entry.id in table
            else version
            for version in history.entries
        ]
        return history

    monkeypatch.setattr(exchange, "history_of", history_of)
    return table


@pytest.mark.parametrize(
    ("as_of", "is_given_up"),
    [
        pytest.param(GIVEN_UP - 1, False, id="the minute before"),
        pytest.param(GIVEN_UP, True, id="confirmed at the very as-of"),
        pytest.param(GIVEN_UP + 1, True, id="long ago"),
    ],
)
def test_a_run_sees_it_from_the_second_persons_word_on(as_of, is_given_up):
    entry = Entry("E1", "C1", "other_support", 0, 60)
    history = History([], [EntryVersion(entry, LOGGED, written_off_at=GIVEN_UP)])
    assert [seen.written_off for seen in history.seen_at(as_of).entries] == [is_given_up]


def test_what_entries_say_today_is_the_last_version_given_up_or_not():
    first, second = Entry("E1", "C1", "other_support", 0, 60), Entry("E1", "C1", "other_support", 0, 45)
    kept, gone = Entry("E2", "C1", "other_support", 60, 90), Entry("E3", "C1", "other_support", 90, 120)
    history = History(
        [],
        [
            EntryVersion(first, LOGGED, superseded_at=150, written_off_at=GIVEN_UP),
            EntryVersion(second, 150, written_off_at=GIVEN_UP),
            EntryVersion(kept, LOGGED),
            EntryVersion(gone, LOGGED, superseded_at=150),
        ],
    )
    assert history.entries_now() == {second._replace(written_off=True), kept}


EARLY = "2026-10-02T09:00:00+02:00"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        pytest.param([case(cause="processor")], "free 13.7", id="caused by the processor: the contract says so"),
        pytest.param([{"service": "administration"}], "free own_duty", id="an own duty"),
        pytest.param([{"service": "request_intake"}], "free 13.2.b", id="a base service"),
        pytest.param([{"service": "standard_documents", "document": "toms"}], "free 13.2.a", id="the first provision"),
        pytest.param([case(cause="undecided")], "free written_off", id="no cause needs to be decided any more"),
        pytest.param([audit(finding="pending")], "free written_off", id="no finding needs to be waited for"),
        pytest.param([audit(finding="material")], "free written_off", id="before the finding is asked"),
        pytest.param([{"service": "general_query"}], "free written_off", id="before the allowance is asked"),
        pytest.param([], "free written_off", id="without an estimate"),
        pytest.param([approved()], "free written_off", id="with an approved estimate"),
        pytest.param([{"urgent": True}], "free written_off", id="urgent work"),
        pytest.param([{"onsite": True}], "free written_off", id="on site without an agreement"),
    ],
)
def test_it_is_asked_after_what_is_free_anyway_and_before_all_else(given_up, rows, code):
    given_up["E1"] = EARLY
    flags = {key: value for row in rows if "kind_of_row" not in row for key, value in row.items()}
    facts = [row for row in rows if "kind_of_row" in row]
    month = settled(work("2026-10-06 09:00", 60, **flags), *facts)
    assert (month.codes, month.net) == ([f"60 {code}"], "0.00")


def test_it_names_goodwill_as_its_source(given_up):
    given_up["E1"] = EARLY
    (stretch,) = settled(work("2026-10-06 09:00", 60)).trace["stretches"]
    assert (stretch["question"], stretch["code"], stretch["clause"]) == (0, "written_off", "Kulanz")


# E1 given up:  |09:00 ------ 10:00|
# E2:                              |10:00 ------ 11:00|      has all that E1 would have used
@pytest.mark.parametrize(
    ("flags", "facts", "codes"),
    [
        pytest.param({"service": "general_query"}, [], ["60 free 13.2.d"], id="the 60 free minutes"),
        pytest.param({}, [approved(60)], ["60 billed approved"], id="approved minutes"),
        pytest.param(
            {"urgent": True},
            [case(urgent_notice_at="2026-10-06T08:00:00+02:00")],
            ["60 billed urgent"],
            id="urgent minutes",
        ),
    ],
)
def test_it_takes_nothing_that_other_work_can_use(given_up, flags, facts, codes):
    given_up["E1"] = EARLY
    first, second = work("2026-10-06 09:00", 60, **flags), work("2026-10-06 10:00", 60, name="E2", **flags)
    assert settled(first, second, *facts, terms={"urgent_cap_minutes": 60}).codes == ["60 free written_off", *codes]


def test_a_second_provision_given_up_takes_no_document_type(given_up):
    given_up["E1"] = EARLY
    paper = {"service": "standard_documents", "document": "toms"}
    rows = [
        work("2026-10-05 09:00", 15, name="E0", of="C0", **paper),
        work("2026-10-06 09:00", 15, name="E1", of="C1", **paper),
        work("2026-10-07 09:00", 15, name="E2", of="C0", **paper),
    ]
    assert settled(*rows).codes == ["15 free 13.2.a", "15 free written_off", "15 free 13.2.a"]


def test_held_work_is_settled_by_it_and_billed_work_is_not_touched(given_up):
    given_up["E1"] = "2026-11-10T09:00:00+01:00"
    given_up["E2"] = "2026-11-10T09:00:00+01:00"
    rows = [
        work("2026-10-06 09:00", 60),
        work("2026-10-07 09:00", 60, name="E2", of="C2"),
        approved(name="Q2", of="C2"),
        run("2026-10"),
        run("2026-11"),
    ]
    october, november = all_settled(*rows)
    assert october.codes == ["60 held no_approved_estimate", "60 billed approved"]
    assert november.codes == ["60 free written_off"]


def scenario_with_goodwill(seed: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The random scenario of a seed, and what of its work was given up: about a third, early and late."""
    random, scenario = Random(seed), random_scenario(seed)  # noqa: S311 - reproducible, no secret
    moments = [entry["end"] for entry in scenario["entries"]] + [each["as_of"] for each in scenario["runs"]]
    return scenario, {entry["id"]: random.choice(moments) for entry in scenario["entries"] if random.random() < 1 / 3}


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_core_and_referee_agree_on_work_given_up(given_up, first):
    for seed in range(first, first + 20):
        scenario, told = scenario_with_goodwill(seed)
        given_up.clear()
        given_up.update(told)
        witness = copy.deepcopy(scenario)
        for entry in witness["entries"]:
            entry["written_off_at"] = told.get(entry["id"])
        assert product_answer(scenario) == settle(witness), f"seed {seed}"


def test_the_random_scenarios_meet_work_given_up_in_every_way(given_up):
    met = set()
    for seed in range(60):
        scenario, told = scenario_with_goodwill(seed)
        given_up.clear()
        given_up.update(told)
        for each in exchange.settle_scenario(scenario, public_holidays)["runs"]:
            met |= {row["clause"] for row in each["free"] if row["item"] in told}
            met |= {"billed before" for line in each["lines"] if line["kind"] == "time"}
    assert {"written_off", "13.7", "own_duty", "13.2.b", "billed before"} <= met
