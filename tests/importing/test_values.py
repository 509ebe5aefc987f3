"""Single cells at their limits: clock times, offsets, durations, dates, lengths."""

from datetime import UTC, date, datetime

import pytest

from billing.errors import InvalidInput, UnreadableInput
from billing.importing import DateOrder, ReadOptions, RefusedRow, WorkRow, open_options
from billing.importing.clock import parse_time, read_moment, to_utc
from billing.importing.date_order import OrderEvidence, parse_date
from billing.importing.durations import Bare, parse_duration
from billing.importing.layout import clean, normal_header
from billing.importing.rows import RowError
from tests.importing.reader import HARVEST, KIMAI, OWN, SUMMARY, TOGGL, read, refusal, said, shown, survey, work_row

TIMES = {
    "00:00": 0,
    "0:00": 0,
    "23:59:59": 86_399,
    "24:00": 86_400,
    "24:00:00": 86_400,
    "14:05:30.999": 50_730,
    "12:00 AM": 0,
    "12:59 am": 3_540,
    "12:00 PM": 43_200,
    "1:00pm": 46_800,
    "11:59 p.m.": 86_340,
}


@pytest.mark.parametrize(("text", "seconds"), TIMES.items(), ids=TIMES.keys())
def test_a_clock_time_is_seconds_since_midnight(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["24:01", "24:00:01", "9:60", "9:00:60", "9", "900", "0:30 PM", "13:00 AM", "9:5", ""])
def test_what_is_no_clock_time_is_refused(text):
    with pytest.raises(RowError):
        parse_time(text)


MOMENTS = [
    "2026-10-05T09:00Z",
    "2026-10-05t09:00z",
    "2026-10-05 09:00:00+00:00",
    "2026-10-05T14:30+05:30",
    "2026-10-05T05:30-03:30",
    "2026-10-05T23:00+14:00",
    "05.10.2026 11:00 AM +02:00",
    "10/05/2026 09:00Z",
]


@pytest.mark.parametrize("text", MOMENTS)
def test_a_moment_with_an_offset_needs_no_zone(text):
    moment = to_utc(read_moment(text, None, DateOrder.MONTH_FIRST), None)
    assert moment == datetime(2026, 10, 5, 9, tzinfo=UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("offset", ["+14:01", "+09:60", "-15:00", "+0900", "+9"])
def test_what_is_no_offset_is_refused(offset):
    with pytest.raises(RowError):
        read_moment(f"2026-10-05T09:00{offset}", date(2026, 10, 5), None)


DURATIONS = {
    ("1:30:15", Bare.REFUSED): ((5415,), False),
    ("1:30", Bare.REFUSED): ((5400,), False),
    ("1:30 h", Bare.REFUSED): ((5400,), False),
    ("18:25 min", Bare.REFUSED): ((1105,), False),
    ("1:02:03 min", Bare.REFUSED): ((3723,), False),
    ("90 min", Bare.REFUSED): ((5400,), False),
    ("90 Minuten", Bare.REFUSED): ((5400,), False),
    ("45 sec", Bare.REFUSED): ((45,), False),
    ("2 h", Bare.REFUSED): ((7200,), False),
    ("1,5 Std.", Bare.REFUSED): ((5400,), True),
    ("0.6389", Bare.HOURS): ((2300,), True),
    ("0,3333", Bare.HOURS): ((1200,), True),
    ("0.0346", Bare.HOURS): ((125,), True),
    ("2", Bare.HOURS): ((7200,), True),
    ("4500", Bare.KIMAI): ((4500, 16_200_000), False),
    ("1,25", Bare.KIMAI): ((4500,), True),
}


@pytest.mark.parametrize(("written", "read_as"), DURATIONS.items(), ids=[f"{t} {b.value}" for t, b in DURATIONS])
def test_a_duration_is_read_exactly(written, read_as):
    stated = parse_duration(*written)
    assert (stated.text, stated.readings, stated.decimal) == (written[0], *read_as)
    assert isinstance(stated.decimal, bool)


@pytest.mark.parametrize(
    "text", ["", "x", "1:60", "1:00:60", "-1", "1.5.5 h", "5 days", "1e3", "10000:00", "1234567890 h"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(RowError) as caught:
        parse_duration(text, Bare.HOURS)
    assert caught.value.code == "row_duration_invalid"


MINUTES = {"0.0081": 0, "0.0084": 1, "0.33": 20, "0.34": 20, "24": 1440}


@pytest.mark.parametrize(("hours", "minutes"), MINUTES.items(), ids=MINUTES.keys())
def test_decimal_hours_are_the_nearest_minutes(hours, minutes):
    assert parse_duration(hours, Bare.HOURS).whole_minutes == minutes


@pytest.mark.parametrize("text", ["2000-01-01", "2099-12-31", "01.01.2000", "2099/12/31"])
def test_the_first_and_the_last_day(text):
    assert parse_date(text, None).year in (2000, 2099)


@pytest.mark.parametrize("text", ["1999-12-31", "2100-01-01"])
def test_the_days_before_and_after(text):
    with pytest.raises(RowError) as caught:
        parse_date(text, None)
    assert caught.value.code == "row_year_unlikely"


@pytest.mark.parametrize(
    "text", ["2026-10/05", "2026--05", "5.10", "05.10.2026.", "2026-10-05T", "20261005", "1/2/3/4"]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(RowError):
        parse_date(text, None)


EVIDENCE = {
    "12/12/2026": (None, False),
    "12/01/2026": (None, True),
    "01/12/2026": (None, True),
    "13/12/2026": (DateOrder.DAY_FIRST, False),
    "12/13/2026": (DateOrder.MONTH_FIRST, False),
    "1/13/2026": (DateOrder.MONTH_FIRST, False),
    "13/1/2026": (DateOrder.DAY_FIRST, False),
    "13/13/2026": (None, False),
    "13/14/2026": (None, False),
    "13.12.2026": (None, False),
    "12/13/26": (None, False),
}


@pytest.mark.parametrize(("text", "told"), EVIDENCE.items(), ids=EVIDENCE.keys())
def test_what_a_date_tells_about_the_order(text, told):
    evidence = OrderEvidence()
    evidence.see(7, text)
    assert (evidence.order, evidence.must_be_asked) == told


def test_stamps_and_end_dates_tell_the_order_too(tmp_path):
    kimai = (
        f"{KIMAI}\n;10/05/2026 09:00;10/13/2026 10:00;;0;Mia;C;P;A;D;;\n;10/05/2026 09:00;10:00;3600;0;Mia;C;P;A;D;;"
    )
    rows = read(tmp_path, kimai)
    assert isinstance(rows[0], RefusedRow)
    assert rows[0].code == "row_longer_than_a_day"
    assert isinstance(rows[1], WorkRow)
    assert shown(rows[1]).startswith("2026-10-05 09:00")
    toggl = (
        f"{TOGGL}\nM,,A,W,,,No,10/05/2026,09:00,10/05/2026,10:00,,,\nM,,A,W,,,No,10/12/2026,23:00,10/13/2026,1:00,,,"
    )
    assert [shown(row)[:10] for row in read(tmp_path, toggl) if isinstance(row, WorkRow)] == [
        "2026-10-05",
        "2026-10-12",
    ]
    late = f"{KIMAI}\n;10/13/2026 23:00;10/14/2026 01:00;7200;0;Mia;C;P;A;D;;"
    assert shown(work_row(tmp_path, late)) == "2026-10-13 23:00+0200 - 2026-10-14 01:00+0200"
    own = f"{OWN}\n;10/05/2026 09:00;10/05/2026 10:00;ML;A;V;;;"
    assert open_options(survey(tmp_path, own), ReadOptions("UTC")) == ("date_order",)


TOLERANCE = {
    "a minute less is no contradiction": ("00:59:00", True),
    "a minute more is no contradiction": ("01:01:00", True),
    "a second beyond a minute less is one": ("00:58:59", False),
    "a second beyond a minute more is one": ("01:01:01", False),
}


@pytest.mark.parametrize(("stated", "taken"), TOLERANCE.values(), ids=TOLERANCE.keys())
def test_a_stated_duration_may_be_a_minute_off(tmp_path, stated, taken):
    (clocked,) = read(tmp_path, f"{TOGGL}\nMia,,Acme,Web,,,No,2026-10-05,09:00:00,2026-10-05,10:00:00,{stated},,")
    (summed,) = read(tmp_path, f'{SUMMARY}\n"2026-10-05","P","C","D","{stated}","1.00"')
    assert (isinstance(clocked, WorkRow), isinstance(summed, WorkRow)) == (taken, taken)


def test_a_day_of_24_hours_is_taken_and_a_minute_more_is_not(tmp_path):
    assert shown(work_row(tmp_path, f"{HARVEST}\n2026-10-05,C,P,,T,N,24.00,24,Yes,Mia,Lang")).endswith("1440 min")
    assert refusal(tmp_path, f"{HARVEST}\n2026-10-05,C,P,,T,N,24.01,24,Yes,Mia,Lang").code == "row_longer_than_a_day"


TAGGED = "start;end;contract;person;tags;note"
ROW = "2026-10-05T09:00Z;2026-10-05T10:00Z;A"


def test_blanks_before_a_quote_do_not_matter(tmp_path):
    assert work_row(tmp_path, f'{TAGGED}\n{ROW}; "Mia; Lang"; ; "note"').work.person == "Mia; Lang"


def test_text_is_cleaned_of_what_no_one_sees():
    assert clean(" a\r\nb\rc\u00a0 ") == "a\nb\nc"
    assert clean("u\u0308") == "\u00fc"
    assert normal_header("\ufeff  Remedies_Processor \u00a0 DEFECT ") == "remedies processor defect"


def test_a_mixed_mapping_of_encodings_is_named_by_its_line_far_down(tmp_path):
    row = f"{ROW};;;{'x' * 80}\n".encode()
    content = f"{TAGGED}\n".encode() + row * 9000 + b"\x81\n" + row * 9000
    with pytest.raises(UnreadableInput) as caught:
        survey(tmp_path, content)
    assert caught.value.fields["value"] == 9002
    assert survey(tmp_path, content.replace(b"\x81", b"")).text.line_ends == 18_002
    assert survey(tmp_path, content.replace(b"\x81", b"").replace(b"\n", b"\r")).text.line_ends == 18_002


def test_every_problem_names_the_file_and_what_was_given(tmp_path):
    local = f"{OWN}\n03/04/2026;09:00;10:00;ML;A;V;;;"
    for options, value in (
        ({"time_zone": None}, None),
        ({"time_zone": "Nowhere"}, "Nowhere"),
        ({}, "03/04/2026"),
        ({"wanted": "excel"}, "excel"),
    ):
        with pytest.raises(InvalidInput) as caught:
            read(tmp_path, local, **options)
        assert (caught.value.path, caught.value.fields["value"]) == (str(tmp_path / "work.csv"), value)


def test_a_time_without_any_day_says_so(tmp_path):
    row = refusal(tmp_path, f"{OWN}\n;;;ML;A;V;;1 h;")
    assert said(row) == 'The date of "1 h" is missing.'
