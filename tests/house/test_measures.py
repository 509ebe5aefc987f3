"""docs/measures.md names all 31 technical measures, and tests that there are."""

import ast
import re
from functools import cache

import pytest

from tests.support.repository import ROOT

GUIDE = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
MEASURE = re.compile(
    r"^### (T-\d\d) [^\n]+ \([^\n]+\) - (done|setting|later: |deployment)[^\n]*\n(.*?)(?=^#|\Z)",
    re.MULTILINE | re.DOTALL,
)
MEASURES = {number: (state, text) for number, state, text in MEASURE.findall(GUIDE)}
PROOFS = sorted(set(re.findall(r"^- `(tests/\S+\.py)::(\w+)`$", GUIDE, re.MULTILINE)))
DUE = [f"T-{number:02}" for number in (*range(1, 18), *range(21, 27), 28, 30, 31)]
"""Those the service must have."""


@cache
def defined_in(path: str) -> set[str]:
    """Give the names of the tests in a file, those of classes too."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_all_measures_are_listed_in_order():
    assert list(MEASURES) == [f"T-{number:02}" for number in range(1, 32)]
    assert re.findall(r"^### (T-\d\d)", GUIDE, re.MULTILINE) == list(MEASURES)


@pytest.mark.parametrize("number", DUE)
def test_what_is_due_is_built_and_proved(number):
    state, text = MEASURES[number]
    assert state == ("setting" if number == "T-03" else "done")
    assert re.search(r"^- `tests/", text, re.MULTILINE)


def test_no_proof_is_written_so_that_it_is_not_looked_at():
    assert len(re.findall(r"::test_", GUIDE)) == len(re.findall(r"^- `tests/\S+\.py::\w+`$", GUIDE, re.MULTILINE))


@pytest.mark.parametrize(("path", "name"), PROOFS, ids=[name for _, name in PROOFS])
def test_each_proof_is_a_test(path, name):
    assert name.startswith("test_")
    assert name in defined_in(path)
