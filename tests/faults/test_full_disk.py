"""The disk is full: said in a sentence, nothing half done, no number lost; with room again all goes on (F7).

SQLite          run, approve [ no byte free: issue, issue ] issue
PostgreSQL      run, approve [ no byte free under the tables or the log: issue ... ] start it, if it went down; issue

Everybody may limit how large a file may grow; a file system that is full takes the right to mount one, so that those
tests are slow ones, and fail without it.
"""

import json
import time
from pathlib import Path

import psycopg
import pytest

from tests.faults.conftest import Place, Result, Worker, sqlite_place
from tests.faults.own_server import installation_on, server_folder
from tests.faults.seed import MONTH, seed
from tests.faults.small_disks import ballast, move_onto, small_disk
from tests.support import cluster

SQLITE = pytest.mark.parametrize("place", ["sqlite"], indirect=True)
ISSUE = ("issue", MONTH, "--json")
PRINTED = 4
_LOG_NAME, _LOG_PIECE, _FILLER = 24, 16 * 1024 * 1024, 8 * 1024
"""Pieces of PostgreSQL's log: how long their names are, how large they are; and what is written to fill one."""
_SHARED_MEMORY = 32_768
"""What SQLite needs to open a file at all; a printed invoice is larger than that."""


def prepared(worker: Worker, place: Place) -> None:
    for call in (["run", MONTH], ["approve", MONTH]):
        assert worker.call(place, *call).code == 0


def issued(worker: Worker, place: Place) -> None:
    """There is room again: the same command ends well."""
    again = worker.call(place, *ISSUE, tiny=True)
    assert again.code == 0, again
    assert place.violations() == []


@SQLITE
@pytest.mark.parametrize("room", [8_192, 40_000, 120_000])
def test_a_database_that_may_not_grow_refuses_in_a_sentence_and_goes_on_later(
    place: Place, worker: Worker, room: int
) -> None:
    with place.copied() as copy:
        prepared(worker, copy)
        full = worker.call(copy, *ISSUE, tiny=True, largest_file=room)
        assert full.code == 2, full
        assert "Speicher" in full.err
        assert "Traceback" not in full.err
        issued(worker, copy)


@SQLITE
def test_papers_for_which_there_is_no_room_are_refused_and_written_later(
    place: Place, worker: Worker, tmp_path: Path
) -> None:
    with place.copied() as copy:
        prepared(worker, copy)
        assert worker.call(copy, *ISSUE, tiny=2 * _SHARED_MEMORY).code == 0
        export = ("export", "month", MONTH, "--out", str(tmp_path / "papers"))
        full = worker.call(copy, *export, largest_file=_SHARED_MEMORY)
        assert (full.code, "Traceback" in full.err) == (2, False)
        assert "papers" in full.err
        assert worker.call(copy, *export).code == 0
        assert len(list((tmp_path / "papers").iterdir())) >= 6


@pytest.mark.slow
@SQLITE
def test_a_full_disk_under_the_database_consumes_no_number(place: Place, worker: Worker, tmp_path: Path) -> None:
    with place.copied() as seeded, small_disk(tmp_path / "data", "16m") as disk:
        file = disk / "mehraufwand.db"
        file.write_bytes(Path(seeded.url.removeprefix("sqlite:///")).read_bytes())
        copy = sqlite_place(file, seeded.ring)
        prepared(worker, copy)
        with ballast(disk):
            for _ in range(2):
                full = worker.call(copy, *ISSUE, tiny=True)
                assert (full.code, "Traceback" in full.err) == (2, False), full
                assert "Speicher" in full.err
        issued(worker, copy)


@pytest.mark.slow
@SQLITE
def test_a_full_disk_under_the_printers_fails_papers_and_not_the_month(
    place: Place, worker: Worker, tmp_path: Path
) -> None:
    with place.copied() as copy, small_disk(tmp_path / "scratch", "64m") as disk:
        prepared(worker, copy)
        with ballast(disk):
            full = worker.call(copy, *ISSUE, scratch=str(disk))
            assert (full.code, "Traceback" in full.err) == (2, False), full
            failed = json.loads(full.out)["failed_files"]
            assert [why for why in failed if "No space left on device" not in why] == []
            assert len(failed) == PRINTED
        again = worker.call(copy, *ISSUE, scratch=str(disk))
        assert again.code == 0, again
        assert copy.violations() == []


@pytest.mark.slow
@pytest.mark.parametrize("part", ["base", "pg_wal"], ids=["tables", "log"])
def test_a_full_disk_under_postgresql_consumes_no_number(worker: Worker, part: str) -> None:
    """Without room for tables the server refuses statements; without room for its log it goes down, and is started."""
    with server_folder() as folder:
        place = installation_on(folder)
        with place.opened() as store:
            seed(store)
        cluster.stop_hard(folder)
        with small_disk(folder / "disk", "96m") as disk:
            move_onto(disk, folder / "data" / part)
            cluster.start_again(folder)
            prepared(worker, place)
            with ballast(disk):
                if part == "pg_wal":
                    nearly_fill_log(folder)
                refused = [refusal(worker, place) for _ in range(2)]
                went_down = not answers(place)
            if went_down:
                cluster.start_again(folder)
            print(f"{part}: {'went down' if went_down else 'stayed'}; {[one.err for one in refused]}")  # noqa: T201
            if part == "base":
                assert "Speicher" in refused[0].err
            issued(worker, place)


def refusal(worker: Worker, place: Place) -> Result:
    full = worker.call(place, *ISSUE, tiny=2 * _SHARED_MEMORY)
    assert (full.code, "Traceback" in full.err, bool(full.err)) == (2, False, True), full
    return full


def nearly_fill_log(folder: Path) -> None:
    """Write into the log until all pieces that are there are full but for some kilobytes."""
    last = max(file.name for file in (folder / "data" / "pg_wal").iterdir() if len(file.name) == _LOG_NAME)
    where = "SELECT file_name, file_offset FROM pg_walfile_name_offset(pg_current_wal_insert_lsn())"
    with psycopg.connect((folder / "dsn").read_text(), autocommit=True) as line:
        while line.execute(where).fetchone() < (last, _LOG_PIECE - 4 * _FILLER):  # type: ignore[operator]
            line.execute("SELECT pg_logical_emit_message(false, 'filler', repeat('.', %s))", [_FILLER])


def answers(place: Place) -> bool:
    """Tell whether the server is there, or comes back by itself."""
    for _ in range(20):
        try:
            psycopg.connect(place.url.replace("+psycopg", "")).close()
        except psycopg.OperationalError:
            time.sleep(0.5)
        else:
            return True
    return False
