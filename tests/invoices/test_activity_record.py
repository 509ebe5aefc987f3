"""The activity record: all work with its outcome, checked totals, a CSV no spreadsheet can be tricked by."""

import csv
import re
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest

from billing.texts import sentence
from invoices import format as written
from invoices.activity_csv import COLUMNS, activity_csv, guarded
from invoices.activity_page import activity_page, clock_times
from invoices.activity_record import ActivityRecord, Outcome, Totals, totals_of
from invoices.pdf import Press
from tests.invoices.looking import PAGE_HEIGHT, Prints, inside, pages_of, squeezed
from tests.invoices.records import CASES, EXPENSE, case, record, stretch
from tests.invoices.samples import BUYER

LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzesänderungsdurchführungsverordnung"
MANY = tuple(
    case(
        f"V-{number:03d}",
        LONG if number % 5 == 0 else "Auskunft nach Art. 15 DSGVO",
        "data_subject_request",
        tuple(
            stretch(f"E-{number}-{at}", f"2026-10-{1 + (number + at) % 28:02d}T09:00", 20 + at, code)
            for at, code in enumerate(("approved", "13.2.b", "no_approved_estimate"))
        ),
        billed_units=2,
    )
    for number in range(20)
)
RECORDS: dict[str, ActivityRecord] = {
    "a usual month": record(),
    "many cases": record(MANY),
    "a month of nothing": record((), invoice_number="", allowance_used_minutes=0),
    "no allowance agreed": record(allowance_minutes=0, allowance_used_minutes=0),
    "an allowance lowered after its use": record(allowance_minutes=30, allowance_used_minutes=45),
    "English": record(language="en"),
    "free text for codes": record(
        (
            case(
                "V-1", "Sonderfall", "Löschkonzept 2026", (stretch("E-1", "2026-10-05T09:00", 30, "a_code_of_its_own"),)
            ),
        )
    ),
    "a buyer with a long name": record(buyer=replace(BUYER, name=f"{LONG} {LONG} gGmbH")),
}


@pytest.fixture(scope="module")
def prints(press: Press) -> Prints:
    return Prints(press, {name: activity_page(made) for name, made in RECORDS.items()})


each_record = pytest.mark.parametrize("name", RECORDS)


def test_totals_that_do_not_fit_can_not_be_recorded() -> None:
    with pytest.raises(ValueError, match="do not fit its cases"):
        record(totals=Totals(billed_minutes=1, free_minutes=0, held_minutes=0))
    with pytest.raises(ValueError, match="case V-2026-001"):
        replace(CASES[0], totals=Totals(billed_minutes=0, free_minutes=0, held_minutes=0))


def test_minutes_that_are_not_the_elapsed_time_can_not_be_recorded() -> None:
    with pytest.raises(ValueError, match="E-1: 31 minutes"):
        replace(stretch("E-1", "2026-10-05T09:00", 30, "approved"), minutes=31)


def test_a_local_time_without_its_offset_can_not_be_recorded() -> None:
    good = stretch("E-1", "2026-10-05T09:00", 30, "approved")
    with pytest.raises(ValueError, match="E-1"):
        replace(good, start=good.start.replace(tzinfo=None), end=good.end.replace(tzinfo=None))


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "Oktober"])
def test_a_month_is_a_month(month: str) -> None:
    with pytest.raises(ValueError, match=month):
        record(month=month)


def test_minutes_are_summed_by_outcome() -> None:
    assert record().totals == Totals(billed_minutes=260, free_minutes=285, held_minutes=100)
    assert record().totals.minutes == 645
    assert totals_of(()).minutes == 0


TIMES = [
    ("within a day", "2026-10-05T09:00", 45, "09:00–09:45"),
    ("to midnight", "2026-10-05T23:00", 60, "23:00–24:00"),
    ("over midnight", "2026-10-05T23:30", 60, "23:30–00:30"),
    # 02:00 comes twice on 25 October: the clock goes back from UTC+2 to UTC+1.
    ("over the doubled hour", "2026-10-25T01:30", 120, "01:30 (UTC+02)–02:30 (UTC+01)"),
    ("over the missing hour", "2026-03-29T01:30", 60, "01:30 (UTC+01)–03:30 (UTC+02)"),
]


@pytest.mark.parametrize(("start", "minutes", "shown"), [row[1:] for row in TIMES], ids=[row[0] for row in TIMES])
def test_times_are_local_and_clear_when_the_clock_changes(start: str, minutes: int, shown: str) -> None:
    assert clock_times(stretch("E-1", start, minutes, "approved")) == shown


@each_record
def test_every_stretch_is_on_the_paper_with_time_service_outcome_and_reason(name: str, prints: Prints) -> None:
    made = RECORDS[name]
    text = prints.text(name)
    letters = _letters(text)
    for item in (item for one in made.cases for item in one.stretches):
        assert squeezed(written.weekday(item.start, made.language)) in text
        assert squeezed(written.clock(item.minutes)) in text
        assert _letters(sentence(f"service.{item.service}", made.language)) in letters
        assert sentence(f"outcome.{item.outcome}", made.language) in text
        assert squeezed(written.clause_list((item.clause,), made.language)) in text
        if item.outcome is Outcome.HELD and item.code != "a_code_of_its_own":
            assert _letters(sentence(f"reason.{item.code}", made.language)) in letters
            assert _letters(sentence(f"next_step.{item.code}", made.language)) in letters
        if item.outcome is Outcome.FREE:
            assert _letters(sentence(f"verdict.{item.code}", made.language)) in letters
    for cost in (cost for one in made.cases for cost in one.expenses):
        assert _letters(cost.description) in letters
        assert squeezed(written.money(cost.net_cents, made.language)) in text


def _letters(text: str) -> str:
    """Leave out spaces and the hyphens that break a word at the end of a line."""
    return "".join(character for character in text if character.isalnum())


@each_record
def test_totals_and_allowance_are_on_the_paper(name: str, prints: Prints) -> None:
    made = RECORDS[name]
    text = prints.text(name)
    totals = made.totals
    for minutes in (totals.minutes, totals.billed_minutes, totals.free_minutes, totals.held_minutes):
        assert squeezed(written.clock(minutes)) in text
    assert ("Minuten genutzt" in text or "minutes used" in text) == bool(made.allowance_minutes)
    for one in made.cases:
        assert one.ref in text


UNITS = [
    ("more than the work", 80, 6, "1:20 h abgerechnet mit 6 × 15 Min. = 1:30 h"),
    ("as much as the work", 360, 24, "6:00 h abgerechnet mit 24 × 15 Min. = 6:00 h"),
    ("missing ones alone", 0, 1, "0:00 h abgerechnet mit 1 × 15 Min. = 0:15 h"),
    ("none, an earlier invoice holds them", 10, 0, "0:10 h abgerechnet ohne neue Einheit"),
]


@pytest.mark.parametrize(("minutes", "units", "said"), [row[1:] for row in UNITS], ids=[row[0] for row in UNITS])
def test_a_case_says_what_was_worked_and_what_its_units_make(minutes: int, units: int, said: str) -> None:
    free = stretch("E-1", "2026-10-05T07:00", 20, "13.2.b")
    billed = (stretch("E-2", "2026-10-05T09:00", minutes, "approved"),) if minutes else ()
    made = record((case("V-1", "", "audit", (free, *billed), billed_units=units),))
    assert f'<td colspan="3">{said} · 0:20 h kostenfrei</td>' in _plain(activity_page(made).html)


def test_the_billed_time_is_told_as_it_was_worked_and_as_the_invoice_counts_it() -> None:
    tiles = _tiles(record())
    assert tiles[:2] == ["Erfasst 10:45 h", "Abgerechnet 4:20 h mit 18 × 15 Min. = 4:30 h"]
    assert tiles[2:] == ["Kostenfrei 4:45 h", "In Klärung 1:40 h"]
    assert _tiles(record(language="en"))[1] == "Billed 4:20 h as 18 × 15 min = 4:30 h"
    assert _tiles(record(()))[1] == "Abgerechnet 0:00 h"


def _tiles(made: ActivityRecord) -> list[str]:
    found = re.findall(r'<p class="tile [^>]*>(.*?)</p>', _plain(activity_page(made).html))
    return [squeezed(re.sub("<[^>]*>", " ", tile)).strip() for tile in found]


def _plain(html: str) -> str:
    return html.replace(written.NO_BREAK, " ")


def test_expenses_are_in_order_of_their_days_on_paper_and_in_the_table() -> None:
    expenses = tuple(
        replace(EXPENSE, expense_ref=f"A-{at}", incurred_on=date(2026, 10, day)) for at, day in enumerate((22, 23, 21))
    )
    made = record((replace(CASES[3], expenses=expenses),))
    days = re.findall(r"[A-Z][a-z]\. (\d\d)\.10\.2026", _plain(activity_page(made).html))
    assert days == ["14", "21", "22", "23"]
    assert [row["item"] for row in table(made)[1:]] == ["A-2", "A-0", "A-1"]
    assert made.cases[0].expenses == expenses


def test_a_page_that_begins_inside_a_case_names_it(press: Press) -> None:
    stretches = tuple(stretch(f"E-{day}", f"2026-10-{day:02d}T09:00", 20, "approved") for day in range(1, 29))
    short = tuple(replace(one, entry_ref=f"{one.entry_ref}-2") for one in stretches[:3])
    made = record((case("V-1", "Lange", "audit", stretches), case("V-2", "Kurze", "audit", short)))
    pages = pages_of(press.print(activity_page(made)))
    continued = ["V-1 (Fortsetzung)" in page for page in pages]
    assert continued == [False, *(True for _ in pages[1:])]
    assert not any("V-2 (Fortsetzung)" in page for page in pages)
    # Where each case has one row, which stays with its sum, every page begins with a case.
    whole = tuple(case(f"V-{at}", "Kurze", "audit", (one,)) for at, one in enumerate(stretches[:20]))
    pages = pages_of(press.print(activity_page(record(whole))))
    assert (len(pages) > 1, "(Fortsetzung)" in " ".join(pages)) == (True, False)


def test_an_allowance_of_which_nothing_is_used_has_an_empty_bar() -> None:
    assert '<div class="bar"></div>' in activity_page(record(allowance_used_minutes=0)).html
    assert '<div class="bar"><div style="width: 75%"></div></div>' in activity_page(record()).html


def test_the_lines_of_the_legend_begin_below_each_other(prints: Prints) -> None:
    boxes = [box for box in inside(prints.boxes("a usual month"), "legend") if box.path[-1] == "p"]
    space = 0.2 * 8.5 * 25.4 / 72  # a fifth of an em between the pill and its sentence
    lefts = [box.left + space if box.text.startswith(" ") else box.left for box in boxes]
    assert lefts == [pytest.approx(49, abs=0.1)] * 5


@each_record
def test_nothing_leaves_the_page(name: str, prints: Prints) -> None:
    for box in prints.boxes(name):
        assert box.left >= 24.9, box
        assert box.right <= 190.6, box
        assert box.bottom <= PAGE_HEIGHT - 4, box


def test_a_case_heading_never_ends_a_page_and_its_sum_never_begins_one(prints: Prints) -> None:
    boxes = prints.boxes("many cases")
    rows = [box for box in inside(boxes, "work") if box not in inside(boxes, "thead")]
    headings, sums = inside(boxes, "case"), inside(boxes, "sum")
    pages = max(box.page for box in boxes)
    assert pages >= 5
    for page in range(1, pages + 1):
        on_page = [box for box in rows if box.page == page]
        if on_page:
            assert on_page[-1] not in headings, page
            assert on_page[0] not in sums, page


def test_persons_are_initials_only(prints: Prints) -> None:
    text = prints.text("a usual month")
    assert " TR " in text
    assert "Tobias" not in text


def table(made: ActivityRecord) -> list[dict[str, str]]:
    text = activity_csv(made).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline=""), fieldnames=COLUMNS, delimiter=";"))[1:]


def test_the_csv_has_a_row_a_stretch_and_expense_with_every_column() -> None:
    rows = table(record())
    assert len(rows) == 14
    first, held = rows[0], rows[3]
    assert first["case"] == "V-2026-001"
    assert (first["date"], first["from"], first["to"], first["minutes"]) == ("2026-10-12", "08:30", "08:50", "20")
    assert first["start"] == "2026-10-12T08:30+02:00"
    assert (first["outcome"], first["clause"]) == ("kostenfrei", "13(2)b")
    assert held["next_step"] == "Nachfreigabe für diesen Satz einholen."
    assert rows[-2]["net"] == "100.00"
    assert rows[-2]["service"] == "Reisekosten: Bahnfahrt Stuttgart–Ulm und zurück"
    assert sum(int(row["minutes"] or 0) for row in rows) == record().totals.minutes


def test_the_csv_is_made_for_excel_in_the_reader_s_language() -> None:
    raw = activity_csv(record())
    assert raw.startswith(b"\xef\xbb\xbfVertrag;Vorgang;")
    assert raw.count(b"\r\n") == 15
    assert activity_csv(record(language="en")).startswith(b"\xef\xbb\xbfContract;Case;")


FORMULAS = ["=1+1", "+49 711", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", " =1", "  @x"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_that_would_run_as_a_formula_is_guarded(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    rows = table(record((replace(CASES[3], title=cell),)))
    assert rows[0]["case_title"] == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Auskunft", "a=b", "12.50", 'semi;colon "quoted"\r\nsecond line'])
def test_an_ordinary_cell_stays_as_it_is(cell: str) -> None:
    assert table(record((replace(CASES[3], title=cell),)))[0]["case_title"] == cell


def test_the_same_record_gives_the_same_bytes() -> None:
    again = ActivityRecord.from_json(record().to_json())
    assert Press().print(activity_page(again)) == Press().print(activity_page(record()))
    assert activity_csv(again) == activity_csv(record())
