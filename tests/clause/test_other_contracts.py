"""The contracts without a fee clause of this kind: Immosolve ("angemessene Vergütung") and debtify (none at all)."""

import pytest

from billing.clause.services import SERVICE_CODES
from billing.clause.term_sets import NAMES, term_set
from tests.support.settling import approved, case, expense, settled, work

OWN = ("incident_own_duty", "administration")
BEYOND = ("individual_instruction", "special_format", "records_support", "other_support")
INCLUDED = [service for service in SERVICE_CODES if service not in OWN + BEYOND]
OTHERS = ["immosolve-2026", "debtify-2026"]
# Where each contract stands on pay; neither has a Section 13 to quote.
PAY = {"immosolve-2026": "Mitteilung bei Verstößen Abs. 2", "debtify-2026": "Hauptvertrag"}


def answer(service, name, **facts):
    (given,) = settled(
        case(**facts), work("2026-10-06 09:00", 60, service, document="toms"), approved(), terms=name
    ).answers
    return given.removeprefix("E1 09:00-10:00 ").removesuffix(" regular")


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("service", INCLUDED)
def test_what_the_contract_includes_is_free(name, service):
    assert answer(service, name) == f"free included {term_set(name).catalogue[service].clause}"


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("service", OWN)
def test_own_duties_are_free(name, service):
    assert answer(service, name) == f"free own_duty {term_set(name).catalogue[service].clause}"


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("service", BEYOND)
def test_work_beyond_the_contract_waits_for_a_rate(name, service):
    assert answer(service, name) == f"held rate_not_agreed {PAY[name]}"


@pytest.mark.parametrize("service", INCLUDED)
def test_what_the_controllers_misconduct_caused_is_not_included(service):
    assert (
        answer(service, "immosolve-2026", controller_misconduct=True) == f"held rate_not_agreed {PAY['immosolve-2026']}"
    )


@pytest.mark.parametrize("name", OTHERS)
def test_what_the_processor_caused_is_free_here_too(name):
    assert answer("special_format", name, cause="processor") == f"free 13.7 {PAY[name]}"


@pytest.mark.parametrize("name", OTHERS)
def test_expenses_wait_as_the_contract_says_nothing_of_them(name):
    assert settled(expense("48.20", receipt=True), terms=name).expenses == [f"X1 held rate_not_agreed {PAY[name]}"]


@pytest.mark.parametrize("name", NAMES)
def test_every_term_set_has_a_row_for_every_service_with_its_clause(name):
    catalogue = term_set(name).catalogue
    assert list(catalogue) == list(SERVICE_CODES)
    assert [service.code for service in catalogue.values() if not service.clause] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_term_set_is_valid_and_names_itself(name):
    assert term_set(name).name == name
    assert (term_set(name).terms.hourly_rate is None) is (name != "immoinvent-2026")
