"""13(5)b: to keep a legal deadline, up to two hours a case without approval; the controller is told at once."""

import pytest

from tests.support.settling import all_settled, approved, cancelled, case, run, settled, work

NOTICE = {"urgent_notice_at": "2026-10-06T08:00+02:00"}


def urgent(start, minutes, name="E1", of="C1", **more):
    return work(start, minutes, "breach_support", name, of, urgent=True, **more)


# 09:00                        11:00          12:00
# |-------- 120 billed ---------|--- held -----|
def test_two_hours_are_billed_without_approval_and_the_rest_waits():
    month = settled(case(**NOTICE), urgent("2026-10-06 09:00", 180))
    assert month.answers == [
        "E1 09:00-11:00 billed urgent 13(5)b regular urgent 0->120",
        "E1 11:00-12:00 held urgent_cap_reached 13(5)b regular urgent 120->120",
    ]


def test_the_two_hours_belong_to_the_case_in_the_order_of_the_work():
    month = settled(
        case(**NOTICE),
        case("C2", **NOTICE),
        urgent("2026-10-07 09:00", 80, "E1"),
        urgent("2026-10-06 09:00", 80, "E2"),
        urgent("2026-10-06 09:00", 80, "E3", "C2"),
    )
    assert month.answers == [
        "E2 09:00-10:20 billed urgent 13(5)b regular urgent 0->80",
        "E3 09:00-10:20 billed urgent 13(5)b regular urgent 0->80",
        "E1 09:00-09:40 billed urgent 13(5)b regular urgent 80->120",
        "E1 09:40-10:20 held urgent_cap_reached 13(5)b regular urgent 120->120",
    ]


def test_no_notice_on_record_holds_it():
    assert settled(urgent("2026-10-06 09:00", 60)).answers == [
        "E1 09:00-10:00 held urgent_notice_missing 13(5)b regular"
    ]


@pytest.mark.parametrize(
    ("facts", "verdicts"),
    [
        pytest.param({"urgent_notice_at": "2026-10-20T09:00+02:00"}, ["billed", "-"], id="told after the work"),
        pytest.param({"urgent_notice_at": "2026-11-05T09:00+01:00"}, ["billed", "-"], id="told at the very as-of"),
        pytest.param({"urgent_notice_at": "2026-11-05T09:01+01:00"}, ["held", "billed"], id="told after the as-of"),
        pytest.param(
            {"updates": [{"at": "2026-11-20T09:00+01:00", "urgent_notice_at": "2026-10-06T08:00+02:00"}]},
            ["held", "billed"],
            id="told at once and recorded later",
        ),
    ],
)
def test_the_notice_counts_once_it_is_on_record(facts, verdicts):
    months = all_settled(
        case(**facts), urgent("2026-10-06 09:00", 60), run("2026-10", "2026-11-05 09:00"), run("2026-11")
    )
    assert [month.codes[0].split()[1] if month.codes else "-" for month in months] == verdicts


def test_an_approval_is_used_before_the_urgent_minutes():
    # 09:00      09:30               11:30     12:00
    # |-approved--|-- 120 urgent ------|--held---|
    month = settled(case(**NOTICE), urgent("2026-10-06 09:00", 180), approved(30))
    assert month.answers == [
        "E1 09:00-09:30 billed approved 13(5)a regular estimate:night_weekend:Q1 0->30",
        "E1 09:30-11:30 billed urgent 13(5)b regular urgent 0->120",
        "E1 11:30-12:00 held urgent_cap_reached 13(5)b regular urgent 120->120",
    ]


def test_an_approval_that_comes_later_takes_over_from_its_minute():
    # 09:00       10:00      11:00
    # |-- urgent --|-approved-|
    month = settled(case(**NOTICE), urgent("2026-10-06 09:00", 120), approved(on="2026-10-06 10:00"))
    assert month.codes == ["60 billed urgent", "60 billed approved"]


def test_a_cheap_approval_does_not_stand_in_the_way():
    month = settled(case(**NOTICE), urgent("2026-10-06 18:00", 60), approved(60, "regular"))
    assert month.codes == ["60 billed urgent"]


def test_work_that_is_not_urgent_uses_none_of_it():
    month = settled(case(**NOTICE), work("2026-10-06 08:00", 60, name="E0"), urgent("2026-10-06 09:00", 120))
    assert month.codes == ["60 held no_approved_estimate", "120 billed urgent"]


def test_surcharges_hold_for_urgent_work():
    assert settled(case(**NOTICE), urgent("2026-10-10 02:00", 60)).lines == ["C1 night_weekend 4 x 37.50 = 150.00"]


@pytest.mark.parametrize(
    ("cap", "codes"),
    [
        pytest.param(0, ["60 held urgent_cap_reached"], id="none"),
        pytest.param(45, ["45 billed urgent", "15 held urgent_cap_reached"], id="45 minutes"),
        pytest.param(60, ["60 billed urgent"], id="just enough"),
    ],
)
def test_the_cap_is_a_term(cap, codes):
    month = settled(case(**NOTICE), urgent("2026-10-06 09:00", 60), terms={"urgent_cap_minutes": cap})
    assert month.codes == codes


def test_what_earlier_months_used_counts():
    months = all_settled(
        case(**NOTICE),
        urgent("2026-10-06 09:00", 100),
        urgent("2026-11-06 09:00", 30, "E2"),
        run("2026-10"),
        run("2026-11"),
    )
    assert months[1].codes == ["20 billed urgent", "10 held urgent_cap_reached"]


def test_a_cancelled_month_gives_its_urgent_minutes_back():
    months = all_settled(
        case(**NOTICE),
        urgent("2026-10-06 09:00", 100),
        urgent("2026-11-06 09:00", 30, "E2"),
        run("2026-10"),
        run("2026-11"),
        cancelled("2026-10", "2026-12-10 09:00"),
        run("2026-12"),
    )
    assert months[2].codes == ["100 billed urgent", "10 held urgent_cap_reached"]
