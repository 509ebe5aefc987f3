"""May it be billed? A rate, an agreement on site, an approved estimate, or urgency: questions 11 to 19 (13(5)).

Approved minutes are used in the order of the work. A minute takes the cheapest approved line that is dear enough; among
equal ones that of the approval that came first, then of the lower id.
"""

from collections.abc import Callable

from billing.clause import refs
from billing.clause.terms import RateClass, Terms
from billing.rating.decisions import Answer, Verdict
from billing.rating.facts import Case, Entry, Estimate
from billing.rating.ledger import URGENT, Ledger, estimate_source

_APPROVAL, _URGENT = refs.ESTIMATE_AND_APPROVAL.number, refs.URGENT_WORK.number
RATE_NOT_AGREED = Answer(11, Verdict.HELD, "rate_not_agreed", refs.HOURLY_RATE.number)
ONSITE_NOT_AGREED = Answer(12, Verdict.HELD, "onsite_not_agreed", refs.TRAVEL.number)
APPROVED = Answer(13, Verdict.BILLED, "approved", _APPROVAL)
URGENT_NOTICE_MISSING = Answer(14, Verdict.HELD, "urgent_notice_missing", _URGENT)
URGENT_WITHOUT_APPROVAL = Answer(15, Verdict.BILLED, "urgent", _URGENT)
URGENT_CAP_REACHED = Answer(16, Verdict.HELD, "urgent_cap_reached", _URGENT)
NO_APPROVED_ESTIMATE = Answer(17, Verdict.HELD, "no_approved_estimate", _APPROVAL)
RATE_CLASS_NOT_APPROVED = Answer(18, Verdict.HELD, "rate_class_not_approved", refs.OVERRUN.number)
ESTIMATE_EXCEEDED = Answer(19, Verdict.HELD, "estimate_exceeded", refs.OVERRUN.number)

Decide = Callable[[int, int, Answer, str | None, int | None, int | None], None]
"""Takes a decided stretch: start, end, answer, source, and what the source had used before and after."""


class ApprovedLine:
    """What is left of one class of one approved estimate."""

    __slots__ = ("approved", "left", "order", "rate_class", "reaches_from", "source")

    def __init__(self, estimate: Estimate, rate_class: RateClass, approved: int, used: int) -> None:
        """Take the approved minutes of this class and those that living segments have used."""
        self.rate_class = rate_class
        self.reaches_from = estimate.reaches_from
        self.approved = approved
        self.left = approved - used
        self.source = estimate_source(estimate.id, rate_class.code)
        self.order = (estimate.approved_at, estimate.id)


class CaseApprovals:
    """All approvals of one case, cheapest class first, and its urgent minutes."""

    __slots__ = ("lines", "reaches", "urgent_used")

    def __init__(self, estimates: list[Estimate], case: str, ledger: Ledger) -> None:
        """Start with what earlier runs left."""
        self.lines = sorted(
            (
                ApprovedLine(estimate, rate_class, minutes, ledger.estimate_used.get(source, 0))
                for estimate in estimates
                for rate_class, minutes in _by_class(estimate).items()
                for source in [estimate_source(estimate.id, rate_class.code)]
            ),
            key=lambda line: (line.rate_class, line.order),
        )
        self.reaches = sorted({estimate.reaches_from for estimate in estimates})
        self.urgent_used = ledger.urgent_used.get(case, 0)

    def next_reach(self, start: int, end: int) -> int:
        """Give where in `(start, end)` the next estimate begins to reach, or `end`."""
        for reach in self.reaches:
            if start < reach < end:
                return reach
        return end

    def cheapest(self, minute: int, needed: RateClass) -> ApprovedLine | None:
        """Give the line that pays for a minute: it reaches it, has something left, and is at least as dear."""
        for line in self.lines:
            if line.left > 0 and line.rate_class >= needed and line.reaches_from <= minute:
                return line
        return None

    def refusal(self, minute: int) -> Answer:
        """Say why no line pays for a minute (questions 17 to 19)."""
        reaching = [line for line in self.lines if line.reaches_from <= minute]
        if not self.reaches or self.reaches[0] > minute:
            return NO_APPROVED_ESTIMATE
        return RATE_CLASS_NOT_APPROVED if any(line.left > 0 for line in reaching) else ESTIMATE_EXCEEDED


def _by_class(estimate: Estimate) -> dict[RateClass, int]:
    """Add up an estimate's lines of one class: they reach and cost the same."""
    minutes: dict[RateClass, int] = {}
    for rate_class, count in estimate.lines:
        minutes[rate_class] = minutes.get(rate_class, 0) + count
    return minutes


def ask_approval(  # noqa: PLR0913 - the parts of one question; an object made for each stretch costs too much here
    start: int,
    end: int,
    needed: RateClass,
    *,
    entry: Entry,
    case: Case,
    terms: Terms,
    book: CaseApprovals,
    decide: Decide,
) -> None:
    """Answer questions 11 to 19 for `[start, end)`, whose minutes share a class and a version of the terms.

    `needed` is the lowest class that is as dear as theirs.
    """
    if terms.hourly_rate is None:
        decide(start, end, RATE_NOT_AGREED, None, None, None)
        return
    if entry.onsite:
        agreed = min(end, max(start, case.onsite_agreed_at)) if case.onsite_agreed_at is not None else end
        if start < agreed:
            decide(start, agreed, ONSITE_NOT_AGREED, None, None, None)
        start = agreed
    while start < end:
        stop = book.next_reach(start, end)
        line = book.cheapest(start, needed)
        if line is not None:
            stop = min(stop, start + line.left)
            used = line.approved - line.left
            decide(start, stop, APPROVED, line.source, used, used + stop - start)
            line.left -= stop - start
        elif entry.urgent:
            stop = _ask_urgent(start, stop, case=case, cap=terms.urgent_cap_minutes, book=book, decide=decide)
        else:
            decide(start, stop, book.refusal(start), None, None, None)
        start = stop


def _ask_urgent(start: int, stop: int, *, case: Case, cap: int, book: CaseApprovals, decide: Decide) -> int:
    """Answer questions 14 to 16 and give where the answer ends."""
    used = book.urgent_used
    if case.urgent_notice_at is None:
        decide(start, stop, URGENT_NOTICE_MISSING, None, None, None)
    elif used < cap:
        stop = min(stop, start + cap - used)
        book.urgent_used += stop - start
        decide(start, stop, URGENT_WITHOUT_APPROVAL, URGENT, used, book.urgent_used)
    else:
        decide(start, stop, URGENT_CAP_REACHED, URGENT, used, used)
    return stop
