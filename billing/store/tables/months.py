"""The monthly run: its starts, its drafts and its closings (architecture 2.2)."""

from datetime import datetime

from sqlmodel import Field

from billing.store.tables.columns import (
    Recorded,
    TenantRow,
    agreeing,
    always_sealed,
    check,
    choice,
    index,
    link,
    maybe_to,
    month,
    month_form,
    recorded,
    sealed,
    sha256_form,
    table,
    to,
    unique,
    unique_where,
    whole_minutes,
)
from billing.store.tables.kinds import CorrectionScope, DraftState


class Run(TenantRow, table=True):
    """One start of the month's run; `as_of_fixed` says that a person chose the moment."""

    __tablename__ = "run"
    __table_args__ = table(
        link("user", "started_by_id"),
        check("starter_named", "started_by_id IS NOT NULL OR started_by_name IS NOT NULL"),
        *month_form(),
        *whole_minutes("as_of"),
        index("month"),
        set_once="finished_at",
    )

    month: str = month()
    as_of: datetime
    as_of_fixed: bool = False
    started_by_id: int | None = maybe_to()
    started_by_name: str | None = None
    started_at: datetime
    finished_at: datetime | None = None


class Draft(TenantRow, table=True):
    """What a run would bill, until a person approves it; an approved one changes no more, its hash was approved."""

    __tablename__ = "draft"
    __table_args__ = table(
        unique_where("uq_draft_living", "state IN ('draft', 'approved')", "contract_id", "month"),
        link("run", "run_id"),
        link("contract", "contract_id"),
        link("user", "approved_by_id"),
        check(
            "approved_by_somebody",
            "state NOT IN ('approved', 'issued') OR approved_by_name IS NOT NULL AND approved_hash IS NOT NULL",
        ),
        *month_form(),
        *sha256_form("facts_hash", "approved_hash"),
        *whole_minutes("as_of"),
        index("run_id"),
        index("contract_id"),
        may_change=(
            "run_id as_of facts_hash settlement document state"
            " approved_by_id approved_by_name approved_at approved_hash"
        ),
    )

    run_id: int = to()
    contract_id: int = to()
    month: str = month()
    as_of: datetime
    facts_hash: str
    settlement: str
    document: str | None = None
    state: DraftState = Field(default=DraftState.DRAFT, sa_type=choice(DraftState, "state"))
    approved_by_id: int | None = maybe_to()
    approved_by_name: str | None = None
    approved_at: datetime | None = None
    approved_hash: str | None = None


class Closing(TenantRow, table=True):
    """A contract's month, decided for good, also when nothing was billed; at most one living per contract and month."""

    __tablename__ = "closing"
    __table_args__ = table(
        agreeing("contract_id"),
        unique_where("uq_closing_living", "cancelled_by_id IS NULL", "contract_id", "month"),
        link("contract", "contract_id"),
        link("run", "run_id"),
        link("user", "closed_by_id"),
        link("holiday_set", "holiday_set_id"),
        link("correction", "cancelled_by_id", use_alter=True),
        index("contract_id"),
        check("closer_named", "closed_by_id IS NOT NULL OR closed_by_name IS NOT NULL"),
        *month_form(),
        *sha256_form("facts_hash", "terms_sha256"),
        *whole_minutes("as_of"),
        set_once="cancelled_by_id",
    )

    contract_id: int = to()
    month: str = month()
    run_id: int = to()
    as_of: datetime
    closed_at: datetime
    closed_by_id: int | None = maybe_to()
    closed_by_name: str | None = None
    terms_version_ids: str
    terms_sha256: str
    holiday_set_id: int | None = maybe_to()
    facts_hash: str
    settlement: str
    cancelled_by_id: int | None = maybe_to()


class Correction(Recorded, table=True):
    """The order to take back all or parts of what a closing billed, with its reason and, if due, its document."""

    __tablename__ = "correction"
    __table_args__ = table(
        agreeing("closing_id"),
        unique_where("uq_correction_full", "scope = 'full'", "closing_id"),
        link("closing", "closing_id"),
        link("invoice", "invoice_id", use_alter=True),
        *recorded(),
        set_once="invoice_id",
    )

    closing_id: int = to()
    scope: CorrectionScope = Field(sa_type=choice(CorrectionScope, "scope"))
    reason: str = always_sealed("correction.reason")
    invoice_id: int | None = maybe_to()
    evidence_note: str | None = sealed("correction.evidence_note")


class CorrectionItem(TenantRow, table=True):
    """One case that a correction of parts releases."""

    __tablename__ = "correction_item"
    __table_args__ = table(
        unique("correction_id", "case_id"), link("correction", "correction_id"), link("case", "case_id")
    )

    correction_id: int = to()
    case_id: int = to()
