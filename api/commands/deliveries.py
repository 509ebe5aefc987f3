"""`mehraufwand delivery` and `receipt`: what was tried to deliver a document, and when it was received (Zugang)."""

from typing import Any

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, Kind, command
from billing.clause.reading import read_date, refuse
from billing.services.acting import id_of
from billing.services.deliveries import list_deliveries
from billing.services.due_dates import due_date_of
from billing.services.receipts import deny_receipt, list_receipts, read_proof, set_receipt
from invoices.run.ordering import document_of, sendable_of

deliveries = typer.Typer(help="Zustellungen von Rechnungen, Stornos und Aufstellungen ansehen.", no_args_is_help=True)
receipts = typer.Typer(help="Zugang von Rechnungen: mit ihm beginnt die Zahlungsfrist (13(8)).", no_args_is_help=True)

_MOST = 10_000
_NUMBER = Field("number", "Nummer der Rechnung oder des Stornos.", Kind.ARGUMENT)
_PROOF = (
    Field("proof", "Der Nachweis als Datei (PDF, PNG, JPEG, E-Mail oder Text). Pflicht.", Kind.FILE),
    Field("note", "Was der Nachweis zeigt. Pflicht."),
)


@command(deliveries, "list", (_NUMBER,), read_only=True)
def list_deliveries_of(call: Call) -> Answer:
    """Jeden Versuch zeigen, ein Dokument zuzustellen, mit der Antwort des Mailservers.

    mehraufwand delivery list RE-2026-0001
    """
    document = sendable_of(call.session, call.raw["number"])
    rows = [_delivery(row) for row in list_deliveries(call.session, document, 0, _MOST)]
    return Listing("deliveries", rows, "attempted_at channel recipient outcome answer")


@command(receipts, "set", (_NUMBER, Field("on", "Tag des Zugangs, etwa 2026-11-05. Pflicht."), *_PROOF))
def set_receipt_of(call: Call) -> Answer:
    """Einen nachgewiesenen Tag des Zugangs eintragen; er gilt von jetzt an, auch wenn er später liegt.

    mehraufwand receipt set RE-2026-0001 --on 2026-11-05 --proof rueckschein.pdf --note "Rückschein"
    """
    if "on" not in call.raw:
        raise refuse("missing_key", "on")
    document, day = document_of(call.session, call.raw["number"]), read_date(call.raw["on"], "on")
    receipt = set_receipt(call.session, call.act, document, day, read_proof(call.proof("proof"), call.take("note")))
    due = due_date_of(call.session, document)
    told: dict[str, Any] = {"number": document.number, "received_on": receipt.received_on}
    if due is None:
        return Done("receipt_set", told)
    return Done("receipt_set_due", {**told, "due_on": due.due_on, "raw_due_on": due.raw, "shift": due.shift_reason})


@command(receipts, "deny", (_NUMBER, *_PROOF))
def deny_receipt_of(call: Call) -> Answer:
    """Eintragen, dass ein Dokument doch nicht ankam, etwa weil die E-Mail als unzustellbar zurückkam.

    mehraufwand receipt deny RE-2026-0001 --proof bounce.eml --note "Postfach gibt es nicht mehr"
    """
    document = document_of(call.session, call.raw["number"])
    deny_receipt(call.session, call.act, document, read_proof(call.proof("proof"), call.take("note")))
    return Done("receipt_denied", {"number": document.number})


@command(receipts, "list", (_NUMBER,), read_only=True)
def list_receipts_of(call: Call) -> Answer:
    """Zeigen, was über den Zugang eines Dokuments erfasst ist; die letzte Zeile gilt."""
    document = document_of(call.session, call.raw["number"])
    rows = [_receipt(row) for row in list_receipts(call.session, id_of(document), 0, _MOST)]
    return Listing("receipts", rows, "received_on source recorded_at recorded_by evidence_note")


def _delivery(row: Any) -> dict[str, Any]:
    names = ("attempted_at", "channel", "recipient", "message_id", "answer")
    return {**{name: getattr(row, name) for name in names}, "outcome": str(row.outcome)}


def _receipt(row: Any) -> dict[str, Any]:
    return {
        "received_on": row.received_on,
        "source": str(row.source),
        "land": row.land,
        "recorded_at": row.recorded_at,
        "recorded_by": row.recorded_by_name,
        "evidence_note": row.evidence_note,
        "evidence_file": row.evidence_file_id,
    }
