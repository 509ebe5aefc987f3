"""Numbers, dates and clauses as people write them."""

from datetime import date, datetime
from fractions import Fraction

import pytest

from billing.errors import InvalidInput
from billing.texts import problem_sentence
from invoices import format as written
from invoices.number import DEFAULT_PATTERN, check_pattern, format_number


def plain(text: str) -> str:
    return text.replace(written.NO_BREAK, " ")


WRITTEN = [
    ("money de", written.money(123_450, "de"), "1.234,50 €"),
    ("money en", written.money(123_450, "en"), "€1,234.50"),
    ("money negative", written.money(-5, "de"), "−0,05 €"),
    ("money negative en", written.money(-5, "en"), "−€0.05"),
    ("money before it is rounded", written.exact_money(Fraction("572.56441"), "de"), "5,7256 €"),
    ("money before it is rounded en", written.exact_money(Fraction("123456.785"), "en"), "€1,234.5679"),
    ("money zero", written.money(0, "de"), "0,00 €"),
    ("money of a large invoice", written.money(123_456_789_012, "de"), "1.234.567.890,12 €"),
    ("price of whole cents", written.price(Fraction("31.25"), "de"), "31,25 €"),
    ("price that is no whole cent", written.price(Fraction("41.40625"), "de"), "41,40625 €"),
    ("price without an end", written.price(Fraction(100, 3), "en"), "€33.333333"),
    ("percent", written.percent(Fraction(19, 100), "de"), "19 %"),
    ("percent with decimals", written.percent(Fraction(1, 8), "en"), "12.5%"),
    ("hours", written.hours(Fraction(5, 4), "de"), "1,25 h"),
    ("hours taken back", written.hours(Fraction(-5, 4), "de"), "−1,25 h"),
    ("whole number taken back", written.whole(-3), "−3"),
    ("minutes", written.clock(65), "1:05 h"),
    ("minutes of many days", written.clock(6_000), "100:00 h"),
    ("day de", written.day(date(2026, 6, 5), "de"), "05.06.2026"),
    ("day en", written.day(date(2026, 6, 5), "en"), "5 Jun 2026"),
    ("weekday", written.weekday(datetime(2026, 10, 17, 10, 0), "de"), "Sa. 17.10.2026"),  # noqa: DTZ001
    ("span of one day", written.span(date(2026, 6, 5), date(2026, 6, 5), "de"), "05.06.2026"),
    ("span in a month", written.span(date(2026, 6, 1), date(2026, 6, 30), "de"), "01.–30.06.2026"),
    ("span in a year", written.span(date(2026, 9, 28), date(2026, 10, 3), "de"), "28.09.–03.10.2026"),
    ("span over new year", written.span(date(2025, 12, 31), date(2026, 1, 2), "de"), "31.12.2025–02.01.2026"),
    ("span en", written.span(date(2026, 6, 1), date(2026, 6, 30), "en"), "1–30 Jun 2026"),
    ("month", written.month("2026-10", "de"), "Oktober 2026"),
    ("hours of the day", written.clock_span(480, 960, "de"), "08:00–16:00 Uhr"),
    ("window to midnight", written.clock_span(1380, 1440, "en"), "23:00–24:00"),
    ("country", written.country("AT", "de"), "ÖSTERREICH"),
    ("unknown country", written.country("QQ", "de"), "QQ"),
    ("clause", written.clause_list(("13(4)a",), "de"), "Ziff. 13 Abs. 4 lit. a"),
    (
        "clauses of one section",
        written.clause_list(("13(3)a", "13(4)b"), "de"),
        "Ziff. 13 Abs. 3 lit. a, Abs. 4 lit. b",
    ),
    ("clauses of two sections", written.clause_list(("13(1)", "17"), "de"), "Ziff. 13 Abs. 1, Ziff. 17"),
    ("clause en", written.clause_list(("13(5)b",), "en"), "Section 13 para. 5 lit. b"),
    ("clause of another contract", written.clause_list(("§ 7(4)c", "13(7)"), "de"), "§ 7(4)c, Ziff. 13 Abs. 7"),
]


@pytest.mark.parametrize(("found", "due"), [row[1:] for row in WRITTEN], ids=[row[0] for row in WRITTEN])
def test_values_read_as_people_write_them(found: str, due: str) -> None:
    assert plain(found) == due


def test_a_number_never_parts_from_its_unit() -> None:
    for text in (written.money(100, "de"), written.hours(Fraction(1), "de"), written.clock(60)):
        assert written.NO_BREAK in text
        assert " " not in text


def test_a_number_is_written_by_its_pattern() -> None:
    assert format_number(DEFAULT_PATTERN, series="RE", year=2026, sequence=42) == "RE-2026-0042"
    assert format_number(DEFAULT_PATTERN, series="RE", year=2026, sequence=12_345) == "RE-2026-12345"
    assert format_number("{year}/{series}{number}", series="S", year=2027, sequence=7) == "2027/S7"


def test_a_placeholder_has_the_form_of_a_number() -> None:
    assert format_number(DEFAULT_PATTERN, series="RE", year=2026, sequence=0) == "RE-2026-0000"


def test_a_series_that_looks_like_a_placeholder_stays_as_it_is() -> None:
    assert format_number("{series}-{year}-{number}", series="{number}", year=2026, sequence=1) == "{number}-2026-1"


PATTERNS = [
    ("without the year two years share a number", "{series}-{number}", "RE", "number_pattern_incomplete"),
    ("without the series two series share a number", "{year}-{number:4}", "RE", "number_pattern_incomplete"),
    ("an unknown placeholder stays as it is", "{series}-{year}-{number}-{month}", "RE", "number_pattern_characters"),
    ("an umlaut", "{series}-{year}-{number}", "RÜ", "number_pattern_characters"),
    ("a space", "{series} {year}-{number}", "RE", "number_pattern_characters"),
    ("more than DATEV takes", "{series}-{year}-{number}", "R" * 26, "number_pattern_too_long"),
]


@pytest.mark.parametrize(("pattern", "series", "code"), [row[1:] for row in PATTERNS], ids=[row[0] for row in PATTERNS])
def test_a_pattern_that_bookkeeping_can_not_take_is_refused(pattern: str, series: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_pattern(pattern, series)
    assert refusal.value.code == code
    assert problem_sentence(refusal.value).startswith(("Das Nummernmuster", "Die Rechnungsnummer"))


def test_the_default_pattern_may_be_used() -> None:
    check_pattern(DEFAULT_PATTERN, "RE")
