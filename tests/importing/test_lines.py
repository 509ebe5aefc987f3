"""Which physical line is which row, whatever the line ends, and what a stray quote or an endless line spoils."""

import pytest

from billing.importing import RefusedRow, WorkRow
from billing.importing.records import LONGEST_RECORD
from tests.importing.reader import OWN, SUMMARY, read, refusal, said

TAGGED = "start;end;contract;person;tags;note"
ROW = "2026-10-05T09:00Z;2026-10-05T10:00Z;A"

LIMITS = {
    "a name of 200": (f"{ROW};{'x' * 200};;", True),
    "a name of 201": (f"{ROW};{'x' * 201};;", False),
    "a note of 4,000": (f"{ROW};;;{'x' * 4000}", True),
    "a note of 4,001": (f"{ROW};;;{'x' * 4001}", False),
    "50 tags": (f"{ROW};;{','.join(f'tag number {n}' for n in range(50))};", True),
    "51 tags": (f"{ROW};;{','.join(map(str, range(51)))};", False),
    "a row of 100 lines": (f'{ROW};;;"' + "x\n" * 99 + '"', True),
    "a row of 101 lines": (f'{ROW};;;"' + "x\n" * 100 + '"', False),
}


@pytest.mark.parametrize(("row", "taken"), LIMITS.values(), ids=LIMITS.keys())
def test_a_limit_is_still_taken_and_one_more_is_not(tmp_path, row, taken):
    assert isinstance(read(tmp_path, f"{TAGGED}\n{row}")[0], WorkRow) is taken


def test_the_longest_row_counts_all_its_lines(tmp_path):
    """100,000 characters over several lines reach the check of the note; one more is cut off before."""
    start = f'{ROW};;;"'
    half = "x" * (LONGEST_RECORD // 2 - len(start)) + "\n"
    longest = start + half + "x" * (LONGEST_RECORD - len(start) - len(half) - 1) + '"'
    assert len(longest) == LONGEST_RECORD
    assert refusal(tmp_path, f"{TAGGED}\n{longest}").code == "row_text_too_long"
    rows = read(tmp_path, f'{TAGGED}\n{longest[:-1]}x"\n{ROW};;;')
    assert isinstance(rows[0], RefusedRow)
    assert (rows[0].code, rows[-1].line) == ("row_too_long", 4)
    single = f"{ROW};;;{'x' * (LONGEST_RECORD - len(ROW) - 4)}\n"
    assert len(single) == LONGEST_RECORD
    assert refusal(tmp_path, f"{TAGGED}\n{single}").code == "row_text_too_long"


def test_the_number_is_that_of_the_physical_line_and_good_rows_around_are_kept(tmp_path):
    good = '"2026-10-05","P","C","two\nlines","01:00:00","1.00"'
    bad = '"never","P","C","three\nlong\nlines","01:00:00","1.00"'
    rows = read(tmp_path, f"{SUMMARY}\n{good}\n\n{bad}\n,,,,,\n{good}")
    assert [(row.line, type(row).__name__) for row in rows] == [(2, "WorkRow"), (5, "RefusedRow"), (9, "WorkRow")]
    assert isinstance(rows[1], RefusedRow)
    assert rows[1].last_line == 7


def test_line_ends_of_any_system_count_alike(tmp_path):
    lines = [SUMMARY, '"2026-10-05","P","C","D","01:00:00","1.00"', '"never","P","C","D","01:00:00","1.00"']
    for end in ("\n", "\r\n", "\r"):
        assert [row.line for row in read(tmp_path, end.join(lines))] == [2, 3]


def test_an_open_quote_spoils_its_own_rows_only(tmp_path):
    good = '"2026-10-05","P","C","D","01:00:00","1.00"'
    bad = '"2026-10-05","P","C","D,"01:00:00","1.00"'
    rows = read(tmp_path, f"{SUMMARY}\n{good}\n{bad}\n{good}\n{good}")
    assert [(row.line, type(row).__name__) for row in rows] == [
        (2, "WorkRow"),
        (3, "RefusedRow"),
        (4, "WorkRow"),
        (5, "WorkRow"),
    ]


def test_a_quote_that_never_closes_spoils_its_own_line_only(tmp_path):
    row = "2026-10-06;9:00;10:00;ML;A;V;;;\n"
    rows = read(tmp_path, f'{OWN}\n2026-10-05;9:00;10:00;ML;A;V;;;"open\n' + row * 3)
    assert [(row.line, type(row).__name__) for row in rows] == [
        (2, "RefusedRow"),
        (3, "WorkRow"),
        (4, "WorkRow"),
        (5, "WorkRow"),
    ]
    assert isinstance(rows[0], RefusedRow)
    assert rows[0].last_line == 2


def test_a_quote_that_takes_hundreds_of_lines_spoils_its_own_line_only(tmp_path):
    row = "2026-10-06;9:00;10:00;ML;A;V;;;\n"
    rows = read(tmp_path, f'{OWN}\n2026-10-05;9:00;10:00;ML;A;V;;;"open\n' + row * 600)
    assert isinstance(rows[0], RefusedRow)
    assert (rows[0].line, rows[0].last_line, rows[0].code) == (2, 2, "row_too_long")
    assert [row.line for row in rows[1:] if isinstance(row, WorkRow)] == list(range(3, 603))


def test_lines_that_all_open_a_quote_are_all_refused(tmp_path):
    rows = read(tmp_path, f"{OWN}\n" + '2026-10-05;9:00;10:00;ML;A;V;;;"open\n' * 300)
    assert [row.line for row in rows if isinstance(row, RefusedRow)] == list(range(2, 302))


def test_an_endless_line_ends_where_any_system_ends_lines(tmp_path):
    row = "2026-10-06;9:00;10:00;ML;A;V;;;"
    for end in ("\n", "\r\n", "\r"):
        rows = read(tmp_path, end.join([OWN, row + "x" * 150_000, row, row]))
        assert [(row.line, type(row).__name__) for row in rows] == [(2, "RefusedRow"), (3, "WorkRow"), (4, "WorkRow")]


def test_a_line_of_12_megabytes_is_refused_and_the_next_one_read(tmp_path):
    row = "2026-10-06;9:00;10:00;ML;A;V;;;"
    rows = read(tmp_path, f"{OWN}\n{row}{'x' * 12_000_000}\n{row}\n")
    assert [(row.line, type(row).__name__) for row in rows] == [(2, "RefusedRow"), (3, "WorkRow")]
    assert isinstance(rows[0], RefusedRow)
    assert "100000 characters" in said(rows[0])
