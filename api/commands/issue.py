"""`mehraufwand approve`, `issue`, `cancel`: release drafts, close months with their invoices, and take one back."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from api.commands.files import write_files
from api.commands.month import Contracts, Month, require_drafts
from api.console import INPUT_REFUSED, err, language, out, print_json, print_problem
from api.installation import Installation, opened
from api.month_tables import euros
from api.options import Actor, Database, Json, ProcessorRef, Yes
from billing import outbox
from billing.clause.reading import read_month
from billing.errors import Conflict, IncompleteInvoice, InvalidInput, Problem
from billing.money import format_cents
from billing.texts import problem_sentence, sentence
from invoices.render import RenderPool
from invoices.run.approving import approve_draft, living_drafts, review_draft
from invoices.run.cancelling import cancel_closing
from invoices.run.closings import closing_of_invoice, closing_of_month
from invoices.run.files import FileMaker
from invoices.run.issuing import Issued, approved_contracts, issue_month

_MOST_WORKERS = 8
FactsHash = Annotated[str | None, typer.Option("--hash", help="Nur freigeben, was diese Prüfsumme hat (aus review).")]
OutOrNot = Annotated[
    Path | None, typer.Option("--out", help="Die fertigen Dateien zusätzlich in diesen Ordner schreiben.")
]


def approve(  # noqa: PLR0913 - the options of one command
    month: Month,
    *,
    contract: Contracts = None,
    facts_hash: FactsHash = None,
    json: Json = False,
    yes: Yes = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Entwürfe freigeben: genau das, was die Prüfung zeigt; ändert sich danach etwas, gilt die Freigabe nicht mehr."""
    read_month(month, "month")
    with opened(db, processor, actor) as here, here.session() as session:
        drafts = require_drafts(living_drafts(session, month, contract or []), month)
        reviews = [review_draft(session, draft, of, here.act.at) for draft, of in drafts]
        net = sum(review.prepared.net_cents for review in reviews)
        _confirm("confirm_approve", yes=yes or json, count=len(reviews), net=euros(format_cents(net)))
        released = [(review, approve_draft(session, review, here.act, facts_hash)) for review in reviews]
    rows: list[dict[str, Any]] = [
        {"contract": review.contract.ref, "facts_hash": review.draft.facts_hash, "newly_approved": new}
        for review, new in released
    ]
    if json:
        print_json({"month": month, "approved": rows})
    else:
        count = sum(row["newly_approved"] for row in rows)
        out().print(sentence("run.approved", language(), count=count, actor=here.act.name, month=month))


def issue(  # noqa: PLR0913 - the options of one command
    month: Month,
    *,
    contract: Contracts = None,
    out_dir: OutOrNot = None,
    json: Json = False,
    yes: Yes = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Freigegebene Entwürfe ausstellen: Monat schließen, Nummer vergeben, Rechnung und Nachweis als PDF ablegen."""
    read_month(month, "month")
    with opened(db, processor, actor) as here:
        refs = approved_contracts(here.store, here.processor_id, month, contract or [])
        _confirm("confirm_issue", yes=yes or json or not refs, count=len(refs))
        issued: list[Issued] = []
        problems: list[Conflict | IncompleteInvoice] = []
        with Progress(console=err(), transient=True, disable=json) as progress:
            for outcome in progress.track(
                issue_month(here.store, here.processor_id, month, refs, here.act), total=len(refs), description=month
            ):
                (issued if isinstance(outcome, Issued) else problems).append(outcome)  # type: ignore[arg-type]
        failed = make_files(here, quiet=json)
        written = write_files(here, month, out_dir) if out_dir else []
    _report_issue(month, issued, problems, failed, written, as_json=json)
    if problems or failed:
        raise typer.Exit(INPUT_REFUSED)


def cancel(  # noqa: PLR0913 - the options of one command
    invoice: Annotated[str | None, typer.Argument(help="Nummer der Rechnung.")] = None,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Grund; er steht auf der Stornorechnung.")],
    contract: Annotated[str | None, typer.Option("--contract", help="Statt der Nummer: der Vertrag.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="Und sein Monat (auch ohne Rechnung).")] = None,
    json: Json = False,
    yes: Yes = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Eine Rechnung stornieren: ihre Minuten, Einheiten und Auslagen kehren zurück, der nächste Lauf rechnet neu."""
    with opened(db, processor, actor) as here:
        with here.session() as session:
            if invoice is not None:
                closing = closing_of_invoice(session, invoice)
            elif contract is not None and month is not None:
                read_month(month, "--month")
                closing = closing_of_month(session, contract, month)
            else:
                raise InvalidInput("cancel_what", path="INVOICE", value="")
            _confirm("confirm_cancel", yes=yes or json, number=invoice or contract, month=closing.month)
            done = cancel_closing(session, here.store, closing, reason=reason, act=here.act)
        failed = make_files(here, quiet=json)
    if json:
        print_json({"contract": done.contract_ref, "month": done.month, "cancels": done.cancels, "number": done.number})
    else:
        key = "cancelled" if done.number else "cancelled_without_invoice"
        fields = {"number": done.number, "cancels": done.cancels, "contract": done.contract_ref, "month": done.month}
        out().print(sentence(f"run.{key}", language(), **fields))
    if failed:
        raise typer.Exit(INPUT_REFUSED)


def make_files(here: Installation, *, quiet: bool) -> list[str]:
    """Do the open steps of the outbox, with progress; gives what failed. Leftovers of a crash are done here too."""
    with here.session(read_only=True) as session:
        waiting = len(outbox.open_items(session, here.act.at))
    if not waiting:
        return []
    workers = min(os.cpu_count() or 1, waiting, _MOST_WORKERS)
    with RenderPool(workers) as pool, Progress(console=err(), transient=True, disable=quiet) as progress:
        handlers = FileMaker(pool, here.act).handlers
        steps = outbox.run_pending(here.store, here.processor_id, handlers, lambda: here.act.at, limit=waiting)
        title = sentence("run.making_files", language())
        tracked = progress.track(steps, total=waiting, description=title)
        return [f"{done.item.kind} {done.item.subject_id}: {done.error}" for done in tracked if done.error]


def _confirm(key: str, *, yes: bool, **fields: Any) -> None:
    """Ask before what can't be undone, on a terminal; a script has said what it wants."""
    if not yes and err().is_terminal and not typer.confirm(sentence(f"run.{key}", language(), **fields)):
        raise typer.Abort


def _report_issue(
    month: str,
    issued: list[Issued],
    problems: list[Conflict | IncompleteInvoice],
    failed: list[str],
    written: list[Path],
    *,
    as_json: bool,
) -> None:
    if as_json:
        rows = [{"contract": i.contract_ref, "number": i.number, "gross": format_cents(i.gross_cents)} for i in issued]
        errors = [problem_sentence(problem, language()) for problem in problems]
        print_json({"month": month, "issued": rows, "refused": errors, "failed_files": failed, "written": len(written)})
        return
    numbered = [one for one in issued if one.number]
    gross = euros(format_cents(sum(one.gross_cents for one in numbered)))
    fields = {"month": month, "count": len(issued), "invoices": len(numbered), "gross": gross}
    out().print(sentence("run.issued", language(), **fields))
    problem: Problem
    for problem in problems:
        print_problem(problem)
    for line in failed:
        err().print(sentence("run.file_failed", language(), value=line))
    if written:
        out().print(sentence("run.files_written", language(), count=len(written), folder=str(written[0].parent)))
