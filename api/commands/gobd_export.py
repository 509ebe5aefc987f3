"""`mehraufwand export gobd` and `verify-package`: the package for a tax audit, and its proof."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, Kind, command
from api.console import err, language, out, print_json
from api.options import Json
from billing.errors import InvalidInput
from billing.services.fields import read_line
from billing.texts import sentence
from invoices.gobd.package import YEAR, write_package
from invoices.gobd.verifying import PackageProof, verify_package

gobd_exports = typer.Typer()
"""The command, for the group `export`."""


@command(
    gobd_exports,
    "gobd",
    (
        Field("year", "Kalenderjahr.", Kind.NUMBER),
        Field("out", "Ordner, den es noch nicht gibt oder der leer ist.", Kind.FILE),
        Field("recipient", "Wer das Paket bekommt, etwa: Finanzamt Stuttgart."),
    ),
)
def export_gobd(call: Call) -> Answer:
    """Das Paket für eine Betriebsprüfung (Z3) schreiben: Tabellen mit index.xml, Belege, Prüfsummen, Signatur.

    mehraufwand export gobd --year 2026 --recipient "Finanzamt Stuttgart" --out pruefung-2026
    """
    folder = call.files.get("out")
    if folder is None:
        raise InvalidInput("missing_key", path="out", value=None)
    for name in ("year", "recipient"):
        if call.raw.get(name) is None:
            raise InvalidInput("missing_key", path=name, value=None)
    year = YEAR(call.raw["year"], "year")
    recipient = read_line(call.raw["recipient"], "recipient")
    with err().status("") as status:
        package = write_package(call.session, call.act, year, recipient, folder, status.update)
    values = {"year": year, "rows": sum(package.rows.values()), "files": package.files, "sha256": package.sha256}
    tables = [{"table": name, "rows": rows} for name, rows in sorted(package.rows.items())]
    more = {"folder": str(folder), "fingerprint": package.fingerprint, "tables": tables}
    return Done("gobd_exported", values | more)


@dataclass(frozen=True, slots=True)
class _Proved:
    proof: PackageProof

    def print(self, *, json: bool, zone: ZoneInfo | None) -> None:
        lang, found = language(), self.proof
        faults = [{"file": fault.path, "fault": sentence(f"fault.{fault.code}", lang)} for fault in found.faults]
        if json:
            shown = {"files": found.files, "faults": faults, "fingerprint": found.fingerprint}
            print_json(shown | {"is_whole": not faults})
        else:
            code = "package_faults" if faults else "package_whole"
            said = sentence(f"done.{code}", lang, files=found.files, fingerprint=found.fingerprint, count=len(faults))
            out().print(said, markup=False, highlight=False, soft_wrap=True)
            if faults:
                Listing("faults", faults, "file fault").print(json=False, zone=zone)
        if faults:
            raise typer.Exit(1)


def prove_package(
    folder: Annotated[Path, typer.Argument(help="Ordner des Pakets.")],
    *,
    fingerprint: Annotated[str | None, typer.Option("--fingerprint", help="Fingerabdruck des Schlüssels.")] = None,
    json: Json = False,
) -> None:
    """Ein Prüfungspaket prüfen: jede Datei gegen ihre Prüfsumme, die Prüfsummen gegen ihre Signatur; ohne Datenbank.

    mehraufwand verify-package pruefung-2026
    """
    _Proved(verify_package(folder, fingerprint)).print(json=json, zone=None)


def verify_package_command(app: typer.Typer) -> None:
    """Register `mehraufwand verify-package`."""
    app.command("verify-package")(prove_package)
