"""How long rows stay: the leave to delete one whose time has run out, and holds that stop all deleting (law.md G)."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from billing.store.tables.columns import (
    Deletion,
    Recorded,
    TenantRow,
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
    unique,
)
from billing.store.tables.kinds import RetentionClass


class RetentionRecord(TenantRow, table=True):
    """The leave to delete one row whose time has run out, and the trace of it without the data; stays for ever.

    `reference_digest` is the keyed digest of the name that people knew the row by, so that somebody who has that name
    can be told when it went; `reason` names the rule.
    """

    __tablename__ = "retention_record"
    __table_args__ = table(
        unique("table_name", "row_id"),
        check("time_has_run_out", "retained_until <= recorded_on"),
        *sha256_form("reference_digest"),
        index("reference_digest"),
        deletion=Deletion.NEVER,
    )

    table_name: str
    row_id: int = Field(sa_type=sa.BigInteger)
    retention_class: RetentionClass = Field(sa_type=choice(RetentionClass, "retention_class"))
    retained_until: date
    recorded_on: date
    recorded_at: datetime
    recorded_by_name: str
    reason: str
    reference_digest: str | None = None


class LegalHold(Recorded, table=True):
    """A stop of all deleting, until it is lifted: a tax assessment is still open, or there is a dispute.

    It covers everything, or one controller's rows, or what is of a year and later, or both; what can't be told to
    belong to another controller or year is covered too.
    """

    __tablename__ = "legal_hold"
    __table_args__ = table(
        unique("ref"),
        link("controller", "controller_id"),
        link("user", "lifted_by_id"),
        check("reason_given", "reason IS NOT NULL"),
        check("year_plausible", "from_year BETWEEN 1990 AND 2200"),
        check("lifting_whole", "(lifted_at IS NULL) = (lifted_by_name IS NULL)"),
        check("lifted_with_reason", "lifted_at IS NULL OR lift_reason IS NOT NULL"),
        *recorded(),
        set_once="lifted_at lifted_by_id lifted_by_name lift_reason",
    )

    ref: str = ref()
    controller_id: int | None = maybe_to()
    from_year: int | None = None
    reason: str | None = sealed("legal_hold.reason")
    lifted_at: datetime | None = None
    lifted_by_id: int | None = maybe_to()
    lifted_by_name: str | None = None
    lift_reason: str | None = sealed("legal_hold.lift_reason")
