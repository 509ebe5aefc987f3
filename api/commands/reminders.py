"""`mehraufwand reminder`: overdue invoices reminded of - looked at first, sent by a person, printed and mailed."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.answers import Answer, Details, Done, Listing
from api.commanding import Call, Field, Kind, command
from api.commands.files import FilesLater, make_files
from api.console import INPUT_REFUSED
from api.inputs import write_bytes
from api.installation import opened
from api.month_tables import print_failed
from api.options import Actor, Database, Json, ProcessorRef
from billing.canonical import fingerprint
from billing.clause.reading import read_object
from billing.services.access.trail import note_access
from billing.services.claims import find_claim, find_document
from billing.services.moments import processor_zone
from invoices.paper import Paper
from invoices.reminder import ReminderLetter
from invoices.render import RenderPool
from invoices.run.reminders import (
    RECEIVED,
    SENDING,
    draft_reminder,
    record_receipt,
    reminders_of,
    send_reminder,
)

reminders = typer.Typer(
    help="Mahnungen: Entwurf ansehen, senden, Zugang eintragen. Nichts geht ohne eine Person hinaus.",
    no_args_is_help=True,
)
_NUMBER = Field("number", "Nummer der Rechnung.", Kind.ARGUMENT)
_NO_COSTS = Field("without_costs", "Nur die Rechnung anmahnen, ohne Zinsen und Pauschale.", Kind.FLAG)


@command(
    reminders,
    "draft",
    (_NUMBER, _NO_COSTS, Field("write", "Vorschau als PDF in diese Datei schreiben.")),
    read_only=True,
)
def draft(call: Call) -> Answer:
    """Die nächste Mahnung zeigen, wie sie heute hinausginge; gespeichert und gesendet wird nichts.

    mehraufwand reminder draft RE-2026-0118 --write mahnung.pdf
    """
    invoice = find_claim(call.session, call.take("number"))
    made = draft_reminder(call.session, call.act, invoice, costs=not call.take("without_costs"))
    target = call.take("write")
    if target is not None:
        with RenderPool(1) as pool:
            content = pool.render(Paper.REMINDER, made.letter.to_json())
        with call.here.session() as session:
            about = {"sha256": fingerprint(content)}
            note_access(session, call.act, "file_downloaded", f"invoice:{invoice.number}", **about)
        write_bytes(Path(target), content, "write")
        return Done("reminder_written_to", {**_shown(made.letter), "path": Path(target)})
    return Details({**_shown(made.letter), "rate_confirmed": made.rate_confirmed, "recipient": made.recipient})


def send(  # noqa: PLR0913 - the options of one command
    number: Annotated[str, typer.Argument(help="Nummer der Rechnung.", metavar="NUMBER")],
    *,
    without_costs: Annotated[
        bool, typer.Option("--without-costs", help="Nur die Rechnung anmahnen, ohne Zinsen und Pauschale.")
    ] = False,
    rate_confirmed: Annotated[
        bool, typer.Option("--rate-confirmed", help="Der Basiszinssatz, der nicht in der Tabelle steht, ist geprüft.")
    ] = False,
    by_letter: Annotated[bool, typer.Option("--letter", help="Als Brief: nur drucken, nicht mailen.")] = False,
    without_files: FilesLater = False,
    json: Json = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Die nächste Mahnung senden: festgehalten, gedruckt und als Mail an die Rechnungsadresse gegeben.

    mehraufwand reminder send RE-2026-0118
    """
    said = {
        "costs": not without_costs,
        "rate_confirmed": rate_confirmed,
        "channel": "letter" if by_letter else "mail",
    }
    with opened(db, processor, actor) as here:
        with here.session() as session:
            zone = processor_zone(session)
            row = send_reminder(session, here.act, find_claim(session, number), **read_object(said, "", SENDING))
            letter = ReminderLetter.from_json(row.document)
        failed = make_files(here, quiet=json, later=without_files)
    Done("reminder_sent", _shown(letter)).print(json=json, zone=zone)
    print_failed(failed)
    if failed:
        raise typer.Exit(INPUT_REFUSED)


reminders.command("send")(send)


@command(reminders, "list", (_NUMBER,), read_only=True)
def list_all(call: Call) -> Answer:
    """Die Mahnungen einer Rechnung auflisten."""
    invoice = find_document(call.session, call.take("number"))
    rows = [
        {
            "level": row.level,
            "sent_on": row.sent_on,
            "open": row.open_cents,
            "interest": row.interest_cents,
            "flat_fee": row.flat_fee_cents,
            "channel": str(row.channel),
            "mailed_at": row.mailed_at,
            "received_on": row.received_on,
            "sha256": row.document_sha256,
        }
        for row in reminders_of(call.session, invoice)
    ]
    return Listing("reminders", rows, "level sent_on open interest flat_fee channel mailed_at received_on")


@command(
    reminders,
    "received",
    (
        _NUMBER,
        Field("level", "Stufe der Mahnung.", Kind.NUMBER),
        Field("on", "Tag des Zugangs, etwa 2026-11-20. Pflicht."),
    ),
)
def received(call: Call) -> Answer:
    """Eintragen, wann eine Mahnung zuging, etwa ein Brief; ab dem Tag danach laufen Zinsen."""
    invoice = find_claim(call.session, call.take("number"))
    day = read_object({"received_on": call.take("on")}, "", RECEIVED)["received_on"]
    reminder = record_receipt(call.session, call.act, invoice, call.take("level") or 0, day)
    return Done("reminder_received", {"level": reminder.level, "number": invoice.number, "received_on": day})


def _shown(letter: ReminderLetter) -> dict[str, Any]:
    return {
        "number": letter.number,
        "level": letter.level,
        "open": letter.open_cents,
        "interest": letter.interest_cents,
        "flat_fee": letter.flat_fee_cents,
        "total": letter.total_cents,
        "default_since": letter.default_since,
        "pay_by": letter.pay_by,
    }
