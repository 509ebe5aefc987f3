"""Is this work free, held or billable before anybody asks for an approval? Questions 1 to 9 of the settlement rules.

They stand in one ordered table, the first that applies answers. Question 10 is `allowance`, 11 to 19 are `approval`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from billing.clause import refs
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


_BY_SERVICE = "of the service"
_QUESTIONS: tuple[tuple[int, Callable[[Question], bool], Verdict, str, str], ...] = (
    (1, _caused_by_processor, Verdict.FREE, refs.OWN_BREACH.code, refs.OWN_BREACH.number),
    (2, _own_duty, Verdict.FREE, _BY_SERVICE, _BY_SERVICE),
    (3, _base_service, Verdict.FREE, _BY_SERVICE, _BY_SERVICE),
    (5, _first_provision, Verdict.FREE, refs.BASE_DOCUMENTS.code, refs.BASE_DOCUMENTS.number),
    (5, _included, Verdict.FREE, _BY_SERVICE, _BY_SERVICE),
    (6, _undecided, Verdict.HELD, "cause_undecided", refs.OWN_BREACH.number),
    (7, _audit_with_finding, Verdict.FREE, refs.AUDIT_OUTCOME.code, refs.AUDIT_OUTCOME.number),
    (8, _second_audit, Verdict.HELD, "second_onsite_audit", refs.AUDIT_OUTCOME.number),
    (9, _finding_pending, Verdict.HELD, "audit_finding_pending", refs.AUDIT_OUTCOME.number),
)
_DOCUMENTS = refs.BASE_DOCUMENTS.code
_NUMBERS = {"breach_first_notice": 4}


def ask_chargeable(ask: Question) -> Answer | None:
    """Give the first answer of questions 1 to 9, or None when the work may be billable."""
    for number, applies, verdict, code, clause in _QUESTIONS:
        if applies(ask):
            if code is _BY_SERVICE:
                question = _NUMBERS.get(ask.service.code, number)
                return Answer(question, verdict, ask.service.free_code, ask.service.clause)
            return Answer(number, verdict, code, clause)
    return None


def takes_document(answer: Answer) -> bool:
    """Tell whether this answer uses up a document type for the year (question 5, settlement "Fine print")."""
    return answer.code == _DOCUMENTS


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
