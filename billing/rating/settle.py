"""All questions together: terms and facts and what was decided before -> a settlement with its reasons.

Entries are asked in the order (start, id), minute by minute in meaning, interval by interval in fact (settlement 2).
Same input, same settlement; nothing given is changed.
"""

from collections import defaultdict
from typing import TypeVar

from billing.clause.services import Effect
from billing.clause.terms import RateClass
from billing.money import vat_on
from billing.rating.agreement import Agreement
from billing.rating.allowance import BASE_QUERY, allowance_left
from billing.rating.approval import CaseApprovals, ask_approval
from billing.rating.bands import BandReason, Piece, Timeline
from billing.rating.chargeable import Question, ask_chargeable, second_audits, takes_document
from billing.rating.decisions import Answer, ExpenseDecision, Settlement, Stretch, Verdict
from billing.rating.expenses import PASSED_THROUGH, ask_expense
from billing.rating.facts import Case, Entry, Estimate, Facts
from billing.rating.ledger import ALLOWANCE, Group, Ledger, document_source, group_of
from billing.rating.units import allot, lines_of
from billing.timespan import Interval, month_of, without, year_of

Decided = TypeVar("Decided", Stretch, ExpenseDecision)


def settle(
    agreement: Agreement, facts: Facts, before: Ledger, month: int, timeline: Timeline | None = None
) -> Settlement:
    """Settle one contract's month.

    Takes every undecided minute whose local month is `month` or earlier, and every undecided expense incurred by then.
    `facts` are those visible at the run's `as_of`, `before` what earlier runs decided and still holds. A `timeline` of
    the same agreement may be passed to share its cache between contracts.
    """
    run = _Run(agreement, facts, before, month, timeline or Timeline(agreement))
    for entry in sorted(facts.entries, key=lambda entry: (entry.start, entry.id)):
        run.ask_entry(entry)
    expenses = run.ask_expenses()
    terms = agreement.versions[0]
    groups = run.groups_with_new_minutes()
    owed = [allot(groups[name], name, terms.unit_minutes, terms.rounding_direction) for name in sorted(groups)]
    lines = lines_of(owed)
    asked_for = [decision for decision in expenses if decision.answer.verdict is Verdict.BILLED]
    billed = [decision for decision in asked_for if decision.answer.code != PASSED_THROUGH]
    net = sum(line.net for line in lines) + sum(decision.net for decision in billed)
    return Settlement(
        month=month,
        stretches=[_in_words_of(agreement, stretch) for stretch in run.stretches]
        if agreement.clauses
        else run.stretches,
        groups=[group for group in owed if group.allotted or group.surplus],
        expenses=[_in_words_of(agreement, decision) for decision in expenses],
        lines=lines,
        net=net,
        vat=vat_on(net, terms.vat),
        unit_minutes=terms.unit_minutes,
        billed_expenses=[_in_words_of(agreement, decision) for decision in billed],
        passed_through=[
            _in_words_of(agreement, decision) for decision in asked_for if decision.answer.code == PASSED_THROUGH
        ],
    )


def _in_words_of(agreement: Agreement, decided: Decided) -> Decided:
    """Quote the place in this very contract instead of the fee clause's number."""
    answer = decided.answer
    return decided._replace(answer=answer._replace(clause=agreement.printed(answer.clause)))


class _Run:
    """The state of one settlement while its entries are asked in order."""

    def __init__(self, agreement: Agreement, facts: Facts, before: Ledger, month: int, timeline: Timeline) -> None:
        self.stretches: list[Stretch] = []
        self._agreement, self._facts, self._before, self._timeline = agreement, facts, before, timeline
        self._month = month
        self._end = timeline.month_start(month + 1)
        self._second_audits = second_audits(facts)
        self._documents_taken = list(before.documents_taken)
        self._allowance_used = defaultdict(int, before.allowance_used)
        self._books: dict[str, CaseApprovals] = {}
        self._estimates: dict[str, list[Estimate]] = defaultdict(list)
        for estimate in facts.estimates:
            self._estimates[estimate.case].append(estimate)

    def ask_entry(self, entry: Entry) -> None:
        """Answer every minute of one entry that this run may decide and no earlier run has."""
        whole = Interval(entry.start, min(entry.end, self._end))
        if whole.start >= whole.end:
            return
        decided = self._before.decided.get(entry.id)
        case = self._facts.cases[entry.case]
        for start, end in without(whole, sorted(decided)) if decided else (whole,):
            since = start
            while since < end:
                piece = self._timeline.piece_at(since)
                stop = min(end, piece.end)
                self._ask_piece(entry, case, piece, since, stop)
                since = stop

    def _ask_piece(self, entry: Entry, case: Case, piece: Piece, start: int, end: int) -> None:
        """Answer minutes of one class, one local month and one version of the terms."""
        terms = self._agreement.versions[piece.version]
        ask = Question(
            entry=entry,
            case=case,
            service=self._agreement.catalogue[entry.service],
            terms=terms,
            inside_hours=piece.reason is BandReason.BUSINESS_HOURS,
            year=year_of(piece.month),
            documents_taken=self._documents_taken,
            second_audit=case.id in self._second_audits,
        )
        rate_class, band = (RateClass.TRAVEL, BandReason.TRAVEL) if entry.travel else (piece.rate_class, piece.reason)

        rates = self._agreement.rates_of(piece.version)

        def decide(since: int, to: int, answer: Answer, source: str | None, used: int | None, now: int | None) -> None:
            price = rates.prices[rate_class] if answer.verdict is Verdict.BILLED else None
            self._keep(
                Stretch(entry.id, case.id, since, to, piece.month, answer, rate_class, band, price, source, used, now)
            )

        answer = ask_chargeable(ask)
        if answer is not None:
            decide(start, end, answer, self._document_taken(ask, answer), None, None)
            return
        if ask.service.effect is Effect.ALLOWANCE and not entry.travel and ask.is_base_service_time:
            used = self._allowance_used[piece.month]
            free = min(end - start, allowance_left(terms, used))
            if free > 0:
                self._allowance_used[piece.month] = used + free
                decide(start, start + free, BASE_QUERY, ALLOWANCE, used, used + free)
                start += free
        if start < end:
            book = self._book(case.id)
            needed = rates.as_dear_from[rate_class]
            ask_approval(start, end, needed, entry=entry, case=case, terms=terms, book=book, decide=decide)

    def _keep(self, stretch: Stretch) -> None:
        """Keep a decided stretch; one that goes on where the last one ended, for the same reason, is joined to it."""
        last = self.stretches[-1] if self.stretches else None
        if last and last.end == stretch.start and last.entry == stretch.entry and last[4:10] == stretch[4:10]:
            self.stretches[-1] = last._replace(end=stretch.end, after=stretch.after)
        else:
            self.stretches.append(stretch)

    def _document_taken(self, ask: Question, answer: Answer) -> str | None:
        if not takes_document(ask, answer):
            return None
        document = ask.entry.document or ""
        taken = (ask.year, document, ask.case.id)
        if taken not in self._documents_taken:
            self._documents_taken.append(taken)
        return document_source(document)

    def _book(self, case: str) -> CaseApprovals:
        book = self._books.get(case)
        if book is None:
            book = self._books[case] = CaseApprovals(self._estimates[case], case, self._before)
        return book

    def ask_expenses(self) -> list[ExpenseDecision]:
        """Answer every undecided expense incurred in the run's month or before, by id."""
        due = [
            expense
            for expense in self._facts.expenses
            if month_of(expense.incurred_on) <= self._month and expense.id not in self._before.expenses
        ]
        agreed, cases = self._agreement.expenses_agreed, self._facts.cases
        due.sort(key=lambda expense: expense.id)
        return [ask_expense(expense, cases[expense.case], agreed=agreed) for expense in due]

    def groups_with_new_minutes(self) -> dict[str, Group]:
        """Give every rounding group with its living minutes and units, this run's minutes included."""
        groups = {
            name: Group(group.case, dict(group.minutes), dict(group.units))
            for name, group in self._before.groups.items()
        }
        scope = self._agreement.versions[0].rounding_scope
        for stretch in self.stretches:
            if stretch.price is not None:
                name = group_of(scope, stretch.case, stretch.month, stretch.entry)
                group = groups.get(name) or groups.setdefault(name, Group(stretch.case))
                group.minutes[stretch.price] = group.minutes.get(stretch.price, 0) + stretch.end - stretch.start
        return groups
