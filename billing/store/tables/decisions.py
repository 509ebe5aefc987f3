"""What a closing decided for good: minute by minute, unit by unit, expense by expense (architecture 2.2)."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from billing.store.tables.columns import (
    TenantRow,
    check,
    choice,
    index,
    link,
    maybe_to,
    month,
    month_form,
    table,
    to,
    unique_where,
)
from billing.store.tables.kinds import RateClass, Verdict

_PRICE_WHOLE = "price_numerator >= 0 AND price_denominator > 0"


class Segment(TenantRow, table=True):
    """A stretch `[from_min, to_min)` of an entry in UTC minutes since 1970 with its final verdict and the clause.

    No minute stands in two living segments. Free ones are never released; `source` names the approved or urgent
    minutes, allowance or document type it used, `before_minutes` and `after_minutes` what that had.
    """

    __tablename__ = "segment"
    __table_args__ = table(
        link("closing", "closing_id", "contract_id"),
        link("entry", "entry_id", "contract_id"),
        link("correction", "released_by_id", "closing_id"),
        check("from_before_to", "from_min < to_min"),
        check("price_whole", f"(price_numerator IS NULL) = (price_denominator IS NULL) AND ({_PRICE_WHOLE})"),
        check("billed_has_price", "(verdict = 'billed') = (price_numerator IS NOT NULL)"),
        check("billed_has_class", "verdict = 'free' OR rate_class IS NOT NULL"),
        check("free_never_released", "verdict = 'billed' OR released_by_id IS NULL"),
        *month_form(),
        index("entry_id", "from_min"),
        index("closing_id"),
        index("contract_id"),
        ExcludeConstraint(
            ("entry_id", "="),
            (sa.text("int8range(from_min, to_min)"), "&&"),
            ("processor_id", "="),
            where=sa.text("released_by_id IS NULL"),
            using="gist",
            name="segment_overlap",
        ).ddl_if(dialect="postgresql"),
        set_once="released_by_id",
    )

    closing_id: int = to()
    contract_id: int = to()
    entry_id: int = to()
    from_min: int = Field(sa_type=sa.BigInteger)
    to_min: int = Field(sa_type=sa.BigInteger)
    month: str = month()
    verdict: Verdict = Field(sa_type=choice(Verdict, "verdict"))
    code: str
    clause: str
    rate_class: RateClass | None = Field(default=None, sa_type=choice(RateClass, "rate_class"))
    price_numerator: int | None = Field(default=None, sa_type=sa.BigInteger)
    price_denominator: int | None = Field(default=None, sa_type=sa.BigInteger)
    source: str | None = None
    before_minutes: int | None = None
    after_minutes: int | None = None
    reason: str | None = None
    released_by_id: int | None = maybe_to()


class Unit(TenantRow, table=True):
    """Whole billed units of one rounding group, class and exact price (euros per unit)."""

    __tablename__ = "unit"
    __table_args__ = table(
        link("closing", "closing_id", "contract_id"),
        sa.ForeignKeyConstraint(
            ["processor_id", "case_id", "contract_id", "controller_id"],
            ["case.processor_id", "case.id", "case.contract_id", "case.controller_id"],
        ),
        link("correction", "released_by_id", "closing_id"),
        check("units_positive", "units > 0"),
        check("price_whole", _PRICE_WHOLE),
        index("closing_id"),
        index("contract_id"),
        index("case_id"),
        set_once="released_by_id",
    )

    closing_id: int = to()
    contract_id: int = to()
    controller_id: int = to()
    case_id: int = to()
    group_key: str
    rate_class: RateClass = Field(sa_type=choice(RateClass, "rate_class"))
    price_numerator: int = Field(sa_type=sa.BigInteger)
    price_denominator: int = Field(sa_type=sa.BigInteger)
    units: int
    released_by_id: int | None = maybe_to()


class ClosingExpense(TenantRow, table=True):
    """The final verdict on an expense; at most one living per expense."""

    __tablename__ = "closing_expense"
    __table_args__ = table(
        unique_where("uq_closing_expense_living", "released_by_id IS NULL", "expense_id"),
        index("expense_id"),
        link("closing", "closing_id", "contract_id"),
        link("expense", "expense_id", "contract_id"),
        link("correction", "released_by_id", "closing_id"),
        check("net_not_negative", "net_cents >= 0"),
        check("free_never_released", "verdict = 'billed' OR released_by_id IS NULL"),
        index("closing_id"),
        index("contract_id"),
        set_once="released_by_id",
    )

    closing_id: int = to()
    contract_id: int = to()
    expense_id: int = to()
    verdict: Verdict = Field(sa_type=choice(Verdict, "verdict"))
    code: str
    clause: str
    net_cents: int = Field(sa_type=sa.BigInteger)
    released_by_id: int | None = maybe_to()
