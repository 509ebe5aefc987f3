"""A folder with a sealed archive, and the scripts of deploy/ that keep it and restore it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from billing.store.backup_key import create_backup_key
from tests.support.cluster import find_programs
from tests.support.repository import ROOT


@dataclass
class Place:
    """A folder with an archive, the key that seals it, and what is received."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    """What the scripts find in their environment beside the folders, such as how the server is reached."""

    def __post_init__(self) -> None:
        program = self.folder / "bin" / "mehraufwand"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m api.cli "$@"\n')
        program.chmod(0o755)
        create_backup_key(self.key)

    @property
    def key(self) -> Path:
        """The backup key."""
        return self.folder / "config" / "backup.key"

    @property
    def bases(self) -> Path:
        """Where the archive has its base backups."""
        return self.folder / "archive" / "base"

    @property
    def wal(self) -> Path:
        """Where the archive has the log."""
        return self.folder / "archive" / "wal"

    @property
    def incoming(self) -> Path:
        """Where the log is received."""
        return self.folder / "incoming"

    @property
    def log(self) -> Path:
        """Where a restore opens the log."""
        return self.folder / "log"

    @property
    def environment(self) -> dict[str, str]:
        """Give what the scripts find."""
        return {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}:{find_programs()}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "MEHRAUFWAND_CONFIG": str(self.folder / "config"),
            "ARCHIVE": str(self.folder / "archive"),
            "INCOMING": str(self.incoming),
            **self.settings,
        }

    @contextmanager
    def keeping(self) -> Iterator["subprocess.Popen[str]"]:
        """Keep the archive inside the block; nothing of it is left afterwards."""
        words = [ROOT / "deploy" / "keep-archive.sh"]
        keeper = subprocess.Popen(
            words, env=self.environment, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            yield keeper
        finally:
            with suppress(ProcessLookupError):
                os.killpg(keeper.pid, signal.SIGKILL)
            keeper.communicate()

    def healthy(self) -> "subprocess.CompletedProcess[str]":
        """Ask as compose does whether the archive is kept."""
        words = [str(ROOT / "deploy" / "keep-archive.sh"), "--healthy"]
        return subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False)

    def put(self, content: bytes, name: str) -> Path:
        """Seal something as a base backup."""
        self.bases.mkdir(parents=True, exist_ok=True)
        words = [str(self.folder / "bin" / "mehraufwand"), "archive", "put", "-", str(self.bases / name)]
        subprocess.run(words, env=self.environment, input=content, check=True, stdout=subprocess.DEVNULL)
        return self.bases / name

    def restore(self) -> "subprocess.CompletedProcess[str]":
        """Make a data folder of the archive."""
        self.wal.mkdir(parents=True, exist_ok=True)
        words = [ROOT / "deploy" / "restore-database.sh", self.folder / "archive", self.folder / "restored", self.log]
        return subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False)

    def is_restored(self) -> bool:
        """Tell whether a server would start on what was restored."""
        return (self.folder / "restored" / "recovery.signal").exists()

    def files(self) -> dict[str, tuple[int, int, bytes]]:
        """Give all that lies in the archive and in what is received, with when it was written, and each folder."""
        found = [path for folder in ("archive", "incoming") for path in (self.folder / folder).rglob("*")]
        return {
            str(path): (path.stat().st_mtime_ns, path.stat().st_size, path.read_bytes() if path.is_file() else b"")
            for path in found
        }
