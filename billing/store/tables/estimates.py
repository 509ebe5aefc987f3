"""Cost estimates (Kostenvoranschläge) and their approvals: a version never changes once it was sent (13(5)a)."""

from datetime import datetime

from sqlmodel import Field

from billing.store.tables.columns import (
    Deletion,
    Recorded,
    TenantRow,
    agreeing,
    check,
    choice,
    index,
    link,
    maybe_to,
    recorded,
    ref,
    sealed,
    sha256_form,
    table,
    to,
    unique,
    whole_minutes,
)
from billing.store.tables.kinds import Channel, EstimateState, RateClass


class Estimate(Recorded, table=True):
    """The identity of a cost estimate of one case; a supplement (Nachfreigabe) is an estimate of its own."""

    __tablename__ = "estimate"
    __table_args__ = table(
        unique("ref", "contract_id"),
        agreeing("contract_id", "controller_id"),
        link("case", "case_id", "contract_id", "controller_id"),
        link("estimate", "supplements_id"),
        index("case_id"),
        *recorded(),
    )

    ref: str = ref()
    case_id: int = to()
    contract_id: int = to()
    controller_id: int = to()
    supplements_id: int | None = maybe_to()


class EstimateVersion(Recorded, table=True):
    """What an estimate says. Once sent only its state moves on, as `billing.store.rules.estimates` lets it.

    `positions` are what each of its lines is for, as a JSON list, where that was said.
    `covers_from` asks the controller to release work done from then on as well, as a supplement must (13(5)c).
    """

    __tablename__ = "estimate_version"
    __table_args__ = table(
        unique("estimate_id", "version_no"),
        agreeing("controller_id"),
        link("estimate", "estimate_id", "contract_id", "controller_id"),
        check("version_counts_from_one", "version_no >= 1"),
        check("sent_is_sealed", "state IN ('draft', 'withdrawn') OR sha256 IS NOT NULL AND sent_at IS NOT NULL"),
        *sha256_form("sha256"),
        *whole_minutes("covers_from"),
        *recorded(),
        may_change="state description lines positions sha256 sent_at valid_until covers_from",
    )

    estimate_id: int = to()
    contract_id: int = to()
    controller_id: int = to()
    version_no: int = 1
    state: EstimateState = Field(default=EstimateState.DRAFT, sa_type=choice(EstimateState, "state"))
    description: str | None = sealed("estimate_version.description")
    lines: str = "[]"
    positions: str | None = sealed("estimate_version.positions")
    sha256: str | None = None
    sent_at: datetime | None = None
    valid_until: datetime | None = None
    covers_from: datetime | None = None


class EstimateLine(TenantRow, table=True):
    """Estimated minutes of one rate class; lines of one version come in the order of their ids."""

    __tablename__ = "estimate_line"
    __table_args__ = table(
        link("estimate_version", "estimate_version_id"),
        index("estimate_version_id"),
        check("minutes_not_negative", "minutes >= 0"),
        may_change="rate_class minutes",
        deletion=Deletion.FREE,
    )

    estimate_version_id: int = to()
    rate_class: RateClass = Field(sa_type=choice(RateClass, "rate_class"))
    minutes: int


class Approval(Recorded, table=True):
    """The release of one version by the controller: who, when, how; `covers_from` reaches back when that was agreed."""

    __tablename__ = "approval"
    __table_args__ = table(
        unique("estimate_version_id"),
        link("estimate_version", "estimate_version_id", "controller_id"),
        link("contact", "contact_id", "controller_id"),
        check("approver_named", "contact_id IS NOT NULL OR approver_name IS NOT NULL"),
        *whole_minutes("approved_at", "covers_from"),
        *recorded(),
    )

    estimate_version_id: int = to()
    controller_id: int = to()
    approved_at: datetime
    covers_from: datetime | None = None
    contact_id: int | None = maybe_to()
    approver_name: str | None = sealed("approval.approver_name")
    channel: Channel = Field(sa_type=choice(Channel, "channel"))
    evidence_note: str | None = sealed("approval.evidence_note")


class EstimateEvent(Recorded, table=True):
    """A question, an answer or a decision about a sent version, as a trail beside the state."""

    __tablename__ = "estimate_event"
    __table_args__ = table(
        link("estimate_version", "estimate_version_id", "controller_id"),
        link("contact", "contact_id", "controller_id"),
        index("estimate_version_id"),
        *recorded(),
    )

    estimate_version_id: int = to()
    controller_id: int = to()
    state: EstimateState = Field(sa_type=choice(EstimateState, "state"))
    happened_at: datetime
    contact_id: int | None = maybe_to()
    message: str | None = sealed("estimate_event.message")
