"""The log of service and worker: JSON alone, and of what a library says nothing that may quote people."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.repository import ROOT


def written(*said: str) -> list[dict[str, Any]]:
    """Give the lines that a program of its own writes to its log."""
    program = "\n".join(("import logging", "from api.logs import log, set_up_logs", "set_up_logs()", *said))
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param(
            ["log().warning('worker_waits', part='outbox')"],
            {"event": "worker_waits", "part": "outbox", "level": "warning"},
            id="what we say stays as it is",
        ),
        pytest.param(
            [r"logging.getLogger('pool').warning('error connecting in %r\n\tis the server running?', 'pool-4')"],
            {"event": "library", "library": "pool", "said": "error connecting in 'pool-4'", "level": "warning"},
            id="a library's warning is one line",
        ),
        pytest.param(
            [
                "try: raise ValueError('DETAIL: Key (email)=(schmidt@example.org)')",
                r"except ValueError: logging.getLogger('asyncio').exception('never retrieved\n<schmidt@example.org>')",
            ],
            {
                "event": "library",
                "library": "asyncio",
                "said": "never retrieved",
                "kind": "ValueError",
                "places": ["<string>:4 <module>"],
                "level": "error",
            },
            id="an error is its kind and place, no traceback and not its words",
        ),
    ],
)
def test_each_line_of_the_log_is_json(said: list[str], kept: dict[str, Any]) -> None:
    (line,) = written(*said)
    assert line.pop("timestamp").endswith("Z")
    assert line == kept


def test_what_a_library_merely_tells_is_not_logged() -> None:
    assert written("logging.getLogger('x').info('connected')") == []
