"""Documents that take an issued one back: the whole of it, or the lines of named cases. Pure.

They repeat prices, VAT categories and rates of what was issued: tax is taken back at the rate that was charged.
"""

from dataclasses import replace
from datetime import date

from invoices.document import Document, Kind, Preceding


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
