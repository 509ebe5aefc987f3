"""The shared examples: each scenario must give the settlement written beside it, exactly."""

import copy
import json
from pathlib import Path

import pytest

from billing.public_holidays import public_holidays
from billing.rating.scenario import settle_scenario

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.json"))
MAY_BE_ADDED = {"trace", "surplus"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_settlement_is_the_expected_one(path):
    example = json.loads(path.read_text(encoding="utf-8"))
    settled = settle_scenario(example, public_holidays, explain=True)
    for run in settled["runs"]:
        for key in MAY_BE_ADDED & run.keys():
            del run[key]
    assert settled == example["expected"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_settling_changes_nothing_it_was_given_and_gives_the_same_again(path):
    scenario = json.loads(path.read_text(encoding="utf-8"))["scenario"]
    before = copy.deepcopy(scenario)
    first = settle_scenario(scenario, public_holidays, explain=True)
    assert scenario == before
    assert settle_scenario(scenario, public_holidays, explain=True) == first


def test_all_hundred_examples_are_here():
    assert len(EXAMPLES) == 100
