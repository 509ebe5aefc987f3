"""`mehraufwand expense`: Auslagen and Fremdkosten with their proofs."""

from typing import Any

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, Kind, command
from billing.errors import InvalidInput
from billing.services.expenses import (
    add_expense,
    add_receipt,
    approve_expense,
    find_expense,
    list_expenses,
    read_expense,
    withdraw_expense,
)
from billing.services.moments import read_datetime

expenses = typer.Typer(help="Auslagen und Fremdkosten mit Beleg und Freigabe.", no_args_is_help=True)

_REF = Field("ref", "Kürzel der Auslage.", Kind.ARGUMENT)
_CONTRACT = Field("contract", "Kürzel des Vertrags; nötig, wenn mehrere Verträge dieses Kürzel haben.")


@command(
    expenses,
    "add",
    (
        Field("case", "Kürzel des Vorgangs. Pflicht."),
        Field("kind", "Art: travel, accommodation, per_diem, ancillary oder third_party. Pflicht."),
        Field("incurred_on", "Tag, an dem die Kosten entstanden sind, etwa 2026-10-14. Pflicht."),
        Field("net", "Nettobetrag, etwa 120.00. Pflicht."),
        Field("description", "Wofür; steht auf der Rechnung. Pflicht."),
        Field("person", "Wer die Kosten hatte."),
        Field("receipt_file", "Beleg als Datei (PDF, PNG oder JPEG).", Kind.FILE),
        Field("remedies_processor_defect", "Behebt einen eigenen Mangel und wird nicht berechnet (13(7)).", Kind.FLAG),
        Field(
            "in_name_of_client", "Im Namen des Auftraggebers bezahlt: durchlaufender Posten, voller Betrag.", Kind.FLAG
        ),
        Field("ref", "Kürzel; sonst das nächste freie (A-2026-001)."),
        _CONTRACT,
    ),
)
def add_one_expense(call: Call) -> Answer:
    """Eine Auslage eintragen; fehlt der Beleg noch, wird sie gehalten, bis er da ist.

    mehraufwand expense add --case V-2026-001 --kind travel --incurred-on 2026-10-14 --net 84.50
    --description "Bahnfahrt Stuttgart-Ulm" --receipt-file bahn.pdf
    """
    recorded = add_expense(call.session, call.act, read_expense(call.raw), call.proof("receipt_file"))
    added = {"ref": recorded.expense.ref, "net": recorded.expense.net_cents, "case": call.raw["case"]}
    return Done("expense_added", added, recorded.notices)


@command(
    expenses,
    "approve",
    (
        _REF,
        Field("approved_at", "Wann der Auftraggeber freigegeben hat. Pflicht.", Kind.MOMENT),
        Field("evidence_file", "Die Freigabe als Datei, etwa die E-Mail. Pflicht.", Kind.FILE),
        _CONTRACT,
    ),
)
def approve_one_expense(call: Call) -> Answer:
    """Die Freigabe von Fremdkosten eintragen; sie zählt, wenn sie spätestens am Tag der Kosten kam."""
    expense = find_expense(call.session, call.raw["ref"], call.take("contract"), "ref")
    approved_at = read_datetime(call.raw.get("approved_at"), "approved_at")
    recorded = approve_expense(call.session, call.act, expense, approved_at, call.proof("evidence_file"))
    return Done("expense_approved", {"ref": expense.ref, "approved_at": approved_at}, recorded.notices)


@command(expenses, "receipt", (_REF, Field("file", "Beleg als Datei (PDF, PNG oder JPEG).", Kind.FILE), _CONTRACT))
def add_one_receipt(call: Call) -> Answer:
    """Einen Beleg nachreichen."""
    expense = find_expense(call.session, call.raw["ref"], call.take("contract"), "ref")
    file = call.proof("file")
    if file is None:
        raise InvalidInput("missing_key", path="file", value=None)
    add_receipt(call.session, call.act, expense, file)
    return Done("receipt_added", {"ref": expense.ref, "name": file.name})


@command(expenses, "withdraw", (_REF, _CONTRACT))
def withdraw_one_expense(call: Call) -> Answer:
    """Eine Auslage zurücknehmen, die noch nicht abgerechnet ist."""
    expense = find_expense(call.session, call.raw["ref"], call.take("contract"), "ref")
    withdraw_expense(call.session, call.act, expense)
    return Done("expense_withdrawn", {"ref": expense.ref})


@command(expenses, "list", (Field("contract", "Nur die dieses Vertrags."),), read_only=True)
def list_all_expenses(call: Call) -> Answer:
    """Auslagen auflisten."""
    rows = [_row(row) for row in list_expenses(call.session, call.take("contract"))]
    return Listing("expenses", rows, "case ref kind incurred_on net receipt")


def _row(row: Any) -> dict[str, Any]:
    return {
        "contract": row.contract_ref,
        "case": row.case_ref,
        "ref": row.ref,
        "kind": str(row.kind),
        "incurred_on": row.incurred_on,
        "net": row.net_cents,
        "description": row.description,
        "receipt": row.receipt or row.receipt_file_id is not None,
        "approved_at": row.approved_at,
        "withdrawn_at": row.withdrawn_at,
    }
