"""`mehraufwand pass-through`: statements of pass-through money, which was paid in a controller's name."""

from typing import Any

import typer

from api.answers import Answer, Details, Listing
from api.commanding import Call, Field, Kind, command
from billing.clause.reading import read_month
from billing.timespan import format_month
from invoices.run.pass_through import StatementRow, statement_by_number, statements_after
from invoices.statement import PassedOn, PassThroughStatement

pass_throughs = typer.Typer(
    help="Aufstellungen durchlaufender Posten ansehen: in fremdem Namen bezahlt, keine Rechnung (§ 10 Abs. 1 UStG).",
    no_args_is_help=True,
)
_MOST = 10_000


@command(pass_throughs, "list", (Field("month", "Nur die eines Monats, etwa 2026-10."),), read_only=True)
def list_statements(call: Call) -> Answer:
    """Aufstellungen auflisten: was sie verlangen, ob sie gelten und wie weit ihr Versand ist.

    mehraufwand pass-through list --month 2026-10
    """
    said = call.take("month")
    month = None if said is None else format_month(read_month(said, "month"))
    rows = [_row(row) for row in statements_after(call.session, 0, _MOST, month=month)]
    return Listing("pass_throughs", rows, "number contract month issue_date total living sending")


@command(pass_throughs, "show", (Field("number", "Nummer der Aufstellung.", Kind.ARGUMENT),), read_only=True)
def show_statement(call: Call) -> Answer:
    """Eine Aufstellung mit ihren Beträgen zeigen, so wie sie eingefroren ist.

    mehraufwand pass-through show DP-2026-10-AVV-1
    """
    row = statement_by_number(call.session, call.raw["number"])
    items = PassThroughStatement.from_json(row.statement.document).items
    columns = "case incurred_on description receipt_ref amount"
    return Details(_row(row), {"items": ([_item(item) for item in items], columns)})


def _row(row: StatementRow) -> dict[str, Any]:
    statement = row.statement
    return {
        "number": statement.number,
        "contract": row.contract,
        "month": row.month,
        "issue_date": statement.issue_date,
        "total": statement.total_cents,
        "living": row.living,
        "sending": str(row.sending),
        "file": statement.stored_file_id,
        "sha256": statement.document_sha256,
    }


def _item(item: PassedOn) -> dict[str, Any]:
    return {
        "case": item.case_ref,
        "kind": item.kind,
        "incurred_on": item.incurred_on,
        "description": item.description,
        "receipt_ref": item.receipt_ref,
        "amount": item.amount_cents,
    }
