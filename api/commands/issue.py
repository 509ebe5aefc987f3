"""`mehraufwand issue`: close a month for good, contract by contract, number its invoices and print them."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.files import FilesLater, make_files, require_folder, write_files
from api.commands.month import Contracts, Month
from api.confirming import confirm
from api.console import INPUT_REFUSED, err, language, out, print_json, print_problem, progress
from api.installation import Installation, opened
from api.month_tables import print_failed, print_issued
from api.options import Actor, Database, Json, ProcessorRef, Yes
from billing.clause.reading import read_month
from billing.errors import Conflict, InvalidInput
from billing.texts import sentence
from invoices.run.issuing import Issued, NotIssued, issuable, issue_month
from invoices.run.reports import issued_report, refused_report

OutOrNot = Annotated[
    Path | None, typer.Option("--out", help="Die fertigen Dateien zusätzlich in diesen Ordner schreiben.")
]


def issue(  # noqa: PLR0913 - the options of one command
    month: Month,
    *,
    contract: Contracts = None,
    out_dir: OutOrNot = None,
    without_files: FilesLater = False,
    json: Json = False,
    yes: Yes = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Freigegebene Entwürfe ausstellen: Monat schließen, Nummer vergeben, Rechnung und Nachweis als PDF ablegen."""
    read_month(month, "month")
    if without_files and out_dir is not None:
        raise InvalidInput("files_wanted_later", path="--out", value=out_dir)
    with opened(db, processor, actor) as here:
        if out_dir is not None:
            require_folder(out_dir)
        failed = make_files(here, quiet=json, again=True, later=without_files)
        with here.session(read_only=True) as session:
            found = issuable(session, month, contract or [])
        if found.waiting and not found.approved:
            raise Conflict("nothing_approved", month=month, count=len(found.waiting))
        if found.approved:
            confirm("confirm_issue", yes=yes or json, count=len(found.approved))
        outcomes = _issue_all(here, month, found.approved, quiet=json)
        failed += make_files(here, quiet=json, later=without_files)
        written = write_files(here, month, out_dir) if out_dir else []
    _report_issue(month, outcomes, found.waiting, failed, written, as_json=json)
    if failed or any(isinstance(outcome, NotIssued) for outcome in outcomes):
        raise typer.Exit(INPUT_REFUSED)


def _issue_all(here: Installation, month: str, contracts: list[str], *, quiet: bool) -> list[Issued | NotIssued]:
    if not contracts:
        return []
    with progress(quiet=quiet) as bar:
        steps = issue_month(here.store, here.processor_id, month, contracts, here.act)
        return list(bar.track(steps, total=len(contracts), description=month))


def _report_issue(
    month: str,
    outcomes: list[Issued | NotIssued],
    waiting: list[str],
    failed: list[str],
    written: list[Path],
    *,
    as_json: bool,
) -> None:
    issued = [outcome for outcome in outcomes if isinstance(outcome, Issued)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, NotIssued)]
    if as_json:
        print_json(
            {
                "month": month,
                "issued": [issued_report(one) for one in issued],
                "refused": [refused_report(one, language()) for one in refused],
                "waiting": waiting,
                "failed_files": failed,
                "written": [str(path) for path in written],
            }
        )
        return
    print_issued(month, [issued_report(one) for one in issued])
    if waiting:
        err().print(sentence("run.still_waiting", language(), count=len(waiting), month=month), highlight=False)
    for one in refused:
        print_problem(one.problem)
    print_failed(failed)
    if written:
        folder = str(written[0].parent)
        out().print(sentence("run.files_written", language(), count=len(written), folder=folder), highlight=False)
