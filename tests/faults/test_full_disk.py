"""The disk is full: said in a sentence, nothing half done, no number lost; with room again all goes on (F7).

Everybody may limit how large a file may grow; a file system that is full takes the right to mount one, so that those
tests are slow ones, and fail without it.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import Place, Worker, sqlite_place
from tests.faults.seed import MONTH

SQLITE = pytest.mark.parametrize("place", ["sqlite"], indirect=True)
ISSUE = ("issue", MONTH, "--json")
PRINTED = 4
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


@contextmanager
def small_disk(at: Path, size: str) -> Iterator[Path]:
    """Mount a file system of so many bytes."""
    at.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.fail(f"this test has to mount a small file system, as root or in `unshare -rm`: {mounted.stderr}")
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


@contextmanager
def ballast(disk: Path) -> Iterator[None]:
    """Leave no byte free."""
    file = disk / "ballast"
    with file.open("wb", buffering=0) as out:
        for size in (1 << 16, 1 << 12):
            try:
                while True:
                    out.write(b"\0" * size)
            except OSError:
                continue
    yield
    file.unlink()


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
