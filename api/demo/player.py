"""Plays the story: each command runs in this process through `api.cli`, with the words a shell would hand over."""

import io
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from textwrap import indent, wrap
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from api import cli
from api.console import INPUT_REFUSED, INTERRUPTED, language
from api.demo.story import Command, Manner, Step, Told
from api.installation import stores_kept
from billing.texts import wording
from invoices.render import printers_kept

INDENT = "  "
"""How far answers stand to the right of their commands."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered: exit code, results, and messages."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a command with `--json` answered, and for which processor."""

    processor: str
    words: tuple[str, ...]
    value: Any


class StoryBroken(RuntimeError):  # noqa: N818 - a story breaks, it is no error of a person
    """A command did not answer as the story goes: a bug of the product or of the story."""


class Player:
    """Plays steps on a console; the results of commands with `--json` are kept for the ending."""

    def __init__(self, console: Console, *, verbose: bool, progress_on: Console | None = None) -> None:
        """Take where to print, and whether to show what is done behind the scenes; progress may go elsewhere."""
        self._console, self._verbose, self._progress_on = console, verbose, progress_on or console
        self._unseen: Counter[str] = Counter()
        self.results: list[Result] = []
        self.commands = 0

    def play(self, steps: Sequence[Step]) -> None:
        """Play all steps in their order, with progress; StoryBroken at the first one that goes another way."""
        progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=self._progress_on,
            transient=True,
            disable=not self._progress_on.is_terminal,
            # Only this console may draw: the commands write to streams of their own.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        # Each command would open the store and begin processes for its papers anew.
        with progress, stores_kept(), printers_kept(os.cpu_count() or 1):
            task = progress.add_task("", total=len(steps))
            for step in steps:
                if isinstance(step, Command):
                    progress.update(task, description=" ".join(step.words[1:3]))
                    self._do(step)
                else:
                    self._tell(step)
                progress.advance(task)
            self._tell_unseen()

    def _tell(self, told: Told) -> None:
        self._tell_unseen()
        text = told.de if language() == "de" else told.en
        if told.is_title:
            self._console.print()
            self._console.rule(f"[bold]{escape(text)}[/]", align="left")
        else:
            self._console.print(Text(f"\n{text}", style="italic"))

    def _do(self, command: Command) -> None:
        is_seen = self._verbose or command.manner is not Manner.QUIET
        if is_seen:
            self._tell_unseen()
            self._console.print(Text(f"$ {command.typed}", style="bold cyan"), soft_wrap=True)
        if command.words[0] == "export":
            os.environ.update(_settings(command.words[1:]))
            return
        answer = run(command.words[1:])
        if answer.code == INTERRUPTED:
            raise KeyboardInterrupt
        self.commands += 1
        expected = INPUT_REFUSED if command.manner is Manner.REFUSED else 0
        if answer.code != expected:
            message = f"{command.typed}\nexit code {answer.code}, expected {expected}\n{answer.out}{answer.err}"
            raise StoryBroken(message)
        if "--json" in command.words:
            self.results.append(Result(_processor(command), command.words[1:], json.loads(answer.out)))
        if is_seen:
            self._show(answer)
        else:
            self._unseen[" ".join(word for word in command.words[1:3] if word.isalpha())] += 1

    def _show(self, answer: Answer) -> None:
        for text, style in ((answer.out, ""), (answer.err, "yellow")):
            if text.strip():
                width = self._console.width - len(INDENT)
                shown = indent("\n".join(_folded(line, width) for line in text.rstrip().splitlines()), INDENT)
                self._console.print(Text(shown, style=style), soft_wrap=True)

    def _tell_unseen(self) -> None:
        """Say what was done behind the scenes since something was last shown."""
        if self._unseen:
            done = ", ".join(f"{count} × {name}" for name, count in self._unseen.items())
            self._console.print(Text(wording("demo.unseen", language(), done=done), style="dim"))
            self._unseen.clear()


def run(words: Sequence[str]) -> Answer:
    """Run the command line in this process, from its argument list to its exit code."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    before, sys.argv = sys.argv, ["mehraufwand", *words]
    code: Any = 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            cli.main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.argv = before
    return Answer(code, _text(out), _text(err))


def _settings(words: Sequence[str]) -> dict[str, str]:
    """Read what `export` is told."""
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _folded(line: str, width: int) -> str:
    """Fold a line that is wider than the console, as far to the right as it began."""
    begins = line[: len(line) - len(line.lstrip())]
    return "\n".join(wrap(line.rstrip(), width, subsequent_indent=begins, break_long_words=False))


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def _processor(command: Command) -> str:
    words = command.words
    return words[words.index("--processor") + 1] if "--processor" in words else os.environ["MEHRAUFWAND_PROCESSOR"]
