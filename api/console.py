"""What all commands share: the language, how results and refusals are printed, and the exit codes."""

import json
import os
import sys
from typing import Any

from rich.console import Console

from billing.errors import Problem
from billing.texts import LANGUAGES, problem_sentence

INPUT_REFUSED = 2


def language() -> str:
    """Give the language of messages: `MEHRAUFWAND_LANG` (`de`, `en`), German when it says nothing we speak."""
    wanted = os.environ.get("MEHRAUFWAND_LANG", "")[:2].lower()
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def out() -> Console:
    """Give the console for results."""
    return Console()


def err() -> Console:
    """Give the console for progress and refusals."""
    return Console(stderr=True)


def print_json(value: Any) -> None:
    """Print one JSON value, UTF-8 whatever the terminal's locale says."""
    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n")
    sys.stdout.flush()


def print_problem(problem: Problem) -> None:
    """Print a refusal as one sentence on standard error: what was wrong, the value, what to do."""
    sys.stderr.write(problem_sentence(problem, language()) + "\n")
