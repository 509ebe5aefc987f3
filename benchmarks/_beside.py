"""Another product's load generator, run between two of ours: figures of one machine at one hour compare."""

import json
import shlex
import subprocess
from typing import Any


def run_other(command: str) -> dict[str, Any]:
    """Run it; gives what it says in its last line, which is JSON."""
    done = subprocess.run(shlex.split(command), check=True, capture_output=True, text=True)  # noqa: S603 - the caller's
    said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return said
