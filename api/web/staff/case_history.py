"""What happened in a case, as one line of time: from several records, each with who put it down."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.web.calls import PageCall
from billing.services.acting import id_of
from billing.services.case_deadlines import marks_of
from billing.services.case_files import list_case_files
from billing.services.cases import case_facts
from billing.services.estimate_lists import estimates_after, events_of
from billing.services.estimates import estimate_by_id
from billing.services.expenses import expenses_after
from billing.services.support_requests import request_of

_ALL = 10_000
_TOLD = (
    "cause",
    "controller_misconduct",
    "urgent_notice_at",
    "onsite_agreed_at",
    "audit_finding",
    "audit_extra_agreed",
)
"""Facts that are worth a line of their own."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened: `kind` names the words, `about` what it was about, `said` what was said of it."""

    at: datetime
    kind: str
    about: str = ""
    who: str | None = None
    said: str | None = None


def history_of(call: PageCall, case: Any) -> list[Happened]:
    """Give all that happened in a case, the newest first."""
    found = [
        *_opened(call, case),
        *_facts(call, case),
        *_estimates(call, case),
        *_marks(call, case),
        *(
            Happened(one.recorded_at, "file", one.name, one.recorded_by_name)
            for one in list_case_files(call.session, case)
        ),
        *_costs(call, case),
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _opened(call: PageCall, case: Any) -> Iterator[Happened]:
    request = request_of(call.session, case)
    if request is not None:
        yield Happened(request.received_at, "requested", request.ref, request.contact_name)
        if request.confirmed_at is not None:
            yield Happened(request.confirmed_at, "confirmed", request.ref)
    yield Happened(case.opened_at, "opened", case.ref, case.recorded_by_name)
    if case.closed_at is not None:
        yield Happened(case.closed_at, "closed", case.ref)


def _facts(call: PageCall, case: Any) -> Iterator[Happened]:
    _, records = case_facts(call.session, case)
    for record in records:
        facts: dict[str, Any] = record["facts"]
        for name in _TOLD:
            if name in facts:
                reason = facts.get(
                    {"cause": "cause_reason", "controller_misconduct": "misconduct_reason"}.get(name, "")
                )
                yield Happened(record["recorded_at"], name, str(facts[name]), record["recorded_by"], reason)


def _estimates(call: PageCall, case: Any) -> Iterator[Happened]:
    for row in estimates_after(call.session, {"case": case.ref}, call.act.at, 0, _ALL):
        if row.case_id != case.id:
            continue
        for event in events_of(call.session, estimate_by_id(call.session, row.id)):
            who = event.contact_name or event.recorded_by_name
            yield Happened(event.happened_at, f"estimate_{event.state.value}", row.ref, who, event.message)


def _marks(call: PageCall, case: Any) -> Iterator[Happened]:
    for mark in marks_of(call.session, case):
        yield Happened(mark.met_at, "mark", mark.code, mark.recorded_by_name)


def _costs(call: PageCall, case: Any) -> Iterator[Happened]:
    for row in expenses_after(call.session, {"case_id": id_of(case)}, 0, _ALL):
        yield Happened(row.recorded_at, "expense", row.ref)
        if row.withdrawn_at is not None:
            yield Happened(row.withdrawn_at, "expense_withdrawn", row.ref)
