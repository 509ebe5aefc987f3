"""What all commands share: the language, how results and refusals are printed, and the exit codes."""

import json
import os
import sys
from typing import Any

from rich.console import Console
from rich.progress import Progress

from billing.errors import Problem
from billing.texts import LANGUAGES, problem_sentence

INPUT_REFUSED = 2
INTERRUPTED = 130


def language() -> str:
    """Give the language of messages: `MEHRAUFWAND_LANG` (`de`, `en`), German when it says nothing we speak."""
    wanted = os.environ.get("MEHRAUFWAND_LANG", "")[:2].lower()
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


class ReaderGone(Exception):  # noqa: N818 - nothing is wrong
    """Nobody reads our output any more (`| head`); typer and rich would both make an exit code 1 of it."""


class _Pipe(Console):
    """A console whose reader may go: what that means is for `main` to say."""

    def on_broken_pipe(self) -> None:
        """Pass on what happened."""
        raise ReaderGone


def out() -> Console:
    """Give the console for results."""
    return _Pipe()


def err() -> Console:
    """Give the console for progress and refusals."""
    return _Pipe(stderr=True)


def progress(*, quiet: bool) -> Progress:
    """Give the bar for long work: on a terminal only, gone when the work is done."""
    console = err()
    return Progress(console=console, transient=True, disable=quiet or not console.is_terminal)


def print_json(value: Any, *, indent: int | None = 1) -> None:
    """Print one JSON value, UTF-8 whatever the terminal's locale says; nothing when there is no standard output.

    What is no UTF-8, as a file's name may be, becomes JSON's own escape. ReaderGone when nobody reads any more.
    """
    if sys.stdout is None:
        return
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        sys.stdout.buffer.write(text.encode(errors="backslashreplace") + b"\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGone from None


def print_problem(problem: Problem) -> None:
    """Print a refusal as one sentence on standard error: what was wrong, the value, what to do."""
    if sys.stderr is not None:
        sys.stderr.write(problem_sentence(problem, language()) + "\n")
