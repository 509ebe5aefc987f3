"""Issuing and sending a month: what can't be undone has a page of its own that says what it will do."""

from api.jobs import Job
from api.web.calls import Done, PageCall, View
from api.web.clerk.month import begin_work, is_over, month_in, month_page, rows_in
from api.web.routing import deed, page
from billing.errors import Conflict
from billing.services.access.rights import Right
from billing.services.moments import local_day, processor_zone
from billing.services.sendings import Ordered
from invoices.run.issuing import Issued, NotIssued, issuable, issue_month
from invoices.run.months import controller_names, numbers_to_come
from invoices.run.ordering import NotSent, documents_of_month, order_all


@page("/abrechnung/{month:str}/ausstellen", right=Right.RUN_MONTHS)
def issue_page(call: PageCall) -> View:
    """Say what issuing the released drafts will do; looking at it does nothing."""
    month = month_in(call)
    rows = [row for row in rows_in(call, month) if row.of.state == "approved"]
    if not rows:
        raise Conflict("nothing_approved", month=month, count=0)
    billing = [row for row in rows if row.makes_invoice]
    today = local_day(call.act.at, processor_zone(call.session))
    return View(
        "clerk/issue.html",
        {
            "month": month,
            "rows": rows,
            "count": len(billing),
            "net_cents": sum(row.net_cents for row in billing),
            "numbers": numbers_to_come(call.session, len(billing), today),
            "is_over": is_over(call, month),
            "stale": [row for row in rows if row.draft is not None and row.draft.changed],
        },
    )


@deed("/abrechnung/{month:str}/ausstellen", right=Right.RUN_MONTHS, in_steps=True, back=month_page)
def issue_deed(call: PageCall) -> Done:
    """Issue what was released, one contract after the other; what can't be is named and stops no other."""
    month = month_in(call)
    refs = issuable(call.session, month, []).approved
    if not refs:
        raise Conflict("nothing_approved", month=month, count=0)
    names = controller_names(call.session)

    def note(job: Job, outcome: Issued | NotIssued) -> None:
        problem = outcome.problem if isinstance(outcome, NotIssued) else None
        job.note(names[outcome.contract_ref], problem)

    steps = issue_month(call.store, call.who.processor_id, month, refs, call.act)
    job = begin_work(call, month, Job("issue", len(refs)), steps, note)
    said = {"count": str(job.done - len(job.refused))}
    return Done(f"/abrechnung/{month}", None if job.is_running else "month_issued", said)


@deed("/abrechnung/{month:str}/versenden", right=Right.RUN_MONTHS, in_steps=True, back=month_page)
def send_deed(call: PageCall) -> Done:
    """Send a month's documents, each once; those that failed go out again."""
    month = month_in(call)
    numbers = [document.number for document in documents_of_month(call.session, month)]

    def note(job: Job, outcome: Ordered | NotSent) -> None:
        job.note(outcome.number, outcome.problem if isinstance(outcome, NotSent) else None)

    steps = order_all(call.store, call.who.processor_id, numbers, call.act)
    job = begin_work(call, month, Job("send", len(numbers)), steps, note)
    said = {"count": str(job.done - len(job.refused))}
    return Done(f"/abrechnung/{month}", None if job.is_running else "month_sending", said)
