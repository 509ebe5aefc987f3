"""A row is known again by its content, in any order, file and encoding; equal rows of one file stay apart."""

import pytest

from billing.importing import ReadOptions, RefusedRow, WorkRow, read_work
from tests.importing.reader import BERLIN, OWN, SUMMARY, TOGGL, read, survey, work_row

BASE = "2026-10-05;09:00;10:00;ML;A;V;;;note"
ROWS = [f'"2026-10-{day:02d}","P{day % 3}","C","D","00:{day % 4 + 10}:00",""' for day in range(1, 29)] * 2


def digests(rows: list[WorkRow | RefusedRow]) -> list[str]:
    return [row.digest for row in rows if isinstance(row, WorkRow)]


def test_the_same_rows_in_another_order_are_the_same_work(tmp_path):
    shuffled = [*ROWS[1::2], *reversed(ROWS[::2])]
    one = digests(read(tmp_path, "\n".join([SUMMARY, *ROWS])))
    other = digests(read(tmp_path, "\n".join([SUMMARY, *shuffled])))
    assert sorted(one) == sorted(other)
    assert len(set(one)) == len(ROWS)


def test_a_longer_file_contains_the_shorter_one(tmp_path):
    short, long = (digests(read(tmp_path, "\n".join([SUMMARY, *ROWS[:size]]))) for size in (30, 56))
    assert set(short) < set(long)


SAME = {
    "a stamp in UTC": ";2026-10-05T07:00Z;2026-10-05T08:00Z;ML;A;V;;;note",
    "seconds": "2026-10-05;09:00:59;10:00:01;ML;A;V;;;note",
    "a duration beside": "2026-10-05;09:00;10:00;ML;A;V;;60 min;note",
    "blanks": " 05.10.2026 ; 9:00 ;10:00;ML ;A;V;;; note ",
}


@pytest.mark.parametrize("row", SAME.values(), ids=SAME.keys())
def test_another_way_to_write_it_is_the_same_work(tmp_path, row):
    assert work_row(tmp_path, f"{OWN}\n{row}").digest == work_row(tmp_path, f"{OWN}\n{BASE}").digest


OTHER = {
    "another minute": "2026-10-05;09:00;10:01;ML;A;V;;;note",
    "another person": "2026-10-05;09:00;10:00;XX;A;V;;;note",
    "another case": "2026-10-05;09:00;10:00;ML;A;W;;;note",
    "another note": "2026-10-05;09:00;10:00;ML;A;V;;;Note",
    "a service": "2026-10-05;09:00;10:00;ML;A;V;dpia_support;;note",
    "a name in the next column": "2026-10-05;09:00;10:00;ML;;AV;;;note",
    "no clock times": "2026-10-05;;;ML;A;V;;60 min;note",
}


@pytest.mark.parametrize("row", OTHER.values(), ids=OTHER.keys())
def test_another_content_is_another_work(tmp_path, row):
    assert work_row(tmp_path, f"{OWN}\n{row}").digest != work_row(tmp_path, f"{OWN}\n{BASE}").digest


def test_encoding_delimiter_and_order_of_columns_make_no_difference(tmp_path):
    one = work_row(tmp_path, f"{OWN}\n{BASE}".encode("utf-16"))
    other = work_row(tmp_path, "note,service,case,contract,person,end,start,date\nnote,,V,A,ML,10:00,09:00,2026-10-05")
    assert one.digest == other.digest


def test_the_order_of_tags_makes_no_difference(tmp_path):
    rows = [
        work_row(tmp_path, f'{TOGGL}\nMia,,Acme,Web,,,No,2026-10-05,09:00,2026-10-05,10:00,1:00:00,"{tags}",')
        for tags in ("a, b", "b,a,a")
    ]
    assert rows[0].digest == rows[1].digest


def test_digests_never_change_between_versions(tmp_path):
    """Stored ones would no longer be known, and all work could be imported again."""
    assert (
        work_row(tmp_path, f"{OWN}\n{BASE}").digest
        == "d101b649ae9bc01612e3bf7efbece2bb785b7dc5f4e0a3f7f3424296bdb14839"
    )


def test_reading_twice_gives_the_same_digests(tmp_path):
    found = survey(tmp_path, "\n".join([SUMMARY, *ROWS]))
    one, other = (digests(list(read_work(found, ReadOptions(BERLIN)))) for _ in range(2))
    assert one == other
