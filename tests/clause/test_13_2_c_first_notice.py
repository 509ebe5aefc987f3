"""13(2)c: the first notice of a suspected breach, with what is already known, is free."""

from tests.support.settling import approved, settled, work


def test_the_first_notice_is_free_also_at_night():
    month = settled(work("2026-10-06 22:30", 60, "breach_first_notice"), approved())
    assert month.answers == [
        "E1 22:30-23:00 free 13.2.c 13(2)c out_of_hours",
        "E1 23:00-23:30 free 13.2.c 13(2)c night_weekend",
    ]


def test_support_beyond_the_notice_is_billable():
    month = settled(
        work("2026-10-06 09:00", 20, "breach_first_notice", "E1"),
        work("2026-10-06 09:20", 40, "breach_support", "E2"),
        approved(),
    )
    assert month.codes == ["20 free 13.2.c", "40 billed approved"]


def test_the_notice_uses_no_urgent_minutes():
    month = settled(
        work("2026-10-06 09:00", 60, "breach_first_notice", "E1", urgent=True), terms={"urgent_cap_minutes": 10}
    )
    assert month.codes == ["60 free 13.2.c"]


def test_where_base_services_are_billable_outside_hours_the_notice_is_too():
    month = settled(
        work("2026-10-06 15:50", 20, "breach_first_notice"), terms={"base_services_out_of_hours": "billable"}
    )
    assert month.codes == ["10 free 13.2.c", "10 held no_approved_estimate"]
