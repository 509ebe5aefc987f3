"""`mehraufwand approve`: a person releases what the review shows, and nothing else."""

from dataclasses import dataclass
from typing import Annotated

import typer

from api.commands.month import Contracts, Month, reviews_of
from api.confirming import confirm
from api.console import language, out, print_json
from api.installation import Installation, opened
from api.month_tables import euros
from api.options import Actor, Database, Json, ProcessorRef, Yes
from billing.clause.reading import read_month
from billing.errors import Conflict
from billing.money import format_cents
from billing.texts import sentence
from invoices.run.approving import release_drafts, require_fresh

FactsHash = Annotated[str | None, typer.Option("--hash", help="Nur freigeben, was diese Prüfsumme hat (aus review).")]


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
    with opened(db, processor, actor) as here:
        seen = _looked_at(here, month, contract or [], facts_hash, quiet=json)
        new = [one for one in seen if not one.approved]
        net = euros(format_cents(sum(one.net_cents for one in new)))
        if new:
            confirm("confirm_approve", yes=yes or json, count=len(new), net=net)
        wanted = [(one.contract_id, one.facts_hash) for one in new]
        newly = release_drafts(here.store, here.processor_id, month, wanted, here.act)
        released = {one.contract for one in new if one.contract_id in newly}
    if json:
        rows = [
            {"contract": one.contract, "facts_hash": one.facts_hash, "newly_approved": one.contract in released}
            for one in seen
        ]
        print_json({"month": month, "approved": rows})
    else:
        key = "approved" if released else "approved_before"
        fields = {"count": len(released), "net": net, "actor": here.act.name, "month": month}
        out().print(sentence(f"run.{key}", language(), **fields), highlight=False)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of a draft between the look at it and its approval."""

    contract: str
    contract_id: int
    facts_hash: str
    approved: bool
    net_cents: int


def _looked_at(
    here: Installation, month: str, contracts: list[str], facts_hash: str | None, *, quiet: bool
) -> list[_Seen]:
    """Look at the drafts; Conflict when one no longer holds, or when none is the one that the person looked at."""
    seen = []
    for review in reviews_of(here, month, contracts, quiet=quiet):
        draft = review.draft
        approved = draft.approved_hash is not None
        if facts_hash in (None, draft.facts_hash):
            require_fresh(review)
            seen.append(
                _Seen(review.contract.ref, draft.contract_id, draft.facts_hash, approved, review.prepared.net_cents)
            )
    if not seen:
        raise Conflict("draft_is_another", contract=", ".join(contracts) or month, value=facts_hash)
    return seen
