"""Steps after a commit over HTTP: what could not be printed or sent, why, and each of them tried once more."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get, post
from billing.services.access.rights import Right
from billing.services.steps import failed_steps, retry_step


class StepOut(BaseModel):
    """A step that failed at least once and is still to be done."""

    id: int
    kind: str = Field(description="What is to be done: `pdf`, `mail`, `sending` ...", examples=["pdf"])
    about: str | None = Field(
        description="The number of a document, or the kind of a message.", examples=["RE-2026-0001"]
    )
    attempts: int
    error: str | None = Field(description="Why it failed the last time.")
    created_at: AwareDatetime
    next_at: AwareDatetime | None = Field(description="When it is tried again by itself; null: only by this retry.")


@get("/steps", right=Right.READ_MONTHS, query=PAGING, gives=Page[StepOut])
def list_failed_steps(call: Call) -> Reply:
    """List what is to be done after something was saved - papers, mail - and failed, each with its reason."""
    return call.page(lambda after, most: failed_steps(call.session, after, most), _show)


@post("/steps/{step_id:int}/retry", right=Right.RUN_MONTHS, gives=StepOut, status=200)
def retry_failed_step(call: Call) -> Reply:
    """Have one failed step tried again now, and no other; 409 when it is done, or has not failed."""
    return Reply(_show(retry_step(call.session, call.act, call.path["step_id"])))


def _show(step: Any) -> StepOut:
    return StepOut.model_validate(step, from_attributes=True)
