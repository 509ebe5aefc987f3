"""13(1): what counts as a support service is an open list; the processor's own duties are none."""

import pytest

from tests.support.settling import approved, case, settled, work

OWN_DUTIES = ["incident_own_duty", "administration"]
OPEN_LIST = ["breach_support", "records_support", "other_support"]


@pytest.mark.parametrize("service", OPEN_LIST)
def test_support_that_needs_no_rule_of_its_own_is_billable(service):
    month = settled(work("2026-10-06 09:00", 60, service), approved())
    assert month.answers == ["E1 09:00-10:00 billed approved 13(5)a regular estimate:night_weekend:Q1 0->60"]
    assert month.lines == ["C1 regular 4 x 25.00 = 100.00"]


@pytest.mark.parametrize("service", OWN_DUTIES)
def test_an_own_duty_is_free_and_uses_nothing_up(service):
    month = settled(work("2026-10-06 09:00", 60, service), approved())
    assert month.answers == ["E1 09:00-10:00 free own_duty 13(1) regular"]
    assert month.lines == []


@pytest.mark.parametrize("service", OWN_DUTIES)
@pytest.mark.parametrize(
    ("facts", "flags", "terms"),
    [
        pytest.param({"cause": "undecided"}, {}, {}, id="while the cause is undecided"),
        pytest.param({}, {"travel": True, "onsite": True}, {}, id="on a journey"),
        pytest.param({}, {"urgent": True}, {}, id="in an urgent case"),
        pytest.param({}, {}, {"hourly_rate": None}, id="without an agreed rate"),
        pytest.param({}, {}, {"base_services_out_of_hours": "billable"}, id="at night, whatever base services are"),
    ],
)
def test_an_own_duty_stays_free(service, facts, flags, terms):
    month = settled(case(**facts), work("2026-10-06 23:30", 20, service, **flags), terms=terms)
    assert month.codes == ["20 free own_duty"]


def test_what_the_processor_caused_is_asked_before_its_duties():
    month = settled(case(cause="processor"), work("2026-10-06 09:00", 20, "incident_own_duty"))
    assert month.answers == ["E1 09:00-09:20 free 13.7 13(7) regular"]
