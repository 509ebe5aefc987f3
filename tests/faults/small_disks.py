"""Small file systems, and what leaves no byte free on them; mounting one takes root, or `unshare -rm`."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


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


def move_onto(disk: Path, folder: Path) -> None:
    """Move a folder onto a disk, with its owner; a link stays in its place."""
    kept = folder.stat()
    target = disk / folder.name
    subprocess.run(["cp", "-a", folder, target], check=True)
    shutil.rmtree(folder)
    folder.symlink_to(target)
    disk.chmod(0o755)
    shutil.chown(folder, kept.st_uid, kept.st_gid)
