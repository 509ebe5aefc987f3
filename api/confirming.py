"""Ask before what can't be undone."""

import sys
from typing import Any

import typer

from api.console import err, language
from billing.texts import sentence

_YES = {"j", "ja", "y", "yes"}


def confirm(key: str, *, yes: bool, **fields: Any) -> None:
    """Ask the question `run.<key>` on a terminal, and end the command on a no; a script has said what it wants."""
    console = err()
    if yes or not console.is_terminal or sys.stdin is None or not sys.stdin.isatty():
        return
    lang = language()
    question = f"{sentence(f'run.{key}', lang, **fields)} {sentence('run.yes_or_no', lang)} "
    console.print(question, end="", markup=False, highlight=False)
    # A closed input is no consent.
    if sys.stdin.readline().strip().lower() not in _YES:
        console.print(sentence("run.not_confirmed", lang), highlight=False)
        raise typer.Exit(1)
