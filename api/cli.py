"""The `mehraufwand` command: its sub-commands."""

from functools import cache

import typer
from typer.main import get_command

from api.calling import Runnable, run_to_the_end
from api.commands.approve import approve
from api.commands.cancel import cancel
from api.commands.cases import cases
from api.commands.contracts import contracts
from api.commands.deadlines import deadlines
from api.commands.estimate_decisions import estimates
from api.commands.expenses import expenses
from api.commands.explain import explain
from api.commands.files import export
from api.commands.importing import import_work
from api.commands.incidents import incidents
from api.commands.instructions import instructions
from api.commands.issue import issue
from api.commands.loading import load
from api.commands.month import review, run
from api.commands.openings import openings
from api.commands.parties import contacts, controllers, persons
from api.commands.people import admins, personal_data, users
from api.commands.proposals import proposals
from api.commands.record import record
from api.commands.serve import serve_command
from api.commands.setting_up import init_command, processor
from api.commands.settle import settle
from api.commands.timers import timer
from api.commands.upkeep import database, keys, logs, verify_command
from api.commands.work import log
from api.commands.worker import worker_command

app = typer.Typer(
    name="mehraufwand",
    help="Mehraufwand: Unterstützung nach Art. 28 DSGVO abrechnen - jede Minute mit ihrer Ziffer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
init_command(app)
for name, group in (
    ("processor", processor),
    ("controller", controllers),
    ("contact", contacts),
    ("person", persons),
    ("contract", contracts),
    ("case", cases),
    ("incident", incidents),
    ("instruction", instructions),
    ("deadline", deadlines),
    ("estimate", estimates),
    ("expense", expenses),
    ("log", log),
    ("timer", timer),
    ("proposal", proposals),
    ("opening", openings),
    ("admin", admins),
    ("user", users),
    ("personal-data", personal_data),
):
    app.add_typer(group, name=name)
for command in (load, settle, run, review, approve, issue, cancel, explain, export, record):
    app.command()(command)
app.command("import")(import_work)
verify_command(app)
worker_command(app)
serve_command(app)
app.add_typer(database, name="db")
app.add_typer(keys, name="keys")
app.add_typer(logs, name="logs")


@app.callback()
def _root() -> None:
    """Keep sub-commands named, also while there is only one."""


@cache
def _command() -> Runnable:
    """Build the tree of commands once a process: the demo calls it hundreds of times."""
    return get_command(app)


def main() -> None:
    """Run the command line; a refusal is one sentence and exit code 2, never a traceback."""
    run_to_the_end(_command(), "mehraufwand")


if __name__ == "__main__":
    main()
