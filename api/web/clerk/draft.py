"""One draft: its lines down to minute and clause, what is not billed and why, and what would stop its issue."""

from dataclasses import replace
from typing import Any

from api.web.calls import Download, PageCall, View
from api.web.clerk.month import held_until, month_in
from api.web.routing import page
from api.web.staff.lookup import addresses
from billing.canonical import fingerprint
from billing.errors import NotFound
from billing.rating.decisions import Verdict
from billing.services.access.rights import Right
from billing.services.access.trail import note_access
from billing.services.by_name import Named
from billing.services.parties import list_persons
from invoices.issue_by import issue_by, issue_warning
from invoices.paper import Paper
from invoices.render import RenderPool
from invoices.run.approving import Review, broken_rules, living_drafts, review_draft
from invoices.run.explaining import explain_prepared
from invoices.run.months import minutes_of_prepared
from invoices.run.summary import summary_of

_NO_NUMBER = "ENTWURF"
_AT = "/abrechnung/{month:str}/{contract:str}"


@page(_AT, right=Right.READ_MONTHS)
def draft_page(call: PageCall) -> View:
    """Show a draft as the facts stand now."""
    month, review = month_in(call), _review(call)
    prepared = review.prepared
    held = held_until(call, month, review.contract.ref)
    free = summary_of(prepared, call.lang)["free"]
    cases = {row["case"]: prepared.loaded.ids.cases[row["case"]] for row in free}
    cases |= {item.case: item.case_id for item in held}
    minutes = minutes_of_prepared(prepared)
    return View(
        "clerk/draft.html",
        {
            "month": month,
            "review": review,
            "contract": review.contract.ref,
            "client": prepared.letter.buyer.name,
            "document": prepared.document,
            "lines": explain_prepared(prepared),
            "entries": prepared.loaded.ids.entries,
            "minutes": {verdict: minutes.get(verdict, 0) for verdict in Verdict},
            "free": free,
            "held": held,
            "cases": cases,
            "case_at": addresses(call, Named.CASE, cases.items()),
            "case_contract": {},  # all are under one
            "people": {person.ref: person.name for person in list_persons(call.session)},
            "broken": broken_rules(review, call.lang),
            "warning": issue_warning(issue_by(prepared.document), review.today, call.lang),
        },
    )


@page(f"{_AT}/vorschau", right=Right.READ_MONTHS)
def preview_page(call: PageCall) -> Download:
    """Print the invoice as it would be issued now, without a number; a process of its own does it."""
    review = _review(call)
    document = review.prepared.document
    if document is None:
        raise NotFound("nothing_to_bill", value=review.contract.ref, month=review.draft.month)
    with RenderPool(workers=1) as pool:
        content = pool.render(Paper.INVOICE, replace(document, number=_NO_NUMBER).to_json())
    with call.service.store.tenant(call.session.processor_id) as session:  # printed first: it keeps no writer waiting
        about = {"month": review.draft.month, "sha256": fingerprint(content)}
        note_access(session, call.act, "file_downloaded", f"contract:{review.contract.ref}", **about)
    return Download(content, "application/pdf", f"{review.draft.month}-{review.contract.ref}.pdf", inline=True)


def _review(call: PageCall) -> Review:
    """Find the living draft of the address; NotFound when there is none, or none any more."""
    found: list[Any] = living_drafts(call.session, month_in(call), [call.path["contract"]])
    ((draft, contract),) = found
    return review_draft(call.session, draft, contract, call.act.at)
