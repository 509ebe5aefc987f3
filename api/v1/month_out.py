"""What the month's routes answer: the same values as the commands print with `--json` (docs/json.md)."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

_RUNNING = "False while the month goes on: what is still worked in it changes the drafts (13(8): billed in arrears)."


class BilledLineOut(BaseModel):
    """New units of one case and rate class."""

    case: str
    rate_class: str
    units: int
    net: str = Field(examples=["75.00"])
    vat_rate: str = Field(description="Share of the net, by the date of service.", examples=["0.19"])


class VatGroupOut(BaseModel):
    """All that is billed in one VAT category (EN 16931: S, AE, O, E) at one rate."""

    category: str
    rate: str = Field(examples=["0.19"])
    net: str
    vat: str


class BilledExpenseOut(BaseModel):
    """An expense that is billed."""

    case: str
    expense: str
    net: str


class PassThroughItemOut(BaseModel):
    """What was paid in the controller's name: asked back on a statement, no part of the invoice."""

    case: str
    expense: str
    amount: str


class WhyOut(BaseModel):
    """Work of one case that is free or on hold for one reason, with the sentence that says why."""

    case: str
    code: str
    minutes: int
    items: list[str]
    why: str
    next_step: str | None = None


class SurplusOut(BaseModel):
    """Units that were billed and are no longer due: they count against later minutes of the same case."""

    case: str
    units: int


class SettledMonthOut(BaseModel):
    """One contract's month: what is billed, free and on hold."""

    contract: str
    controller: str
    month: str = Field(examples=["2026-10"])
    net: str
    vat: str
    gross: str
    billed_minutes: int
    free_minutes: int
    held_minutes: int
    lines: list[BilledLineOut]
    vat_groups: list[VatGroupOut]
    expenses: list[BilledExpenseOut]
    pass_through: list[PassThroughItemOut]
    pass_through_total: str = Field(examples=["0.00"])
    free: list[WhyOut]
    held: list[WhyOut]
    surplus: list[SurplusOut]
    facts_hash: str


class RunOutcomeOut(BaseModel):
    """What a run did about one contract; `settled` is null where the month can't be run (again)."""

    contract: str
    controller: str
    change: str = Field(
        description=(
            "new, unchanged, recomputed, approval_lapsed; or why it was left out: closed, later_month_closed,"
            " later_facts_closed"
        )
    )
    changed: list[str]
    settled: SettledMonthOut | None


class RunOut(BaseModel):
    """A run of a month over all contracts."""

    month: str
    as_of: AwareDatetime
    dry_run: bool
    month_is_over: bool = Field(description="False while the month went on at `as_of`: what comes later is not in it.")
    contracts: list[RunOutcomeOut]


class ContractMonthOut(BaseModel):
    """Where one contract's month stands."""

    contract_id: int
    contract: str
    controller: str
    state: str = Field(description="not_run, draft, approved or closed")
    draft_id: int | None
    closing_id: int | None
    invoice_id: int | None
    number: str | None
    corrected_by: list[str] = Field(description="Corrections of parts of this invoice, by number.")
    issue_by: date | None = Field(description="Last day to issue the draft, where the receiver owes the tax.")
    issue_warning: str | None = Field(default=None, description="Says that this day is near or past.")


class StepsOut(BaseModel):
    """Papers and mail still to be made or sent, over all months: open, of them failed before, and done."""

    open: int
    failed: int
    done: int


class SendingCountsOut(BaseModel):
    """How many of a month's documents are not sent, wait to be, were accepted by a mail server, or failed for good."""

    not_sent: int = 0
    waiting: int = 0
    accepted: int = 0
    failed: int = 0


class MonthOut(BaseModel):
    """A month over all contracts."""

    month: str
    month_is_over: bool = Field(description=_RUNNING)
    counts: dict[str, int]
    contracts: list[ContractMonthOut]
    steps: StepsOut
    sending: SendingCountsOut


class DraftRowOut(BaseModel):
    """A draft as it was written; its own page settles it again and says what changed."""

    id: int
    month: str
    contract: str
    contract_id: int
    state: str
    as_of: AwareDatetime
    facts_hash: str
    approved_by: str | None
    approved_at: AwareDatetime | None


class DraftOut(BaseModel):
    """A draft as it stands now: `missing` and errors among `broken_rules` stop the issue, `changed` makes it stale."""

    id: int
    state: str
    approved_by: str | None
    facts_hash: str
    missing: list[str]
    broken_rules: list[str] = Field(
        description="Rules of electronic invoices (EN 16931, XRechnung) that it breaks, in their own words."
    )
    changed: list[str]
    month_is_over: bool = Field(description=_RUNNING)
    issue_by: date | None
    issue_warning: str | None
    settled: SettledMonthOut


class ApprovedOut(BaseModel):
    """A draft that was released; `newly` is false when it had been before."""

    id: int
    facts_hash: str
    newly: bool


class IssuedRowOut(BaseModel):
    """A contract's month that is closed now; no number where nothing was to be billed."""

    contract: str
    controller: str
    number: str | None
    gross: str
    pass_through: str | None = Field(description="Number of the statement of pass-through money.")
    invoice_id: int | None
    pass_through_id: int | None


class NotIssuedOut(BaseModel):
    """A contract's month that could not be closed, and why."""

    contract: str
    code: str
    sentence: str
    changed: list[str] = []
    missing: list[str] = []


class IssueOut(BaseModel):
    """What issuing a month came to; papers are made afterwards, see the month's `steps`."""

    month: str
    issued: list[IssuedRowOut]
    refused: list[NotIssuedOut]
    waiting: list[str]


class CancelledOut(BaseModel):
    """A closing that was taken back, with the document that says so, where there was an invoice."""

    contract: str
    month: str
    cancels: str | None
    number: str | None
    invoice_id: int | None = Field(description="Of the document that takes it back, for `/invoices/{invoice_id}`.")


class CorrectedOut(BaseModel):
    """Cases of an invoice that were taken back, with the document that says so; its gross is negative."""

    contract: str
    month: str
    corrects: str
    number: str
    cases: list[str]
    gross: str = Field(examples=["-119.00"])
    invoice_id: int = Field(description="Of the correction, for `/invoices/{invoice_id}`.")


class InvoiceOut(BaseModel):
    """An issued document; `files` are the kinds that were made."""

    id: int
    number: str
    kind: str
    contract: str
    contract_id: int
    month: str
    issue_date: date
    net: str
    vat: str
    gross: str
    cancels: str | None
    cancelled_by: str | None
    corrected_by: list[str] = Field(description="Corrections of parts, by number.")
    document_sha256: str
    files: list[str]
    sending: str = Field(description="not_sent, waiting, accepted or failed")
    received_on: date | None = Field(description="Receipt (Zugang) by the evidence that counts now.")
    due_on: date | None = Field(description="The last day to pay; null before receipt, and where nothing is asked for.")
    due_shift: str | None = Field(
        description="Why it is later than counted (§ 193 BGB): holiday, saturday or sunday; else null."
    )


class InvoiceDocumentOut(InvoiceOut):
    """An issued document with all that it says, as frozen."""

    document: dict[str, Any]


class PassThroughOut(BaseModel):
    """A statement of pass-through money: no invoice, no VAT; `living` is false once its month was cancelled."""

    id: int
    number: str
    contract: str
    contract_id: int
    month: str
    issue_date: date
    total: str = Field(examples=["119.00"])
    living: bool
    file_id: int | None = Field(description="Its PDF; null while it is not made.")
    document_sha256: str
    sending: str = Field(description="not_sent, waiting, accepted or failed")


class ExplanationOut(BaseModel):
    """Each line of an invoice back to its minutes, rate class, units and clauses."""

    invoice: str
    cancels: str | None
    cancelled_by: str | None
    corrected_by: list[str]
    lines: list[dict[str, Any]]
    pass_through: list[dict[str, Any]] = Field(description="What the same month asked back apart, on a statement.")


class FileOut(BaseModel):
    """A file's bytes; its media type is that of the answer."""
