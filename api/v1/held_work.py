"""The work list of everything held over HTTP: each item with its reason, its next step and who looks after it."""

from dataclasses import asdict
from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from api.v1.calls import PLACING, Call, Page, Reply
from api.v1.routing import get
from billing.money import format_cents
from billing.services.access.rights import Right
from billing.services.held_work import WANTED_HELD, HeldItem, held_work, place_of
from billing.texts import sentence


class HeldItemOut(BaseModel):
    """Work or an expense that waits for one reason; `minutes` is 0 for an expense, `net` null for work."""

    id: int = Field(description="Its place in the list, the oldest first.")
    kind: Literal["entry", "expense"]
    item: str = Field(examples=["Z-2026-0001"])
    item_id: int
    case: str
    case_id: int
    case_title: str
    contract: str
    contract_id: int
    minutes: int
    net: str | None = Field(examples=["120.00"])
    reason: str = Field(examples=["no_approved_estimate"])
    clause: str = Field(examples=["13(5)a"])
    sentence: str = Field(description="The reason as a sentence.")
    next_step: str = Field(description="What would settle it.")
    happened_on: date
    age_days: int
    responsible: str | None = Field(description="Reference of who looks after the case; null: nobody.")
    responsible_id: int | None


@get("/held-work", right=Right.READ_CASES, query={**WANTED_HELD, **PLACING}, gives=Page[HeldItemOut])
def list_held_work(call: Call) -> Reply:
    """List all that is held as of now, over all contracts, as a run of this month would find it."""
    wanted = {name: value for name, value in call.query.items() if f"{name}?" in WANTED_HELD}
    items = held_work(call.session, call.act.at, wanted)

    def shown(item: HeldItem) -> HeldItemOut:
        values = asdict(item)
        net, *_ = (values.pop(name) for name in ("net_cents", "about", "is_approved"))
        return HeldItemOut(
            **values,
            net=None if net is None else format_cents(net),
            sentence=sentence(f"reason.{item.reason}", call.lang),
            next_step=sentence(f"next_step.{item.reason}", call.lang),
        )

    return call.page_of(items, shown, place_of)
