"""The log of a PostgreSQL server in the archive: each finished piece for good, the newest state of the one in hand."""

import os
from pathlib import Path

import pytest

from billing.errors import Conflict, Problem
from billing.services.log_archive import LogKeeper, unpack_log
from billing.store.backup_key import create_backup_key

PIECE, NEXT = "000000010000000000000007", "000000010000000000000008"


class Place:
    """A key, a folder where pieces are received, and an archive."""

    def __init__(self, folder: Path) -> None:
        self.key, self.incoming, self.archive = folder / "backup.key", folder / "incoming", folder / "wal"
        self.incoming.mkdir()
        create_backup_key(self.key)
        self.keeper = LogKeeper(self.key, self.incoming, self.archive)
        self.clock = 1_000_000_000

    def receive(self, name: str, content: bytes) -> None:
        """Write a piece, later than any before."""
        self.clock += 1
        (self.incoming / name).write_bytes(content)
        os.utime(self.incoming / name, (self.clock, self.clock))

    def unpacked(self, first: str = "") -> dict[str, bytes]:
        """Open the archive as a recovery does."""
        target = self.archive.with_name(f"opened-{self.clock}-{first}")
        unpack_log(self.key, self.archive, target, first)
        return {file.name: file.read_bytes() for file in target.iterdir()}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_finished_piece_is_sealed_for_good_and_received_no_more(place: Place):
    place.receive(PIECE, b"log" * 1000)
    place.keeper.one_round()
    assert list(place.incoming.iterdir()) == []
    assert place.unpacked() == {PIECE: b"log" * 1000}
    assert b"loglog" not in (place.archive / f"{PIECE}.gz").read_bytes()


def test_a_folder_among_the_pieces_is_left_alone(place: Place):
    (place.incoming / ".keeper").mkdir()
    place.keeper.one_round()
    assert list(place.archive.iterdir()) == []


def test_the_piece_in_hand_is_there_as_it_was_last(place: Place):
    place.receive(f"{PIECE}.partial", b"one")
    place.keeper.one_round()
    place.receive(f"{PIECE}.partial", b"one, two")
    place.keeper.one_round()
    assert place.unpacked() == {PIECE: b"one, two"}
    assert (place.incoming / f"{PIECE}.partial").exists()


def test_a_piece_in_hand_that_did_not_change_is_not_sealed_again(place: Place):
    place.receive(f"{PIECE}.partial", b"one")
    place.keeper.one_round()
    before = (place.archive / f"{PIECE}.partial.gz").stat().st_mtime_ns
    place.keeper.one_round()
    assert (place.archive / f"{PIECE}.partial.gz").stat().st_mtime_ns == before


def test_the_finished_piece_takes_the_place_of_what_was_received_before(place: Place):
    place.receive(f"{PIECE}.partial", b"one")
    place.keeper.one_round()
    (place.incoming / f"{PIECE}.partial").unlink()
    place.receive(PIECE, b"one, two, three")
    place.receive(f"{NEXT}.partial", b"four")
    place.keeper.one_round()
    assert place.unpacked() == {PIECE: b"one, two, three", NEXT: b"four"}


def test_a_round_that_died_after_sealing_is_done_again(place: Place):
    place.receive(PIECE, b"log")
    place.keeper.one_round()
    place.receive(PIECE, b"log")
    place.keeper.one_round()
    assert list(place.incoming.iterdir()) == []


def test_another_piece_of_the_same_name_is_not_taken_for_it(place: Place):
    place.receive(PIECE, b"log")
    place.keeper.one_round()
    place.receive(PIECE, b"another server's")
    with pytest.raises(Conflict, match="archive_holds_another"):
        place.keeper.one_round()
    assert place.unpacked() == {PIECE: b"log"}
    assert (place.incoming / PIECE).exists()


def test_a_recovery_opens_what_it_needs_and_every_timeline(place: Place):
    for name in ("000000010000000000000006", PIECE, "00000002.history", "000000020000000000000008"):
        place.receive(name, name.encode())
    place.keeper.one_round()
    assert set(place.unpacked(PIECE)) == {PIECE, "00000002.history", "000000020000000000000008"}


def test_a_changed_piece_is_not_given_out(place: Place):
    place.receive(PIECE, b"log")
    place.keeper.one_round()
    file = place.archive / f"{PIECE}.gz"
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    with pytest.raises(Problem, match="backup_broken"):
        place.unpacked()
