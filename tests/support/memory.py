"""Where tests put what they throw away: in memory where there is room, as files there cost a fraction to make and drop.

A PostgreSQL database is a thousand files, and every commit of a program that tests start waits for the disk. Whoever
wants to look at what tests leave says where it goes: `TMPDIR=/tmp ./dev test`.
"""

import os
import shutil
from pathlib import Path

_ROOM_BYTES = 2 << 30
"""What has to be free: the tests use a quarter of it, a browser beside them as much again."""
_PREFIX = "mehraufwand_tests_"


def scratch_in_memory(run: str, memory: Path = Path("/dev/shm"), room: int = _ROOM_BYTES) -> Path | None:  # noqa: S108 - it is one
    """Make a folder for a run, named by its process and more, in a file system in memory; what dead runs left goes.

    None when there is no such file system with enough room that we may write to and start programs from.
    """
    if not (memory.is_dir() and os.access(memory, os.W_OK | os.X_OK)) or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return None
    for left in memory.glob(f"{_PREFIX}*"):
        if not Path("/proc", left.name.removeprefix(_PREFIX).partition("_")[0]).exists():
            shutil.rmtree(left, ignore_errors=True)
    if shutil.disk_usage(memory).free < room:
        return None
    folder = memory / f"{_PREFIX}{run}"
    folder.mkdir()
    folder.chmod(0o711)  # whatever the umask: the account of the PostgreSQL server has to reach its folders inside
    return folder
