"""13(4)b: business hours Mon-Fri 8-16 without public holidays; outside 25 % more, at night and on weekends 50 %."""

import pytest

from tests.support.settling import approved, at, run, settled, work


def hours(days, since, to):
    return {"days": days, "from": since, "to": to}


def night(since, to):
    return {"night": {"from": since, "to": to}}


def bands(start, minutes, terms=None):
    """Each stretch of one approved entry: local times, class, and what the clock said."""
    month = settled(work(start, minutes), approved(60_000), run("2027-06"), terms=terms)
    return [
        f"{answer.split()[1]} {stretch['rate_class']} {stretch['band']}"
        for answer, stretch in zip(month.answers, month.trace["stretches"], strict=True)
    ]


# Tue 6 Oct                                                                        Wed 7 Oct
# 00:00      06:00          08:00            16:00           23:00      24:00
# |--night----|--outside-----|---business-----|---outside-----|--night---|
def test_a_working_day_has_five_stretches():
    assert bands("2026-10-06 00:00", 1440) == [
        "00:00-06:00 night_weekend night",
        "06:00-08:00 out_of_hours outside_hours",
        "08:00-16:00 regular business_hours",
        "16:00-23:00 out_of_hours outside_hours",
        "23:00-00:00 night_weekend night",
    ]


def test_night_goes_on_over_midnight():
    assert bands("2026-10-06 22:59", 122) == [
        "22:59-23:00 out_of_hours outside_hours",
        "23:00-01:01 night_weekend night",
    ]


# Fri 9 Oct                 Sat 10 Oct          Sun 11 Oct         Mon 12 Oct
# 16:00  23:00     24:00                                   24:00       06:00  08:00
# |-out---|-night---|------------------- weekend -----------|---night---|-out--|
def test_a_weekend_begins_and_ends_at_midnight():
    assert bands("2026-10-09 16:00", 64 * 60) == [
        "16:00-23:00 out_of_hours outside_hours",
        "23:00-00:00 night_weekend night",
        "00:00-00:00 night_weekend weekend",
        "00:00-06:00 night_weekend night",
        "06:00-08:00 out_of_hours outside_hours",
    ]


def test_the_surcharges_never_add_up():
    lines = settled(work("2026-10-10 23:00", 60), approved(), run("2026-10")).lines
    assert lines == ["C1 night_weekend 4 x 37.50 = 150.00"]


@pytest.mark.parametrize(
    ("start", "band"),
    [
        pytest.param("2026-10-05 08:00", "regular business_hours", id="the first minute of a Monday"),
        pytest.param("2026-10-09 15:59", "regular business_hours", id="the last minute of a Friday"),
        pytest.param("2026-10-09 16:00", "out_of_hours outside_hours", id="16:00 is outside"),
        pytest.param("2026-10-06 07:59", "out_of_hours outside_hours", id="07:59 is outside"),
        pytest.param("2026-10-06 06:00", "out_of_hours outside_hours", id="night ends at 06:00"),
        pytest.param("2026-10-06 05:59", "night_weekend night", id="05:59 is night"),
        pytest.param("2026-10-10 12:00", "night_weekend weekend", id="Saturday noon"),
        pytest.param("2026-10-11 12:00", "night_weekend weekend", id="Sunday noon"),
        pytest.param("2026-10-03 12:00", "night_weekend weekend", id="a holiday on a Saturday is a weekend"),
        pytest.param("2027-01-06 12:00", "out_of_hours public_holiday", id="Epiphany, a Wednesday"),
        pytest.param("2027-01-06 23:30", "night_weekend night", id="the night of a holiday is night"),
        pytest.param("2026-06-04 12:00", "out_of_hours public_holiday", id="Corpus Christi"),
        pytest.param("2026-12-24 12:00", "regular business_hours", id="Christmas Eve is an ordinary day"),
        pytest.param("2026-12-31 12:00", "regular business_hours", id="New Year's Eve is an ordinary day"),
        pytest.param("2025-10-31 12:00", "regular business_hours", id="Reformation Day is none in BW"),
        pytest.param("2027-03-29 12:00", "out_of_hours public_holiday", id="Easter Monday"),
        pytest.param("2027-03-28 12:00", "night_weekend weekend", id="Easter Sunday is a Sunday"),
    ],
)
def test_the_class_of_a_minute(start, band):
    assert [each.split(" ", 1)[1] for each in bands(start, 1)] == [band]


OPEN_LATE = {"business_hours": hours([2], "08:00", "24:00"), **night("02:00", "03:00")}
OPEN_AT_NIGHT = {"business_hours": hours([2], "22:00", "06:00"), **night("02:00", "03:00")}
READINGS = [
    ("Reformation Day in Niedersachsen", "2025-10-31 12:00", {"holiday_calendar": "DE-NI"}, "public_holiday"),
    ("Epiphany is none there", "2027-01-06 12:00", {"holiday_calendar": "DE-NI"}, "business_hours"),
    ("a municipal day more", "2026-10-06 12:00", {"extra_holidays": ["2026-10-06"]}, "public_holiday"),
    ("a day less", "2027-01-06 12:00", {"removed_holidays": ["2027-01-06"]}, "business_hours"),
    ("Saturday stays weekend", "2026-10-10 12:00", {"business_hours": hours([6], "08:00", "16:00")}, "weekend"),
    ("open on Mondays only", "2026-10-06 12:00", {"business_hours": hours([1], "08:00", "16:00")}, "outside_hours"),
    ("open until 24:00", "2026-10-06 23:59", OPEN_LATE, "business_hours"),
    ("open over midnight: the evening of a listed day", "2026-10-06 23:30", OPEN_AT_NIGHT, "business_hours"),
    ("open over midnight: the morning of a listed day", "2026-10-06 05:30", OPEN_AT_NIGHT, "business_hours"),
    ("open over midnight: not the morning after", "2026-10-07 05:30", OPEN_AT_NIGHT, "outside_hours"),
    ("a longer night", "2026-10-06 21:00", night("20:30", "06:30"), "night"),
    ("night comes before business hours", "2026-10-06 12:00", night("11:00", "13:00"), "night"),
    ("a night after midnight only", "2026-10-06 23:30", night("00:00", "05:00"), "outside_hours"),
    ("a night until 24:00", "2026-10-06 23:59", night("22:00", "24:00"), "night"),
    ("and not after", "2026-10-06 00:00", night("22:00", "24:00"), "outside_hours"),
]


@pytest.mark.parametrize(("start", "terms", "band"), [row[1:] for row in READINGS], ids=[row[0] for row in READINGS])
def test_hours_nights_and_holidays_are_terms(start, terms, band):
    assert [each.rsplit(" ", 1)[1] for each in bands(start, 1, terms)] == [band]


@pytest.mark.parametrize(
    ("start", "line"),
    [
        pytest.param("2026-10-06 09:00", "C1 regular 4 x 25.00 = 100.00", id="in business hours 1.00"),
        pytest.param("2026-10-06 17:00", "C1 out_of_hours 4 x 31.25 = 125.00", id="outside 1.25"),
        pytest.param("2026-10-06 01:00", "C1 night_weekend 4 x 37.50 = 150.00", id="at night 1.50"),
    ],
)
def test_the_factor_of_a_class(start, line):
    assert settled(work(start, 60), approved()).lines == [line]


def test_factors_are_terms():
    factors = {"travel": "0.5", "regular": "1.1", "out_of_hours": "1.3", "night_weekend": "2"}
    month = settled(work("2026-10-06 15:30", 60), approved(), terms={"factors": factors})
    assert month.lines == ["C1 regular 2 x 27.50 = 55.00", "C1 out_of_hours 2 x 32.50 = 65.00"]


# --- Clock changes ----------------------------------------------------------------------------------------------------


# Sun 29 Mar 2026: 02:00 CET becomes 03:00 CEST.     One hour is never shown.
# 01:30            02:00=03:00            03:30
# |----- 30 min ------|------ 30 min -------|
def test_elapsed_time_counts_where_the_clock_goes_forward():
    month = settled(work(at("2026-03-29 01:30"), 60), approved(), run("2026-03"))
    assert month.answers == ["E1 01:30-03:30 billed approved 13(5)a night_weekend estimate:night_weekend:Q1 0->60"]
    assert month.net == "150.00"


# Sun 25 Oct 2026: 03:00 CEST becomes 02:00 CET.     One hour is shown twice.
# 01:30      02:00      03:00=02:00      03:00      03:30
# |---30------|----60-------|------60------|----30----|
def test_elapsed_time_counts_where_the_clock_goes_back():
    month = settled(work(at("2026-10-25 01:30"), 180), approved(), run("2026-10"))
    assert month.answers == ["E1 01:30-03:30 billed approved 13(5)a night_weekend estimate:night_weekend:Q1 0->180"]


def test_the_class_is_that_of_the_processors_clock_wherever_the_work_was_done():
    # 15:30 in New York is 21:30 in Berlin.
    month = settled(work("2026-10-06T15:30-04:00", 30), approved())
    assert month.answers == ["E1 21:30-22:00 billed approved 13(5)a out_of_hours estimate:night_weekend:Q1 0->30"]
