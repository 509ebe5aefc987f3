"""`./dev demo`: plays the story, leaves the papers in `out/`, and says what came of it."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.calling import run_to_the_end, single_command
from api.clock import utc_now
from api.console import print_json
from api.demo.ending import ending_of, print_ending
from api.demo.player import INDENT, Player
from api.demo.stage import set_stage
from api.demo.story import read_story, require_past
from api.options import Json
from billing.rating.agreement import BERLIN

_WIDEST = 110

Out = Annotated[Path, typer.Option("--out", help="Ordner für Rechnungen und Nachweise.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Jeden Befehl mit seiner Antwort zeigen.")]


def demo(*, out: Out = Path("out"), verbose: Verbose = False, json: Json = False) -> None:
    """Zwei Monate erfundener Arbeit unter drei Verträgen: erfassen, freigeben, abrechnen, erklären.

    Jeder Schritt ist ein Befehl, wie ihn eine Person tippt. Die Demo arbeitet in einem frischen, eigenen Ordner.
    """
    today = utc_now().astimezone(BERLIN).date()
    require_past(today)
    # With --json the story is told on standard error, so that standard output is the result alone.
    stream = sys.stderr if json else sys.stdout
    width = min(Console(file=stream).width, _WIDEST) if stream.isatty() else _WIDEST
    console = Console(file=stream, width=width)
    with set_stage(out, width - len(INDENT)) as stage:
        player = Player(console, verbose=verbose)
        player.play(read_story(out=str(stage.out), year=str(today.year)))
        ending = ending_of(player.results)
        print_ending(console, ending, stage, player.commands)
    if json:
        print_json({**ending.as_json(), "commands": player.commands, "environment": stage.environment})


def main() -> None:
    """Run the demo; a refusal is one sentence and exit code 2."""
    run_to_the_end(single_command(demo), "./dev demo")


if __name__ == "__main__":
    main()
