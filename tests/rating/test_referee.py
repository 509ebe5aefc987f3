"""The core and an independent referee answer alike, to the cent and the minute, whatever the scenario."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from billing.public_holidays import public_holidays
from billing.rating.scenario import settle_scenario
from tests.rating.random_scenarios import random_scenario
from tests.rating.referee.settling import settle

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.json"))
KEYS = ("month", "lines", "net", "vat", "gross", "free", "held", "cancelled")
BLOCK = 20
QUICK, THOROUGH = range(0, 500, BLOCK), range(500, 10_500, BLOCK)


def product_answer(scenario: dict[str, Any]) -> dict[str, Any]:
    """What the product answers, without the keys it adds, but with the surplus of each case."""
    runs = settle_scenario(scenario, public_holidays)["runs"]
    return {"runs": [{**{key: run[key] for key in KEYS if key in run}, "surplus": surplus_of(run)} for run in runs]}


def surplus_of(run: dict[str, Any]) -> dict[str, int]:
    units: Counter[str] = Counter()
    for group in run.get("surplus", []):
        units[group["case"]] += group["units"]
    return dict(sorted(units.items()))


def assert_block_agrees(first: int) -> None:
    for seed in range(first, first + BLOCK):
        scenario = random_scenario(seed)
        assert product_answer(scenario) == settle(scenario), f"seed {seed}"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_referee_knows_the_rules(path):
    example = json.loads(path.read_text(encoding="utf-8"))
    answered = settle(example["scenario"])
    for run in answered["runs"]:
        del run["surplus"]
    assert answered == example["expected"]


@pytest.mark.parametrize("first", QUICK)
def test_core_and_referee_agree(first):
    assert_block_agrees(first)


@pytest.mark.slow
@pytest.mark.parametrize("first", THOROUGH)
def test_core_and_referee_agree_on_thousands(first):
    assert_block_agrees(first)


def test_the_random_scenarios_meet_every_rule():
    met: Counter[str] = Counter()
    for first in QUICK:
        for seed in range(first, first + BLOCK):
            for run in product_answer(random_scenario(seed))["runs"]:
                met.update({row["clause"] for row in run["free"]} | {row["reason"] for row in run["held"]})
                met.update({f"{line['kind']} line" for line in run["lines"]})
                met.update({"cancelled"} & run.keys())
                met.update({"surplus"} if run["surplus"] else {})
    rules = {
        *("13.7", "own_duty", "13.2.a", "13.2.b", "13.2.c", "13.2.d", "13.6.b", "cause_undecided"),
        *("second_onsite_audit", "audit_finding_pending", "rate_not_agreed", "onsite_not_agreed"),
        *("urgent_notice_missing", "urgent_cap_reached", "no_approved_estimate", "rate_class_not_approved"),
        *("estimate_exceeded", "third_party_not_approved", "receipt_missing"),
        *("time line", "expense line", "cancelled", "surplus"),
    }
    assert met.keys() == rules
    assert min(met.values()) >= 5
