"""The `mehraufwand` command: its sub-commands, each of which is imported when it is called or asked about.

So `mehraufwand settle` loads no database and no web server, and starts in a fifth of a second.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from api.calling import Runnable, run_to_the_end
from api.collector import look_seldom

_WHERE: Mapping[str, str] = {
    "init": "setting_up:init_command",
    "load": "loading:load",
    "settle": "settle:settle",
    "run": "month:run",
    "review": "month:review",
    "approve": "approve:approve",
    "issue": "issue:issue",
    "send": "send:send",
    "delivery": "deliveries:deliveries",
    "receipt": "deliveries:receipts",
    "cancel": "cancel:cancel",
    "correct": "correct:correct",
    "pass-through": "pass_throughs:pass_throughs",
    "explain": "explain:explain",
    "export": "exporting:exports",
    "datev": "datev:datev",
    "record": "record:record",
    "import": "importing:import_work",
    "verify": "upkeep:verify_command",
    "verify-package": "gobd_export:verify_package_command",
    "worker": "worker:worker_command",
    "step": "steps:steps",
    "serve": "serve:serve_command",
    "rules": "rules:rules",
    "processor": "setting_up:processor",
    "controller": "parties:controllers",
    "contact": "parties:contacts",
    "person": "parties:persons",
    "contract": "contracts:contracts",
    "case": "cases:cases",
    "incident": "incidents:incidents",
    "instruction": "instructions:instructions",
    "deadline": "deadlines:deadlines",
    "estimate": "estimate_decisions:estimates",
    "expense": "expenses:expenses",
    "log": "work:log",
    "timer": "timers:timer",
    "proposal": "proposals:proposals",
    "opening": "openings:openings",
    "payment": "payments:payments",
    "receivables": "receivables:receivables_command",
    "reminder": "reminders:reminders",
    "write-off": "write_offs:write_offs",
    "base-rate": "base_rates:base_rates",
    "admin": "people:admins",
    "user": "people:users",
    "personal-data": "people:personal_data",
    "db": "upkeep:database",
    "keys": "upkeep:keys",
    "logs": "upkeep:logs",
    "backup": "backups:backup_command",
    "restore": "backups:restore_command",
    "numbers": "backups:numbers",
    "archive": "archive:archive",
    "retention": "keeping:retention",
    "hold": "keeping:holds",
}
"""Module and name in `api.commands`, in the order of the help: a group, a command, or what registers one."""
_REGISTERS = "_command"


class _Commands(Mapping[str, Any]):
    """Every sub-command by its name; one is made when it is wanted, once a process."""

    def __getitem__(self, name: str) -> Any:
        return _made(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_WHERE)

    def __len__(self) -> int:
        return len(_WHERE)


class _Root(TyperGroup):
    """The command itself, which knows its sub-commands by name."""

    def __init__(self, **said: Any) -> None:
        super().__init__(**said)
        self.commands = _Commands()  # type: ignore[assignment]  # it is only read


app = typer.Typer(
    name="mehraufwand",
    help="Mehraufwand: Unterstützung nach Art. 28 DSGVO abrechnen - jede Minute mit ihrer Ziffer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    cls=_Root,
)


@app.callback()
def _root() -> None:
    """Keep sub-commands named."""


@cache
def _made(name: str) -> Any:
    module, _, attribute = _WHERE[name].partition(":")
    found = getattr(import_module(f"api.commands.{module}"), attribute)
    parent = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        parent.add_typer(found, name=name)
    elif attribute.endswith(_REGISTERS):
        found(parent)
    else:
        parent.command(name)(found)
    return get_group(parent).commands[name]


@cache
def _command() -> Runnable:
    """Build the command once a process: the demo calls it hundreds of times."""
    return get_command(app)


def main() -> None:
    """Run the command line; a refusal is one sentence and exit code 2, never a traceback."""
    command = _command()
    look_seldom()
    run_to_the_end(command, "mehraufwand")


if __name__ == "__main__":
    main()
