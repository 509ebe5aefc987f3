"""One month: checked, released, issued and sent, each step with its counts, its drafts and what stands in its way."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from api.jobs import Job
from api.web.calls import Done, PageCall, View
from api.web.routing import deed, page
from api.web.staff.lookup import places
from billing.clause.reading import read_month
from billing.errors import Conflict, NotFound
from billing.rating.decisions import Verdict
from billing.services.access.rights import Right
from billing.services.by_name import Named
from billing.services.held_work import HeldItem, held_work
from billing.services.moments import local_day, processor_zone
from billing.services.parties import list_persons
from billing.services.sendings import SendingState
from billing.timespan import datetime_of, format_month, instant_of
from invoices.issue_by import issue_warning
from invoices.run.approving import release_drafts
from invoices.run.drafts import Outcome, RunOrder, begin_of, is_month_over, run_month
from invoices.run.months import MonthRow
from invoices.run.overview import InvoiceRow, invoices_after, month_status

_MOST_DOCUMENTS = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a month's contracts are past each step; `documents` and `sent` count papers."""

    contracts: int
    drafts: int
    approved: int
    closed: int
    documents: int
    sent: int
    unsent: int
    """What nobody ordered to be sent yet, or what did not go out."""
    making: int
    """Papers that are still being made, and those that could not be."""
    failed: int

    @property
    def now(self) -> str:
        """The step that waits for somebody."""
        if not self.drafts and not self.approved and not self.closed:
            return "check"
        if self.drafts:
            return "approve"
        if self.approved:
            return "issue"
        return "send" if self.sent < self.documents else "done"


def month_in(call: PageCall) -> str:
    """Read the month of the address."""
    return format_month(read_month(call.path["month"], "month"))


def rows_in(call: PageCall, month: str) -> list[MonthRow]:
    """Give all contracts of a month, each as its facts are now; others' requests go before."""
    looks, now = call.service.month_looks, call.act.at
    known = looks.known(call.session, month, now)
    if known is not None:
        return list(known)
    return list(call.service.traffic.long_work(looks.rows(call.session, month, now)))


def subject_of(month: str) -> str:
    """Give the name under which long work about a month runs."""
    return f"month:{month}"


@page("/abrechnung/{month:str}", right=Right.READ_MONTHS)
def month_page(call: PageCall) -> View:
    """Show where a month stands, what is held in it, and its drafts."""
    month = month_in(call)
    today = local_day(call.act.at, processor_zone(call.session))
    rows = rows_in(call, month)
    documents = invoices_after(call.session, 0, _MOST_DOCUMENTS, month=month)
    held = held_until(call, month)
    job = call.service.jobs.of(call.who.processor_id, subject_of(month))
    at = places(call, Named.CASE, ((item.case, item.case_id) for item in held))
    return View(
        "clerk/month.html",
        {
            "month": month,
            "rows": rows,
            "drafts": [row for row in rows if row.draft is not None],
            "sums": _sums(rows),
            "progress": _progress(call, month, rows, documents),
            "documents": documents,
            "mailed": _mailed(documents),
            "held": held,
            "case_at": at.here,
            "case_contract": at.contract,
            "held_minutes": sum(item.minutes for item in held),
            "job": job,
            "is_at_work": job is not None and job.was_running(call.opened.begun),
            "people": {person.ref: person.name for person in list_persons(call.session)},
            "warnings": _warnings(rows, today, call.lang),
            "is_over": is_over(call, month),
            "has_begun": call.act.at >= begin_of(call.session, read_month(month, "month")),
        },
    )


def is_over(call: PageCall, month: str) -> bool:
    """Tell whether a month has ended."""
    return is_month_over(call.session, read_month(month, "month"), call.act.at)


def held_until(call: PageCall, month: str, contract: str | None = None) -> list[HeldItem]:
    """Give what is held of work up to the end of a month, of all contracts or of one."""
    end = begin_of(call.session, read_month(month, "month") + 1).date()
    found = held_work(call.session, call.act.at, {} if contract is None else {"contract": contract})
    return [item for item in found if item.happened_on < end]


def _sums(rows: Sequence[MonthRow]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for row in rows:
        found["net"] += row.net_cents
        for verdict in Verdict:
            found[verdict] += row.minutes.get(verdict, 0)
    return {name: found[name] for name in ("net", *Verdict)}


def _progress(call: PageCall, month: str, rows: Sequence[MonthRow], documents: Sequence[InvoiceRow]) -> Progress:
    states, status = Counter(row.of.state for row in rows), month_status(call.session, month)
    sent = status.sending.get(SendingState.ACCEPTED, 0)
    missing = sum("pdf" not in row.files for row in documents)
    return Progress(
        contracts=len(rows),
        drafts=states["draft"],
        approved=states["approved"],
        closed=states["closed"],
        documents=sum(status.sending.values()),
        sent=sent,
        unsent=sum(status.sending.get(state, 0) for state in (SendingState.NOT_SENT, SendingState.FAILED)),
        making=missing,
        failed=status.steps["failed"] if missing else 0,
    )


def _mailed(documents: Sequence[InvoiceRow]) -> Mapping[str, int]:
    return Counter(str(row.track.sending) for row in documents)


def _warnings(rows: Sequence[MonthRow], today: date, lang: str) -> dict[int, str]:
    """Give the sentences about days until which drafts must be issued, by contract."""
    told = {row.of.contract_id: issue_warning(row.of.issue_by, today, lang) for row in rows}
    return {contract: text for contract, text in told.items() if text}


@deed("/abrechnung/{month:str}/pruefen", right=Right.RUN_MONTHS, in_steps=True, back=month_page)
def run_deed(call: PageCall) -> Done:
    """Settle all contracts into drafts; unchanged facts change nothing."""
    month = month_in(call)
    total = len(month_status(call.session, month).contracts)
    steps = run_month(call.store, _order(call, month))
    job = begin_work(call, month, Job("run", total), steps, _note_outcome)
    return Done(f"/abrechnung/{month}", None if job.is_running else "month_run", {"count": str(job.done)})


@deed("/abrechnung/{month:str}/freigeben", right=Right.RUN_MONTHS, in_steps=True, back=month_page)
def approve_deed(call: PageCall) -> Done:
    """Release drafts as they were looked at: one by its button, or all.

    What was shown is what the facts came to then; a draft that was written before is written anew first, and released
    only if it comes to what was seen.
    """
    month, form = month_in(call), call.form
    seen = {name.removeprefix("stand."): form.text(name) for name in form.typed if name.startswith("stand.")}
    wanted = [form.text("vertrag")] if form.text("vertrag") else sorted(seen)
    rows = {row.of.contract: row for row in rows_in(call, month) if row.draft is not None}
    for ref in wanted:
        if ref not in rows or ref not in seen:
            raise NotFound("draft_unknown", value=ref, month=month)
    if any(draft.changed for ref in wanted if (draft := rows[ref].draft) is not None):
        for _ in run_month(call.store, _order(call, month)):
            pass  # what became of each stands in its draft; all of them at once are a month's work in memory
    looked_at = [(rows[ref].of.contract_id, seen[ref]) for ref in wanted]
    newly = release_drafts(call.store, call.who.processor_id, month, looked_at, call.act)
    return Done(f"/abrechnung/{month}", "drafts_released", {"count": str(len(newly))})


def _order(call: PageCall, month: str) -> RunOrder:
    moment: datetime = datetime_of(instant_of(call.act.at))
    return RunOrder(call.who.processor_id, read_month(month, "month"), moment, as_of_fixed=False, act=call.act)


def _note_outcome(job: Job, outcome: Outcome) -> None:
    job.note(outcome.controller)


def begin_work(call: PageCall, month: str, job: Job, steps: Any, note: Any) -> Job:
    """Begin long work about a month; Conflict while other work about it runs, and what ended it early."""
    work = call.service.traffic.long_work(steps)
    begun = call.service.jobs.begin(call.who.processor_id, subject_of(month), job, work, note)
    if begun is not job:
        raise Conflict("month_is_busy", month=month)
    if begun.problem is not None:
        raise begun.problem
    return begun
