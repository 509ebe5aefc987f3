"""`mehraufwand cancel`: take an invoice, or a month that billed nothing, back; the next run asks its work again."""

from typing import Annotated

import typer

from api.commands.files import FilesLater, make_files
from api.confirming import confirm
from api.console import INPUT_REFUSED, language, out, print_json
from api.installation import opened
from api.month_tables import print_failed
from api.options import Actor, Database, Json, ProcessorRef, Yes
from billing.clause.reading import read_month
from billing.texts import sentence
from invoices.run.cancelling import cancel_closing
from invoices.run.closings import find_closing


def cancel(  # noqa: PLR0913 - the options of one command
    invoice: Annotated[str | None, typer.Argument(help="Nummer der Rechnung.")] = None,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Grund; er steht auf der Stornorechnung.")],
    contract: Annotated[str | None, typer.Option("--contract", help="Statt der Nummer: der Vertrag.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="Und sein Monat (auch ohne Rechnung).")] = None,
    without_files: FilesLater = False,
    json: Json = False,
    yes: Yes = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Eine Rechnung stornieren: ihre Minuten, Einheiten und Auslagen kehren zurück, der nächste Lauf rechnet neu."""
    if month is not None:
        read_month(month, "--month")
    with opened(db, processor, actor) as here:
        failed = make_files(here, quiet=json, again=True, later=without_files)
        with here.session(read_only=True) as session:
            closed_month = find_closing(session, invoice, contract, month).month
        confirm("confirm_cancel", yes=yes or json, number=invoice or contract, month=closed_month)
        with here.session() as session:
            closing = find_closing(session, invoice, contract, month)
            done = cancel_closing(session, here.store, closing, reason=reason, act=here.act)
        failed += make_files(here, quiet=json, later=without_files)
    if json:
        answer = {"contract": done.contract_ref, "month": done.month, "cancels": done.cancels, "number": done.number}
        print_json({**answer, "failed_files": failed})
    else:
        key = "cancelled" if done.number else "cancelled_without_invoice"
        fields = {"number": done.number, "cancels": done.cancels, "contract": done.contract_ref, "month": done.month}
        out().print(sentence(f"run.{key}", language(), **fields), highlight=False)
        print_failed(failed)
    if failed:
        raise typer.Exit(INPUT_REFUSED)
