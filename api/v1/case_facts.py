"""What is known of a case, each fact a record of its own with who said it and why; runs see it from then on."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.notices import NoticeOut, told
from api.v1.routing import get, post
from billing.clause.reading import Reader, read_object
from billing.services.access.rights import Right
from billing.services.case_facts import CASE_FACTS, read_case_facts
from billing.services.cases import case_by_id, case_facts
from billing.services.newly_known import learn_fact
from billing.services.proofs import read_upload

_FACTS: dict[str, Reader] = CASE_FACTS | {"evidence_file?": read_upload}


class CaseFactsOut(BaseModel):
    """What the fee clause asks of a case; null says that nobody said anything."""

    cause: Literal["controller", "third_party", "mixed", "processor", "undecided"] | None = Field(
        default=None, description="Who caused the case (13(7))."
    )
    cause_reason: str | None = None
    controller_misconduct: bool | None = None
    misconduct_reason: str | None = None
    urgent_notice_at: AwareDatetime | None = Field(default=None, description="When the controller was told (13(5)b).")
    urgent_deadline_reason: str | None = None
    urgent_action_reason: str | None = None
    urgent_approval_reason: str | None = None
    onsite_agreed_at: AwareDatetime | None = Field(default=None, description="Work on site needs it (13(4)c).")
    audit_site: str | None = None
    audit_mode: Literal["onsite", "remote"] | None = None
    audit_date: date | None = None
    audit_finding: Literal["none", "pending", "deviation", "material"] | None = None
    audit_extra_agreed: bool | None = None
    evidence_note: str | None = None


class CaseFactsRecordOut(BaseModel):
    """One record: when, by whom, and what it said."""

    recorded_at: AwareDatetime
    recorded_by: str | None
    facts: CaseFactsOut


class CaseFactsHistoryOut(BaseModel):
    """What is known now, and every record that made it so, oldest first."""

    known: CaseFactsOut
    records: list[CaseFactsRecordOut]


class CaseFactsRecordedOut(CaseFactsHistoryOut):
    """The same after a record was added, and what to know about that."""

    notices: list[NoticeOut]


def show_facts(facts: dict[str, Any]) -> CaseFactsOut:
    """Give facts as the API shows them."""
    return CaseFactsOut(**facts)


def _history(call: Call) -> dict[str, Any]:
    known, changes = case_facts(call.session, case_by_id(call.session, call.path["case_id"]))
    records = [CaseFactsRecordOut(**{**change, "facts": show_facts(change["facts"])}) for change in changes]
    return {"known": show_facts(known), "records": records}


@get("/cases/{case_id:int}/facts", right=Right.READ_CASES, gives=CaseFactsHistoryOut)
def get_case_facts(call: Call) -> Reply:
    """Give what is known of a case, and who recorded what when."""
    return Reply(CaseFactsHistoryOut(**_history(call)))


@post(
    "/cases/{case_id:int}/facts",
    right=Right.WORK,
    reads=_FACTS,
    least_keys=1,
    gives=CaseFactsRecordedOut,
    example={"cause": "processor", "cause_reason": "Fehlkonfiguration unseres Exports"},
)
def record_case_facts(call: Call) -> Reply:
    """Record what is newly known of a case, with a file that proves it; what was said before stays on record."""
    said = read_object(call.raw, "", _FACTS)
    facts = read_case_facts({name: value for name, value in call.raw.items() if name != "evidence_file"})
    case = case_by_id(call.session, call.path["case_id"])
    record = learn_fact(call.session, call.act, case, facts, said.get("evidence_file"))
    return Reply(CaseFactsRecordedOut(**_history(call), notices=told(call, record.notices)))
