"""Every agreed number and reading moves money somewhere: change one term, and at least one example changes.

And the other way round: every sub-clause that decides anything has an example that meets it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from billing.clause.refs import CLAUSES
from billing.clause.terms import TERMS
from billing.public_holidays import public_holidays
from billing.rating.scenario import settle_scenario

EXAMPLES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))["scenario"]
    for path in sorted((Path(__file__).parents[1] / "examples").glob("*.json"))
}
# A term of the document, not of the settlement: the due sentence on paper has its own tests.
OF_THE_DOCUMENT = {"payment_days"}

# One other value of each term.
OTHERWISE = {
    "documents_scope": "once",
    "allowance_minutes": 30,
    "base_services_out_of_hours": "billable",
    "hourly_rate": "101.00",
    "unit_minutes": 6,
    "rounding_scope": "entry",
    "rounding_direction": "nearest",
    "business_hours": {"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "15:30"},
    "night": {"from": "22:00", "to": "06:00"},
    "holiday_calendar": "DE-NI",
    "extra_holidays": ["2026-10-06"],
    "removed_holidays": ["2026-06-04"],
    "factors": {"travel": "0.75", "regular": "1", "out_of_hours": "1.25", "night_weekend": "1.5"},
    "vat": "0.16",
    "urgent_cap_minutes": 60,
    "audit_free_on": "any",  # some examples read it narrowly
}
# What the rules say where nothing is changed.
DEFAULTS = {
    "documents_scope": "per_type",
    "allowance_minutes": 60,
    "base_services_out_of_hours": "free",
    "hourly_rate": "100.00",
    "unit_minutes": 15,
    "rounding_scope": "case",
    "rounding_direction": "up",
    "business_hours": {"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "16:00"},
    "night": {"from": "23:00", "to": "06:00"},
    "holiday_calendar": "DE-BW",
    "extra_holidays": [],
    "removed_holidays": [],
    "factors": {"travel": "0.5", "regular": "1", "out_of_hours": "1.25", "night_weekend": "1.5"},
    "vat": "0.19",
    "urgent_cap_minutes": 120,
    "audit_free_on": "any",
}
# Sub-clauses that decide nothing by themselves, and why.
SILENT = {
    "13(3)a": "names a billable service; whether it is billed is asked of 13(5)",
    "13(3)b": "as 13(3)a",
    "13(3)c": "as 13(3)a",
    "13(3)d": "as 13(3)a",
    "13(3)e": "as 13(3)a",
    "13(3)f": "as 13(3)a",
    "13(3)g": "a reading of 13(2): the term base_services_out_of_hours",
    "13(4)b": "decides the class of a minute, not its verdict",
    "13(8)": "decides when a run is made, not what it finds",
    "13(9)": "forbids to refuse: held work is kept and asked again",
    "13(10)": "decides what the activity record shows",
    "Kulanz": "no clause, so no fact of the exchange format: tests/rating/test_goodwill.py",
}


def with_term(scenario: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The scenario with one term changed, in every version it has."""
    terms = scenario.get("terms")
    versions = [{**each, name: value} for each in terms] if isinstance(terms, list) else {**(terms or {}), name: value}
    return {**scenario, "terms": versions}


def settled(scenario: dict[str, Any]) -> Any:
    return settle_scenario(scenario, public_holidays)


def test_every_term_has_another_value_to_try():
    assert OTHERWISE.keys() | OF_THE_DOCUMENT == {spec.name for spec in TERMS}


@pytest.mark.parametrize(("name", "value"), OTHERWISE.items(), ids=OTHERWISE)
def test_changing_a_term_changes_an_example(name, value):
    plain = {stem: scenario for stem, scenario in EXAMPLES.items() if not isinstance(scenario.get("terms"), str)}
    assert any(settled(with_term(scenario, name, value)) != settled(scenario) for scenario in plain.values())


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items(), ids=DEFAULTS)
def test_telling_the_default_of_a_term_changes_nothing(name, value):
    silent = [scenario for scenario in EXAMPLES.values() if name not in json.dumps(scenario.get("terms"))]
    assert [scenario for scenario in silent if settled(with_term(scenario, name, value)) != settled(scenario)] == []


def clauses_met() -> set[str]:
    """The clauses that decided something in an example, by number."""
    met: set[str] = set()
    for scenario in EXAMPLES.values():
        for run in settle_scenario(scenario, public_holidays, explain=True)["runs"]:
            met |= {row["clause"] for row in run["trace"]["stretches"] + run["trace"]["expenses"]}
    return met


def test_every_sub_clause_that_decides_has_an_example():
    assert {clause.number for clause in CLAUSES} - SILENT.keys() == clauses_met()
