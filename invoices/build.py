"""A settlement becomes a document: every line with its case, services, period, approvals and clauses. Pure.

The amounts are the settlement's own; nothing is rounded again here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from billing.clause import refs
from billing.clause.services import Effect
from billing.clause.terms import RateClass, Terms
from billing.rating.agreement import Agreement
from billing.rating.decisions import ExpenseDecision, Settlement, Stretch
from billing.rating.decisions import Line as SettledLine
from billing.rating.facts import Facts
from billing.rating.ledger import URGENT
from billing.timespan import datetime_of
from invoices.document import Approval, Document, ExpenseLine, Kind, Line, Preceding, VatCategory
from invoices.parties import Buyer, Seller
from invoices.vat import vat_group, vat_of
from invoices.wording import explanations, payment_terms, service_names

_RATE_CLAUSE = {
    RateClass.TRAVEL: refs.TRAVEL.number,
    RateClass.REGULAR: refs.HOURLY_RATE.number,
    RateClass.OUT_OF_HOURS: refs.SURCHARGES.number,
    RateClass.NIGHT_WEEKEND: refs.SURCHARGES.number,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseText:
    """What an invoice prints of an expense besides its amount."""

    description: str
    receipt_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Who writes to whom about which contract, and the words people gave to cases and expenses (by ref)."""

    seller: Seller
    buyer: Buyer
    vat_case: str
    contract_number: str
    contract_signed_on: date | None
    case_titles: Mapping[str, str]
    expense_texts: Mapping[str, ExpenseText]


def build_invoice(
    settlement: Settlement, facts: Facts, agreement: Agreement, letter: Letter, *, number: str, issue_date: date
) -> Document | None:
    """Build the invoice of a settled month, or None when there is nothing to bill (settlement 3.4)."""
    if not settlement.lines and not settlement.billed_expenses:
        return None
    return _Builder(settlement, facts, agreement, letter).document(number, issue_date)


def build_cancellation(original: Document, *, number: str, issue_date: date, reason: str) -> Document:
    """Build the document that takes an invoice back as a whole: its amounts, positive, and a reference to it.

    Type 381 with positive amounts and BG-3 (EN 16931); § 31 Abs. 5 UStDV asks for a clear reference.
    """
    return replace(
        original,
        kind=Kind.CANCELLATION,
        number=number,
        issue_date=issue_date,
        preceding=Preceding(number=original.number, issue_date=original.issue_date),
        reason=reason,
        explanations=(),
    )


def first_day_of(month: int) -> date:
    """Give the first calendar day of a month index."""
    return date(month // 12, month % 12 + 1, 1)


def last_day_of(month: int) -> date:
    """Give the last calendar day of a month index."""
    return first_day_of(month + 1) - timedelta(days=1)


class _Builder:
    """Builds one document; keeps what every line needs to look up."""

    def __init__(self, settlement: Settlement, facts: Facts, agreement: Agreement, letter: Letter) -> None:
        self._settlement, self._agreement, self._letter = settlement, agreement, letter
        self._terms = agreement.terms_at(settlement.month)
        self._entries = {entry.id: entry for entry in facts.entries}
        self._estimates = {estimate.id: estimate for estimate in facts.estimates}
        self._expenses = {expense.id: expense for expense in facts.expenses}
        seller = letter.seller
        self._vat: tuple[VatCategory, Fraction] = vat_of(
            self._terms.vat, letter.vat_case, small_business=seller.small_business
        )

    def document(self, number: str, issue_date: date) -> Document:
        settlement, letter, lang = self._settlement, self._letter, self._letter.buyer.language
        lines = tuple(self._line(position, line) for position, line in enumerate(settlement.lines, 1))
        expenses = tuple(
            self._expense(position, billed)
            for position, billed in enumerate(settlement.billed_expenses, len(lines) + 1)
        )
        days = [day for line in lines for day in (line.first_day, line.last_day)]
        days += [expense.incurred_on for expense in expenses]
        group = vat_group(*self._vat, settlement.net, lang)
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
            vat_groups=(group,),
            net_cents=settlement.net,
            vat_cents=group.vat_cents,
            gross_cents=settlement.net + group.vat_cents,
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

    def _versions_used(self) -> list[Terms]:
        """Give the versions of the terms that priced a minute of this run, or the month's own."""
        months = {stretch.month for stretch in self._settlement.stretches if stretch.price is not None}
        used = {self._agreement.version_at(month) for month in months} or {
            self._agreement.version_at(self._settlement.month)
        }
        return [self._agreement.versions[index] for index in sorted(used)]

    def _line(self, position: int, line: SettledLine) -> Line:
        billed = [s for s in self._settlement.stretches if s.case == line.case and s.price == line.price]
        rate_class, unit = line.price.rate_class, self._settlement.unit_minutes
        category, rate = self._vat
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
            worked_minutes=sum(stretch.minutes for stretch in billed),
            units=line.units,
            unit_minutes=unit,
            unit_price=line.price.euros,
            hourly_price=line.price.euros * 60 / unit,
            hours=Fraction(line.units * unit, 60),
            net_cents=line.net,
            vat_category=category,
            vat_rate=rate,
            first_day=min(days, default=first_day_of(self._settlement.month)),
            last_day=max(days, default=last_day_of(self._settlement.month)),
            clauses=self._clauses(services, billed, rate_class),
        )

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
        expense, category_rate = self._expenses[billed.expense], self._vat
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
            vat_category=category_rate[0],
            vat_rate=category_rate[1],
            clauses=(billed.answer.clause,),
        )

    def _local_day(self, minute: int) -> date:
        return datetime_of(minute).astimezone(self._agreement.zone).date()
