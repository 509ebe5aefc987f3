"""`mehraufwand run` and `review`: settle a month into drafts, and look at what would be billed, is free, or is held."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from api.answers import jsonable
from api.console import language, print_json, progress
from api.installation import Installation, opened
from api.month_tables import print_outcomes, print_review
from api.options import Actor, Database, Json, ProcessorRef
from billing.clause.reading import read_moment, read_month
from billing.errors import NotFound
from billing.services.moments import local_moment, processor_zone
from billing.timespan import datetime_of, format_month, instant_of
from invoices.run.approving import Review, living_drafts, review_draft
from invoices.run.closings import closed_contracts
from invoices.run.drafts import RunOrder, is_month_over, run_month
from invoices.run.reports import outcome_report, review_report

Month = Annotated[str, typer.Argument(help="Abrechnungsmonat, zum Beispiel 2026-10.")]
Contracts = Annotated[list[str] | None, typer.Option("--contract", help="Nur dieser Vertrag (mehrfach möglich).")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help='Stichtag, etwa "2026-11-03 18:00": Fakten, wie sie dann bekannt waren; sonst jetzt.'),
]
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
    with opened(db, processor, actor) as here, progress(quiet=json) as bar:
        order = RunOrder(here.processor_id, index, _moment(here, as_of), as_of is not None, here.act)
        task = bar.add_task(format_month(index), total=None)
        outcomes = run_month(
            here.store,
            order,
            dry_run=dry_run,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
        rows = [outcome_report(outcome, language()) for outcome in outcomes]
        with here.session(read_only=True) as session:
            is_over = is_month_over(session, index, order.as_of)
    if json:
        asked = {"month": month, "as_of": jsonable(order.as_of), "dry_run": dry_run, "month_is_over": is_over}
        print_json({**asked, "contracts": rows})
    else:
        print_outcomes(month, rows, dry_run=dry_run, is_over=is_over)


def _moment(here: Installation, as_of: str | None) -> datetime:
    """Give the moment whose facts are settled, in whole minutes; what was typed without an offset is our local time."""
    if as_of is None:
        return datetime_of(instant_of(here.act.at))
    with here.session(read_only=True) as session:
        text = local_moment(as_of, processor_zone(session), "--as-of")
    return datetime_of(read_moment(text, "--as-of"))


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
    with opened(db, processor, actor) as here:
        rows = [review_report(found, language()) for found in reviews_of(here, month, contract or [], quiet=json)]
    if json:
        print_json({"month": month, "contracts": rows})
    else:
        print_review(month, rows, detailed=bool(contract))


def reviews_of(here: Installation, month: str, contracts: list[str], *, quiet: bool) -> Iterator[Review]:
    """Settle the month's drafts again, one after the other, with progress; NotFound when there is none to look at."""
    with here.session(read_only=True) as session, progress(quiet=quiet) as bar:
        drafts = living_drafts(session, month, contracts)
        if not drafts:
            raise NotFound("month_is_closed" if closed_contracts(session, month) else "no_drafts", month=month)
        for draft, contract in bar.track(drafts, description=month):
            yield review_draft(session, draft, contract, here.act.at)
