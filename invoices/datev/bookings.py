"""An issued document becomes bookings: the debtor against revenue, one for each VAT group. Pure.

Amounts are gross and carry no sign; what takes an invoice back stands on the other side (H) of the debtor account.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from billing.errors import Conflict
from invoices.datev.text import fitting, shortened
from invoices.document import Document, Kind, VatCategory, VatGroup
from invoices.format import percent

LONGEST_TEXT = 60
DEBIT, CREDIT = "S", "H"
_GUIDS = uuid.UUID("6f1c1c0e-5a0b-5d7b-9a52-6b1b0b7f3d10")
_BY_RATE = {Fraction(19, 100): "revenue_19", Fraction(7, 100): "revenue_7"}
_BY_CATEGORY = {
    VatCategory.REVERSE_CHARGE: "revenue_eu",
    VatCategory.OUTSIDE_SCOPE: "revenue_third_country",
    VatCategory.EXEMPT: "revenue_small_business",
}
_WORDS = {Kind.INVOICE: "Rechnung", Kind.CANCELLATION: "Storno", Kind.CORRECTION: "Korrektur"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One line of a batch, in the words of bookkeeping; `amount_cents` is above zero."""

    amount_cents: int
    side: str
    """S (Soll): the debtor owes; H (Haben): what it owes becomes less."""
    debtor: int
    account: str
    number: str
    """Number of the document (Belegfeld 1): by it open items are matched."""
    issue_date: date
    text: str
    vat_id: str
    """The receiver's VAT id where the receiver owes the tax, else empty."""
    service_date: date
    tax_date: date
    """A day of the period that the tax belongs to (Datum Zuord. Steuerperiode)."""

    @property
    def signed_cents(self) -> int:
        """The amount as the debtor sees it: positive what is owed."""
        return self.amount_cents if self.side == DEBIT else -self.amount_cents


def bookings_of(document: Document, debtor: int, accounts: Mapping[str, str]) -> Iterator[Booking]:
    """Give the bookings of a document; a group of nothing has none. Conflict: no account for a rate of VAT."""
    for group in document.vat_groups:
        owed = group.net_cents + group.vat_cents
        if document.kind is Kind.CANCELLATION:  # its amounts are those of the invoice
            owed = -owed
        if owed == 0:
            continue
        service = _last_day(document, group)
        yield Booking(
            amount_cents=abs(owed),
            side=DEBIT if owed > 0 else CREDIT,
            debtor=debtor,
            account=accounts[_purpose(document, group)],
            number=document.number,
            issue_date=document.issue_date,
            text=shortened(fitting(_text(document)), LONGEST_TEXT),
            vat_id=document.buyer.vat_id if group.category is VatCategory.REVERSE_CHARGE else "",
            service_date=service,
            # Tax arises in the month of performance (§ 13 UStG); taken back, in that of the change (§ 17 Abs. 1 UStG).
            tax_date=service if document.kind is Kind.INVOICE else document.issue_date,
        )


def guid_of(document: Document) -> str:
    """Give the name under which the document's paper is linked to its bookings: the same whenever it is asked for."""
    return str(uuid.uuid5(_GUIDS, document.sha256))


def _purpose(document: Document, group: VatGroup) -> str:
    found = _BY_RATE.get(group.rate) if group.category is VatCategory.STANDARD else _BY_CATEGORY[group.category]
    if found is None:
        raise Conflict("datev_rate_without_account", value=document.number, rate=percent(group.rate, "de"))
    return found


def _last_day(document: Document, group: VatGroup) -> date:
    """Give the last day of what a group bills; that of the document's period should it have no lines."""
    key = (group.category, group.rate)
    days = [line.last_day for line in document.lines if (line.vat_category, line.vat_rate) == key]
    days += [cost.incurred_on for cost in document.expenses if (cost.vat_category, cost.vat_rate) == key]
    return max(days, default=document.period_to)


def _text(document: Document) -> str:
    """Say what it is and whom it is to; the word in front keeps a spreadsheet from reading a formula."""
    subject = document.preceding.number if document.preceding else f"{document.period_to:%m/%Y}"
    return f"{_WORDS[document.kind]} {subject} {document.buyer.name}"
