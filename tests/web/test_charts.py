"""The pictures: what stands where, by the splitter that bills."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from api.web.charts.band import Block, Clock, Drag, Piece, axis, row
from api.web.charts.budget import Spent, allowance_bar, budget_bar
from api.web.charts.days import day_of
from api.web.charts.samples import Tone, patterns, swatch
from api.web.charts.svg import element, share
from api.web.charts.year import Month, year_chart
from billing.clause.term_sets import term_set
from billing.public_holidays import public_holidays
from billing.rating.agreement import Agreement
from billing.rating.bands import BandReason, Timeline
from billing.timespan import instant_of

BERLIN = ZoneInfo("Europe/Berlin")
NAMED = term_set("immoinvent-2026")
TIMELINE = Timeline(Agreement((NAMED.terms,), NAMED.catalogue, public_holidays))
MONDAY, HOLIDAY, FRIDAY, SUNDAY = date(2026, 6, 1), date(2026, 6, 4), date(2026, 6, 5), date(2026, 6, 7)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
NONE, QUARTER = Fraction(0), Fraction(25)


def day(which):
    return day_of(TIMELINE, BERLIN, which)


def at(which, clock):
    return instant_of(datetime.fromisoformat(f"{which}T{clock}").replace(tzinfo=BERLIN))


def tree(markup):
    return ET.fromstring(f"<all>{markup}</all>")[0]  # noqa: S314 - our own markup


def classed(markup, kind):
    return [node for node in tree(markup).iter() if kind in (node.get("class") or "").split()]


def texts(markup):
    return [node.text for node in tree(markup).iter("text")]


def bands(which):
    shown = day(which)
    return [(band.start - shown.start, band.end - shown.start, str(band.reason)) for band in shown.bands]


def test_a_working_day_has_the_agreed_bands():
    assert bands(MONDAY) == [
        (0, 360, "night"),
        (360, 480, "outside_hours"),
        (480, 960, "business_hours"),
        (960, 1380, "outside_hours"),
        (1380, 1440, "night"),
    ]


def test_a_holiday_keeps_its_night_and_a_sunday_is_all_weekend():
    assert [reason for *_, reason in bands(HOLIDAY)] == ["night", "public_holiday", "night"]
    assert bands(SUNDAY) == [(0, 1440, "weekend")]


@pytest.mark.parametrize(("which", "minutes"), [(MONDAY, 1440), (SPRING, 1380), (AUTUMN, 1500)])
def test_a_day_is_as_long_as_it_really_is(which, minutes):
    shown = day(which)
    assert (shown.minutes, shown.is_odd) == (minutes, minutes != 1440)
    assert shown.bands[0].start == shown.start
    assert shown.bands[-1].end == shown.end


def test_the_axis_shows_the_doubled_hour_twice():
    assert texts(axis(day(AUTUMN))) == ["00", "2A", "2B", "03", "06", "09", "12", "15", "18", "21", "24"]
    assert [hour.elapsed for hour in day(AUTUMN).hours[:4]] == [0, 120, 180, 240]
    assert [node.text for node in classed(axis(day(AUTUMN)), "major")] == ["00", "06", "12", "18", "24"]


def test_after_the_skipped_hour_the_clock_is_an_hour_further():
    assert [(hour.elapsed, hour.label) for hour in day(SPRING).hours[:3]] == [(0, "00"), (120, "03"), (300, "06")]


def test_a_block_stands_where_its_minutes_are_and_is_cut_where_the_rate_changes():
    pieces = [
        Piece(at(FRIDAY, "14:30"), at(FRIDAY, "16:00"), Tone.BILLABLE, NONE),
        Piece(at(FRIDAY, "16:00"), at(FRIDAY, "17:10"), Tone.BILLABLE, QUARTER),
    ]
    drawn = row(day(FRIDAY), [Block("Z-1", "F-041", pieces)], label="Freitag")
    (block,) = classed(drawn, "block")
    assert (block.get("x"), block.get("width"), block.get("id")) == ("60.42%", "11.11%", "Z-1-0605")
    assert [cut.get("x1") for cut in classed(drawn, "cut")] == ["56.25%"]
    assert len(classed(drawn, "entry")) == 1
    assert texts(drawn) == ["F-041", "+25"]


def test_an_entry_with_two_answers_has_two_colours():
    pieces = [
        Piece(at(SUNDAY, "20:00"), at(SUNDAY, "22:00"), Tone.BILLABLE, Fraction(50)),
        Piece(at(SUNDAY, "22:00"), at(SUNDAY, "22:30"), Tone.HELD, Fraction(50)),
    ]
    drawn = row(day(SUNDAY), [Block("Z-1", "F-045", pieces)], label="Sonntag")
    assert [node.get("class") for node in classed(drawn, "entry")] == ["entry billable", "entry held"]
    assert texts(drawn) == ["F-045", "+50\N{NO-BREAK SPACE}%"]


@pytest.mark.parametrize(
    ("minutes", "written"),
    [(39, []), (40, ["+12,5"]), (79, ["+12,5"]), (80, ["F-041", "+12,5\N{NO-BREAK SPACE}%"])],
)
def test_what_would_not_fit_is_not_written(minutes, written):
    begin = at(FRIDAY, "17:00")
    piece = Piece(begin, begin + minutes, Tone.BILLABLE, Fraction(25, 2))
    assert texts(row(day(FRIDAY), [Block("Z-1", "F-041", [piece])], label="x")) == written


def test_a_long_case_number_needs_a_longer_block():
    begin = at(FRIDAY, "08:00")
    block = Block("Z-1", "V-2026-001", [Piece(begin, begin + 149, Tone.FREE, NONE)])
    assert texts(row(day(FRIDAY), [block], label="x")) == []


def test_an_entry_over_midnight_is_a_block_in_each_of_its_days():
    pieces = [Piece(at(FRIDAY, "23:30"), at(date(2026, 6, 6), "00:30"), Tone.HELD, Fraction(50))]
    block = Block("Z-1", "F-041", pieces)
    first = classed(row(day(FRIDAY), [block], label="x"), "block")
    second = classed(row(day(date(2026, 6, 6)), [block], label="x"), "block")
    assert [(one.get("x"), one.get("width")) for one in first + second] == [("97.92%", "2.08%"), ("0%", "2.08%")]
    assert classed(row(day(SUNDAY), [block], label="x"), "block") == []


def test_only_today_has_a_frame_and_the_minute_it_is():
    clock = Clock(at(FRIDAY, "15:15"), at(FRIDAY, "14:30"))
    drawn = row(day(FRIDAY), [], label="x", clock=clock)
    assert len(classed(drawn, "today")) == 1
    assert classed(drawn, "now")[0].get("x1") == "63.54%"
    assert (classed(drawn, "running")[0].get("x"), classed(drawn, "running")[0].get("width")) == ("60.42%", "3.13%")
    assert classed(row(day(MONDAY), [], label="x", clock=clock), "today") == []


def test_a_timer_of_yesterday_begins_where_today_does():
    drawn = row(day(FRIDAY), [], label="x", clock=Clock(at(FRIDAY, "12:00"), at(HOLIDAY, "20:00")))
    assert (classed(drawn, "running")[0].get("x"), classed(drawn, "running")[0].get("width")) == ("0%", "50%")


def test_a_row_is_one_picture_with_a_sentence_and_text_in_it_is_escaped():
    begin = at(FRIDAY, "08:00")
    block = Block('Z"1', "<b>", [Piece(begin, begin + 90, Tone.FREE, NONE)])
    drawn = row(day(FRIDAY), [block], label='Freitag: "alles" & <mehr>')
    assert (tree(drawn).get("role"), tree(drawn).get("aria-label")) == ("img", 'Freitag: "alles" & <mehr>')
    assert texts(drawn) == ["<b>"]


def test_every_band_but_the_plain_one_has_a_pattern_that_is_defined():
    defined = set(re.findall(r'id="(band-\w+)"', patterns()))
    used = {
        name
        for which in (FRIDAY, HOLIDAY, SUNDAY)
        for name in re.findall(r"url\(#([\w-]+)\)", row(day(which), [], label="x"))
    }
    assert used == defined == {f"band-{reason}" for reason in BandReason if reason not in {"business_hours", "travel"}}
    assert "url" not in swatch(BandReason.BUSINESS_HOURS)


@pytest.mark.parametrize(
    ("which", "minutes", "shift"), [(FRIDAY, "1440", None), (SPRING, "1380", "120:60"), (AUTUMN, "1500", "180:-60")]
)
def test_a_day_to_drag_on_says_its_length_and_where_its_clock_jumps(which, minutes, shift):
    drawn = tree(row(day(which), [], label="x", drag=Drag("form", "05.06.2026")))
    assert [drawn.get(f"data-{name}") for name in ("drag", "date", "minutes", "shift")] == [
        "form",
        "05.06.2026",
        minutes,
        shift,
    ]


def test_no_picture_has_inline_style():
    drawn = [row(day(FRIDAY), [], label="x"), patterns(), axis(day(FRIDAY)), year_chart([], label="x")]
    assert all("style" not in one for one in drawn)


def test_a_budget_shows_what_is_used_added_and_too_much():
    drawn = budget_bar(Spent(approved=480, used=375, this=105, over=60), label="Budget")
    shares = {kind: classed(drawn, kind)[0].get("width") for kind in ("used", "this", "over")}
    assert shares == {"used": "69.44%", "this": "19.44%", "over": "11.11%"}
    assert classed(drawn, "limit")[0].get("x1") == "88.89%"


def test_a_budget_with_room_left_has_no_mark():
    drawn = budget_bar(Spent(approved=480, used=120), label="Budget")
    assert classed(drawn, "used")[0].get("width") == "25%"
    assert classed(drawn, "limit") == classed(drawn, "this") == classed(drawn, "over") == []


def test_nothing_approved_and_nothing_used_is_an_empty_bar():
    assert [node.get("class") for node in tree(budget_bar(Spent(0, 0), label="x"))] == ["left"]


@pytest.mark.parametrize(("used", "agreed", "width"), [(15, 60, "25%"), (60, 60, "100%"), (60, 30, "100%")])
def test_an_allowance_is_full_at_most(used, agreed, width):
    assert classed(allowance_bar(used, agreed, label="x"), "free")[0].get("width") == width


def test_a_year_stacks_held_on_free_on_billable_at_one_scale():
    drawn = year_chart([Month("Jan", 600, 0, 0), Month("Feb", 300, 120, 180)], label="Jahr")
    heights = [(node.get("class"), node.get("height")) for node in classed(drawn, "entry")]
    assert heights == [
        ("entry billable", "78%"),
        ("entry billable", "39%"),
        ("entry free", "15.6%"),
        ("entry held", "23.4%"),
    ]
    assert texts(drawn) == ["h", "0", "2", "4", "6", "8", "10", "Jan", "Feb"]
    assert [node.text for node in classed(drawn, "minor")] == ["Feb"]


def test_a_year_without_work_still_has_its_months():
    assert texts(year_chart([Month("Jan", 0, 0, 0)], label="x")) == ["h", "0", "1", "Jan"]


@pytest.mark.parametrize(
    ("part", "whole", "written"), [(1, 3, "33.33%"), (0, 0, "0%"), (1, 1, "100%"), (1, 8, "12.5%"), (1, 2000, "0.05%")]
)
def test_a_share_is_written_with_two_decimals_at_most(part, whole, written):
    assert share(part, whole) == written


def test_an_element_without_children_closes_itself():
    assert element("rect", class_="a<b", data_x=None) == '<rect class="a&lt;b"/>'


def test_the_hour_shown_is_utc_plus_two_in_summer():
    assert day(FRIDAY).start == instant_of(datetime(2026, 6, 4, 22, tzinfo=UTC))
