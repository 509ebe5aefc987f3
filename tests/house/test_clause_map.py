"""The clause map is fresh, and it leaves no sub-clause without somebody who acts on it."""

import pytest

from billing.clause.refs import CLAUSES
from tests.house import clause_map
from tests.house.deciders import functions_by_clause, rows_and_answers

SECTIONS = {section.split("\n", 1)[0]: section for section in clause_map.text().split("\n## ")[1:]}


def test_the_committed_map_is_fresh():
    assert clause_map.main(["--check"]) == 0


def test_a_stale_map_is_told(monkeypatch, tmp_path, capsys):
    stale = tmp_path / "clause-map.md"
    monkeypatch.setattr(clause_map, "MAP", stale)
    assert clause_map.main(["--check"]) == 1
    assert "stale" in capsys.readouterr().err
    assert clause_map.main([]) == 0
    assert clause_map.main(["--check"]) == 0
    stale.write_text(stale.read_text(encoding="utf-8").replace("120", "121"), encoding="utf-8")
    assert clause_map.main(["--check"]) == 1


def test_sub_clauses_stand_in_contract_order():
    assert list(SECTIONS) == list(dict.fromkeys(clause.number for clause in CLAUSES))


@pytest.mark.parametrize("number", SECTIONS)
def test_somebody_acts_on_every_sub_clause(number):
    assert "- Asked by: " in SECTIONS[number] or "- Elsewhere: " in SECTIONS[number]
    assert "- Examples: " in SECTIONS[number] or number in clause_map.ELSEWHERE


def test_functions_are_found_through_constants_tables_and_terms():
    deciders = functions_by_clause()
    assert "`billing/rating/approval.py: _ask_urgent`" in deciders["13(5)b"]
    assert "`billing/rating/settle.py: _ask_piece`" in deciders["13(2)d"]
    assert "`billing/rating/chargeable.py: _audit_with_finding`" in deciders["13(6)b"]
    assert "`billing/rating/bands.py: is_holiday`" in deciders["13(4)b"]


def test_the_ordered_table_answers_questions_1_to_9_and_goodwill():
    assert {answer.question for _, answer in rows_and_answers()} == set(range(10))
