"""Is this work free, held or billable before anybody asks for an approval? Questions 1 to 9 of the settlement rules.

They stand in one ordered table, the first that applies answers. Question 10 is `allowance`, 11 to 19 are `approval`.
Between 5 and 6 the table asks what no contract does: whether the processor gave the work up (Kulanz). What is free
anyway stays free for its own reason; what was given up takes nothing that other work could use, and waits for nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from billing.clause import refs
from billing.clause.refs import Clause
from billing.clause.services import Effect, Service
from billing.clause.terms import Terms
from billing.rating.decisions import Answer, Verdict
from billing.rating.facts import Case, Entry, Facts

FINDINGS = {"any": frozenset({"deviation", "material"}), "material": frozenset({"material"})}


@dataclass(slots=True)
class Question:
    """What is asked of minutes that are alike: one entry, one version of the terms, one month, inside hours or not."""

    entry: Entry
    case: Case
    service: Service
    terms: Terms
    inside_hours: bool
    year: int
    documents_taken: list[tuple[int, str, str]]
    second_audit: bool

    @property
    def is_base_service_time(self) -> bool:
        """Base services are free at any hour, or only inside business hours (term `base_services_out_of_hours`)."""
        return self.inside_hours or self.terms.base_services_out_of_hours == "free"


def _caused_by_processor(ask: Question) -> bool:
    return ask.case.cause == "processor" or ask.entry.remedies_processor_defect


def _own_duty(ask: Question) -> bool:
    return ask.service.effect is Effect.OWN_DUTY


def _base_service(ask: Question) -> bool:
    return ask.service.effect is Effect.BASE and ask.is_base_service_time


def _first_provision(ask: Question) -> bool:
    """Tell whether no other case took this document type (or, term `once`, any type) in the year before."""
    if ask.service.effect is not Effect.DOCUMENTS or not ask.is_base_service_time:
        return False
    once = ask.terms.documents_scope == "once"
    for year, document, case in ask.documents_taken:
        if year == ask.year and (once or document == ask.entry.document):
            return case == ask.case.id
    return True


def _included(ask: Question) -> bool:
    return ask.service.effect is Effect.INCLUDED and not ask.case.controller_misconduct


def _given_up(ask: Question) -> bool:
    return ask.entry.written_off


def _undecided(ask: Question) -> bool:
    return ask.case.cause == "undecided"


def _audit_with_finding(ask: Question) -> bool:
    audit = ask.case.audit
    return audit is not None and audit.onsite and audit.finding in FINDINGS[ask.terms.audit_free_on]


def _second_audit(ask: Question) -> bool:
    audit = ask.case.audit
    return ask.second_audit and audit is not None and not audit.extra_agreed


def _finding_pending(ask: Question) -> bool:
    audit = ask.case.audit
    return audit is not None and audit.onsite and audit.finding == "pending"


class Row(NamedTuple):
    """One question: when it applies, and its answer; None where the service has its own answer in its contract."""

    number: int
    applies: Callable[[Question], bool]
    answer: Answer | None


def _free(number: int, applies: Callable[[Question], bool], clause: Clause) -> Row:
    return Row(number, applies, Answer(number, Verdict.FREE, clause.code, clause.number))


def _held(number: int, applies: Callable[[Question], bool], clause: Clause, code: str) -> Row:
    return Row(number, applies, Answer(number, Verdict.HELD, code, clause.number))


FIRST_PROVISION = 5
WRITTEN_OFF = Answer(0, Verdict.FREE, "written_off", refs.GOODWILL.number)
# Question 4 asks of the first notice what question 3 asks of the intake of requests.
_NUMBERS = {"breach_first_notice": 4}
QUESTIONS: tuple[Row, ...] = (
    _free(1, _caused_by_processor, refs.OWN_BREACH),
    Row(2, _own_duty, None),
    Row(3, _base_service, None),
    _free(FIRST_PROVISION, _first_provision, refs.BASE_DOCUMENTS),
    Row(FIRST_PROVISION, _included, None),
    Row(WRITTEN_OFF.question, _given_up, WRITTEN_OFF),
    _held(6, _undecided, refs.OWN_BREACH, "cause_undecided"),
    _free(7, _audit_with_finding, refs.AUDIT_OUTCOME),
    _held(8, _second_audit, refs.AUDIT_OUTCOME, "second_onsite_audit"),
    _held(9, _finding_pending, refs.AUDIT_OUTCOME, "audit_finding_pending"),
)


def ask_chargeable(ask: Question) -> Answer | None:
    """Give the first answer of questions 1 to 9, or None when the work may be billable."""
    for number, applies, answer in QUESTIONS:
        if applies(ask):
            return answer or _answer_of(number, ask.service)
    return None


@cache
def _answer_of(number: int, service: Service) -> Answer:
    return Answer(_NUMBERS.get(service.code, number), Verdict.FREE, service.free_code, service.clause)


def takes_document(ask: Question, answer: Answer) -> bool:
    """Tell whether this answer uses up a document type for the year (question 5, settlement "Fine print")."""
    return answer.question == FIRST_PROVISION and ask.service.effect is Effect.DOCUMENTS


def second_audits(facts: Facts) -> frozenset[str]:
    """Give the on-site audit cases with an earlier one, by date, then id, at the site in the year (13(6)b)."""
    seen = {(site, day.year) for site, day in facts.audits_given}
    later: set[str] = set()
    audits = [(case.audit, case.id) for case in facts.cases.values() if case.audit is not None and case.audit.onsite]
    for audit, case in sorted(audits, key=lambda item: (item[0].date, item[1])):
        place = (audit.site, audit.date.year)
        if place in seen:
            later.add(case)
        seen.add(place)
    return frozenset(later)
