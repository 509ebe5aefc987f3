"""`mehraufwand run` and `review`: settle a month into drafts, and look at what would be billed, is free, or is held."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.progress import Progress

from api.console import err, language, print_json
from api.installation import opened
from api.month_tables import print_outcomes, print_review
from api.options import Actor, Database, Json, ProcessorRef
from billing.clause.reading import read_moment, read_month
from billing.errors import NotFound
from billing.timespan import datetime_of, format_month, instant_of
from invoices.run.approving import living_drafts, review_draft
from invoices.run.drafts import RunOrder, run_month
from invoices.run.summary import summary_of

Month = Annotated[str, typer.Argument(help="Abrechnungsmonat, zum Beispiel 2026-10.")]
Contracts = Annotated[list[str] | None, typer.Option("--contract", help="Nur dieser Vertrag (mehrfach möglich).")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Stichtag: Fakten, wie sie dann bekannt waren; sonst jetzt.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Nur rechnen und zeigen, nichts speichern.")]


def run(  # noqa: PLR0913 - the options of one command
    month: Month,
    *,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    json: Json = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Einen Monat abrechnen: für jeden Vertrag entsteht ein Entwurf, den eine Person prüft und freigibt."""
    index = read_month(month, "month")
    fixed = as_of is not None
    with opened(db, processor, actor) as here, Progress(console=err(), transient=True, disable=json) as progress:
        moment = datetime_of(read_moment(as_of, "--as-of")) if fixed else datetime_of(instant_of(datetime.now(UTC)))
        task = progress.add_task(format_month(index), total=None)
        rows: list[dict[str, Any]] = []
        order = RunOrder(here.processor_id, index, moment, fixed, here.act)
        outcomes = run_month(
            here.store,
            order,
            dry_run=dry_run,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
        for outcome in outcomes:
            summary = (
                summary_of(outcome.prepared, language()) if outcome.prepared else {"contract": outcome.contract_ref}
            )
            rows.append({**summary, "change": str(outcome.change), "changed": list(outcome.changed)})
    if json:
        print_json({"month": month, "as_of": moment.isoformat(), "dry_run": dry_run, "contracts": rows})
    else:
        print_outcomes(month, rows, dry_run=dry_run)


def review(
    month: Month,
    *,
    contract: Contracts = None,
    json: Json = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Entwürfe ansehen: was abgerechnet, kostenfrei oder in Klärung ist - mit Grund und nächstem Schritt."""
    read_month(month, "month")
    with opened(db, processor, actor) as here, here.session(read_only=True) as session:
        rows = []
        for draft, of in require_drafts(living_drafts(session, month, contract or []), month):
            found = review_draft(session, draft, of, here.act.at)
            rows.append(
                {
                    **summary_of(found.prepared, language()),
                    "state": str(draft.state),
                    "approved_by": draft.approved_by_name,
                    "facts_hash": draft.facts_hash,
                    "missing": list(found.missing),
                    "changed": found.changed,
                }
            )
    if json:
        print_json({"month": month, "contracts": rows})
    else:
        print_review(month, rows, detailed=bool(contract))


def require_drafts(drafts: Iterable[Any], month: str) -> list[Any]:
    """Give the drafts; NotFound when the month has none to look at."""
    found = list(drafts)
    if not found:
        raise NotFound("no_drafts", month=month)
    return found
