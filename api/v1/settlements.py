"""What would it cost, and why? A scenario settled without storing anything, as `mehraufwand settle` does."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.v1.calls import Call, Reply
from api.v1.routing import post
from billing.public_holidays import public_holidays
from billing.rating.scenario import settle_scenario
from billing.services.access.rights import Right

_SCENARIO: dict[str, Any] = {
    "type": "object",
    "description": "All facts of one contract and the runs to perform: the exchange format, docs/rating.md.",
    "properties": {
        name: {"type": "array", "items": {"type": "object"}}
        for name in ("cases", "entries", "estimates", "expenses", "cancellations", "runs")
    }
    | {"terms": {"type": ["string", "object", "array"]}},
    "required": ["cases", "entries", "estimates", "expenses", "runs"],
}
_EXAMPLE = {
    "cases": [{"id": "V-1", "kind": "data_subject_request"}],
    "entries": [
        {
            "id": "Z-1",
            "case": "V-1",
            "service": "request_processing",
            "start": "2026-10-05T09:00+02:00",
            "end": "2026-10-05T10:10+02:00",
        }
    ],
    "estimates": [
        {
            "id": "KVA-1",
            "case": "V-1",
            "lines": [{"rate_class": "regular", "minutes": 120}],
            "approved_at": "2026-10-05T08:00+02:00",
        }
    ],
    "expenses": [],
    "runs": [{"month": "2026-10", "as_of": "2026-11-02T09:00+01:00"}],
}


class SettledRunOut(BaseModel):
    """One run: what is billed, free and held, amounts as strings; further keys as the exchange format has them."""

    model_config = ConfigDict(extra="allow")

    month: str = Field(examples=["2026-10"])
    lines: list[dict[str, Any]]
    net: str = Field(examples=["125.00"])
    vat: str
    gross: str
    free: list[dict[str, Any]]
    held: list[dict[str, Any]]


class SettlementOut(BaseModel):
    """The runs of a scenario in their order, each building on the ones before."""

    runs: list[SettledRunOut]


@post(
    "/settlements/preview",
    right=Right.READ_CASES,
    gives=SettlementOut,
    status=200,
    body_shape=_SCENARIO,
    example=_EXAMPLE,
    in_steps=True,
)
def preview_settlement(call: Call) -> Reply:
    """Settle a scenario; nothing is stored.

    A refusal names the path of the first value that is wrong (`entries[3].start`).
    """
    settled = settle_scenario(call.raw, public_holidays)
    return Reply(SettlementOut.model_validate(settled))
