"""What holds of every settlement, whatever the scenario: checked on random ones."""

import copy
from collections import Counter, defaultdict
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given

from billing.public_holidays import public_holidays
from billing.rating.ledger import Ledger
from billing.rating.scenario import agreement_of, history_of, read_document, settle_scenario
from billing.rating.settle import settle
from tests.rating.random_scenarios import random_scenario

BERLIN = ZoneInfo("Europe/Berlin")
SEEDS = st.integers(0, 2**32)
Row = dict[str, Any]


def settled(scenario: Row) -> list[Row]:
    runs: list[Row] = settle_scenario(scenario, public_holidays, explain=True)["runs"]
    return runs


def minute_of(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() // 60)


def stretches_by_entry(run: Row) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for stretch in run["trace"]["stretches"]:
        found[stretch["entry"]].append(stretch)
    return found


def minutes_of(stretch: Row) -> range:
    return range(minute_of(stretch["from"]), minute_of(stretch["to"]))


def facts_of(scenario: Row, as_of: str) -> dict[str, tuple[int, int]]:
    """The entries a run at `as_of` sees, as minutes."""
    return {
        entry["id"]: (minute_of(entry["start"]), minute_of(entry["end"]))
        for entry in scenario["entries"]
        if minute_of(entry.get("logged_at") or entry["end"]) <= minute_of(as_of)
    }


def first_minute_after(month: str) -> int:
    year, number = int(month[:4]), int(month[5:])
    return int(datetime(year + number // 12, number % 12 + 1, 1, tzinfo=BERLIN).timestamp()) // 60


def decided_before(runs: list[Row], number: int) -> set[tuple[str, int]]:
    """The minutes that are decided when run `number` begins: free ones always, billed ones of living runs."""
    dead: set[int] = set()
    living: dict[str, int] = {}
    for position, run in enumerate(runs[: number + 1]):
        for cancellation in run.get("cancelled", []):
            dead.add(living.pop(cancellation["month"]))
        living[run["month"]] = position
    return {
        (stretch["entry"], minute)
        for position, run in enumerate(runs[:number])
        for stretch in run["trace"]["stretches"]
        if stretch["verdict"] == "free" or (stretch["verdict"] == "billed" and position not in dead)
        for minute in minutes_of(stretch)
    }


@given(SEEDS)
def test_the_stretches_of_a_run_tile_exactly_the_undecided_minutes(seed):
    scenario = random_scenario(seed)
    runs = settled(scenario)
    for number, run in enumerate(runs):
        answered = Counter(
            (stretch["entry"], minute) for stretch in run["trace"]["stretches"] for minute in minutes_of(stretch)
        )
        end = first_minute_after(run["month"])
        seen = facts_of(scenario, scenario["runs"][number]["as_of"])
        due = {(entry, minute) for entry, (start, stop) in seen.items() for minute in range(start, min(stop, end))}
        assert answered == Counter(dict.fromkeys(due - decided_before(runs, number), 1))


@given(SEEDS)
def test_neighbouring_stretches_differ_in_something(seed):
    for run in settled(random_scenario(seed)):
        for stretches in stretches_by_entry(run).values():
            for left, right in pairwise(stretches):
                own = ("from", "to", "minutes", "before", "after")
                same = all(left.get(key) == right.get(key) for key in left.keys() | right.keys() if key not in own)
                assert not (same and left["to"] == right["from"]), (left, right)


@given(SEEDS)
def test_the_minutes_of_each_source_are_given_one_after_the_other_and_never_beyond(seed):
    scenario = random_scenario(seed)
    approved: Counter[str] = Counter()
    for estimate in scenario["estimates"]:
        for line in estimate["lines"]:
            approved[f"estimate:{line['rate_class']}:{estimate['id']}"] += line["minutes"]
    for run in settled(scenario):
        for stretch in run["trace"]["stretches"]:
            if "after" in stretch and stretch["verdict"] != "held":
                assert stretch["after"] - stretch["before"] == stretch["minutes"]
                if stretch["source"].startswith("estimate:"):
                    assert 0 <= stretch["before"] < stretch["after"] <= approved[stretch["source"]]


@given(SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_logging_does_not_matter(seed, random: Random):
    scenario = random_scenario(seed)
    shuffled = copy.deepcopy(scenario)
    for name in ("cases", "entries", "estimates", "expenses", "cancellations"):
        random.shuffle(shuffled.get(name) or [])
    assert settled(shuffled) == settled(scenario)


@given(SEEDS)
def test_amounts_add_up(seed):
    scenario = random_scenario(seed)
    for run in settled(scenario):
        net = sum(Fraction(line["net"]) for line in run["lines"])
        assert Fraction(run["net"]) == net
        assert Fraction(run["gross"]) == net + Fraction(run["vat"])
        for line in run["lines"]:
            if line["kind"] == "time":
                assert abs(line["units"] * Fraction(line["unit_price"]) - Fraction(line["net"])) <= Fraction("0.006")


@given(SEEDS)
def test_every_listed_minute_is_a_minute_of_a_stretch(seed):
    for run in settled(random_scenario(seed)):
        listed = {
            (row["item"], row.get("clause") or row["reason"]): row["minutes"] for row in run["free"] + run["held"]
        }
        counted: Counter[tuple[str, str]] = Counter()
        for stretch in run["trace"]["stretches"]:
            if stretch["verdict"] != "billed":
                counted[stretch["entry"], stretch["code"]] += stretch["minutes"]
        expenses = {
            (each["expense"], each["code"]): 0 for each in run["trace"]["expenses"] if each["verdict"] != "billed"
        }
        assert listed == {**counted, **expenses}


def without_history(seed: int) -> Row:
    """A scenario without cancellations, whose facts are all known from the start."""
    scenario = random_scenario(seed)
    scenario["cancellations"] = []
    months = sorted({run["month"] for run in scenario["runs"]})
    late = "2030-01-01T00:00Z"
    scenario["runs"] = [{"month": month, "as_of": late} for month in months]
    for each in scenario["cases"]:
        each.pop("updates", None)
    if isinstance(scenario.get("terms"), dict) and scenario["terms"].get("rounding_direction") == "nearest":
        del scenario["terms"]["rounding_direction"]
    return scenario


@given(SEEDS)
def test_the_months_of_a_case_add_up_to_the_case(seed):
    # Whether all is settled at once or month by month: the same minutes are billed, and as many units of each group.
    scenario = without_history(seed)
    runs = settled(scenario)
    at_once = settled({**scenario, "runs": scenario["runs"][-1:]})
    assert billed_minutes(runs) == billed_minutes(at_once)
    assert units_by_group(runs) == units_by_group(at_once)


def billed_minutes(runs: list[Row]) -> Counter[tuple[str, str]]:
    minutes: Counter[tuple[str, str]] = Counter()
    for run in runs:
        for stretch in run["trace"]["stretches"]:
            if stretch["verdict"] == "billed":
                minutes[stretch["case"], stretch["rate_class"]] += stretch["minutes"]
    return minutes


def units_by_group(runs: list[Row]) -> Counter[str]:
    units: Counter[str] = Counter()
    for run in runs:
        for group in run["trace"]["groups"]:
            units[group["group"]] += sum(allotted["units"] for allotted in group["allotted"])
    return +units


@given(SEEDS)
def test_a_rerun_after_cancelling_everything_bills_the_same_again(seed):
    scenario = without_history(seed)
    last = scenario["runs"][-1]
    again = {
        **scenario,
        "runs": [last, {**last, "as_of": "2030-03-01T00:00Z"}],
        "cancellations": [{"id": "S", "run_month": last["month"], "at": "2030-02-01T00:00Z"}],
    }
    first, second = settled(again)
    assert second["lines"] == first["lines"]
    assert second["gross"] == first["gross"]
    assert second["free"] == []
    assert second["held"] == first["held"]


@given(SEEDS)
def test_a_second_run_on_the_same_facts_bills_nothing_new(seed):
    scenario = without_history(seed)
    month = scenario["runs"][-1]["month"]
    following = f"{int(month[:4]) + 1}{month[4:]}"
    kept = [entry for entry in scenario["entries"] if minute_of(entry["end"]) <= first_minute_after(month)]
    scenario |= {"entries": kept, "runs": [*scenario["runs"], {"month": following, "as_of": "2030-01-01T00:00Z"}]}
    expenses = [each for each in scenario["expenses"] if each["incurred_on"][:7] <= month]
    *earlier, second = settled({**scenario, "expenses": expenses})
    assert second["lines"] == []
    assert second["free"] == []
    assert second["held"] == earlier[-1]["held"]


# --- Monotony ---------------------------------------------------------------------------------------------------------


@given(SEEDS)
def test_more_approved_minutes_never_bill_less(seed):
    scenario = {**without_history(seed)}
    more = copy.deepcopy(scenario)
    for estimate in more["estimates"]:
        estimate["lines"].append({"rate_class": "night_weekend", "minutes": 100_000})
    assert sum(billed_minutes(settled(more)).values()) >= sum(billed_minutes(settled(scenario)).values())


@given(SEEDS)
def test_a_larger_allowance_never_frees_less(seed):
    scenario = without_history(seed)
    free = []
    for minutes in (0, 30, 60, 600):
        scenario["terms"] = {"allowance_minutes": minutes}
        runs = settled(scenario)
        free.append(sum(row["minutes"] for run in runs for row in run["free"]))
    assert free == sorted(free)


@pytest.mark.parametrize("seed", range(20))
def test_settle_changes_neither_facts_nor_ledger(seed):
    document = read_document(random_scenario(seed))
    agreement, facts = agreement_of(document, public_holidays), history_of(document).seen_at(10**9)
    ledger = Ledger(agreement.versions[0].rounding_scope)
    first = settle(agreement, facts, ledger, 2030 * 12)
    ledger.add(first)
    facts_before, ledger_before = copy.deepcopy(facts), copy.deepcopy(ledger)
    settle(agreement, facts, ledger, 2030 * 12)
    assert facts == facts_before
    assert ledger == ledger_before
