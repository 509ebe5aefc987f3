"""Rows that can't be taken: each with its line and a sentence that says what is wrong; the rows around them kept."""

import ast
from pathlib import Path

import pytest

from billing import importing
from billing.importing import DateOrder, RefusedRow, WorkRow
from billing.texts import LANGUAGES, has_sentence
from tests.importing.reader import CLOCKIFY, HARVEST, KIMAI, OWN, SUMMARY, TOGGL, read, refusal, said

CLOCKIFY_ROW = f'{CLOCKIFY}\n"P","C","D","","U","","","","Yes",'
ONE_DAY_OWN = "date;start;end;contract;case;travel;tags;completes;note"

ROWS = {
    "end before start, same day": (
        f"{OWN}\n;2026-10-05T10:00+02:00;2026-10-05T09:00+02:00;ML;A;V;;;",
        "The end 2026-10-05T09:00+02:00 is before the start 2026-10-05T10:00+02:00.",
    ),
    "end before start, no date of the end: never guessed": (
        f"{OWN}\n2026-10-05;23:30;00:30;ML;A;V;;;",
        "The end 00:30 is before the start 23:30. If the work went past midnight, please give the date of its end.",
    ),
    "end before start, and the duration doesn't say midnight": (
        f"{KIMAI}\n2026-10-05;10:00;09:00;3600;0;Mia;C;P;A;D;;",
        "The end 09:00 is before the start 10:00. If the work went past midnight, please give the date of its end.",
    ),
    "start equals end": (
        f"{OWN}\n2026-10-05;10:00;10:00;ML;A;V;;;",
        "There is no whole minute of work (0:00:00).",
    ),
    "nothing left after cutting the seconds": (
        f"{TOGGL}\nMia,,Acme,Web,,Call,No,2026-10-05,09:00:01,2026-10-05,09:00:59,00:00:58,,",
        "There is no whole minute of work (0:00:58).",
    ),
    "a duration of seconds": (
        f'{SUMMARY}\n"2026-10-05","P","C","D","00:00:45","0.0125"',
        "There is no whole minute of work (00:00:45).",
    ),
    "longer than 24 hours": (
        f"{TOGGL}\nMia,,Acme,Web,,Call,No,2026-10-05,09:00:00,2026-10-06,09:01:00,24:01:00,,",
        "The work lasts longer than 24 hours (24:01:00); please split it into rows.",
    ),
    "a duration longer than 24 hours": (
        f'{HARVEST}\n2026-10-05,C,P,,T,N,"24,5","24,5",Yes,Mia,Lang',
        "The work lasts longer than 24 hours (24,5); please split it into rows.",
    ),
    "clockify: the decimal duration contradicts start and end": (
        f'{CLOCKIFY_ROW}"2026-10-05","09:00","2026-10-05","10:00","01:00:00","2.50","0"',
        'The duration "2.50" doesn\'t fit start and end, which make 1:00:00; which is right is not guessed.',
    ),
    "clockify: more than a minute is a contradiction": (
        f'{CLOCKIFY_ROW}"2026-10-05","09:00:00","2026-10-05","10:00:00","01:01:01","1.00","0"',
        'The duration "01:01:01" doesn\'t fit start and end, which make 1:00:00; which is right is not guessed.',
    ),
    "clockify summary: two durations that differ": (
        f'{SUMMARY}\n"2026-10-05","P","C","D","00:38:20","1.6389"',
        'The row states two different durations: "00:38:20" and "1.6389".',
    ),
    "a timer that still runs": (
        f"{TOGGL}\nMia,,Acme,Web,,Call,No,2026-10-05,09:00:00,,,,,",
        "The end that belongs to the start 09:00:00 is missing; is the clock still running?",
    ),
    "no start": (f"{OWN}\n2026-10-05;;10:00;ML;A;V;;;", "The start that belongs to the end 10:00 is missing."),
    "no time at all": (f"{OWN}\n2026-10-05;;;ML;A;V;;;", "On Oct 5, 2026, both clock times and duration are missing."),
    "no date": (f"{OWN}\n;10:00;11:00;ML;A;V;;;", 'The date of "10:00" is missing.'),
    "a date that isn't one": (
        f"{OWN}\n2026-02-30;10:00;11:00;ML;A;V;;;",
        '"2026-02-30" is no date in the form of this file; 2026-10-05 is always understood.',
    ),
    "a spreadsheet's day number": (
        f"{OWN}\n46300;10:00;11:00;ML;A;V;;;",
        '"46300" is no date in the form of this file; 2026-10-05 is always understood.',
    ),
    "a year of two digits": (
        f"{OWN}\n05.10.26;10:00;11:00;ML;A;V;;;",
        'The date "05.10.26" lacks its four-digit year.',
    ),
    "an unlikely year": (
        f"{OWN}\n0206-10-05;10:00;11:00;ML;A;V;;;",
        'The date "0206-10-05" is not between 2000 and 2099; probably a slip of the pen.',
    ),
    "a stamp of another day": (
        f"{OWN}\n2026-10-05;2026-10-06T10:00Z;2026-10-06T11:00Z;ML;A;V;;;",
        '"2026-10-06T10:00Z" and the date Oct 5, 2026 of the same row contradict each other.',
    ),
    "25 o'clock": (
        f"{OWN}\n2026-10-05;24:30;25:00;ML;A;V;;;",
        '"24:30" is no clock time; something like 14:05 or 2:05 PM is meant.',
    ),
    "13 PM": (
        f'{CLOCKIFY_ROW}"2026-10-05","13:00 PM","2026-10-05","02:00 PM","1:00","1.00","0"',
        '"13:00 PM" is no clock time; something like 14:05 or 2:05 PM is meant.',
    ),
    "an offset that no place on earth has": (
        f"{OWN}\n;2026-10-05T10:00+19:00;2026-10-05T11:00+19:00;ML;A;V;;;",
        '"2026-10-05T10:00+19:00" is no clock time; something like 14:05 or 2:05 PM is meant.',
    ),
    "Arabic digits": (
        f"{OWN}\n2026-10-05;٠٩:٠٠;10:00;ML;A;V;;;",
        '"٠٩:٠٠" is no clock time; something like 14:05 or 2:05 PM is meant.',
    ),
    "a duration in words": (
        f"{OWN}\n2026-10-05;;;ML;A;V;;lange;",
        '"lange" is no duration; something like 1:30, 90 min or 1.5 h is meant.',
    ),
    "a negative duration": (
        f"{OWN}\n2026-10-05;;;ML;A;V;;-1:30;",
        '"-1:30" is no duration; something like 1:30, 90 min or 1.5 h is meant.',
    ),
    "a duration without unit": (
        f"{OWN}\n2026-10-05;;;ML;A;V;;90;",
        'The duration "90" lacks its unit; 1:30, 90 min or 1.5 h is meant.',
    ),
    "an unknown service": (
        f"{OWN}\n2026-10-05;9:00;10:00;ML;A;V;tea_making;;",
        'There is no service "tea_making"; docs/import.md lists them.',
    ),
    "perhaps is no flag": (
        f"{ONE_DAY_OWN}\n2026-10-05;9:00;10:00;A;V;perhaps;;;",
        'The column "travel" says "perhaps"; possible are yes, no or empty.',
    ),
    "a mark that was changed": (
        f"{ONE_DAY_OWN}\n2026-10-05;9:00;10:00;A;V;;;ABC;",
        '"ABC" is no mark of an incomplete row; please leave that column as it was.',
    ),
    "too many tags": (
        f"{ONE_DAY_OWN}\n2026-10-05;9:00;10:00;A;V;;{','.join(map(str, range(51)))};;",
        "The row has 51 tags; 50 are allowed.",
    ),
    "a name without end": (
        f"{OWN}\n2026-10-05;9:00;10:00;{'M' * 201};A;V;;;",
        'The text in the column "person" has 201 characters; 200 are allowed.',
    ),
    "a note without end": (
        f"{OWN}\n2026-10-05;9:00;10:00;ML;A;V;;;{'x' * 4001}",
        'The text in the column "note" has 4001 characters; 4000 are allowed.',
    ),
    "a NUL byte": (
        f"{OWN}\n2026-10-05;9:00;10:00;ML;A;V;;;a\0b",
        'The column "note" holds an invisible control character (U+0000); please delete it.',
    ),
    "an escape sequence for terminals": (
        f"{OWN}\n2026-10-05;9:00;10:00;ML;A;V;;;\x1b[31mred",
        'The column "note" holds an invisible control character (U+001B); please delete it.',
    ),
    "a cell too few": (
        f"{OWN}\n2026-10-05;9:00;10:00;ML;A;V;;",
        "The row has 8 cells, the header 9 columns; what belongs where is not guessed.",
    ),
    "a cell too many": (
        f"{OWN}\n2026-10-05;9:00;10:00;ML;A;V;;;note;more",
        "The row has 10 cells, the header 9 columns; what belongs where is not guessed.",
    ),
    "a totals row": (
        f'{CLOCKIFY}\n"Total","","","","","","","","","","","","","09:10:00","9.17","375.00"',
        'This is a totals row ("Total"), no single piece of work.',
    ),
    "a German totals row where the date stands": (
        f'{SUMMARY}\n"Summe:","","","","09:10:00","9.17"',
        'This is a totals row ("Summe:"), no single piece of work.',
    ),
    "a totals row with fewer cells": (f"{OWN}\nGesamt", 'This is a totals row ("Gesamt"), no single piece of work.'),
    "a quote inside quotes": (
        f'{SUMMARY}\n"2026-10-05","P","C","he said "no"","01:00:00","1.00"',
        "The quotes in this line are not set right; a quote inside a text must stand twice.",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), ROWS.values(), ids=ROWS.keys())
def test_a_row_is_refused_with_its_line_and_a_sentence(tmp_path, content, sentence):
    row = refusal(tmp_path, content)
    assert (row.line, said(row)) == (2, sentence)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("content", [content for content, _ in ROWS.values()], ids=ROWS.keys())
def test_the_sentence_is_there_in_both_languages(tmp_path, content, lang):
    assert said(refusal(tmp_path, content), lang).endswith((".", "?"))


def test_a_date_that_does_not_fit_the_chosen_order_is_refused(tmp_path):
    row = '"P","C","","","","","","","","{day}","9:00","{day}","10:00","1:00","","0"'
    content = f"{CLOCKIFY}\n{row.format(day='10/31/2026')}\n{row.format(day='31/10/2026')}"
    rows = read(tmp_path, content, date_order=DateOrder.MONTH_FIRST)
    assert [type(row) for row in rows] == [WorkRow, RefusedRow]
    assert isinstance(rows[1], RefusedRow)
    assert (rows[1].line, rows[1].code) == (3, "row_date_invalid")


def test_a_client_called_total_is_work(tmp_path):
    (row,) = read(
        tmp_path,
        f"{SUMMARY.replace('Date', 'x').replace('Project', 'Date').replace('x', 'Project')}\n"
        '"Total","2026-10-05","C","D","01:00:00","1.00"',
    )
    assert isinstance(row, WorkRow)
    assert row.work.project == "Total"


def codes() -> set[str]:
    """Every code that the package raises or refuses with, read from its source."""
    found = set()
    for path in Path(importing.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                word = node.value
                if word.startswith(("row_", "import_", "mapping_")) and word.isidentifier():
                    found.add(word)
    return found


def test_every_code_has_its_sentence():
    assert len(codes()) > 50
    assert [code for code in sorted(codes()) if not has_sentence(f"error.{code}")] == []


def test_every_reason_to_refuse_a_row_is_shown_in_these_tests(tmp_path):
    elsewhere = {"row_time_skipped", "row_time_twice", "row_too_long"}  # test_clock_changes.py, test_lines.py
    here = {refusal(tmp_path, content).code for content, _ in ROWS.values()}
    assert {code for code in codes() if code.startswith("row_")} - here == elsewhere
