"""A settlement becomes a document: every line with its case, services, period, approvals and clauses. Pure.

The units are the settlement's own. A line whose work lies on both sides of a change of the VAT rate becomes one line a
rate, each rounded by itself, so that every line on paper can be checked.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import partial

from billing.clause import refs
from billing.clause.services import Effect
from billing.clause.terms import Price, RateClass, Terms
from billing.money import line_net
from billing.rating.agreement import Agreement
from billing.rating.decisions import ExpenseDecision, Settlement, Stretch
from billing.rating.decisions import Line as SettledLine
from billing.rating.facts import Facts
from billing.rating.ledger import URGENT, group_of
from billing.timespan import datetime_of, month_of
from invoices.document import Approval, Document, ExpenseLine, Kind, Line
from invoices.letter import Letter
from invoices.shares import Share, joined, shares_of
from invoices.vat import taxing, vat_groups
from invoices.wording import explanations, payment_terms, service_names

_RATE_CLAUSE = {
    RateClass.TRAVEL: refs.TRAVEL.number,
    RateClass.REGULAR: refs.HOURLY_RATE.number,
    RateClass.OUT_OF_HOURS: refs.SURCHARGES.number,
    RateClass.NIGHT_WEEKEND: refs.SURCHARGES.number,
}


Earlier = Callable[[str, Price], Sequence[Stretch]]
"""Gives the minutes of one rounding group and price that earlier runs billed and still hold."""


def build_invoice(  # noqa: PLR0913 - all that a document is made of
    settlement: Settlement,
    facts: Facts,
    agreement: Agreement,
    letter: Letter,
    *,
    number: str,
    issue_date: date,
    earlier: Earlier = lambda _group, _price: (),
) -> Document | None:
    """Build the invoice of a settled month, or None when there is nothing to bill (settlement 3.4)."""
    if not settlement.lines and not settlement.billed_expenses:
        return None
    return _Builder(settlement, facts, agreement, letter, earlier).document(number, issue_date)


def first_day_of(month: int) -> date:
    """Give the first calendar day of a month index."""
    return date(month // 12, month % 12 + 1, 1)


def last_day_of(month: int) -> date:
    """Give the last calendar day of a month index."""
    return first_day_of(month + 1) - timedelta(days=1)


class _Builder:
    """Builds one document; keeps what every line needs to look up."""

    def __init__(
        self, settlement: Settlement, facts: Facts, agreement: Agreement, letter: Letter, earlier: Earlier
    ) -> None:
        self._settlement, self._agreement, self._letter, self._earlier = settlement, agreement, letter, earlier
        self._terms = agreement.terms_at(settlement.month)
        self._entries = {entry.id: entry for entry in facts.entries}
        self._estimates = {estimate.id: estimate for estimate in facts.estimates}
        self._expenses = {expense.id: expense for expense in facts.expenses}
        self._taxing = taxing(letter.vat_case, small_business=letter.seller.small_business)
        self._billed: dict[tuple[str, Price], dict[str, list[Stretch]]] = defaultdict(lambda: defaultdict(list))
        scope = agreement.versions[0].rounding_scope
        for stretch in settlement.stretches:
            if stretch.price is not None:
                group = group_of(scope, stretch.case, stretch.month, stretch.entry)
                self._billed[stretch.case, stretch.price][group].append(stretch)

    def document(self, number: str, issue_date: date) -> Document:
        settlement, letter, lang = self._settlement, self._letter, self._letter.buyer.language
        shares = [(line, share) for line in settlement.lines for share in self._shares(line)]
        lines = tuple(self._line(position, line, share) for position, (line, share) in enumerate(shares, 1))
        expenses = tuple(
            self._expense(position, billed)
            for position, billed in enumerate(settlement.billed_expenses, len(lines) + 1)
        )
        days = [day for line in lines for day in (line.first_day, line.last_day)]
        days += [expense.incurred_on for expense in expenses]
        groups = vat_groups((*lines, *expenses), lang)
        net, vat = sum(group.net_cents for group in groups), sum(group.vat_cents for group in groups)
        return Document(
            kind=Kind.INVOICE,
            number=number,
            issue_date=issue_date,
            language=lang,
            seller=letter.seller,
            buyer=letter.buyer,
            contract_number=letter.contract_number,
            contract_signed_on=letter.contract_signed_on,
            period_from=min([first_day_of(settlement.month), *days]),
            period_to=max([last_day_of(settlement.month), *days]),
            lines=lines,
            expenses=expenses,
            vat_groups=groups,
            net_cents=net,
            vat_cents=vat,
            gross_cents=net + vat,
            payment_days=self._terms.payment_days,
            payment_terms=payment_terms(self._terms.payment_days, lang),
            explanations=explanations(
                self._versions_used(),
                [line.rate_class for line in lines],
                lang,
                with_expenses=bool(expenses),
                fee_clause=not self._agreement.clauses,
            ),
        )

    def _shares(self, line: SettledLine) -> list[Share]:
        """Share out a line's units by VAT rate; minutes of groups that have no new unit of it stand with the rest."""
        rest = dict(self._billed.get((line.case, line.price), {}))
        found = [
            share
            for group in self._settlement.groups
            if group.case == line.case
            for allotment in group.allotted
            if allotment.price == line.price
            for share in shares_of(
                rest.pop(group.group, []),
                allotment,
                self._settlement.unit_minutes,
                self._taxing.rate_of,
                partial(self._earlier, group.group, line.price),
            )
            or [Share(self._taxing.rate_of(self._settlement.month), allotment.units)]
        ]
        shares = joined(found)
        for stretches in rest.values():
            with_it = [share for share in shares if share.rate == self._taxing.rate_of(stretches[0].month)]
            share = (with_it or shares)[-1]
            share.stretches += stretches
            share.worked_minutes += sum(stretch.minutes for stretch in stretches)
        return shares

    def _versions_used(self) -> list[Terms]:
        """Give the versions of the terms that priced a minute of this run, or the month's own."""
        months = {stretch.month for stretch in self._settlement.stretches if stretch.price is not None}
        used = {self._agreement.version_at(month) for month in months} or {
            self._agreement.version_at(self._settlement.month)
        }
        return [self._agreement.versions[index] for index in sorted(used)]

    def _line(self, position: int, line: SettledLine, share: Share) -> Line:
        rate_class, unit = line.price.rate_class, self._settlement.unit_minutes
        billed = sorted(share.stretches, key=self._order)
        services = self._services(line.case, billed)
        days = [self._local_day(minute) for s in billed for minute in (s.start, s.end - 1)]
        return Line(
            position=position,
            case_ref=line.case,
            case_title=self._letter.case_titles.get(line.case, ""),
            services=service_names(services, self._letter.buyer.language),
            approvals=self._approvals(billed),
            urgent=any(stretch.source == URGENT for stretch in billed),
            rate_class=rate_class.code,
            factor=self._factor(billed, rate_class),
            worked_minutes=share.worked_minutes,
            units=share.units,
            unit_minutes=unit,
            unit_price=line.price.euros,
            hourly_price=line.price.euros * 60 / unit,
            hours=Fraction(share.units * unit, 60),
            net_cents=line_net(share.units, line.price.euros),
            vat_category=self._taxing.category,
            vat_rate=share.rate,
            first_day=min(days, default=first_day_of(self._settlement.month)),
            last_day=max(days, default=last_day_of(self._settlement.month)),
            clauses=self._clauses(services, billed, rate_class),
        )

    def _order(self, stretch: Stretch) -> tuple[int, str, int]:
        return self._entries[stretch.entry].start, stretch.entry, stretch.start

    def _services(self, case: str, billed: list[Stretch]) -> list[str]:
        """Name the services of the minutes; a line of units alone (minutes of earlier months) names its case's."""
        codes = [self._entries[stretch.entry].service for stretch in billed]
        if not codes:
            billable = {
                code for code, service in self._agreement.catalogue.items() if service.effect is Effect.BILLABLE
            }
            codes = [entry.service for entry in self._entries.values() if entry.case == case]
            codes = [code for code in codes if code in billable] or codes
        return list(dict.fromkeys(codes))

    def _clauses(self, services: Iterable[str], billed: list[Stretch], rate_class: RateClass) -> tuple[str, ...]:
        clauses = [self._agreement.catalogue[code].clause for code in services]
        clauses += [self._agreement.printed(_RATE_CLAUSE[rate_class])]
        clauses += [stretch.answer.clause for stretch in billed if stretch.source == URGENT]
        return tuple(dict.fromkeys(clauses))

    def _factor(self, billed: list[Stretch], rate_class: RateClass) -> Fraction:
        month = billed[0].month if billed else self._settlement.month
        return self._agreement.terms_at(month).factors[rate_class]

    def _approvals(self, billed: list[Stretch]) -> tuple[Approval, ...]:
        refs_used = {s.source.split(":", 2)[2] for s in billed if s.source and s.source.startswith("estimate:")}
        return tuple(
            Approval(estimate_ref=ref, approved_on=self._local_day(self._estimates[ref].approved_at))
            for ref in sorted(refs_used)
        )

    def _expense(self, position: int, billed: ExpenseDecision) -> ExpenseLine:
        expense = self._expenses[billed.expense]
        text = self._letter.expense_texts[billed.expense]
        return ExpenseLine(
            position=position,
            case_ref=billed.case,
            case_title=self._letter.case_titles.get(billed.case, ""),
            kind=expense.kind,
            description=text.description,
            incurred_on=expense.incurred_on,
            receipt_ref=text.receipt_ref,
            approved_on=expense.approved_on,
            net_cents=billed.net,
            vat_category=self._taxing.category,
            vat_rate=self._taxing.rate_of(month_of(expense.incurred_on)),
            clauses=(billed.answer.clause,),
        )

    def _local_day(self, minute: int) -> date:
        return datetime_of(minute).astimezone(self._agreement.zone).date()
