"""Legal holds: no row goes while a tax assessment is open or there is a dispute, however old it is."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get, post
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.legal_holds import HOLD, LIFTING, controller_ref, hold_by_id, holds_after, lift_hold, set_hold

_EXAMPLE = {"ref": "BP-2026", "reason": "Betriebsprüfung 2022 bis 2024", "from_year": 2022}


class LegalHoldOut(BaseModel):
    """A hold: what it covers, why, and what became of it. What is of no known controller or year is covered too."""

    id: int
    ref: str
    controller: str | None = Field(description="Reference of the only controller it covers; null: all.")
    from_year: int | None = Field(description="It covers what is of this calendar year or later; null: all years.")
    reason: str
    recorded_at: AwareDatetime
    recorded_by: str | None
    lifted_at: AwareDatetime | None
    lifted_by: str | None
    lift_reason: str | None


@get("/legal-holds", right=Right.READ_LOGS, query=PAGING, gives=Page[LegalHoldOut])
def list_legal_holds(call: Call) -> Reply:
    """List all holds, those that were lifted too."""
    return call.page(lambda after, most: holds_after(call.session, after, most), lambda hold: _show(call, hold))


@post("/legal-holds", right=Right.HOLDS, reads=HOLD, gives=LegalHoldOut, example=_EXAMPLE)
def set_legal_hold(call: Call) -> Reply:
    """Stop all deleting of what the hold covers, from now on."""
    return Reply(_show(call, set_hold(call.session, call.act, call.raw)))


@post(
    "/legal-holds/{hold_id:int}/lifting",
    right=Right.HOLDS,
    reads=LIFTING,
    gives=LegalHoldOut,
    example={"reason": "Prüfung abgeschlossen"},
)
def lift_legal_hold(call: Call) -> Reply:
    """End a hold for a reason; what it covered may go again when its time is over."""
    return Reply(
        _show(call, lift_hold(call.session, call.act, hold_by_id(call.session, call.path["hold_id"]), call.raw))
    )


def _show(call: Call, hold: Any) -> LegalHoldOut:
    return LegalHoldOut(
        id=id_of(hold),
        ref=hold.ref,
        controller=controller_ref(call.session, hold),
        from_year=hold.from_year,
        reason=hold.reason or "",
        recorded_at=hold.recorded_at,
        recorded_by=hold.recorded_by_name,
        lifted_at=hold.lifted_at,
        lifted_by=hold.lifted_by_name,
        lift_reason=hold.lift_reason,
    )
