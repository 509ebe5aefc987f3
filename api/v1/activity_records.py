"""The activity record on request (Tätigkeitsnachweis, 13(10)): any month, closed or open, as JSON or as a table."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.contracts import contract_of
from api.v1.downloads import send
from api.v1.routing import get
from billing.clause.reading import Reader, one_of, read_month
from billing.money import format_cents
from billing.services.access.rights import Right
from invoices.activity_csv import activity_csv, verdict_sentences
from invoices.activity_record import CaseRecord, ExpenseRecord, Outcome, Totals, WorkStretch
from invoices.run.on_request import RequestedRecord, record_on_request

FORMATS: dict[str, Reader] = {"format?": one_of("json", "csv")}
MEDIA_TYPES = ("application/json", "text/csv")
OutcomeName = Literal["billed", "free", "held"]


class TotalsOut(BaseModel):
    """Minutes by outcome."""

    minutes: int
    billed_minutes: int
    free_minutes: int
    held_minutes: int


class VerdictOut(BaseModel):
    """What became of it, by which clause, why, and what would settle it (held only)."""

    outcome: OutcomeName
    clause: str
    code: str
    reason: str
    next_step: str | None


class StretchOut(VerdictOut):
    """A stretch of one entry; times with the offset of the processor's clock, who worked by initials."""

    entry: str
    start: AwareDatetime
    end: AwareDatetime
    minutes: int
    service: str
    rate_class: str
    estimate: str | None
    initials: str


class ExpenseRecordOut(VerdictOut):
    """An expense or third-party cost."""

    expense: str
    incurred_on: date
    kind: str
    description: str
    receipt: str | None
    net: str = Field(examples=["84.50"])


class CaseRecordOut(BaseModel):
    """All of one case in this record."""

    case: str
    title: str
    kind: str
    totals: TotalsOut
    billed_units: int
    stretches: list[StretchOut]
    expenses: list[ExpenseRecordOut]


class ActivityRecordOut(BaseModel):
    """The record of one contract's month; while `is_final` is false it is what a run would find now."""

    contract: str = Field(description="The contract's number.")
    month: str = Field(examples=["2026-10"])
    is_final: bool
    as_of: AwareDatetime
    time_zone: str
    invoice: str | None
    unit_minutes: int
    allowance_minutes: int
    allowance_used_minutes: int
    totals: TotalsOut
    cases: list[CaseRecordOut]


@get(
    "/contracts/{contract_id:int}/activity-records/{month:str}",
    right=Right.READ_CASES,
    query=FORMATS,
    gives=ActivityRecordOut,
    media_types=MEDIA_TYPES,
    writes=True,
)
def get_activity_record(call: Call) -> Reply:
    """Give the activity record of a month: all work, billed, free and held, by whom in initials."""
    return activity_record_reply(call)


def activity_record_reply(call: Call) -> Reply:
    """Answer with the activity record of the path's contract and month, in the form that is asked for."""
    read_month(call.path["month"], "month")
    contract = contract_of(call)
    found = record_on_request(call.session, call.act, contract, call.path["month"])
    if call.query.get("format") == "csv":
        name = f"Taetigkeitsnachweis-{contract.ref}-{found.record.month}.csv"
        return send(name, "text/csv", activity_csv(found.record))
    return Reply(_show(found, call.lang))


def _show(found: RequestedRecord, lang: str) -> ActivityRecordOut:
    record = found.record
    return ActivityRecordOut(
        contract=record.contract_number,
        month=record.month,
        is_final=found.is_final,
        as_of=record.as_of,
        time_zone=record.time_zone,
        invoice=record.invoice_number or None,
        unit_minutes=record.unit_minutes,
        allowance_minutes=record.allowance_minutes,
        allowance_used_minutes=record.allowance_used_minutes,
        totals=_totals(record.totals),
        cases=[_case(case, lang) for case in record.cases],
    )


def _totals(totals: Totals) -> TotalsOut:
    return TotalsOut.model_validate(totals, from_attributes=True)


def _case(case: CaseRecord, lang: str) -> CaseRecordOut:
    return CaseRecordOut(
        case=case.ref,
        title=case.title,
        kind=case.kind,
        totals=_totals(case.totals),
        billed_units=case.billed_units,
        stretches=[_stretch(stretch, lang) for stretch in case.stretches],
        expenses=[_expense(expense, lang) for expense in case.expenses],
    )


def _verdict(outcome: Outcome, code: str, clause: str, lang: str) -> dict[str, Any]:
    reason, next_step = verdict_sentences(outcome, code, lang)
    return {"outcome": outcome.value, "code": code, "clause": clause, "reason": reason, "next_step": next_step or None}


def _stretch(stretch: WorkStretch, lang: str) -> StretchOut:
    return StretchOut(
        entry=stretch.entry_ref,
        start=stretch.start,
        end=stretch.end,
        minutes=stretch.minutes,
        service=stretch.service,
        rate_class=stretch.rate_class,
        estimate=stretch.estimate_ref or None,
        initials=stretch.initials,
        **_verdict(stretch.outcome, stretch.code, stretch.clause, lang),
    )


def _expense(expense: ExpenseRecord, lang: str) -> ExpenseRecordOut:
    return ExpenseRecordOut(
        expense=expense.expense_ref,
        incurred_on=expense.incurred_on,
        kind=expense.kind,
        description=expense.description,
        receipt=expense.receipt_ref or None,
        net=format_cents(expense.net_cents),
        **_verdict(expense.outcome, expense.code, expense.clause, lang),
    )
