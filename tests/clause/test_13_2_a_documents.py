"""13(2)a: existing standard evidence is free once a calendar year."""

import pytest

from tests.support.settling import all_settled, approved, cancelled, case, run, settled, work


def documents(start, name="E1", of="C1", document="toms", minutes=20, **more):
    return work(start, minutes, "standard_documents", name, of, document=document, **more)


def test_the_first_provision_of_the_year_is_free():
    month = settled(documents("2026-10-06 09:00"), approved())
    assert month.answers == ["E1 09:00-09:20 free 13.2.a 13(2)a regular document:toms"]


def test_a_second_case_pays_for_the_same_document():
    month = settled(documents("2026-10-06 09:00"), documents("2026-10-07 09:00", "E2", "C2"), approved(of="C2"))
    assert month.codes == ["20 free 13.2.a", "20 billed approved"]


def test_the_case_that_took_it_may_go_on():
    month = settled(documents("2026-10-06 09:00"), documents("2026-10-20 09:00", "E2"))
    assert month.codes == ["20 free 13.2.a", "20 free 13.2.a"]


def test_the_order_of_the_work_decides_who_is_first_not_the_order_of_typing():
    month = settled(documents("2026-10-07 09:00", "E1", "C1"), documents("2026-10-06 09:00", "E2", "C2"))
    assert month.codes == ["20 free 13.2.a", "20 held no_approved_estimate"]
    assert month.answers[0].startswith("E2 ")


def test_of_work_begun_at_once_the_lower_id_is_first():
    month = settled(documents("2026-10-06 09:00", "E2", "C2"), documents("2026-10-06 09:00", "E10", "C1"))
    assert [answer[:14] for answer in month.answers] == ["E10 09:00-09:2", "E2 09:00-09:20"]
    assert month.codes == ["20 free 13.2.a", "20 held no_approved_estimate"]


def test_the_year_is_that_of_the_local_clock():
    #   2026-12-31 23:50        local midnight = 23:00 UTC      2027-01-01 00:10
    #   |------ free, 2026 ------|---------- free, 2027 ---------|     C1
    #                                      another case in 2027 then pays, one in 2026 too
    month = settled(
        documents("2026-12-31 23:50", "E1", "C1"),
        documents("2026-12-31 23:50", "E2", "C2", minutes=10),
        documents("2027-01-01 00:00", "E3", "C3", minutes=10),
        run("2027-01"),
    )
    assert month.answers == [
        "E1 23:50-00:00 free 13.2.a 13(2)a night_weekend document:toms",
        "E1 00:00-00:10 free 13.2.a 13(2)a night_weekend document:toms",
        "E2 23:50-00:00 held no_approved_estimate 13(5)a night_weekend",
        "E3 00:00-00:10 held no_approved_estimate 13(5)a night_weekend",
    ]


TYPES = [documents("2026-10-06 09:00", "E1", "C1", "toms"), documents("2026-10-07 09:00", "E2", "C2", "certificate")]


@pytest.mark.parametrize(
    ("scope", "second"),
    [
        pytest.param("per_type", "free 13.2.a", id="each type is free once"),
        pytest.param("once", "held no_approved_estimate", id="one free provision over all types"),
    ],
)
def test_the_scope_of_once_a_year_is_a_term(scope, second):
    assert settled(*TYPES, terms={"documents_scope": scope}).codes == ["20 free 13.2.a", f"20 {second}"]


def test_with_one_provision_over_all_types_its_case_may_take_any():
    rows = [documents("2026-10-06 09:00", "E1"), documents("2026-10-07 09:00", "E2", document="certificate")]
    assert settled(*rows, terms={"documents_scope": "once"}).codes == ["20 free 13.2.a", "20 free 13.2.a"]


def test_what_is_free_for_another_reason_takes_nothing():
    month = settled(
        case("C1", cause="processor"), documents("2026-10-06 09:00"), documents("2026-10-07 09:00", "E2", "C2")
    )
    assert month.codes == ["20 free 13.7", "20 free 13.2.a"]


def test_outside_hours_it_takes_nothing_where_base_services_are_billable_then():
    month = settled(
        documents("2026-10-06 17:00", "E1", "C1"),
        documents("2026-10-07 09:00", "E2", "C2"),
        terms={"base_services_out_of_hours": "billable"},
    )
    assert month.codes == ["20 held no_approved_estimate", "20 free 13.2.a"]


def test_it_stays_taken_when_the_takers_month_is_cancelled():
    november = all_settled(
        documents("2026-10-06 09:00", "E1", "C1"),
        documents("2026-11-03 09:00", "E2", "C2"),
        run("2026-10"),
        cancelled("2026-10", "2026-11-20 09:00"),
        run("2026-11"),
    )[-1]
    assert november.codes == ["20 held no_approved_estimate"]


def test_work_logged_late_does_not_take_it_back():
    late = documents("2026-10-01 09:00", "E0", "C0", logged_at="2026-11-20T09:00+01:00")
    _, november = all_settled(late, documents("2026-10-06 09:00", "E1", "C1"), run("2026-10"), run("2026-11"))
    assert november.codes == ["20 held no_approved_estimate"]
