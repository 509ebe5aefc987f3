"""`mehraufwand record`: the activity record of a closed month as PDF and CSV (13(10)), also when nothing was billed."""

from typing import Annotated

import typer

from api.commands.files import Folder, require_folder, write_all
from api.commands.month import Month
from api.console import language, out, print_json
from api.installation import opened
from api.options import Actor, Database, Json, ProcessorRef
from billing.clause.reading import read_month
from billing.texts import sentence
from invoices.activity_csv import activity_csv
from invoices.canonical import to_json
from invoices.paper import Paper
from invoices.render import RenderPool
from invoices.run.files import record_of_month
from invoices.run.on_request import RequestedRecord, note_given


def record(  # noqa: PLR0913 - the options of one command
    contract: Annotated[str, typer.Argument(help="Der Vertrag.")],
    month: Month,
    *,
    out_dir: Folder,
    json: Json = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Tätigkeitsnachweis eines abgeschlossenen Monats: alle Arbeit, abgerechnet, kostenfrei und in Klärung."""
    read_month(month, "month")
    with opened(db, processor, actor) as here:
        with here.session(read_only=True) as session:
            found = record_of_month(session, contract, month)
        with RenderPool(1) as pool:
            pdf = pool.render(Paper.ACTIVITY_RECORD, to_json(found))
        name = f"Taetigkeitsnachweis-{contract}-{month}".replace("/", "-")
        require_folder(out_dir)
        with here.session() as session:  # first, so that none leaves without its row
            note_given(session, here.act, contract, month, RequestedRecord(found, is_final=True))
        written = write_all([(f"{name}.pdf", pdf), (f"{name}.csv", activity_csv(found))], out_dir)
    if json:
        print_json({"contract": contract, "month": month, "written": [str(path) for path in written]})
    else:
        out().print(sentence("run.files_written", language(), count=len(written), folder=str(out_dir)))
