"""`mehraufwand payment`: money received, by hand and out of bank files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from api.answers import Answer, Done, Listing, jsonable
from api.commanding import Call, Field, Kind, command
from api.console import INPUT_REFUSED, language, out, print_json
from api.inputs import file_bytes, pairs, whole_number
from api.money_out import bank_report
from billing.clause.reading import read_object
from billing.services.bank_import import BankReport, book, look_through, read_answers
from billing.services.claims import find_claim, find_document
from billing.services.payments import PAYMENT, REVERSAL, NewPayment, add_payment, list_payments, reverse_payment
from billing.services.proofs import ProofFile
from billing.texts import sentence

payments = typer.Typer(
    help="Zahlungen: von Hand eintragen oder aus Kontoauszügen (CAMT.053) einlesen.", no_args_is_help=True
)
_ALL = 1_000_000
_NUMBER = Field("number", "Nummer der Rechnung.", Kind.ARGUMENT)


@command(
    payments,
    "add",
    (
        _NUMBER,
        Field("amount", "Betrag in Euro, etwa 119.00; zurückgezahltes Geld mit Minus. Pflicht."),
        Field("on", "Tag, an dem das Geld da war, etwa 2026-11-10. Pflicht."),
        Field("reference", "Beleg der Bank."),
        Field("reason", "Bemerkung."),
    ),
)
def add(call: Call) -> Answer:
    """Eine Zahlung eintragen; was zu viel gezahlt wurde, ist ein Guthaben.

    mehraufwand payment add RE-2026-0118 --amount 119.00 --on 2026-11-10 --reference "Auszug 147"
    """
    invoice = find_claim(call.session, call.take("number"))
    said = {"paid_on" if name == "on" else name: value for name, value in call.raw.items()}
    payment = add_payment(call.session, call.act, invoice, NewPayment(**read_object(said, "", PAYMENT)))
    return Done("payment_added", {"payment": payment.id, "number": invoice.number, "amount": payment.amount_cents})


@command(payments, "list", (_NUMBER,), read_only=True)
def list_all(call: Call) -> Answer:
    """Die Zahlungen einer Rechnung auflisten, mit Gegenbuchungen."""
    invoice = find_document(call.session, call.take("number"))
    rows = [
        {
            "payment": row.id,
            "paid_on": row.paid_on,
            "amount": row.amount_cents,
            "payer": row.debtor,
            "reference": row.bank_reference or row.remittance,
            "reverses": row.reverses_id,
            "reason": row.reason,
            "recorded_at": row.recorded_at,
            "recorded_by": row.recorded_by_name,
        }
        for row in list_payments(call.session, invoice, 0, _ALL)
    ]
    return Listing("payments", rows, "payment paid_on amount payer reference reverses reason")


@command(
    payments,
    "reverse",
    (
        _NUMBER,
        Field("payment", "Nummer der Zahlung (payment list).", Kind.ARGUMENT),
        Field("reason", "Warum. Pflicht."),
    ),
)
def reverse(call: Call) -> Answer:
    """Eine falsche Zahlung mit einer Gegenbuchung beantworten; beide bleiben stehen."""
    invoice = find_claim(call.session, call.take("number"))
    payment = whole_number(call.take("payment"), "payment") or 0
    reason = read_object(call.raw, "", REVERSAL)["reason"]
    counter = reverse_payment(call.session, call.act, invoice, payment, reason)
    return Done("payment_reversed", {"payment": payment, "number": invoice.number, "amount": counter.amount_cents})


@command(
    payments,
    "import",
    (
        Field("file", "Kontoauszug im Format CAMT.053 (XML).", Kind.ARGUMENT),
        Field("book", "Wirklich buchen; ohne diese Option wird nur geprüft.", Kind.FLAG),
        Field("confirm", "Was ein Eintrag zahlt: KENNUNG=NUMMER oder KENNUNG=NUMMER:BETRAG,NUMMER:BETRAG.", Kind.MANY),
    ),
)
def import_file(call: Call) -> Answer:
    """Einen Kontoauszug einlesen: erst nur die Vorschläge, mit --book die Buchung.

    Dieselbe Datei noch einmal ändert nichts.

    mehraufwand payment import auszug.xml

    mehraufwand payment import auszug.xml --book --confirm 3f9a1c02b7de=RE-2026-0118
    """
    name = Path(call.take("file"))
    file = ProofFile(name.name, file_bytes(name, "file"))
    answers = read_answers([_answer(*one) for one in pairs(call.take("confirm"), "confirm")], "confirm")
    work = book if call.take("book") else look_through
    return _Report(work(call.session, call.act, file, answers))


def _answer(entry: str, text: str) -> dict[str, Any]:
    invoices = []
    for part in text.split(","):
        number, colon, amount = part.strip().partition(":")
        invoices.append({"invoice": number} | ({"amount": amount} if colon else {}))
    return {"entry": entry, "invoices": invoices}


@dataclass(frozen=True, slots=True)
class _Report:
    """What became of each line, and what is to be done about those that were not booked."""

    report: BankReport

    def print(self, *, json: bool, zone: ZoneInfo | None) -> None:
        values, lang = bank_report(self.report), language()
        if json:
            print_json(jsonable(values))
        else:
            rows = [
                {**line, "amount": placed.line.cents, "invoices": _shares(line["invoices"])}
                for line, placed in zip(values["lines"], self.report.lines, strict=True)
            ]
            Listing("lines", rows, "entry booked_on amount payer state invoices").print(json=False, zone=zone)
            for line in rows:
                if line["state"] in ("ask", "none"):
                    told = sentence(f"bank_why.{line['why']}", lang)
                    out().print(f"{line['entry']}: {told}", markup=False, highlight=False, soft_wrap=True)
            said = "done.bank_file_booked" if self.report.booked else "done.bank_file_read"
            counts = {name: values[name] for name in ("payments", "debits", "pending")}
            out().print(sentence(said, lang, lines=len(rows), **counts), highlight=False, soft_wrap=True)
        if self.report.needs_somebody:
            raise typer.Exit(INPUT_REFUSED)


def _shares(invoices: list[dict[str, str]]) -> str:
    return ", ".join(f"{one['invoice']}: {one['amount']}" for one in invoices)
