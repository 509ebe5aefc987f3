"""13(5)c: what goes beyond the approved effort waits for a supplementary approval; there is no tolerance."""

from tests.support.settling import all_settled, approved, run, settled, work


# 09:00          10:00               11:00
# |-- 60 billed --|--- 60 held -------|
def test_an_overrun_is_held_to_the_minute():
    month = settled(work("2026-10-06 09:00", 120), approved(60))
    assert month.answers == [
        "E1 09:00-10:00 billed approved 13(5)a regular estimate:night_weekend:Q1 0->60",
        "E1 10:00-11:00 held estimate_exceeded 13(5)c regular",
    ]


def test_the_supplement_bills_it_in_arrears_once_it_covers_that_time():
    rows = [work("2026-10-06 09:00", 120), approved(60)]
    supplement = approved(60, name="Q2", on="2026-11-20 09:00", covers_from="2026-10-06 00:00")
    october, november = all_settled(*rows, supplement, run("2026-10"), run("2026-11"))
    assert (october.net, november.net) == ("100.00", "100.00")
    assert november.answers == ["E1 10:00-11:00 billed approved 13(5)a regular estimate:night_weekend:Q2 0->60"]


def test_a_supplement_that_reaches_only_later_work_leaves_the_overrun_held():
    rows = [work("2026-10-06 09:00", 120), approved(60), approved(60, name="Q2", on="2026-11-20 09:00")]
    _, november = all_settled(*rows, run("2026-10"), run("2026-11"))
    assert november.codes == ["60 held estimate_exceeded"]


# Fri 15:30           16:00            17:00
# |--- regular --------|--- outside ----|        60 regular minutes are approved, 30 of them are left
def test_minutes_approved_for_a_cheaper_class_do_not_pay_for_a_dearer_one():
    month = settled(work("2026-10-09 15:30", 90), approved(60, "regular"))
    assert month.answers == [
        "E1 15:30-16:00 billed approved 13(5)a regular estimate:regular:Q1 0->30",
        "E1 16:00-17:00 held rate_class_not_approved 13(5)c out_of_hours",
    ]


def test_once_these_are_used_up_too_the_estimate_is_exceeded():
    month = settled(work("2026-10-09 15:00", 120), approved(60, "regular"))
    assert month.codes == ["60 billed approved", "60 held estimate_exceeded"]


def test_lines_that_do_not_reach_a_minute_do_not_count_as_left():
    # Q1 reaches all of it and is used up; Q2 reaches from 12:00 only.
    rows = [approved(10), approved(60, "regular", "Q2", on="2026-10-06 12:00")]
    assert settled(work("2026-10-06 09:00", 60), *rows).codes == ["10 billed approved", "50 held estimate_exceeded"]


def test_an_approval_of_no_minutes_is_exceeded_at_once():
    assert settled(work("2026-10-06 09:00", 60), approved(0)).codes == ["60 held estimate_exceeded"]
    assert settled(work("2026-10-06 09:00", 60), {**approved(), "lines": []}).codes == ["60 held estimate_exceeded"]


def test_rounding_up_to_a_unit_is_no_overrun():
    month = settled(work("2026-10-06 09:00", 61), approved(61))
    assert month.lines == ["C1 regular 5 x 25.00 = 125.00"]
