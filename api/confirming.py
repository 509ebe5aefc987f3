"""Ask before what can't be undone."""

import sys
from typing import Any

import typer

from api.console import err, language
from billing.texts import sentence


def confirm(key: str, *, yes: bool, **fields: Any) -> None:
    """Ask the question `run.<key>` on a terminal, and end the command on a no; a script has said what it wants."""
    if yes or not err().is_terminal or sys.stdin is None or not sys.stdin.isatty():
        return
    if not typer.confirm(sentence(f"run.{key}", language(), **fields), err=True):
        err().print(sentence("run.not_confirmed", language()), highlight=False)
        raise typer.Exit(1)
