"""A scenario in the database is the scenario: its facts, its terms, and when each became known."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from billing.errors import Conflict
from billing.public_holidays import public_holidays
from billing.rating.facts import Facts
from billing.rating.scenario import agreement_of, history_of, read_document
from billing.services.contract_history import load_contract
from billing.services.scenario_loading import load_scenario
from billing.services.scenario_rows import persons_needed
from billing.store.session import Store
from billing.store.tables import AuditLog, Case, Entry, EntryVersion, Person
from billing.timespan import format_month
from tests.months.story import Story
from tests.services.furnishing import refused, rows_of

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.json"))
NOW = "2030-01-02 09:00"


def load(story: Story, raw, ref: str = "S-1"):
    return story.tell(lambda session: load_scenario(session, story.act(NOW), raw, ref))


def in_order(facts: Facts) -> Facts:
    """The same facts, each list in an order of its own: sets of facts have none."""
    return replace(
        facts,
        entries=sorted(facts.entries, key=lambda entry: entry.id),
        estimates=sorted(facts.estimates),
        expenses=sorted(facts.expenses),
    )


def test_every_example_comes_back_as_it_went_in(store: Store):
    story = Story(store)
    for path in EXAMPLES:
        raw = json.loads(path.read_text())
        document = read_document(raw)
        scenario = load(story, raw, path.stem)

        def reload(session, number=scenario.contract_id):
            return load_contract(session, story.processor_id, number)

        back, wanted = story.tell(reload), history_of(document)
        for step in scenario.steps:
            assert in_order(back.history.seen_at(step.as_of)) == in_order(wanted.seen_at(step.as_of)), path.stem
        agreed = agreement_of(document, public_holidays)
        months = [None] * len(agreed.versions) if len(agreed.versions) == 1 else [v.valid_from for v in agreed.versions]
        versions = zip(back.agreement.versions, months, strict=True)
        assert [replace(version, valid_from=month) for version, month in versions] == list(agreed.versions), path.stem


def scenario(**lists):
    return {"cases": [], "entries": [], "estimates": [], "expenses": [], "runs": [], **lists}


CASE = {"id": "C", "kind": "other"}


def entry(name: str, start: str, end: str):
    return {
        "id": name,
        "case": "C",
        "service": "other_support",
        "start": f"2026-10-06T{start}Z",
        "end": f"2026-10-06T{end}Z",
    }


def test_the_same_file_twice_is_refused_and_changes_nothing(office: Story):
    raw = scenario(cases=[CASE], entries=[entry("E", "08:00", "09:00")])
    load(office, raw)
    before = [len(rows_of(office, table)) for table in (Case, Entry, AuditLog)]
    with refused("contract_exists", "contract") as caught:
        load(office, raw)
    assert isinstance(caught.value, Conflict)
    assert [len(rows_of(office, table)) for table in (Case, Entry, AuditLog)] == before


def test_a_wrong_scenario_leaves_nothing_behind(office: Story):
    raw = scenario(cases=[CASE], entries=[entry("E", "08:00", "09:00") | {"case": "X"}])
    with refused("unknown_case", "entries[0].case"):
        load(office, raw)
    assert len(rows_of(office, Case)) == 1


# A  |08:00 ------------------ 10:00|
# B          |09:00 -- 09:30|
# C                         |09:30 ------ 10:30|
# D                                |10:00 ------ 11:00|
def test_entries_at_once_are_work_of_persons_of_their_own(office: Story):
    times = {"A": ("08:00", "10:00"), "B": ("09:00", "09:30"), "C": ("09:30", "10:30"), "D": ("10:00", "11:00")}
    load(office, scenario(cases=[CASE], entries=[entry(name, *when) for name, when in times.items()]))
    persons = {row.id: row.ref for row in rows_of(office, Person)}
    assert {row.ref: persons[row.person_id] for row in rows_of(office, Entry)} == {
        "A": "S-1-P1",
        "B": "S-1-P2",
        "C": "S-1-P2",
        "D": "S-1-P1",
    }


@pytest.mark.parametrize(
    ("spans", "persons"),
    [
        pytest.param([], [], id="no work"),
        pytest.param([(0, 10), (10, 20)], [0, 0], id="one after the other"),
        pytest.param([(0, 10), (0, 10), (0, 10)], [0, 1, 2], id="three at once"),
        pytest.param([(5, 10), (0, 6), (6, 7)], [1, 0, 0], id="whatever order they are written in"),
    ],
)
def test_as_few_persons_as_the_overlaps_need(spans, persons):
    assert persons_needed(spans) == persons


def test_work_is_recorded_when_it_was_logged_and_all_else_from_the_beginning(office: Story):
    late = entry("E", "08:00", "09:00") | {"logged_at": "2026-11-05T10:00:00Z"}
    load(office, scenario(cases=[CASE], entries=[late]))
    (version,) = rows_of(office, EntryVersion)
    assert version.recorded_at.isoformat() == "2026-11-05T10:00:00+00:00"
    loaded_case = rows_of(office, Case)[-1]
    assert loaded_case.recorded_at.isoformat() == "2026-10-06T08:00:00+00:00"


def test_runs_and_cancellations_come_back_in_their_order(office: Story):
    raw = scenario(
        cancellations=[{"id": "X", "run_month": "2026-10", "at": "2026-11-05T09:00:00Z"}],
        runs=[
            {"month": "2026-10", "as_of": "2026-11-02T09:00:00Z"},
            {"month": "2026-11", "as_of": "2026-12-02T09:00:00Z"},
        ],
    )
    steps = load(office, raw).steps
    assert [(format_month(step.month), [row["id"] for row in step.cancellations]) for step in steps] == [
        ("2026-10", []),
        ("2026-11", ["X"]),
    ]
