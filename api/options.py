"""The options every command on an installation has, worded once."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Ergebnis als JSON statt als Text ausgeben.")]
Database = Annotated[str | None, typer.Option("--db", help="Datenbank (URL); sonst MEHRAUFWAND_DB, sonst SQLite.")]
OwnerDatabase = Annotated[
    str | None,
    typer.Option("--owner-db", help="PostgreSQL: Datenbank als ihr Eigentümer; sonst MEHRAUFWAND_DB_OWNER."),
]
ProcessorRef = Annotated[
    str | None, typer.Option("--processor", help="Kürzel des Auftragnehmers; nötig nur, wenn es mehrere gibt.")
]
Actor = Annotated[str | None, typer.Option("--as", help="Name der handelnden Person; sonst der angemeldete Benutzer.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Nicht nachfragen.")]
