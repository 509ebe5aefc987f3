"""Until when an invoice must be out where the receiver owes the tax: the 15th of the month after the service.

§ 14a Abs. 1 Satz 3 UStG, for services that § 3a Abs. 2 UStG places in another member state. It is no reason to refuse
anything: a draft that waits is shown with the day, and with a sentence once the day is near or past.
"""

from datetime import date

from billing.texts import wording
from invoices.build import first_day_of
from invoices.document import Document, VatCategory
from invoices.format import day as shown

_DAY_OF_MONTH = 15
_NEAR_DAYS = 7
_DECEMBER = 12


def issue_by(document: Document | None) -> date | None:
    """Give the last day to issue a document: counted from its earliest month of service; None where no day is set."""
    if document is None or all(group.category is not VatCategory.REVERSE_CHARGE for group in document.vat_groups):
        return None
    days = [line.last_day for line in document.lines] + [expense.incurred_on for expense in document.expenses]
    first = min(days)
    return first_day_of(first.year * _DECEMBER + first.month).replace(day=_DAY_OF_MONTH)


def issue_warning(last: date | None, today: date, lang: str) -> str | None:
    """Say that the day is near or past; None while there is time, and where no day is set."""
    if last is None or (last - today).days > _NEAR_DAYS:
        return None
    key = "issue_by_past" if last < today else "issue_by_near"
    return wording(f"run.{key}", lang, day=shown(last, lang))
