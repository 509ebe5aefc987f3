"""`mehraufwand export`: what leaves the product for others; each sub-command stands in its own file."""

import typer

from api.commands.files import export_month

exports = typer.Typer(help="Ausgeben: die Papiere eines Monats als Dateien.", no_args_is_help=True)
exports.command("month")(export_month)
