"""Parts of a scenario that contradict each other: refused with a code, the path and the value as it was written."""

import copy

import pytest

from billing.errors import InvalidInput
from billing.public_holidays import public_holidays
from billing.rating.scenario import parse_json, settle_scenario
from tests.rating.good_scenario import GONE, GOOD, as_text, spoiled

OTHER_CASE = {"id": "C1", "kind": "again"}
RUN_AGAIN = {"month": "2026-11", "as_of": "2026-12-03T09:00+01:00"}
LATE_CANCELLATION = {"id": "S2", "run_month": "2026-11", "at": "2026-12-05T09:00+01:00"}
SECONDS_APART = {"entries[1].start": "2026-11-03T10:00:01+01:00", "entries[1].end": "2026-11-03T10:00:59+01:00"}

# What is changed -> the code, the path and the value of the refusal.
ROWS = {
    # Ids
    "two cases of one id": ({"cases[2]": OTHER_CASE}, "id_not_unique", "cases[2].id", "C1"),
    "two entries of one id": ({"entries[1].id": "E1"}, "id_not_unique", "entries[1].id", "E1"),
    "two estimates of one id": ({"estimates[1]": {**GOOD["estimates"][0]}}, "id_not_unique", "estimates[1].id", "Q1"),
    "two expenses of one id": ({"expenses[1].id": "X1"}, "id_not_unique", "expenses[1].id", "X1"),
    "an entry and an expense of one id": ({"expenses[0].id": "E2"}, "id_not_unique", "expenses[0].id", "E2"),
    "two cancellations of one id": (
        {"cancellations[1]": {**LATE_CANCELLATION, "id": "S1"}},
        "id_not_unique",
        "cancellations[1].id",
        "S1",
    ),
    # References
    "an entry of no case": ({"entries[0].case": "C9"}, "unknown_case", "entries[0].case", "C9"),
    "a case is found by its very letters": ({"entries[0].case": "c1"}, "unknown_case", "entries[0].case", "c1"),
    "an estimate of no case": ({"estimates[0].case": "C9"}, "unknown_case", "estimates[0].case", "C9"),
    "an expense of no case": ({"expenses[1].case": "C9"}, "unknown_case", "expenses[1].case", "C9"),
    # Entries
    "an end before the start": (
        {"entries[1].end": "2026-11-03T09:59+01:00"},
        "end_before_start",
        "entries[1].end",
        "2026-11-03T09:59+01:00",
    ),
    "an end before the start in another zone": (
        {"entries[1].end": "2026-11-03T10:30+02:00"},
        "end_before_start",
        "entries[1].end",
        "2026-11-03T10:30+02:00",
    ),
    "an entry of no time": (
        {"entries[1].end": "2026-11-03T10:00+01:00"},
        "entry_is_empty",
        "entries[1].end",
        "2026-11-03T10:00+01:00",
    ),
    "an entry of less than its minute": (
        SECONDS_APART,
        "entry_is_empty",
        "entries[1].end",
        "2026-11-03T10:00:59+01:00",
    ),
    "logged before the end": (
        {"entries[0].logged_at": "2026-10-14T11:59:59+02:00"},
        "logged_before_end",
        "entries[0].logged_at",
        "2026-10-14T11:59:59+02:00",
    ),
    "standard documents of no type": ({"entries[1].document": GONE}, "document_missing", "entries[1].document", None),
    "standard documents of type null": ({"entries[1].document": None}, "document_missing", "entries[1].document", None),
    # Audits
    "a finding without an audit": (
        {"cases[1].updates[0].finding": "none"},
        "update_without_audit",
        "cases[1].updates[0].finding",
        "none",
    ),
    "an extra audit agreed without an audit": (
        {"cases[1].updates[0].extra_agreed": False},
        "update_without_audit",
        "cases[1].updates[0].extra_agreed",
        False,
    ),
    # Runs
    "months that go back": ({"runs[1].month": "2026-09"}, "months_go_back", "runs[1].month", "2026-09"),
    "a month before one that was cancelled": (
        {"runs[1].month": "2026-09", "runs[1].as_of": "2026-11-21T09:00+01:00"},
        "months_go_back",
        "runs[1].month",
        "2026-09",
    ),
    "a second run of a living month": ({"runs[2]": RUN_AGAIN}, "month_already_run", "runs[2].month", "2026-11"),
    "an as-of before its month has begun": (
        {"runs[1].as_of": "2026-10-31T23:59+01:00", "cancellations": []},
        "as_of_before_month",
        "runs[1].as_of",
        "2026-10-31T23:59+01:00",
    ),
    "an as-of in the month by UTC alone": (
        {"runs[0].month": "2026-11", "runs[0].as_of": "2026-11-01T00:30+02:00", "cancellations": []},
        "as_of_before_month",
        "runs[0].as_of",
        "2026-11-01T00:30+02:00",
    ),
    "an as-of before the last one": (
        {"runs[1].as_of": "2026-11-02T08:59+01:00", "cancellations": []},
        "as_of_before_last_run",
        "runs[1].as_of",
        "2026-11-02T08:59+01:00",
    ),
    # Cancellations
    "a month that was never run": (
        {"cancellations[0].run_month": "2026-09"},
        "no_living_run",
        "cancellations[0].run_month",
        "2026-09",
    ),
    "a month that is run only later": (
        {"cancellations[0].run_month": "2026-11"},
        "no_living_run",
        "cancellations[0].run_month",
        "2026-11",
    ),
    "a month cancelled already": (
        {"cancellations[1]": {**LATE_CANCELLATION, "run_month": "2026-10", "at": "2026-11-21T09:00+01:00"}},
        "no_living_run",
        "cancellations[1].run_month",
        "2026-10",
    ),
    "a month cancelled already, after the last run": (
        {"cancellations[1]": {**LATE_CANCELLATION, "run_month": "2026-10"}},
        "no_living_run",
        "cancellations[1].run_month",
        "2026-10",
    ),
    "a cancellation before any run": (
        {"cancellations[0].at": "2026-11-02T09:00+01:00"},
        "no_living_run",
        "cancellations[0].run_month",
        "2026-10",
    ),
    "a cancellation and no run": ({"runs": []}, "no_living_run", "cancellations[0].run_month", "2026-10"),
}


@pytest.mark.parametrize(("changes", "code", "path", "value"), ROWS.values(), ids=ROWS)
def test_a_contradiction_is_refused(changes, code, path, value):
    with pytest.raises(InvalidInput) as refusal:
        settle_scenario(parse_json(as_text(spoiled(changes))), public_holidays)
    assert (refusal.value.code, refusal.value.path, refusal.value.fields["value"]) == (code, path, value)


def test_of_an_id_that_exists_the_other_place_is_told():
    with pytest.raises(InvalidInput) as refusal:
        settle_scenario(spoiled({"expenses[1].id": "E2"}), public_holidays)
    assert refusal.value.fields["other"] == "entries[1].id"


# What looks odd and is right all the same.
FINE = {
    "null is as good as nothing": {
        "terms": None,
        "cancellations": None,
        "cases[0].cause": None,
        "cases[0].urgent_notice_at": None,
        "cases[0].updates": None,
        "cases[1].audit": None,
        "cases[1].updates[0].cause": None,
        "entries[0].logged_at": None,
        "entries[0].document": None,
        "entries[0].onsite": None,
        "estimates[0].approved_at": None,
        "expenses[0].receipt": None,
    },
    "the examples can be given as they are": {"scenario": GOOD, "expected": {"runs": "anything"}}
    | dict.fromkeys(GOOD, GONE),
    "seconds are cut": {"entries[0].start": "2026-10-14t09:00:59.999999999z"},
    "logged at the very end": {"entries[0].logged_at": "2026-10-14T12:00:00+02:00"},
    "one id for a case, an estimate and an entry": {"estimates[0].id": "C1", "entries[0].id": "C1"},
    "a cancellation after the last run is not applied": {"cancellations[1]": LATE_CANCELLATION},
    "a cancellation at the very as-of comes before that run": {"runs[1].as_of": "2026-11-20T09:00+01:00"},
    "two runs at one instant": {"runs[1].as_of": "2026-11-02T09:00+01:00"},
    "covered from, and never approved": {"estimates[0].approved_at": GONE},
    "an estimate of no lines": {"estimates[0].lines": []},
    "a holiday named twice": {"terms[1].extra_holidays": ["2026-10-19", "2026-10-19"]},
    "business hours on no day": {"terms[1].business_hours.days": []},
    "a window that ends at 24:00": {"terms[1].night": {"from": "00:00", "to": "24:00"}},
    "all factors alike": {
        "terms[1].factors": dict.fromkeys(["travel", "regular", "out_of_hours", "night_weekend"], "1")
    },
    "no tax": {"terms": {"vat": "0"}},
    "amounts of fewer decimals": {"expenses[0].net": "48", "expenses[1].net": "0.5"},
    "an as-of at the very begin of its month": {"runs": [{"month": "2026-10", "as_of": "2026-10-01T00:00+02:00"}]},
}


@pytest.mark.parametrize("changes", FINE.values(), ids=FINE)
def test_what_is_odd_but_right_is_taken(changes):
    assert settle_scenario(parse_json(as_text(spoiled(changes))), public_holidays)["runs"]


def test_a_refused_scenario_is_left_as_it_was():
    scenario = spoiled({"cancellations[0].run_month": "2026-09"})
    before = copy.deepcopy(scenario)
    with pytest.raises(InvalidInput):
        settle_scenario(scenario, public_holidays)
    assert scenario == before
