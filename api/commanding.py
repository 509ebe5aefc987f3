"""How the commands on an installation are made: their options are a table, the rest is the same for all of them.

    @command(controllers, "add", FIELDS)
    def add(call: Call) -> Answer:
        '''The help text.'''

A command reads `call.raw` (what was said, as the JSON values that use cases take) and gives back what to print; it is
printed once the transaction is committed.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.answers import Answer
from api.inputs import proof_file, whole_number, with_moments
from api.installation import Installation, TenantSession, act_of, opened, places_of
from api.options import Actor, Database, Json, OwnerDatabase, ProcessorRef
from api.settings import Settings, read_settings
from billing.errors import Problem
from billing.services.acting import Act
from billing.services.changing import Changes
from billing.services.installation import Places
from billing.services.moments import processor_zone
from billing.services.proofs import ProofFile

_NOTHING = "-"
"""What is typed to empty a field that may be empty, as nothing said leaves it."""


class Kind(Enum):
    """How an option is typed, and what it becomes."""

    TEXT = "a text as it is"
    NUMBER = "a whole number"
    MOMENT = "a time with an offset, or by the processor's clock"
    FLAG = "--name: true, else not said"
    SWITCH = "--name or --no-name: true, false or not said"
    MANY = "a text that may be said several times"
    FILE = "the name of a file"
    ARGUMENT = "a text without an option name"


@dataclass(frozen=True, slots=True)
class Field:
    """One option: its field in the use case's JSON (`may_approve` is typed `--may-approve`) and its help.

    What `may_be_empty` is emptied by `-`; the use case gets null.
    """

    name: str
    help: str
    kind: Kind = Kind.TEXT
    may_be_empty: bool = False


def to_change(fields: tuple[Field, ...], changes: Changes) -> tuple[Field, ...]:
    """Give the options of a change: none must be said, and `-` empties what may be empty."""
    return tuple(_to_change(one, may_be_empty=one.name in changes.may_be_empty) for one in fields)


def _to_change(one: Field, *, may_be_empty: bool) -> Field:
    told = one.help.removesuffix(" Pflicht.")
    return replace(one, help=f"{told} Mit - leeren." if may_be_empty else told, may_be_empty=may_be_empty)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a command inside its transaction."""

    here: Installation
    session: TenantSession
    zone: ZoneInfo
    raw: dict[str, Any]
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def act(self) -> Act:
        """Who acts, and when the command began."""
        return self.here.act

    def take(self, name: str) -> Any:
        """Take a value out of what was said, or None."""
        return self.raw.pop(name, None)

    def proof(self, name: str) -> ProofFile | None:
        """Read the file named by an option, or None."""
        return proof_file(self.files.get(name), name)


@dataclass(frozen=True, slots=True)
class FreeCall:
    """One call of a command that needs no opened processor: it founds, looks after or lists installations."""

    settings: Settings
    places: Places
    act: Act
    raw: dict[str, Any]
    files: dict[str, Path]
    json: bool


Handler = Callable[[Call], Answer]
FreeHandler = Callable[[FreeCall], Answer]

_COMMON: dict[str, Any] = {"json": Json, "processor": ProcessorRef, "db": Database, "actor": Actor}
_COMMON_FREE: dict[str, Any] = {"json": Json, "db": Database, "owner_db": OwnerDatabase, "actor": Actor}
_TYPES: dict[Kind, Any] = {
    Kind.FLAG: bool,
    Kind.SWITCH: bool | None,
    Kind.MANY: list[str] | None,
    Kind.FILE: Path | None,
    Kind.ARGUMENT: str,
}


def command(
    group: typer.Typer, name: str, fields: tuple[Field, ...] = (), *, read_only: bool = False
) -> Callable[[Handler], Handler]:
    """Register a command that works inside one transaction of one processor, with these options besides the common."""

    def register(handler: Handler) -> Handler:
        def run(**said: Any) -> None:
            common = {option: said.pop(option) for option in _COMMON}
            answer, zone = _answer(handler, fields, said, common, read_only=read_only)
            answer.print(json=common["json"], zone=zone)

        _publish(group, name, run, handler, fields, _COMMON)
        return handler

    return register


def free_command(group: typer.Typer, name: str, fields: tuple[Field, ...] = ()) -> Callable[[FreeHandler], FreeHandler]:
    """Register a command that needs no opened processor."""

    def register(handler: FreeHandler) -> FreeHandler:
        def run(**said: Any) -> None:
            common = {option: said.pop(option) for option in _COMMON_FREE}
            settings = read_settings()
            places = places_of(settings, common["db"], common["owner_db"])
            act = act_of(settings, common["actor"])
            raw = _values(fields, said, None)
            answer = handler(FreeCall(settings, places, act, raw, _files(fields, said), common["json"]))
            answer.print(json=common["json"], zone=None)

        _publish(group, name, run, handler, fields, _COMMON_FREE)
        return handler

    return register


def _publish(
    group: typer.Typer,
    name: str,
    run: Callable[..., None],
    handler: Callable[..., Answer],
    fields: tuple[Field, ...],
    common: Mapping[str, Any],
) -> None:
    """Give typer a function whose signature is the table of options."""
    run.__doc__ = inspect.getdoc(handler)
    parameters = [*map(_parameter, fields), *_common_parameters(common)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    group.command(name)(run)


def _answer(
    handler: Handler, fields: tuple[Field, ...], said: Mapping[str, Any], common: Mapping[str, Any], *, read_only: bool
) -> tuple[Answer, ZoneInfo]:
    with (
        opened(common["db"], common["processor"], common["actor"]) as here,
        here.session(read_only=read_only) as session,
    ):
        zone = processor_zone(session)
        try:
            return handler(Call(here, session, zone, _values(fields, said, zone), _files(fields, said))), zone
        except Problem as problem:
            raise problem.by_clock_of(zone)  # noqa: B904 - it is the same one


def _files(fields: tuple[Field, ...], said: Mapping[str, Any]) -> dict[str, Path]:
    """Give the files that were named, by option."""
    return {one.name: said[one.name] for one in fields if one.kind is Kind.FILE and said[one.name] is not None}


def _values(fields: tuple[Field, ...], said: Mapping[str, Any], zone: ZoneInfo | None) -> dict[str, Any]:
    """Give what was said, each as its kind wants it."""
    raw: dict[str, Any] = {}
    for one in fields:
        value = said[one.name]
        if one.may_be_empty and value == _NOTHING:
            raw[one.name] = None
            continue
        if one.kind is Kind.NUMBER:
            value = whole_number(value, one.name)
        if one.kind is Kind.FILE or value is None or (one.kind is Kind.FLAG and not value):
            continue
        raw[one.name] = value
    if zone is None:
        return raw
    return with_moments(zone, raw, *(one.name for one in fields if one.kind is Kind.MOMENT))


def _parameter(one: Field) -> inspect.Parameter:
    if one.kind is Kind.ARGUMENT:
        annotation: Any = Annotated[str, typer.Argument(help=one.help, metavar=one.name.upper())]
        return inspect.Parameter(one.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation)
    option = f"--{one.name.rstrip('_').replace('_', '-')}"  # `from_`: a name that Python keeps for itself
    names = f"{option}/--no-{option[2:]}" if one.kind is Kind.SWITCH else option
    annotation = Annotated[_TYPES.get(one.kind, str | None), typer.Option(names, help=one.help)]
    default = False if one.kind is Kind.FLAG else None
    return inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _common_parameters(common: Mapping[str, Any]) -> list[inspect.Parameter]:
    return [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=False if name == "json" else None, annotation=annotation
        )
        for name, annotation in common.items()
    ]
