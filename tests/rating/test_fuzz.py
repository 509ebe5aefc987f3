"""Whatever stands anywhere in a scenario: it is settled or refused with a path, never anything else."""

import json
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from billing.errors import InvalidInput
from billing.public_holidays import public_holidays
from billing.rating.scenario import parse_json, settle_scenario
from billing.texts import catalogue, problem_sentence
from tests.rating.good_scenario import GONE, GOOD, as_text, keys_of, put, spoiled


def paths_in(value: Any, path: str = "") -> list[str]:
    """The paths of all values of a scenario, and of one more item behind each list."""
    found = [path] if path else []
    if isinstance(value, dict):
        for key, part in value.items():
            found += paths_in(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for position, part in enumerate(value):
            found += paths_in(part, f"{path}[{position}]")
        found.append(f"{path}[{len(value)}]")
    return found


PATHS = paths_in(GOOD)
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat() + "Z")
TEXTS = st.one_of(
    st.text(st.characters(), max_size=20),  # lone surrogates and control characters among them
    MOMENTS,
    st.dates().map(str),
    st.dates().map(lambda day: str(day)[:7]),
    st.decimals().map(str),
    st.integers().map(str),
    st.sampled_from(["C1", "C2", "E1", "2026-10", "2026-11", "none", "processor", "travel", "24:00", "00:00", "id"]),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**18, 10**400, -(10**18), 0, 1, 60, 1e308]),
    st.floats(),
    TEXTS,
)
VALUES = st.one_of(
    SCALARS,
    st.recursive(
        SCALARS,
        lambda parts: st.lists(parts, max_size=4) | st.dictionaries(TEXTS, parts, max_size=4),
        max_leaves=8,
    ),
    # Values that fit somewhere else in a scenario.
    st.sampled_from(
        [GOOD["cases"], GOOD["entries"][0], GOOD["terms"], GOOD["terms"][0], GOOD["cases"][0]["audit"], GONE]
    ),
)


def assert_settled_or_refused(text: bytes) -> None:
    try:
        settled = settle_scenario(parse_json(text), public_holidays, explain=True)
    except InvalidInput as problem:
        assert_well_told(problem)
    else:
        json.dumps(settled, allow_nan=False)


def assert_well_told(problem: InvalidInput) -> None:
    assert problem.path
    assert f"error.{problem.code}" in catalogue("de")
    for language in ("de", "en"):
        sentence = problem_sentence(problem, language)
        assert sentence.endswith(".")
        assert sentence.isprintable()


@settings(max_examples=600)
@given(st.dictionaries(st.sampled_from(PATHS), VALUES, min_size=1, max_size=2))
def test_any_value_anywhere_is_settled_or_refused(changes):
    scenario = spoiled({})
    for path, value in changes.items():
        try:
            put(scenario, keys_of(path), value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    assert_settled_or_refused(as_text(scenario))


@settings(max_examples=200)
@given(st.sampled_from([path for path in PATHS if not path.endswith("]")]), TEXTS, VALUES)
def test_any_further_key_is_refused(path, key, value):
    scenario = spoiled({})
    put(scenario, [*keys_of(path)[:-1], key], None if value is GONE else value)
    assert_settled_or_refused(as_text(scenario))


@settings(max_examples=200)
@given(VALUES.filter(lambda value: value is not GONE))
def test_any_value_as_the_whole_scenario_is_refused(value):
    assert_settled_or_refused(as_text(value))
    assert_settled_or_refused(as_text({"scenario": value}))


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(text):
    assert_settled_or_refused(text)


@settings(max_examples=300)
@given(st.integers(0, len(as_text(GOOD)) - 1), st.integers(0, 3), st.binary(max_size=3))
def test_any_damage_to_the_text_is_settled_or_refused(position, lost, put_in):
    good = as_text(GOOD)
    assert_settled_or_refused(good[:position] + put_in + good[position + lost :])
