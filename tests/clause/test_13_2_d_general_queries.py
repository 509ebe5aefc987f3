"""13(2)d: general queries are free up to 60 minutes a contract and calendar month."""

import pytest

from tests.support.settling import all_settled, approved, cancelled, case, run, settled, work


def query(start, minutes, name="E1", of="C1", **more):
    return work(start, minutes, "general_query", name, of, **more)


def test_sixty_minutes_are_free_and_the_rest_is_asked_further():
    # 09:00              10:00        10:30
    # |------ free -------|-- billed --|
    month = settled(query("2026-10-06 09:00", 90), approved())
    assert month.answers == [
        "E1 09:00-10:00 free 13.2.d 13(2)d regular allowance 0->60",
        "E1 10:00-10:30 billed approved 13(5)a regular estimate:night_weekend:Q1 0->30",
    ]


def test_actual_minutes_count_over_all_cases_in_the_order_of_the_work():
    month = settled(
        query("2026-10-08 09:00", 30, "E1", "C1"),
        query("2026-10-06 09:00", 25, "E2", "C2"),
        query("2026-10-07 09:00", 20, "E3", "C3"),
    )
    assert month.answers == [
        "E2 09:00-09:25 free 13.2.d 13(2)d regular allowance 0->25",
        "E3 09:00-09:20 free 13.2.d 13(2)d regular allowance 25->45",
        "E1 09:00-09:15 free 13.2.d 13(2)d regular allowance 45->60",
        "E1 09:15-09:30 held no_approved_estimate 13(5)a regular",
    ]


def test_the_allowance_begins_anew_at_local_midnight():
    # 2026-10-31          local midnight = 23:00 UTC          2026-11-01
    # 22:50                 23:50     00:00                     01:00        01:10
    # |------ 60 free --------|-10 held-|-------- 60 free --------|-- 10 held --|
    month = settled(query("2026-10-31 22:50", 140), run("2026-11"), terms={"night": {"from": "20:00", "to": "06:00"}})
    assert month.answers == [
        "E1 22:50-23:50 free 13.2.d 13(2)d night_weekend allowance 0->60",
        "E1 23:50-00:00 held no_approved_estimate 13(5)a night_weekend",
        "E1 00:00-01:00 free 13.2.d 13(2)d night_weekend allowance 0->60",
        "E1 01:00-01:10 held no_approved_estimate 13(5)a night_weekend",
    ]


def test_what_a_month_leaves_is_not_carried_over():
    _, november = all_settled(
        query("2026-10-06 09:00", 10), query("2026-11-03 09:00", 90, "E2"), run("2026-10"), run("2026-11")
    )
    assert november.codes == ["60 free 13.2.d", "30 held no_approved_estimate"]


def test_a_journey_is_no_query():
    month = settled(query("2026-10-06 09:00", 30, travel=True), approved())
    assert month.answers == ["E1 09:00-09:30 billed approved 13(5)a travel estimate:night_weekend:Q1 0->30"]


@pytest.mark.parametrize(
    ("facts", "flags", "code"),
    [
        pytest.param({"cause": "processor"}, {}, "free 13.7", id="what the processor caused"),
        pytest.param({}, {"remedies_processor_defect": True}, "free 13.7", id="what remedies its defect"),
        pytest.param({"cause": "undecided"}, {}, "held cause_undecided", id="what waits for its cause"),
    ],
)
def test_no_allowance_is_used_by(facts, flags, code):
    month = settled(
        case("C1", **facts), query("2026-10-06 09:00", 60, **flags), query("2026-10-07 09:00", 60, "E2", "C2")
    )
    assert month.codes == [f"60 {code}", "60 free 13.2.d"]


def test_without_an_agreed_rate_only_the_rest_waits():
    month = settled(query("2026-10-06 09:00", 90), terms={"hourly_rate": None})
    assert month.codes == ["60 free 13.2.d", "30 held rate_not_agreed"]


@pytest.mark.parametrize(
    ("minutes", "codes"),
    [
        pytest.param(0, ["90 held no_approved_estimate"], id="none"),
        pytest.param(1, ["1 free 13.2.d", "89 held no_approved_estimate"], id="one minute"),
        pytest.param(90, ["90 free 13.2.d"], id="just enough"),
    ],
)
def test_the_allowance_is_a_term(minutes, codes):
    assert settled(query("2026-10-06 09:00", 90), terms={"allowance_minutes": minutes}).codes == codes


def test_where_base_services_are_billable_outside_hours_these_use_no_allowance():
    month = settled(query("2026-10-06 15:30", 60), terms={"base_services_out_of_hours": "billable"})
    assert month.answers == [
        "E1 15:30-16:00 free 13.2.d 13(2)d regular allowance 0->30",
        "E1 16:00-16:30 held no_approved_estimate 13(5)a out_of_hours",
    ]


def test_free_minutes_stay_free_and_used_when_their_month_is_cancelled():
    late = query("2026-10-07 09:00", 60, "E2", logged_at="2026-11-15T09:00+01:00")
    again = all_settled(
        query("2026-10-06 09:00", 40),
        late,
        run("2026-10"),
        cancelled("2026-10", "2026-11-20 09:00"),
        run("2026-10", "2026-11-21 09:00"),
    )[-1]
    assert again.answers == [
        "E2 09:00-09:20 free 13.2.d 13(2)d regular allowance 40->60",
        "E2 09:20-10:00 held no_approved_estimate 13(5)a regular",
    ]


def test_a_lower_allowance_takes_nothing_back():
    queries = [query(f"2026-{month}-06 09:00", 50, f"E{month}") for month in (10, 11)]
    versions = [{"valid_from": "2026-10"}, {"valid_from": "2026-11", "allowance_minutes": 30}]
    october, november = all_settled(*queries, run("2026-10"), run("2026-11"), terms=versions)
    assert october.codes == ["50 free 13.2.d"]
    assert november.codes == ["30 free 13.2.d", "20 held no_approved_estimate"]
