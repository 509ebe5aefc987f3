"""13(4)a: 100 EUR an hour, in units of 15 minutes, at least one a case, plus VAT."""

import pytest

from tests.support.settling import all_settled, approved, cancelled, case, run, settled, work

# Minutes of one case in one class -> units, by direction of rounding.
ROUNDED = {
    "a single minute makes a unit": (1, 1, 1),
    "seven minutes": (7, 1, 1),
    "a unit is a unit": (15, 1, 1),
    "a minute more than a unit": (16, 2, 1),
    "a unit and the half less a bit": (22, 2, 1),
    "a unit and the half more a bit": (23, 2, 2),
    "two units": (30, 2, 2),
    "a quarter hour short of ten hours": (585, 39, 39),
    "one minute short of ten hours": (599, 40, 40),
}


@pytest.mark.parametrize(("minutes", "up", "nearest"), ROUNDED.values(), ids=ROUNDED)
def test_minutes_become_units(minutes, up, nearest):
    rows = [work("2026-10-05 00:00", minutes, travel=True), approved()]
    for direction, units in (("up", up), ("nearest", nearest)):
        (line,) = settled(*rows, terms={"rounding_direction": direction}).lines
        assert line.startswith(f"C1 travel {units} x 12.50 = ")


@pytest.mark.parametrize(
    ("unit", "minutes", "units"),
    [
        pytest.param(30, 45, 2, id="45 of 30 minutes: a half goes up"),
        pytest.param(30, 44, 1, id="44 of 30 minutes go down"),
        pytest.param(20, 30, 2, id="30 of 20 minutes: a half goes up"),
        pytest.param(60, 29, 1, id="29 of 60 minutes are still one"),
        pytest.param(1, 29, 29, id="29 of one minute"),
    ],
)
def test_to_the_nearest_a_half_goes_up_and_any_billed_minute_makes_one(unit, minutes, units):
    terms = {"unit_minutes": unit, "rounding_direction": "nearest"}
    month = settled(work("2026-10-06 08:00", minutes), approved(), terms=terms)
    assert [group["units_due"] for group in month.trace["groups"]] == [units]


# --- The rounding belongs to the case ---------------------------------------------------------------------------------


def test_two_entries_of_a_case_round_together():
    month = settled(work("2026-10-06 09:00", 5), work("2026-10-07 09:00", 10, name="E2"), approved())
    assert month.lines == ["C1 regular 1 x 25.00 = 25.00"]


def test_two_cases_round_apart():
    rows = [work("2026-10-06 09:00", 5), work("2026-10-07 09:00", 5, name="E2", of="C2")]
    month = settled(*rows, approved(), approved(name="Q2", of="C2"))
    assert month.lines == ["C1 regular 1 x 25.00 = 25.00", "C2 regular 1 x 25.00 = 25.00"]


def test_the_minimum_of_a_case_is_charged_once_in_its_life():
    #          October   November   December
    # minutes       5         10          1
    # due           1          1          2      units of the case to date
    # new           1          -          1
    rows = [
        work(f"2026-{month}-09 09:00", minutes, name=f"E{month}") for month, minutes in ((10, 5), (11, 10), (12, 1))
    ]
    months = all_settled(*rows, approved(), run("2026-10"), run("2026-11"), run("2026-12"))
    assert [month.net for month in months] == ["25.00", "0.00", "25.00"]
    assert [[group["units_due"] for group in month.trace["groups"]] for month in months] == [[1], [], [2]]


@pytest.mark.parametrize(
    ("scope", "nets"),
    [
        pytest.param("case", ["25.00", "0.00"], id="by case: 5 + 10 minutes are one unit"),
        pytest.param("case_month", ["25.00", "25.00"], id="by case and month: each month at least one"),
        pytest.param("entry", ["25.00", "25.00"], id="by entry: each entry at least one"),
    ],
)
def test_what_is_rounded_as_one_is_a_term(scope, nets):
    rows = [work("2026-10-06 09:00", 5), work("2026-11-06 09:00", 10, name="E2"), approved()]
    months = all_settled(*rows, run("2026-10"), run("2026-11"), terms={"rounding_scope": scope})
    assert [month.net for month in months] == nets


def test_by_entry_there_is_still_one_line_a_class():
    rows = [work("2026-10-06 09:00", 5), work("2026-10-07 09:00", 5, name="E2"), approved()]
    assert settled(*rows, terms={"rounding_scope": "entry"}).lines == ["C1 regular 2 x 25.00 = 50.00"]


def test_by_month_a_late_minute_still_belongs_to_the_month_of_the_work():
    late = work("2026-10-07 09:00", 10, name="E2", logged_at="2026-11-20T09:00+01:00")
    rows = [work("2026-10-06 09:00", 5), late, work("2026-11-06 09:00", 1, name="E3"), approved()]
    october, november = all_settled(*rows, run("2026-10"), run("2026-11"), terms={"rounding_scope": "case_month"})
    assert (october.net, november.net) == ("25.00", "25.00")
    assert [group["minutes_to_date"] for group in november.trace["groups"]] == [1]


# --- Each new unit goes to one class ----------------------------------------------------------------------------------


def test_a_unit_goes_to_the_class_with_the_most_minutes_not_covered():
    # 15:50  16:00        16:20          2 units: the first to out of hours (20 against 10),
    # |--10---|-----20------|            the second to regular (10 against 20 - 15 = 5)
    month = settled(work("2026-10-06 15:50", 30), approved())
    assert month.lines == ["C1 regular 1 x 25.00 = 25.00", "C1 out_of_hours 1 x 31.25 = 31.25"]


def test_of_classes_with_as_many_minutes_the_cheaper_one_gets_it():
    # 15:53  16:00  16:07
    # |--7----|--7---|           14 minutes are one unit
    assert settled(work("2026-10-06 15:53", 14), approved()).lines == ["C1 regular 1 x 25.00 = 25.00"]


def test_a_class_can_be_paid_by_the_units_of_another():
    # 15:59 16:00            16:29
    # |--1---|------29--------|           30 minutes are two units, both to out of hours: 29, then 14 against 1
    assert settled(work("2026-10-06 15:59", 30), approved()).lines == ["C1 out_of_hours 2 x 31.25 = 62.50"]


def test_at_one_price_the_order_of_classes_decides():
    factors = dict.fromkeys(("travel", "regular", "out_of_hours", "night_weekend"), "1")
    month = settled(work("2026-10-06 15:53", 14), approved(), terms={"factors": factors})
    assert month.lines == ["C1 regular 1 x 25.00 = 25.00"]


def test_each_price_of_a_class_counts_as_a_class_of_its_own():
    #  October at 100, 20 minutes      November at 60, 25 minutes
    #  2 units of 25.00 (due 2)        45 minutes in all: one unit more, at 15.00
    versions = [{"valid_from": "2026-10"}, {"valid_from": "2026-11", "hourly_rate": "60.00"}]
    rows = [work("2026-10-06 09:00", 20), work("2026-11-06 09:00", 25, name="E2"), approved()]
    october, november = all_settled(*rows, run("2026-10"), run("2026-11"), terms=versions)
    assert october.lines == ["C1 regular 2 x 25.00 = 50.00"]
    assert november.lines == ["C1 regular 1 x 15.00 = 15.00"]


def test_within_a_class_the_lower_price_is_printed_first_and_wins_a_tie():
    versions = [{"valid_from": "2026-10"}, {"valid_from": "2026-11", "hourly_rate": "60.00"}]
    rows = [work("2026-10-06 09:00", 8), work("2026-11-06 09:00", 8, name="E2"), approved()]
    assert settled(*rows, run("2026-11"), terms=versions).lines == [
        "C1 regular 1 x 15.00 = 15.00",
        "C1 regular 1 x 25.00 = 25.00",
    ]
    rows = [work("2026-10-06 09:00", 7), work("2026-11-06 09:00", 7, name="E2"), approved()]
    assert settled(*rows, run("2026-11"), terms=versions).lines == ["C1 regular 1 x 15.00 = 15.00"]


# --- Prices -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "line"),
    [
        pytest.param({}, "C1 regular 1 x 25.00 = 25.00", id="100 EUR an hour"),
        pytest.param({"hourly_rate": "120.00"}, "C1 regular 1 x 30.00 = 30.00", id="another rate"),
        pytest.param({"hourly_rate": "83.33"}, "C1 regular 1 x 20.8325 = 20.83", id="a price of no whole cents"),
        pytest.param({"hourly_rate": "0.02"}, "C1 regular 1 x 0.005 = 0.01", id="half a cent goes up"),
        pytest.param({"hourly_rate": "0.00"}, "C1 regular 1 x 0.00 = 0.00", id="a line of nothing is shown"),
        pytest.param({"unit_minutes": 1}, "C1 regular 15 x 1.666667 = 25.00", id="thirds: six decimals are shown"),
        pytest.param({"unit_minutes": 60}, "C1 regular 1 x 100.00 = 100.00", id="units of an hour"),
    ],
)  # fmt: skip
def test_the_price_of_a_unit_is_exact_and_only_the_line_is_rounded(terms, line):
    assert settled(work("2026-10-06 09:00", 15), approved(), terms=terms).lines == [line]


def test_without_a_rate_work_is_kept_and_priced_once_one_is_agreed():
    versions = [{"valid_from": "2026-10", "hourly_rate": None}, {"valid_from": "2026-11", "hourly_rate": "90.00"}]
    rows = [work("2026-10-06 09:00", 15), work("2026-11-06 09:00", 15, name="E2"), approved()]
    november = settled(*rows, run("2026-11"), terms=versions)
    assert november.answers == [
        "E1 09:00-09:15 held rate_not_agreed 13(4)a regular",
        "E2 09:00-09:15 billed approved 13(5)a regular estimate:night_weekend:Q1 0->15",
    ]


@pytest.mark.parametrize(
    ("vat", "net", "tax"),
    [
        pytest.param("0.19", "25.00", "4.75", id="19 %"),
        pytest.param("0", "25.00", "0.00", id="none"),
        pytest.param("0.07", "25.00", "1.75", id="7 %"),
        pytest.param("0.1", "25.05", "2.51", id="half a cent goes up"),
    ],
)
def test_vat_is_taken_of_the_sum_and_rounded_once(vat, net, tax):
    rate = {"25.00": "100.00", "25.05": "100.20"}[net]
    month = settled(work("2026-10-06 09:00", 15), approved(), terms={"vat": vat, "hourly_rate": rate})
    assert (month.net, month.vat) == (net, tax)


# --- Cancelled months -------------------------------------------------------------------------------------------------

#            October  November  December        1, 14 and 1 minute of one case
# minutes         1        14         1
# due to date     1         1         2
# new units       1         -         1         2 units live
MONTHS = [work(f"2026-{month}-09 09:00", minutes, name=f"E{month}") for month, minutes in ((10, 1), (11, 14), (12, 1))]
RUNS = [run("2026-10"), run("2026-11"), run("2026-12")]


def test_units_of_other_runs_stay_and_their_surplus_counts_against_later_minutes():
    # November is cancelled and turns out to be free: 2 minutes are left, due 1 unit, 2 live: one too many, kept.
    free = case(updates=[{"at": "2027-01-10T09:00+01:00", "cause": "processor"},
                         {"at": "2027-02-10T09:00+01:00", "cause": "controller"}])  # fmt: skip
    months = all_settled(
        free,
        *MONTHS,
        work("2027-02-15 09:00", 14, name="E99"),
        approved(),
        *RUNS,
        cancelled("2026-11", "2027-01-20 09:00"),
        run("2027-01"),
        run("2027-02"),
    )
    assert [month.net for month in months] == ["25.00", "0.00", "25.00", "0.00", "0.00"]
    assert [month.surplus for month in months] == [0, 0, 0, 1, 0]


def test_a_run_bills_a_groups_missing_units_even_when_it_bills_no_minute_of_it():
    # October's unit covered November too. October is cancelled and turns out free: November's 14 minutes lack one.
    months = all_settled(
        case(updates=[{"at": "2026-12-10T09:00+01:00", "cause": "processor"}]),
        *MONTHS[:2],
        approved(),
        run("2026-10"),
        run("2026-11"),
        cancelled("2026-10", "2026-12-20 09:00"),
        run("2026-12"),
    )
    assert months[-1].codes == ["1 free 13.7"]
    assert months[-1].lines == ["C1 regular 1 x 25.00 = 25.00"]


def test_a_cancelled_month_is_billed_again_once():
    months = all_settled(
        *MONTHS, approved(), *RUNS, cancelled("2026-10", "2027-01-20 09:00"), run("2027-01"), run("2027-02")
    )
    assert [month.net for month in months] == ["25.00", "0.00", "25.00", "25.00", "0.00"]
    assert months[3].answers == ["E10 09:00-09:01 billed approved 13(5)a regular estimate:night_weekend:Q1 15->16"]
