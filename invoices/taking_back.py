"""Documents that take an issued one back: the whole of it, or the lines of named cases. Pure.

They repeat prices, VAT categories and rates of what was issued: tax is taken back at the rate that was charged.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from invoices.document import Document, Kind, Preceding
from invoices.vat import vat_groups


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


def build_correction(
    original: Document, cases: Collection[str], *, number: str, issue_date: date, reason: str
) -> Document:
    """Build the document that takes back the lines of some cases: negative quantities, positive prices (BR-27).

    Type 384 with BG-3. Lines keep their positions, so that both papers can be laid side by side. VAT is rounded once
    for this document, like for every other: of an invoice that is taken back piece by piece a cent of it may remain.
    """
    lines = tuple(
        replace(line, units=-line.units, hours=-line.hours, net_cents=-line.net_cents)
        for line in original.lines
        if line.case_ref in cases
    )
    expenses = tuple(
        replace(expense, net_cents=-expense.net_cents) for expense in original.expenses if expense.case_ref in cases
    )
    groups = vat_groups((*lines, *expenses), original.language)
    net, vat = sum(group.net_cents for group in groups), sum(group.vat_cents for group in groups)
    return replace(
        original,
        kind=Kind.CORRECTION,
        number=number,
        issue_date=issue_date,
        lines=lines,
        expenses=expenses,
        vat_groups=groups,
        net_cents=net,
        vat_cents=vat,
        gross_cents=net + vat,
        preceding=Preceding(number=original.number, issue_date=original.issue_date),
        reason=reason,
        explanations=(),
    )


def cases_on(document: Document) -> list[str]:
    """Give the cases that have a line on a document, in the order of their first lines."""
    cases = [line.case_ref for line in document.lines] + [expense.case_ref for expense in document.expenses]
    return list(dict.fromkeys(cases))
