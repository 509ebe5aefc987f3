"""13(6)b: one on-site audit a year and site, billable when nothing is found; anything found frees it."""

import pytest

from tests.support.settling import all_settled, approved, audit, cancelled, case, expense, run, settled, work


def supported(*cases, terms=None, of="C1", **flags):
    """The only answer of an hour's work in an approved audit."""
    month = settled(*cases, work("2026-10-14 09:00", 60, "audit_support", of=of, **flags), approved(of=of), terms=terms)
    (answer,) = month.answers
    return answer.split(" ", 2)[2]


@pytest.mark.parametrize(
    ("finding", "free_on", "answer"),
    [
        pytest.param("none", "any", "billed approved 13(5)a", id="nothing found"),
        pytest.param("deviation", "any", "free 13.6.b 13(6)b", id="a deviation"),
        pytest.param("material", "any", "free 13.6.b 13(6)b", id="a material breach"),
        pytest.param("pending", "any", "held audit_finding_pending 13(6)b", id="still open"),
        pytest.param("none", "material", "billed approved 13(5)a", id="read narrowly: nothing found"),
        pytest.param("deviation", "material", "billed approved 13(5)a", id="read narrowly: a deviation"),
        pytest.param("material", "material", "free 13.6.b 13(6)b", id="read narrowly: a material breach"),
        pytest.param("pending", "material", "held audit_finding_pending 13(6)b", id="read narrowly: still open"),
    ],
)
def test_the_finding_decides(finding, free_on, answer):
    assert supported(audit(finding=finding), terms={"audit_free_on": free_on}).startswith(answer)


@pytest.mark.parametrize("finding", ["none", "deviation", "material", "pending"])
def test_a_remote_audit_is_billable_whatever_it_finds(finding):
    assert supported(audit(finding=finding, mode="remote")).startswith("billed approved")


def test_the_whole_effort_is_free_travel_and_work_on_site_included():
    found = audit(finding="deviation")
    assert supported(found, travel=True).startswith("free 13.6.b 13(6)b travel")
    assert supported(found, onsite=True).startswith("free 13.6.b 13(6)b regular")


def test_the_finding_frees_the_effort_not_the_expenses_of_the_trip():
    assert settled(audit(finding="deviation"), expense("48.20", receipt=True)).lines == ["C1 X1 = 48.20"]


def test_a_follow_up_case_is_free_only_if_the_processor_caused_it():
    found = audit("C0", finding="material")
    follow_up = work("2026-10-20 09:00", 60, "audit_followup")
    assert settled(found, follow_up, approved()).codes == ["60 billed approved"]
    assert settled(found, case(cause="processor"), follow_up, approved()).codes == ["60 free 13.7"]
    remedy = {**follow_up, "remedies_processor_defect": True}
    assert settled(found, remedy, approved()).codes == ["60 free 13.7"]


def test_a_finding_that_arrives_later_decides_then():
    updates = [{"at": "2026-11-20T09:00+01:00", "finding": "none"}]
    months = all_settled(
        audit(finding="pending", updates=updates),
        work("2026-10-14 09:00", 60, "audit_support"),
        approved(),
        run("2026-10"),
        run("2026-11"),
    )
    assert [month.codes for month in months] == [["60 held audit_finding_pending"], ["60 billed approved"]]


def test_a_finding_after_the_bill_changes_it_only_through_a_cancellation():
    updates = [{"at": "2026-11-20T09:00+01:00", "finding": "material"}]
    months = all_settled(
        audit(updates=updates),
        work("2026-10-14 09:00", 60, "audit_support"),
        approved(),
        run("2026-10"),
        run("2026-11"),
        cancelled("2026-10", "2026-12-10 09:00"),
        run("2026-12"),
    )
    assert [month.codes for month in months] == [["60 billed approved"], [], ["60 free 13.6.b"]]


# --- The second audit of the year -------------------------------------------------------------------------------------

# 2026-03-10          2026-10-14              same site: the second one waits for its agreement
# |-- C0 --------------|-- C1 --------|


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        pytest.param({}, {}, "held second_onsite_audit 13(6)b", id="a second one"),
        pytest.param({}, {"extra_agreed": True}, "billed approved", id="agreed as an extra one"),
        pytest.param({}, {"extra_agreed": False}, "held second_onsite_audit", id="expressly not agreed"),
        pytest.param({}, {"site": "Kiel"}, "billed approved", id="at another site"),
        pytest.param({"day": "2025-12-31"}, {}, "billed approved", id="in the next year"),
        pytest.param({"day": "2026-10-15"}, {}, "billed approved", id="the other one comes later"),
        pytest.param({"mode": "remote"}, {}, "billed approved", id="the first was remote"),
        pytest.param({"finding": "material"}, {}, "held second_onsite_audit", id="whatever the first one found"),
        pytest.param({"cause": "processor"}, {}, "held second_onsite_audit", id="whatever caused the first one"),
        pytest.param({"extra_agreed": True}, {}, "held second_onsite_audit", id="also when the first was an extra one"),
        pytest.param({}, {"finding": "pending"}, "held second_onsite_audit", id="asked before the open finding"),
        pytest.param({}, {"finding": "deviation"}, "free 13.6.b", id="asked after a finding"),
        pytest.param({"site": "aichtal"}, {}, "billed approved", id="a site is the same by its very text"),
    ],
)
def test_a_second_audit_of_the_year_at_a_site_waits_for_its_agreement(first, second, answer):
    assert supported(audit("C0", **{"day": "2026-03-10", **first}), audit("C1", **second)).startswith(answer)


@pytest.mark.parametrize(("of", "answer"), [("C10", "billed approved"), ("C2", "held second_onsite_audit")])
def test_of_two_on_one_day_the_lower_id_is_the_first(of, answer):
    assert supported(audit("C2"), audit("C10"), of=of).startswith(answer)


def test_an_extra_agreement_recorded_later_is_seen_from_then_on():
    updates = [{"at": "2026-11-20T09:00+01:00", "extra_agreed": True}]
    months = all_settled(
        audit("C0", "2026-03-10"),
        audit("C1", updates=updates),
        work("2026-10-14 09:00", 60, "audit_support"),
        approved(),
        run("2026-10"),
        run("2026-11"),
    )
    assert [month.codes for month in months] == [["60 held second_onsite_audit"], ["60 billed approved"]]


def test_the_cause_is_asked_before_the_audit():
    assert supported(audit(finding="deviation", cause="undecided")).startswith("held cause_undecided 13(7)")
    assert supported(audit(finding="pending", cause="processor")).startswith("free 13.7 13(7)")
