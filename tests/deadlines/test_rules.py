"""The table of deadlines: complete, without doubles, and worded in both languages."""

import pytest

from billing.clause.term_sets import NAMES
from billing.deadlines.rules import CODES, DEBTIFY, GIVEN, IMMOINVENT, IMMOSOLVE, LAW, TABLE, Nature, Start, rules_of
from billing.texts import LANGUAGES, has_sentence, sentence


def test_every_deadline_from_1_to_26_is_there():
    assert (*(f"D-{number:02d}" for number in range(1, 27)), GIVEN) == CODES


def test_no_contract_has_two_deadlines_of_one_code():
    rows = [(rule.code, contract) for rule in TABLE for contract in rule.sources]
    assert len(rows) == len(set(rows))


def test_the_contracts_are_the_term_sets_there_are():
    assert {IMMOINVENT, IMMOSOLVE, DEBTIFY} == set(NAMES)
    assert {contract for rule in TABLE for contract in rule.sources} == {LAW, *NAMES}


@pytest.mark.parametrize(
    ("term_set", "codes"),
    [
        pytest.param(
            IMMOINVENT,
            "D-01 D-02 D-03 D-04 D-05 D-06 D-07 D-08 D-10 D-11 D-14 D-15 D-16 D-17 D-18 D-19 D-20 D-25 D-26 LEGAL",
            id="ImmoInvent",
        ),
        pytest.param(
            IMMOSOLVE, "D-01 D-02 D-07 D-08 D-11 D-12 D-14 D-22 D-23 D-24 D-25 LEGAL", id="Immosolve counts in weeks"
        ),
        pytest.param(DEBTIFY, "D-01 D-02 D-07 D-08 D-09 D-11 D-13 D-14 D-21 D-25 LEGAL", id="Debtify: portability"),
    ],
)
def test_each_contract_has_its_own_deadlines(term_set, codes):
    assert " ".join(rules_of(term_set)) == codes


def test_only_counters_and_what_somebody_sets_have_no_length():
    without = {rule.code for rule in TABLE if rule.length is None}
    assert without == {rule.code for rule in TABLE if rule.nature is Nature.COUNTER} | {"D-11"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_nature_and_start_has_words(lang):
    for code in CODES:
        assert sentence(f"deadline.{code}", lang)
    for group, words in (("deadline_nature", Nature), ("deadline_start", Start)):
        assert all(has_sentence(f"{group}.{word}") for word in words)
