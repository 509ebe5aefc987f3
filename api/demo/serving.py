"""`./dev serve --demo`: the whole product with the demo's data and an account for each role, on this machine only.

Once it answers it writes `out/demo-access.json`: the address, a token and a log-in for each role, and portal links.
"""

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.console import INPUT_REFUSED, print_problem
from api.demo.people import Access, decision_link, furnish_people
from api.demo.player import Player
from api.demo.stage import set_stage
from api.demo.story import read_story
from api.installation import places_of
from api.running import Address, run_service
from api.safety import is_loopback, is_production
from api.service import Service
from api.settings import read_settings
from billing.errors import NotAllowed, Problem
from billing.services.acting import Act
from billing.services.addresses import link_url
from billing.services.installation import choose_processor, installation

ACCESS = "demo-access.json"
_PROCESSOR = "immoinvent"
_CHAPTERS = ("1-*.txt", "2-*.txt", "3-*.txt", "4-*.txt", "service/*.txt")
"""September is billed, October waits for its run, and an estimate for its decision."""

Out = Annotated[Path, typer.Option("--out", help="Ordner für die Papiere und demo-access.json.")]
Port = Annotated[int, typer.Option("--port", help="Port; sonst ein freier.")]
Host = Annotated[str, typer.Option("--host", help="Adresse; nur die dieser Maschine selbst.")]


def serve_demo(*, out: Out = Path("out"), port: Port = 0, host: Host = "127.0.0.1") -> None:
    """Den ganzen Dienst mit Demo-Daten starten; endet mit Strg-C und räumt nichts Fremdes weg."""
    if is_production() or not is_loopback(host):
        raise NotAllowed("demo_not_here")
    console = Console(stderr=True)
    with set_stage(out, console.width) as stage:
        (stage.out / ACCESS).unlink(missing_ok=True)
        player = Player(Console(file=open(os.devnull, "w")), verbose=False)  # noqa: SIM115, PTH123 - for the process's life
        with console.status("Mehraufwand …"):
            player.play(read_story(*_CHAPTERS, out=str(stage.out), year=str(datetime.now(UTC).date().year)))
        settings = read_settings()
        with installation(places_of(settings, None)) as store:
            number, _ = choose_processor(store, _PROCESSOR)
            act = Act("demo", datetime.now(UTC))
            with store.tenant(number) as session:
                access, link = furnish_people(session, act), decision_link(session, act)

            def ready(service: Service) -> None:
                links = [link_url(service.base_url, link)]
                _write_access(stage.out / ACCESS, service.base_url, access, links)
                _tell(console, service.base_url, access, links, stage.out / ACCESS)

            try:
                run_service(store, settings, Address(host, port), demo=True, on_ready=ready)
            finally:
                (stage.out / ACCESS).unlink(missing_ok=True)


def _write_access(path: Path, base_url: str, access: Mapping[str, Access], links: list[str]) -> None:
    """Write the file whole or not at all, for who waits for it; only its owner may read it."""
    content = {
        "base_url": base_url,
        "tokens": {role: one.token for role, one in access.items()},
        "logins": {role: one.login for role, one in access.items()},
        "portal_links": links,
    }
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    beside.replace(path)


def _tell(console: Console, base_url: str, access: Mapping[str, Access], links: list[str], path: Path) -> None:
    """Show a person where to go and how to get in."""
    console.print(f"\n[bold]{base_url}[/]  ·  {base_url}/api/v1/openapi.json  ·  {path}\n")
    for role, one in access.items():
        console.print(f"  [bold]{role:<20}[/] {one.email}  {one.password}", highlight=False, soft_wrap=True)
    for link in links:
        console.print(f"  [bold]portal[/]               {link}", highlight=False, soft_wrap=True)


def main() -> None:
    """Serve the demo; a refusal is one sentence and exit code 2."""
    try:
        typer.run(serve_demo)
    except Problem as problem:
        print_problem(problem)
        sys.exit(INPUT_REFUSED)


if __name__ == "__main__":
    main()
