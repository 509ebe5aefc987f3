"""The repository as a test sees it: its root, and git without a word about whom the folder belongs to."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def git(*arguments: str) -> str:
    """Give what a git command prints; git refuses another account's folder unless it is told that this one is meant."""
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
