"""A database is restored out of the sealed archive: the newest base that is whole, and nothing of one that is not."""

import os
import subprocess
from pathlib import Path

import pytest

from billing.errors import Problem
from billing.services.archives import extract_from_archive
from tests.deploy.archived import Place

# What comes first in a base backup, and says with which piece of the log a restore begins.
LABEL = "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n"
SKIPPED, SKIPPED_BYTES = bytes.fromhex("502a4d18"), 3_000_000


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An archive that is still empty, and in `data` a server's files."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "backup_label").write_text(LABEL)
    (tmp_path / "data" / "table").write_bytes(os.urandom(3_000_000))
    return Place(tmp_path)


def packed(place: Place, program: str) -> bytes:
    """Pack the server's data."""
    tar = subprocess.run(["tar", "-c", "-C", place.folder / "data", "."], check=True, capture_output=True)
    return subprocess.run([program, "-qc"], input=tar.stdout, check=True, capture_output=True).stdout


def test_what_was_put_in_is_restored_byte_by_byte(place: Place):
    base = place.put(packed(place, "zstd"), "20261128T030000Z.tar.zst")
    assert (place.folder / "data" / "table").read_bytes()[:64] not in base.read_bytes()
    done = place.restore()
    assert (done.returncode, done.stderr) == (0, "")
    assert place.is_restored()
    for name in ("table", "backup_label"):
        assert (place.folder / "restored" / name).read_bytes() == (place.folder / "data" / name).read_bytes()
    assert list(place.log.iterdir()) == []


def test_a_base_whose_last_bytes_were_changed_is_refused_though_all_files_came_out_of_it(place: Place):
    # zstd skips what follows the files, so `tar` is content with what it got.
    skipped = SKIPPED + SKIPPED_BYTES.to_bytes(4, "little") + os.urandom(SKIPPED_BYTES)
    base = place.put(packed(place, "zstd") + skipped, "20261128T030000Z.tar.zst")
    content = bytearray(base.read_bytes())
    content[-1] ^= 1
    base.write_bytes(content)
    done = place.restore()
    assert done.returncode != 0
    assert "verändert oder abgeschnitten" in done.stderr
    assert not place.is_restored()


def test_a_base_that_was_packed_by_gzip_is_restored_as_well(place: Place):
    place.put(packed(place, "gzip"), "20261128T030000Z.tar.gz")
    done = place.restore()
    assert (done.returncode, done.stderr) == (0, "")
    assert (place.folder / "restored" / "table").read_bytes() == (place.folder / "data" / "table").read_bytes()


def test_without_the_program_that_packed_it_it_is_named(place: Place, monkeypatch: pytest.MonkeyPatch):
    base = place.put(packed(place, "zstd"), "20261128T030000Z.tar.zst")
    monkeypatch.setenv("PATH", str(place.folder))
    with pytest.raises(Problem, match="program_missing"):
        extract_from_archive(place.key, base, place.folder / "restored")


def test_the_newest_base_is_taken_however_it_was_packed(place: Place):
    place.put(packed(place, "gzip"), "20261128T030000Z.tar.gz")
    (place.folder / "data" / "table").write_bytes(b"newer")
    place.put(packed(place, "zstd"), "20261129T030000Z.tar.zst")
    assert place.restore().returncode == 0
    assert (place.folder / "restored" / "table").read_bytes() == b"newer"


@pytest.mark.parametrize("content", [b"no tar at all", b""], ids=["another", "empty"])
def test_what_is_genuine_but_no_packed_folder_is_refused(place: Place, content: bytes):
    place.put(content, "20261128T030000Z.tar.zst")
    done = place.restore()
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert not place.is_restored()


def test_a_base_that_does_not_fit_on_the_disk_is_refused(place: Place):
    place.put(packed(place, "zstd"), "20261128T030000Z.tar.zst")
    (place.folder / "restored").mkdir()
    (place.folder / "bin" / "tar").write_text("#!/bin/sh\nhead -c 100000 >/dev/null\nexit 2\n")
    (place.folder / "bin" / "tar").chmod(0o755)
    done = place.restore()
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert not place.is_restored()


def test_without_a_base_backup_it_is_said_and_nothing_is_made(place: Place):
    done = place.restore()
    assert (done.returncode, done.stderr) == (1, f"There is no base backup in {place.bases}.\n")
    assert not (place.folder / "restored").exists()
