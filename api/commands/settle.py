"""`mehraufwand settle`: the settlement of scenarios, without a database or any set-up."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.console import INPUT_REFUSED, language, print_json
from billing.errors import InvalidInput, Problem, reason_of
from billing.public_holidays import public_holidays
from billing.rating.scenario import parse_json, settle_scenario
from billing.texts import problem_sentence

Files = Annotated[list[str], typer.Argument(help="Szenario-Dateien (JSON); - liest von der Standardeingabe.")]
Explain = Annotated[
    bool, typer.Option("--explain", help="Jede Minute mit Ziffer, Quelle und Zahlen begründen (trace).")
]

AlwaysJson = Annotated[bool, typer.Option("--json", help="Wie bei jedem Befehl; hier ist die Ausgabe immer JSON.")]


def settle(files: Files, *, explain: Explain = False, as_json: AlwaysJson = True) -> None:  # noqa: ARG001 - see its help
    """Szenarien abrechnen: Fakten eines Vertrags hinein, je Lauf Rechnungszeilen, freie und gehaltene Arbeit heraus."""
    if len(files) == 1:
        print_json(_settled(files[0], explain=explain))
        return
    refused = False
    for file in files:
        try:
            row = {"file": file, **_settled(file, explain=explain)}
        except Problem as problem:
            refused = True
            row = {"file": file, "error": problem_sentence(problem, language())}
        print_json(row, indent=None)
    if refused:
        raise typer.Exit(INPUT_REFUSED)


def _settled(file: str, *, explain: bool) -> dict[str, Any]:
    return settle_scenario(parse_json(_read(file)), public_holidays, explain=explain)


def _read(file: str) -> bytes:
    try:
        # Standard input may be closed; then there is no stream at all.
        return sys.stdin.buffer.read() if file == "-" and sys.stdin else Path(file).read_bytes()
    except (OSError, ValueError) as error:
        raise InvalidInput("file_not_readable", path=file, value=reason_of(error)) from None
