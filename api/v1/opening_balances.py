"""Opening balances: what happened before this product kept the record, such as the last number or allowance used."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.routing import get, post
from billing.clause.reading import Reader
from billing.services.access.rights import Right
from billing.services.fields import read_line
from billing.services.moments import local_day
from billing.services.openings import OPENING_SHAPE, list_openings, set_opening

_QUERY: dict[str, Reader] = {"contract?": read_line}


class OpeningBalanceOut(BaseModel):
    """One balance in force. `value` counts minutes or, for the next number, invoice numbers."""

    id: int
    kind: Literal["next_number", "document_taken", "audit_given", "allowance_used", "approval_used"]
    contract: str | None = Field(description="Reference of the contract; null for the next number.")
    series: str | None
    year: int | None
    month: str | None
    subject: str | None = Field(description="The document type, the site or the estimate.")
    rate_class: Literal["travel", "regular", "out_of_hours", "night_weekend"] | None
    value: int
    recorded_at: AwareDatetime
    recorded_by: str | None


class OpeningBalancesOut(BaseModel):
    """All balances in force, oldest first."""

    items: list[OpeningBalanceOut]


def _show(row: Any) -> OpeningBalanceOut:
    return OpeningBalanceOut(
        id=row.id,
        kind=row.kind.value,
        contract=row.contract_ref,
        series=row.series,
        year=row.year,
        month=row.month,
        subject=row.subject,
        rate_class=None if row.rate_class is None else row.rate_class.value,
        value=row.value,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by_name,
    )


@get("/opening-balances", right=Right.READ_MASTER_DATA, query=_QUERY, gives=OpeningBalancesOut)
def list_opening_balances(call: Call) -> Reply:
    """List the balances in force: all, or those of one contract."""
    rows = list_openings(call.session, call.query.get("contract"))
    return Reply(OpeningBalancesOut(items=[_show(row) for row in rows]))


@post(
    "/opening-balances",
    right=Right.MASTER_DATA,
    body_shape=OPENING_SHAPE,
    gives=OpeningBalanceOut,
    example={"kind": "allowance_used", "contract": "AVV-101", "month": "2026-01", "minutes": 25},
)
def set_opening_balance(call: Call) -> Reply:
    """Record a balance before the first month is closed; one of the same thing recorded before is withdrawn."""
    balance = set_opening(call.session, call.act, call.raw, local_day(call.act.at, call.zone))
    (row,) = [row for row in list_openings(call.session) if row.id == balance.id]
    return Reply(_show(row))
