"""Local times on the nights when the clocks change, in the time zone of the file.

2026-03-29  01:59 -> 03:00   the hour 02:00-02:59 does not exist in Berlin
2026-10-25  02:59 -> 02:00   the hour 02:00-02:59 exists twice in Berlin
"""

import pytest

from billing.errors import InvalidInput
from billing.importing import WorkRow
from billing.texts import problem_sentence
from tests.importing.reader import OWN, TOGGL, read, refusal, said, shown, survey, work_row

TAKEN = {
    "over the lost hour: two hours on the clock, one worked": (
        "2026-03-29",
        "01:00",
        "03:00",
        "2026-03-29 01:00+0100 - 2026-03-29 03:00+0200",
        60,
    ),
    "over the doubled hour: four hours on the clock, five worked": (
        "2026-10-25",
        "01:00",
        "05:00",
        "2026-10-25 01:00+0200 - 2026-10-25 05:00+0100",
        300,
    ),
    "until the minute before the lost hour": (
        "2026-03-29",
        "01:00",
        "01:59",
        "2026-03-29 01:00+0100 - 2026-03-29 01:59+0100",
        59,
    ),
    "from the minute after the doubled hour": (
        "2026-10-25",
        "03:00",
        "04:00",
        "2026-10-25 03:00+0100 - 2026-10-25 04:00+0100",
        60,
    ),
}


@pytest.mark.parametrize(("day", "start", "end", "time", "minutes"), TAKEN.values(), ids=TAKEN.keys())
def test_work_around_a_change_of_the_clocks_has_its_elapsed_time(tmp_path, day, start, end, time, minutes):
    row = work_row(tmp_path, f"{OWN}\n{day};{start};{end};ML;A;V;;{minutes} min;")
    assert shown(row) == time


REFUSED = {
    "start in the lost hour": ("2026-03-29", "02:00", "04:00", "row_time_skipped", "2026-03-29 02:00"),
    "end in the lost hour": ("2026-03-29", "01:00", "02:59", "row_time_skipped", "2026-03-29 02:59"),
    "start in the doubled hour": ("2026-10-25", "02:00", "04:00", "row_time_twice", "2026-10-25 02:00"),
    "end in the doubled hour": ("2026-10-25", "01:00", "02:59", "row_time_twice", "2026-10-25 02:59"),
}


@pytest.mark.parametrize(("day", "start", "end", "code", "value"), REFUSED.values(), ids=REFUSED.keys())
def test_a_local_time_that_is_skipped_or_doubled_is_refused_with_its_line(tmp_path, day, start, end, code, value):
    row = refusal(tmp_path, f"{OWN}\n{day};{start};{end};ML;A;V;;;")
    assert (row.line, row.code) == (2, code)
    assert value in said(row)
    assert "Europe/Berlin" in said(row)


def test_an_offset_makes_both_doubled_hours_plain(tmp_path):
    rows = read(
        tmp_path,
        f"{OWN}\n;2026-10-25T02:00+02:00;2026-10-25T02:30+02:00;ML;A;V;;;"
        "\n;2026-10-25T02:00+01:00;2026-10-25T02:30+01:00;ML;A;V;;;",
        time_zone=None,
    )
    assert [shown(row) for row in rows if isinstance(row, WorkRow)] == [
        "2026-10-25 02:00+0200 - 2026-10-25 02:30+0200",
        "2026-10-25 02:00+0100 - 2026-10-25 02:30+0100",
    ]


def test_an_end_past_midnight_is_not_looked_for_in_the_lost_hour_of_the_day_before(tmp_path):
    row = work_row(tmp_path, f"{OWN}\n2026-03-29;23:30;02:30;ML;A;V;;3 h;")
    assert shown(row) == "2026-03-29 23:30+0200 - 2026-03-30 02:30+0200"


def test_the_time_zone_is_that_of_the_file(tmp_path):
    content = f"{TOGGL}\nMia,,Acme,Web,,Call,No,2026-10-05,09:00,2026-10-05,10:00,1:00:00,,"
    assert shown(work_row(tmp_path, content, time_zone="America/New_York")).startswith("2026-10-05 15:00+0200")
    assert shown(work_row(tmp_path, content, time_zone="UTC")).startswith("2026-10-05 11:00+0200")


def test_a_file_with_local_times_is_not_read_without_its_time_zone(tmp_path):
    content = f"{TOGGL}\nMia,,Acme,Web,,Call,No,2026-10-05,09:00,2026-10-05,10:00,1:00:00,,"
    assert survey(tmp_path, content).needs_time_zone
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, content, time_zone=None)
    assert problem_sentence(caught.value, "en").endswith("Please give it, for example --time-zone Europe/Berlin.")


@pytest.mark.parametrize(
    "name", ["Berlin", "", "../etc/passwd", "Europe", "/etc/localtime", "Europe/Berlin\0", "x" * 5000]
)
def test_a_time_zone_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, f"{OWN}\n2026-10-05;9:00;10:00;ML;A;V;;;", time_zone=name)
    assert caught.value.code == "import_time_zone_unknown"
