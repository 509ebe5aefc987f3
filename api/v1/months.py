"""The month: run it, see where it stands, issue it. The steps are those of the commands, safe to repeat."""

from collections import Counter
from datetime import date
from typing import Any

from api.v1.calls import Call, Reply
from api.v1.month_out import (
    CancelledOut,
    ContractMonthOut,
    IssuedRowOut,
    IssueOut,
    MonthOut,
    NotIssuedOut,
    RunOut,
    RunOutcomeOut,
    SendingCountsOut,
    SettledMonthOut,
    StepsOut,
)
from api.v1.routing import get, post
from billing.clause.reading import Reader, list_of, read_flag, read_month, read_object
from billing.errors import Conflict
from billing.services.access.rights import Right
from billing.services.fields import read_line, read_note
from billing.services.moments import local_day, processor_zone, read_datetime
from billing.timespan import datetime_of, format_month, instant_of
from invoices.issue_by import issue_warning
from invoices.run.cancelling import Cancelled, cancel_closing
from invoices.run.closings import closing_of_month
from invoices.run.drafts import Outcome, RunOrder, is_month_over, run_month
from invoices.run.issuing import Issued, NotIssued, issuable, issue_month
from invoices.run.overview import ContractMonth, month_status
from invoices.run.reports import issued_report, outcome_report, refused_report

RUN: dict[str, Reader] = {"as_of?": read_datetime, "dry_run?": read_flag}
ISSUE: dict[str, Reader] = {"contracts?": list_of(read_line, unique=True)}
CANCEL_MONTH: dict[str, Reader] = {"contract": read_line, "reason": read_note}


def month_in(call: Call) -> int:
    """Read the month of the address."""
    return read_month(call.path["month"], "month")


@get("/months/{month:str}", right=Right.READ_MONTHS, gives=MonthOut)
def month(call: Call) -> Reply:
    """See where a month stands over all contracts."""
    index = month_in(call)
    name = format_month(index)
    status = month_status(call.session, name)
    today = local_day(call.act.at, processor_zone(call.session))
    rows = [_row(row, today, call.lang) for row in status.contracts]
    counts = Counter(row.state for row in rows)
    sending = SendingCountsOut(**{str(state): count for state, count in status.sending.items()})
    steps = StepsOut(**status.steps)
    is_over = is_month_over(call.session, index, call.act.at)
    out = MonthOut(
        month=name,
        month_is_over=is_over,
        counts=dict(counts),
        contracts=rows,
        steps=steps,
        sending=sending,
    )
    return Reply(out)


def _row(row: ContractMonth, today: date, lang: str) -> ContractMonthOut:
    shown = ContractMonthOut.model_validate(row, from_attributes=True)
    shown.issue_warning = issue_warning(row.issue_by, today, lang)
    return shown


@post(
    "/months/{month:str}/runs",
    right=Right.RUN_MONTHS,
    reads=RUN,
    gives=RunOut,
    status=200,
    in_steps=True,
    example={"as_of": "2026-11-02T09:00:00+01:00"},
)
def run_month_(call: Call) -> Reply:
    """Settle every contract's month into drafts; unchanged facts change nothing.

    `as_of` fixes the moment whose facts count; without it the month is of now, and of the moment of its issue.
    `dry_run` shows what would come of it and stores nothing.
    """
    index, said = month_in(call), read_object(call.raw, "", RUN)
    moment = said.get("as_of") or datetime_of(instant_of(call.act.at))
    order = RunOrder(call.who.processor_id, index, moment, "as_of" in said, call.act)
    dry_run = said.get("dry_run", False)
    steps = run_month(call.store, order, dry_run=dry_run)
    outcomes = [_outcome(outcome, call.lang) for outcome in call.service.traffic.long_work(steps)]
    is_over = is_month_over(call.session, index, moment)
    month_name = format_month(index)
    return Reply(RunOut(month=month_name, as_of=moment, dry_run=dry_run, month_is_over=is_over, contracts=outcomes))


def _outcome(outcome: Outcome, lang: str) -> RunOutcomeOut:
    report: dict[str, Any] = outcome_report(outcome, lang)
    settled = SettledMonthOut.model_validate(report) if outcome.prepared else None
    names = {name: report[name] for name in ("contract", "controller", "change", "changed")}
    return RunOutcomeOut(**names, settled=settled)


@post(
    "/months/{month:str}/issue",
    right=Right.RUN_MONTHS,
    reads=ISSUE,
    gives=IssueOut,
    status=200,
    in_steps=True,
    example={"contracts": ["AVV-101"]},
)
def issue_month_(call: Call) -> Reply:
    """Close the approved months of all contracts, or of those named: number and freeze their invoices.

    What can't be issued is `refused` with its reason and stops no other; what nobody approved is `waiting`.
    """
    name, said = format_month(month_in(call)), read_object(call.raw, "", ISSUE)
    found = issuable(call.session, name, said.get("contracts", []))
    if found.waiting and not found.approved:
        raise Conflict("nothing_approved", month=name, count=len(found.waiting))
    steps = issue_month(call.store, call.who.processor_id, name, found.approved, call.act)
    outcomes = list(call.service.traffic.long_work(steps))
    issued = [_issued(one) for one in outcomes if isinstance(one, Issued)]
    refused = [NotIssuedOut(**refused_report(one, call.lang)) for one in outcomes if isinstance(one, NotIssued)]
    return Reply(IssueOut(month=name, issued=issued, refused=refused, waiting=found.waiting))


def _issued(one: Issued) -> IssuedRowOut:
    return IssuedRowOut(**issued_report(one), invoice_id=one.invoice_id, pass_through_id=one.pass_through_id)


@post(
    "/months/{month:str}/cancellation",
    right=Right.RUN_MONTHS,
    reads=CANCEL_MONTH,
    gives=CancelledOut,
    status=200,
    example={"contract": "AVV-101", "reason": "Nachweis fehlte"},
)
def cancel_month(call: Call) -> Reply:
    """Take back a contract's closed month, also one that billed nothing; the next run asks its work again."""
    said = read_object(call.raw, "", CANCEL_MONTH)
    closing = closing_of_month(call.session, said["contract"], format_month(month_in(call)))
    done = cancel_closing(call.session, call.store, closing, reason=said["reason"], act=call.act)
    return Reply(cancelled_out(done))


def cancelled_out(done: Cancelled) -> CancelledOut:
    """Show a closing that was taken back."""
    return CancelledOut(
        contract=done.contract_ref,
        month=done.month,
        cancels=done.cancels,
        number=done.number,
        invoice_id=done.invoice_id,
    )
