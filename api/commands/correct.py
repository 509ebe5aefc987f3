"""`mehraufwand correct`: take named cases of an invoice back; the rest stands, a later run asks their work again."""

from typing import Annotated

import typer

from api.commands.files import FilesLater, make_files
from api.confirming import confirm
from api.console import INPUT_REFUSED, language, out, print_json
from api.installation import opened
from api.month_tables import euros, print_failed
from api.options import Actor, Database, Json, ProcessorRef, Yes
from billing.money import format_cents
from billing.texts import sentence
from invoices.run.correcting import correct_invoice


def correct(  # noqa: PLR0913 - the options of one command
    invoice: Annotated[str, typer.Argument(help="Nummer der Rechnung.")],
    *,
    case: Annotated[list[str], typer.Option("--case", help="Vorgang, der zurückgenommen wird; auch mehrere.")],
    reason: Annotated[str, typer.Option("--reason", help="Grund; er steht auf der Rechnungskorrektur.")],
    without_files: FilesLater = False,
    json: Json = False,
    yes: Yes = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Teile einer Rechnung korrigieren: Vorgänge kehren zurück, der Rest bleibt; ein späterer Lauf rechnet sie neu ab.

    Beispiel: mehraufwand correct RE-2026-0118 --case V-2026-004 --reason "Vorgang war kostenfrei"
    """
    with opened(db, processor, actor) as here:
        failed = make_files(here, quiet=json, again=True, later=without_files)
        confirm("confirm_correct", yes=yes or json, number=invoice, cases=", ".join(case))
        with here.session() as session:
            done = correct_invoice(session, here.store, invoice, case, reason=reason, act=here.act)
        failed += make_files(here, quiet=json, later=without_files)
    gross = format_cents(done.gross_cents)
    if json:
        answer = {"contract": done.contract_ref, "month": done.month, "corrects": done.corrects, "number": done.number}
        print_json({**answer, "cases": list(done.cases), "gross": gross, "failed_files": failed})
    else:
        fields = {"number": done.number, "corrects": done.corrects, "cases": ", ".join(done.cases)}
        out().print(sentence("run.corrected", language(), gross=euros(gross), **fields), highlight=False)
        print_failed(failed)
    if failed:
        raise typer.Exit(INPUT_REFUSED)
