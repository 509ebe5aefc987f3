"""What a person sees when the demo's service is ready: where it is, who may come in, and what to try first."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from api.console import language
from billing.texts import wording

_WORKPLACES = ("/zeiten", "/abrechnung", "/einstellungen")
_WIDE = 160
"""Columns: a narrow terminal folds what is too long, and nothing of a password is cut off."""
_NO_SECOND_FACTOR = "–"
_TRY = ("curl", "-H", '"Authorization: Bearer {token}"', "{base_url}/api/v1/months/2026-10")


def print_welcome(console: Console, access: Mapping[str, Any], path: Path) -> None:
    """Print it; whatever is to be copied stands on a line of its own and is never folded."""
    console.print(f"\n[bold]{access['base_url']}[/]", highlight=False)
    _tell(console, _t("workplaces"), *(access["base_url"] + place for place in _WORKPLACES))
    _tell(console, _t("link"), *access["portal_links"])
    console.print(f"\n{_t('logins')}", highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("role", "email", "password", "second_factor"):
        table.add_column(_t(name), no_wrap=True, overflow="ignore")
    for role, login in access["logins"].items():
        table.add_row(role, login["email"], login["password"], login.get("totp_secret", _NO_SECOND_FACTOR))
    usual, console.width = console.width, _WIDE
    console.print(table, soft_wrap=True)
    console.width = usual
    _tell(console, _t("access"), str(path))
    command = " ".join(_TRY).format(token=access["tokens"]["accountant"], base_url=access["base_url"])
    _tell(console, _t("try"), command)
    console.print(f"\n{_t('stop')}\n", highlight=False)


def _tell(console: Console, what: str, *lines: str) -> None:
    console.print(f"\n{what}", highlight=False)
    for line in lines:
        console.print(f"  {line}", style="bold cyan", markup=False, highlight=False, soft_wrap=True)


def _t(name: str) -> str:
    return wording(f"demo.{name}", language())
