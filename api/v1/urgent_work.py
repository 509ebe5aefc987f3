"""Urgent work (Eilfall): its three reasons, and the controller told at once (13(5)b)."""

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.notices import NoticeOut, told
from api.v1.routing import post
from billing.services.access.rights import Right
from billing.services.cases import case_by_id
from billing.services.urgent_work import URGENCY, declare_urgent, read_urgency

_EXAMPLE = {
    "deadline_reason": "72 Stunden nach Art. 33 DSGVO, seit Sonntag 8 Uhr",
    "action_reason": "Die Daten sind noch abrufbar",
    "approval_reason": "Sonntag, niemand erreichbar",
}


class UrgentOut(BaseModel):
    """An emergency on record."""

    case_id: int
    case: str
    notice_at: AwareDatetime = Field(description="When the controller was told.")
    cap_minutes: int = Field(description="How many minutes of urgent work the case may use without approval.")
    mails: int = Field(description="How many of the controller's contacts are written to.")
    notices: list[NoticeOut]


@post("/cases/{case_id:int}/urgent", right=Right.WORK, reads=URGENCY, gives=UrgentOut, example=_EXAMPLE)
def declare_urgent_(call: Call) -> Reply:
    """Declare that work on a case can't wait for an approval, and tell the controller at once.

    All three reasons must be given. `informed_at` is when it was told by other means; a message goes out all the same.
    """
    case = case_by_id(call.session, call.path["case_id"])
    declared = declare_urgent(call.session, call.act, case, read_urgency(call.raw))
    body = UrgentOut(
        case_id=call.path["case_id"],
        case=case.ref,
        notice_at=declared.notice_at,
        cap_minutes=declared.cap_minutes,
        mails=declared.mails,
        notices=told(call, declared.notices),
    )
    return Reply(body)
