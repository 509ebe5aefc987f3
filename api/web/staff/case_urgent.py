"""Urgent work (Eilfall): its three reasons, and the controller told at once (13(5)b)."""

from api.web.calls import Done, PageCall, View
from api.web.notices import sentences
from api.web.routing import deed, page
from api.web.staff.case_deeds import of_case
from api.web.staff.lookup import case_of, own_address
from api.web.staff.typed import moment, said, texts
from billing.clause.reading import Reader
from billing.services.access.rights import Right
from billing.services.budgets import budget_of
from billing.services.by_name import Named
from billing.services.case_mails import recipients_of
from billing.services.fields import read_note
from billing.services.urgent_work import declare_urgent, read_urgency

_REASONS: dict[str, Reader] = {
    "deadline_reason": read_note,
    "action_reason": read_note,
    "approval_reason": read_note,
}


@page("/vorgaenge/{nr:str}/eilfall", right=Right.WORK)
def urgent_page(call: PageCall) -> View:
    """Ask for the three reasons, and say who is told."""
    case = case_of(call)
    contacts = recipients_of(call.session, case)
    cap = budget_of(call.session, call.act, case).urgent_cap
    return View("staff/cases/urgent.html", of_case(call, cap=cap, contacts=[one.email for one in contacts]))


@deed("/vorgaenge/{nr:str}/eilfall", right=Right.WORK, back=urgent_page)
def urgent_deed(call: PageCall) -> Done:
    """Declare that work can't wait for an approval; the message to the controller goes out at once."""
    raw = texts(call, _REASONS) | said(informed_at=moment(call, "informed_at", optional=True))
    call.form.require_good()
    case = case_of(call)
    declared = declare_urgent(call.session, call.act, case, read_urgency(raw))
    fields = {"case": case.ref, "mails": str(declared.mails), "notices": sentences(call, declared.notices)}
    return Done(own_address(call, Named.CASE), "urgent_declared", fields)
