"""`mehraufwand export`: what leaves the product for others; each sub-command stands in its own file."""

import typer

from api.commands.datev_export import datev_exports
from api.commands.files import export_month
from api.commands.gobd_export import gobd_exports

exports = typer.Typer(
    help="Ausgeben: Papiere eines Monats, Buchungen für DATEV, Daten für eine Betriebsprüfung.", no_args_is_help=True
)
exports.command("month")(export_month)
exports.add_typer(datev_exports)
exports.add_typer(gobd_exports)
