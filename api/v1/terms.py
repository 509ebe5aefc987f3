"""Terms: the fee clause of a contract in its order, every value with its place, its origin and since when it holds."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.contracts import contract_of
from api.v1.notices import NoticeOut, told
from api.v1.routing import get, post
from billing.clause.reading import Reader, read_month, read_object
from billing.services.access.rights import Right
from billing.services.agreeing import agree_terms
from billing.services.contracts import AGREED
from billing.services.moments import local_day
from billing.services.standing_terms import standing_terms, terms_recorded
from billing.timespan import format_month, month_of

_QUERY: dict[str, Reader] = {"month?": read_month}


class TermOut(BaseModel):
    """One agreed number or reading; `value` and `usual` as the exchange format writes them."""

    name: str = Field(examples=["hourly_rate"])
    clause: str = Field(description="Where it stands in this contract.", examples=["13(4)a"])
    value: Any
    usual: Any = Field(description="The value of the term set.")
    source: Literal["term_set", "agreed"]
    valid_from: str = Field(description="First month in which the value holds.", examples=["2026-11"])
    can_change: bool


class TermsVersionOut(BaseModel):
    """One version of the terms as it was recorded; of two of a month the last one counts."""

    valid_from: str = Field(examples=["2026-11"])
    version: int
    recorded_at: AwareDatetime
    recorded_by: str | None
    sha256: str
    terms: dict[str, Any]


class TermsOut(BaseModel):
    """The fee clause as it stands in a month, and every version ever recorded."""

    contract: str
    term_set: str
    month: str
    terms: list[TermOut]
    versions: list[TermsVersionOut]


class AgreedTermsOut(BaseModel):
    """The recorded version, and what it leaves as it is."""

    version: TermsVersionOut
    notices: list[NoticeOut]


@get("/contracts/{contract_id:int}/terms", right=Right.READ_MASTER_DATA, query=_QUERY, gives=TermsOut)
def get_terms(call: Call) -> Reply:
    """Give the terms that hold in a month, the current one if none is named, in contract order."""
    contract = contract_of(call)
    month = format_month(call.query.get("month") or month_of(local_day(call.act.at, call.zone)))
    terms = [
        TermOut(
            name=term.name,
            clause=term.clause,
            value=term.value,
            usual=term.usual,
            source="agreed" if term.is_agreed else "term_set",
            valid_from=term.since,
            can_change=term.changes,
        )
        for term in standing_terms(call.session, contract, month)
    ]
    versions = [_show(version) for version in terms_recorded(call.session, contract)]
    return Reply(
        TermsOut(contract=contract.ref, term_set=contract.term_set, month=month, terms=terms, versions=versions)
    )


@post(
    "/contracts/{contract_id:int}/terms",
    right=Right.MASTER_DATA,
    reads=AGREED,
    gives=AgreedTermsOut,
    example={"valid_from": "2026-11", "terms": {"hourly_rate": "120.00"}},
)
def agree_terms_(call: Call) -> Reply:
    """Record that single terms change from a month on; closed months stay as they were billed."""
    contract = contract_of(call)
    read_object(call.raw, "", AGREED)
    agreed = agree_terms(call.session, call.act, contract.ref, call.raw["valid_from"], call.raw["terms"])
    key = (agreed.version.valid_from, agreed.version.version_no)
    (version,) = [seen for seen in terms_recorded(call.session, contract) if (seen.valid_from, seen.version) == key]
    return Reply(AgreedTermsOut(version=_show(version), notices=told(call, agreed.notices)))


def _show(version: Any) -> TermsVersionOut:
    return TermsVersionOut.model_validate(version, from_attributes=True)
