"""Our own CSV as a way out: what is written reads back as the same work, whatever it holds."""

import csv
import io
from datetime import UTC, date
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from billing.clause.services import SERVICE_CODES
from billing.importing import (
    ReadOptions,
    RefusedRow,
    UnclockedTime,
    Work,
    WorkRow,
    open_source,
    read_work,
    survey_file,
    write_work,
)
from billing.importing.digests import DigestMaker
from billing.importing.layout import clean
from billing.timespan import Interval
from tests.importing.reader import BERLIN, HARVEST, OWN, read

MINUTE_2000, MINUTE_2099 = 15_780_000, 68_370_000

letters = st.characters(blacklist_categories=["Cs"], blacklist_characters="".join(map(chr, [*range(32), 127])))
names = st.text(letters, max_size=20).map(clean)
notes = st.text(st.one_of(letters, st.sampled_from("\n\t;,\"'=+-@")), max_size=60).map(clean)
tags = st.lists(names.filter(lambda name: name and not set(name) & set(",;")), max_size=4, unique=True).map(tuple)
flags = st.sampled_from([None, True, False])
intervals = st.builds(
    lambda start, length: Interval(start, start + length), st.integers(MINUTE_2000, MINUTE_2099), st.integers(1, 1440)
)
unclocked = st.builds(UnclockedTime, st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 1440))
works = st.builds(
    Work,
    time=st.one_of(intervals, unclocked),
    person=names,
    client=names,
    project=names,
    task=names,
    tags=tags,
    note=notes,
    contract=names,
    case=names,
    service=st.sampled_from(["", *SERVICE_CODES]),
    document=names,
    travel=flags,
    onsite=flags,
    urgent=flags,
    remedies_processor_defect=flags,
)


def rows_of(found: list[Work]) -> list[WorkRow]:
    digests = DigestMaker()
    return [WorkRow(place, work, (), digests.digest(work)) for place, work in enumerate(found, 2)]


def written(rows: list[WorkRow], zone: str, delimiter: str) -> bytes:
    stream = io.StringIO(newline="")
    assert write_work(rows, stream, ZoneInfo(zone), delimiter) == len(rows)
    return stream.getvalue().encode()


def read_back(content: bytes) -> list[WorkRow | RefusedRow]:
    with open_source("-", io.BytesIO(content)) as source:
        return list(read_work(survey_file(source), ReadOptions()))


@given(st.lists(works, max_size=5), st.sampled_from([BERLIN, "UTC", "Asia/Kathmandu"]), st.sampled_from(";,\t"))
def test_what_is_written_reads_back_as_the_same_work(found, zone, delimiter):
    rows = rows_of(found)
    back = read_back(written(rows, zone, delimiter))
    assert [row.digest for row in back if isinstance(row, WorkRow)] == [row.digest for row in rows]
    for row, again in zip(rows, back, strict=True):
        assert isinstance(again, WorkRow)
        assert again.work.time == row.work.time
        assert (again.work.person, again.work.note, again.work.tags) == (row.work.person, row.work.note, row.work.tags)


def test_no_cell_is_a_formula_for_a_spreadsheet():
    hostile = ["=1+1", "+49 711", "-1", "@SUM(A1)", "'quoted'", "''", "a=b"]
    rows = rows_of([Work(time=Interval(MINUTE_2000, MINUTE_2000 + 5), note=text) for text in hostile])
    content = written(rows, BERLIN, ";")
    cells = [cell for line in csv.reader(io.StringIO(content.decode()), delimiter=";") for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert [row.work.note for row in read_back(content) if isinstance(row, WorkRow)] == hostile


def test_a_list_of_incomplete_rows_comes_back_filled_in_and_names_what_it_completes(tmp_path):
    incomplete = read(tmp_path, f"{HARVEST}\n2026-10-05,Acme,Web,,Design,Call,0.75,1,Yes,Mia,Lang")
    rows = [row for row in incomplete if isinstance(row, WorkRow)]
    todo = written(rows, BERLIN, ";").decode()
    untouched = read_back(todo.encode())
    assert [row.digest for row in untouched if isinstance(row, WorkRow)] == [rows[0].digest]
    (row,) = read(tmp_path, todo.replace("2026-10-05;;;", "2026-10-05;09:00;09:45;"))
    assert isinstance(row, WorkRow)
    assert isinstance(row.work.time, Interval)
    assert (row.work.completes, row.work.project) == (rows[0].digest, "Web")
    (wrong,) = read(tmp_path, todo.replace("2026-10-05;;;", "2026-10-05;09:00;10:00;"))
    assert isinstance(wrong, RefusedRow)
    assert wrong.code == "row_duration_contradicts"


def test_times_are_written_with_their_offset(tmp_path):
    rows = [row for row in read(tmp_path, f"{OWN}\n2026-10-05;09:00;10:00;ML;A;V;;;") if isinstance(row, WorkRow)]
    assert b"2026-10-05T09:00+02:00;2026-10-05T10:00+02:00" in written(rows, BERLIN, ";")
    assert b"2026-10-05T07:00+00:00" in written(rows, UTC.tzname(None), ";")
