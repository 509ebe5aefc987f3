"""The `mehraufwand` command: its sub-commands, and the one place that turns problems into sentences and exit codes."""

import sys

import typer

from api.commands.explain import explain
from api.commands.files import export
from api.commands.issue import approve, cancel, issue
from api.commands.month import review, run
from api.commands.record import record
from api.commands.settle import settle
from api.console import INPUT_REFUSED, print_problem
from billing.errors import Problem

app = typer.Typer(
    name="mehraufwand",
    help="Mehraufwand: Unterstützung nach Art. 28 DSGVO abrechnen - jede Minute mit ihrer Ziffer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (settle, run, review, approve, issue, cancel, explain, export, record):
    app.command()(command)


@app.callback()
def _root() -> None:
    """Keep sub-commands named, also while there is only one."""


def main() -> None:
    """Run the command line; a refusal is one sentence and exit code 2, never a traceback."""
    try:
        app(prog_name="mehraufwand")
    except Problem as problem:
        print_problem(problem)
        sys.exit(INPUT_REFUSED)
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing is wrong, and nothing more can be said.
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
