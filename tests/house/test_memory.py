"""Temporary files of tests go into memory only where there is room for them, and go with their run."""

import os
from pathlib import Path

from tests.support.memory import scratch_in_memory


def test_a_run_gets_a_folder_of_its_own_where_there_is_room(tmp_path: Path):
    folder = scratch_in_memory("1_a", tmp_path, room=1)
    assert folder is not None
    assert [*tmp_path.iterdir()] == [folder]


def test_where_there_is_too_little_room_nothing_is_made(tmp_path: Path):
    assert scratch_in_memory("1_a", tmp_path, room=1 << 60) is None
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_memory_to_write_to_nothing_is_made(tmp_path: Path):
    (tmp_path / "file").touch()
    for missing in ("file", "nothing"):
        assert scratch_in_memory("1_a", tmp_path / missing, room=1) is None


def test_what_a_dead_run_left_goes_and_what_a_living_one_has_stays(tmp_path: Path):
    living = scratch_in_memory(f"{os.getpid()}_a", tmp_path, room=1)
    dead = scratch_in_memory("0_b", tmp_path, room=1)  # no process has the number 0
    assert living is not None
    assert dead is not None
    (dead / "file").touch()
    latest = scratch_in_memory(f"{os.getpid()}_c", tmp_path, room=1)
    assert set(tmp_path.iterdir()) == {living, latest}
