"""Cases (Vorgänge): opened, described, looked after by somebody; what became known of them is in `case_facts`."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply, etag_of
from api.v1.case_facts import CaseFactsOut, show_facts
from api.v1.notices import NoticeOut, told
from api.v1.routing import get, patch, post
from billing.clause.reading import Reader, read_flag
from billing.services.access.rights import Right
from billing.services.case_facts import CASE_FACTS
from billing.services.cases import (
    CASE,
    DESCRIPTION,
    case_by_id,
    case_facts,
    case_row,
    describe_case,
    list_cases_after,
    open_case,
    read_case,
)
from billing.services.fields import read_line

_QUERY: dict[str, Reader] = {"contract?": read_line, "kind?": read_line, "is_open?": read_flag, **PAGING}
_EXAMPLE = {"contract": "AVV-101", "kind": "data_subject_request", "title": "Auskunft Mieterakte", "responsible": "ML"}


class CaseRowOut(BaseModel):
    """A case as lists show it."""

    id: int
    ref: str
    contract_id: int
    contract: str
    kind: str = Field(description="Free text; the usual kinds are data_subject_request, breach, audit, dpia ...")
    title: str
    responsible: str | None = Field(description="Reference of the person who looks after it.")
    controller_reference: str | None
    opened_at: AwareDatetime
    legal_deadline_at: AwareDatetime | None
    closed_at: AwareDatetime | None


class CaseOut(CaseRowOut):
    """A case with what is known of it now."""

    facts: CaseFactsOut


class RecordedCaseOut(CaseOut):
    """A case that was just opened or described, and what to know about that."""

    notices: list[NoticeOut]


def _row(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "ref": row.ref,
        "contract_id": row.contract_id,
        "contract": row.contract_ref,
        "kind": row.kind,
        "title": row.title,
        "responsible": row.responsible,
        "controller_reference": row.controller_reference,
        "opened_at": row.opened_at,
        "legal_deadline_at": row.legal_deadline_at,
        "closed_at": row.closed_at,
    }


def _case(call: Call, case: Any) -> dict[str, Any]:
    known, _ = case_facts(call.session, case)
    return {**_row(case_row(call.session, case)), "facts": show_facts(known)}


@get("/cases", right=Right.READ_CASES, query=_QUERY, gives=Page[CaseRowOut])
def list_cases(call: Call) -> Reply:
    """List cases by number: all, those of a contract or kind, those that are open or closed."""
    chosen = {name: value for name, value in call.query.items() if name not in ("cursor", "limit")}
    return call.page(
        lambda after, most: list_cases_after(call.session, after, most, chosen), lambda row: CaseRowOut(**_row(row))
    )


@post("/cases", right=Right.WORK, reads=CASE | CASE_FACTS, gives=RecordedCaseOut, example=_EXAMPLE)
def open_case_(call: Call) -> Reply:
    """Open a case with what is known from the start; the controller caused it if not said otherwise (13(7))."""
    record = open_case(call.session, call.act, *read_case(call.raw))
    body = RecordedCaseOut(**_case(call, record.case), notices=told(call, record.notices))
    return Reply(body, location=f"/cases/{record.case.id}")


@get("/cases/{case_id:int}", right=Right.READ_CASES, gives=CaseOut)
def get_case(call: Call) -> Reply:
    """Give a case with what is known of it now."""
    return Reply(CaseOut(**_case(call, case_by_id(call.session, call.path["case_id"]))), etag=True)


@patch(
    "/cases/{case_id:int}",
    right=Right.WORK,
    reads=DESCRIPTION,
    gives=RecordedCaseOut,
    example={"responsible": "ML", "legal_deadline_at": "2026-11-05T23:59:00+01:00"},
)
def describe_case_(call: Call) -> Reply:
    """Change what no rule asks; what is not named stays, null empties. A closed case is opened again by a null end."""
    case = case_by_id(call.session, call.path["case_id"])
    call.require_match(CaseOut(**_case(call, case)))
    record = describe_case(call.session, call.act, case, call.raw)
    shown = _case(call, record.case)
    body = RecordedCaseOut(**shown, notices=told(call, record.notices))
    return Reply(body, headers={"ETag": etag_of(CaseOut(**shown))})
