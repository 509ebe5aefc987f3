"""`./dev serve --demo`: the whole product with the demo's data and an account for each role, on this machine only.

Once it answers it writes `out/demo-access.json`: the address, a token and a log-in for each role, and portal links.
"""

import fcntl
import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from api.calling import run_to_the_end, single_command
from api.clock import utc_now
from api.console import language
from api.demo.people import Access, decision_link, furnish_people, portal_link
from api.demo.player import Player
from api.demo.stage import Stage, set_passing_stage
from api.demo.story import Command, Step, read_story, require_past
from api.demo.welcome import print_welcome
from api.installation import Store, places_of
from api.running import entrance, run_service
from api.safety import is_loopback, is_production
from api.service import Service
from api.settings import read_settings
from billing.errors import Conflict, NotAllowed
from billing.rating.agreement import BERLIN
from billing.services.acting import Act
from billing.services.addresses import link_url
from billing.services.installation import choose_processor, installation
from billing.texts import wording

ACCESS = "demo-access.json"
_PROCESSOR = "immoinvent"
_CHAPTERS = ("1-*.txt", "2-*.txt", "3-*.txt", "4-*.txt", "service/*.txt")
"""September is billed, October waits for its run, and an estimate for its decision."""
_PRINTING = ("issue", "cancel", "correct")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Out = Annotated[Path, typer.Option("--out", help="Ordner für demo-access.json.")]
Port = Annotated[int, typer.Option("--port", help="Port; sonst ein freier.")]
Host = Annotated[str, typer.Option("--host", help="Adresse; nur die dieser Maschine selbst.")]


@dataclass(frozen=True, slots=True)
class Keys:
    """How to get in: for each role, and the links that controllers were mailed."""

    access: Mapping[str, Access]
    links: tuple[str, ...]
    """Their secrets; the address is known once the service listens."""


def serve_demo(*, out: Out = Path("out"), port: Port = 0, host: Host = "127.0.0.1") -> None:
    """Den ganzen Dienst mit Demo-Daten starten; endet mit Strg-C und nimmt alles mit, was er angelegt hat."""
    if is_production() or not is_loopback(host):
        raise NotAllowed("demo_not_here")
    now = utc_now().astimezone(BERLIN)
    require_past(now.date())
    console = Console(stderr=True)
    with (
        _interrupted_by_any_signal(),
        entrance(host, port) as at,
        set_passing_stage(out, console.width) as stage,
        _access_file(stage.out) as file,
        _then_undisturbed(),
    ):
        _furnish(stage, console, now)
        settings = read_settings()
        with installation(places_of(settings, None)) as store:
            keys = _make_keys(store, Act("demo", utc_now()))

            def ready(service: Service) -> None:
                content = _content(service.base_url, keys)
                _write(file, content)
                print_welcome(console, content, file)

            run_service(store, settings, at, demo=True, on_ready=ready)


def _furnish(stage: Stage, console: Console, now: datetime) -> None:
    """Play the story without telling it; its papers are printed by the service, for nobody waits for them here."""
    console.print(wording("demo.furnishing", language()), highlight=False)
    steps = [_without_papers(step) for step in read_story(*_CHAPTERS, out=str(stage.out), year=str(now.year))]
    Player(Console(quiet=True), verbose=False, progress_on=console).play(steps)


def _without_papers(step: Step) -> Step:
    if isinstance(step, Command) and step.words[1] in _PRINTING:
        return replace(step, words=(*step.words, "--without-files"))
    return step


def _make_keys(store: Store, act: Act) -> Keys:
    number, _ = choose_processor(store, _PROCESSOR)
    with store.tenant(number) as session:
        return Keys(furnish_people(session, act), (decision_link(session, act), portal_link(session, act)))


def _content(base_url: str, keys: Keys) -> dict[str, Any]:
    """Give all that somebody needs who wants to get in, as JSON values."""
    return {
        "base_url": base_url,
        "tokens": {role: one.token for role, one in keys.access.items()},
        "logins": {role: one.login for role, one in keys.access.items()},
        "portal_links": [link_url(base_url, link) for link in keys.links],
    }


@contextmanager
def _access_file(out: Path) -> Iterator[Path]:
    """Give where to say how to get in: an old file is gone before, the new one afterwards.

    Conflict `demo_running` when another demo service uses the folder, whose file it is then.
    """
    folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)  # it ends with the process, however that ends
        except BlockingIOError:
            raise Conflict("demo_running", path=str(out)) from None
        try:
            _forget(out / ACCESS)
            yield out / ACCESS
        finally:
            _forget(out / ACCESS)
    finally:
        os.close(folder)


def _forget(path: Path) -> None:
    for one in (path, _beside(path)):
        one.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_suffix(".new")


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Write the file whole or not at all, for who waits for it; only its owner may read it."""
    beside = _beside(path)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    beside.replace(path)


class _Interrupted(KeyboardInterrupt):
    """A KeyboardInterrupt of our own.

    A plain one that passes through an `exec` of text (dataclasses are made so, when modules are imported) is taken for
    unhandled by `python -m`, whoever catches it later: the process would end by SIGINT instead of with its exit code.
    """


@contextmanager
def _interrupted_by_any_signal() -> Iterator[None]:
    """Let SIGTERM and the end of the terminal do what Ctrl-C does: unwind, and clear away what was made."""

    def interrupt(*_: object) -> NoReturn:
        raise _Interrupted

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _then_undisturbed() -> Iterator[None]:
    """Once the block ends, however it does, let no further signal stop the clearing away."""
    try:
        yield
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def main() -> None:
    """Serve the demo; a refusal is one sentence and exit code 2."""
    run_to_the_end(single_command(serve_demo), "./dev serve --demo")


if __name__ == "__main__":
    main()
