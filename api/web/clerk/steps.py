"""What could not be printed or sent: each step with its reason, tried once more by a button and without the others."""

from api.v1.calls import cursor_of, read_cursor
from api.web.calls import Done, PageCall, View
from api.web.routing import deed, page
from billing.services.access.rights import Right
from billing.services.steps import failed_steps, retry_step

STEPS = "/abrechnung/offene-schritte"
_PAGE = 50


@page(STEPS, right=Right.READ_MONTHS, query={"cursor?": read_cursor})
def steps_page(call: PageCall) -> View:
    """List the steps that failed at least once and are still to be done."""
    found = failed_steps(call.session, call.query.get("cursor", 0), _PAGE + 1)
    more = cursor_of(found[_PAGE - 1].id) if len(found) > _PAGE else None
    return View("clerk/steps.html", {"steps": found[:_PAGE], "more": more})


@deed(f"{STEPS}/{{step_id:int}}", right=Right.RUN_MONTHS, back=steps_page)
def retry_step_deed(call: PageCall) -> Done:
    """Have one step tried again now, and no other."""
    step = retry_step(call.session, call.act, call.path["step_id"])
    return Done(STEPS, "step_retried", {"about": step.about or step.kind})
