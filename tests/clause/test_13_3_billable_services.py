"""13(3): what goes beyond the base services is billable; letter g, outside business hours, is a reading of its own."""

import pytest

from billing.clause import refs
from billing.clause.term_sets import term_set
from tests.support.settling import approved, settled, work

# Letter by letter of 13(3), as the clause lists them.
SERVICES = {
    "13(3)a": ["request_processing"],
    "13(3)b": ["individual_assessment"],
    "13(3)c": ["dpia_support"],
    "13(3)d": ["audit_support", "audit_followup"],
    "13(3)e": ["individual_instruction"],
    "13(3)f": ["special_format"],
}
BY_SERVICE = [(letter, service) for letter, services in SERVICES.items() for service in services]


@pytest.mark.parametrize(("letter", "service"), BY_SERVICE)
def test_a_billable_service_is_billed_once_it_is_approved(letter, service):
    assert term_set("immoinvent-2026").catalogue[service].clause == letter
    assert settled(work("2026-10-06 09:00", 60, service), approved()).lines == ["C1 regular 4 x 25.00 = 100.00"]


@pytest.mark.parametrize(("letter", "service"), BY_SERVICE)
def test_a_billable_service_waits_for_its_approval_and_is_kept(letter, service):
    assert refs.BY_NUMBER[letter].number == letter
    assert settled(work("2026-10-06 09:00", 60, service)).codes == ["60 held no_approved_estimate"]


# 13(3)g names services outside business hours as billable, 13(2) names base services as free.
#
#   Tue 15:30              16:00                 16:30
#   |---- inside hours -----|---- outside --------|
BASE = [
    ("standard_documents", "13.2.a", "document:toms"),
    ("request_intake", "13.2.b", ""),
    ("breach_first_notice", "13.2.c", ""),
    ("general_query", "13.2.d", "allowance 0->60"),
]


@pytest.mark.parametrize(("service", "code", "source"), BASE)
def test_base_services_are_free_at_any_hour(service, code, source):
    month = settled(work("2026-10-06 15:30", 60, service, document="toms"), approved())
    assert month.codes == [f"30 free {code}", f"30 free {code}"]
    assert month.answers[1].endswith(source.replace("0->60", "30->60"))


@pytest.mark.parametrize(("service", "code", "source"), BASE)
def test_read_the_other_way_base_services_outside_hours_are_billable(service, code, source):
    month = settled(
        work("2026-10-06 15:30", 60, service, document="toms"),
        approved(),
        terms={"base_services_out_of_hours": "billable"},
    )
    assert month.codes == [f"30 free {code}", "30 billed approved"]
    assert month.answers[0].endswith(source.replace("0->60", "0->30"))
    assert month.lines == ["C1 out_of_hours 2 x 31.25 = 62.50"]
