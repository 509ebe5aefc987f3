"""The demo's story, read from text files: chapters, what is told, and commands exactly as a person would type them.

    = Kapitel | Chapter
    : Was erzählt wird.
    | What is told.
    $ mehraufwand run 2026-09        shown with its answer
    - mehraufwand person add ...     done behind the scenes; `--verbose` shows it
    ! mehraufwand issue 2026-10      shown; must be refused
    # a remark to whoever reads the file

A line that ends in a backslash goes on in the next one, as in a shell.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from billing.errors import Conflict

STORY = Path(__file__).parent / "story"
STORY_ENDS = date(2026, 10, 31)


class Manner(StrEnum):
    """How a command is done: the mark in front of it."""

    SHOWN = "$"
    QUIET = "-"
    REFUSED = "!"


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence between the commands, in each language; a chapter's title if `is_title`."""

    de: str
    en: str
    is_title: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One command: as typed, and as the words a shell makes of it."""

    manner: Manner
    typed: str
    words: tuple[str, ...]


Step = Told | Command


def read_story(*chapters: str, **values: str) -> list[Step]:
    """Read chapters, file patterns in their order, all of the story if none is named; ValueError for an odd line.

    `{name}` in a command stands for a value.
    """
    paths = [path for chapter in chapters or ("*.txt",) for path in sorted(STORY.glob(chapter))]
    return [step for path in paths for step in parse(path.read_text(encoding="utf-8"), values)]


def require_past(today: date) -> None:
    """Refuse to tell the story before it is over, Conflict `demo_too_early`: work of the future can't be logged."""
    if today <= STORY_ENDS:
        raise Conflict("demo_too_early", value=today, ends=STORY_ENDS)


def parse(text: str, values: dict[str, str]) -> Iterator[Step]:
    """Read one file of the story."""
    lines = _whole_lines(text)
    for line in lines:
        mark, _, rest = line.partition(" ")
        match mark:
            case "" | "#":
                continue
            case "=":
                de, _, en = rest.partition(" | ")
                yield Told(de, en, is_title=True)
            case ":":
                yield Told(rest, next(lines, "").removeprefix("| "))
            case "$" | "-" | "!":
                typed = _filled(rest, values)
                yield Command(Manner(mark), typed, tuple(shlex.split(typed.replace("\\\n", " "))))
            case _:
                message = f"not a line of a story: {line!r}"
                raise ValueError(message)


def _whole_lines(text: str) -> Iterator[str]:
    """Give the lines; one that goes on keeps its line breaks."""
    whole = ""
    for line in text.splitlines():
        whole += line
        if line.endswith("\\"):
            whole += "\n"
        else:
            yield whole
            whole = ""


def _filled(typed: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        typed = typed.replace(f"{{{name}}}", value)
    return typed
