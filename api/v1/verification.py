"""The proof that nothing that must stay was changed: chains, numbers and hashes, computed again on demand."""

from pydantic import BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.routing import get
from billing.services.access.rights import Right
from billing.services.verification import Verification, read_head, verify_on_demand
from billing.texts import sentence


class CheckOut(BaseModel):
    """One check: how much it looked at."""

    check: str = Field(examples=["audit_log"])
    name: str
    rows: int


class FaultOut(BaseModel):
    """Something that is not as it was."""

    check: str
    subject: str = Field(description="Which row, by its number or reference.")
    code: str = Field(examples=["hash_differs"])
    sentence: str


class VerificationOut(BaseModel):
    """What was proved. `log_begins_at` above 1: older rows of the audit log went when their time had run out."""

    is_whole: bool
    log_begins_at: int
    head: str = Field(description="Where the audit log ends; noted outside, it is what `expect` takes later.")
    checked: list[CheckOut]
    faults: list[FaultOut]


@get("/verification", right=Right.READ_LOGS, in_steps=True, query={"expect?": read_head}, gives=VerificationOut)
def get_verification(call: Call) -> Reply:
    """Prove all logs, numbers and hashes now; the access log notes who asked. Takes a while with many files.

    With `expect`, a `head` that was given earlier and noted outside, also that the log still leads through it: who may
    write the database could write a whole chain anew, but not this one.
    """
    expect = call.query.get("expect")
    return Reply(_show(verify_on_demand(call.store, call.session, call.act, expect), call.lang))


def _show(found: Verification, lang: str) -> VerificationOut:
    return VerificationOut(
        is_whole=not found.faults,
        log_begins_at=found.log_begins_at,
        head=found.head,
        checked=[
            CheckOut(check=name, name=sentence(f"check.{name}", lang), rows=rows) for name, rows in found.counts.items()
        ],
        faults=[
            FaultOut(
                check=fault.check,
                subject=fault.subject,
                code=fault.code,
                sentence=sentence(f"fault.{fault.code}", lang),
            )
            for fault in found.faults
        ],
    )
