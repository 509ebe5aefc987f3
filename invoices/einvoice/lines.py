"""BG-25, the lines: one per case and rate class at its full hourly price, then expenses by the piece.

What the finance ministry's letter of 15 October 2025 wants in the structured part stands in fields of its own: period
(BG-26), case, service, rate class and clause (BG-32). There are no surcharges or allowances (BG-27, BG-28).
"""

from collections.abc import Iterable
from datetime import date

from drafthorse.models.document import Document as Invoice
from drafthorse.models.product import ProductCharacteristic
from drafthorse.models.tradelines import LineItem

from billing.texts import name_of, sentence
from invoices import format as written
from invoices.document import Document, ExpenseLine, Line, VatCategory
from invoices.einvoice.values import PIECE, Price, Quantity, amount, percent, price_of, quantity_of, sayable
from invoices.wording import rate_title
from invoices.words import basis_of_expense, basis_of_line

VAT = "VAT"


def write_lines(document: Document, xml: Invoice) -> None:
    """Write all lines in their order; a correction has negative quantities and positive prices (BR-27)."""
    for line in document.lines:
        xml.trade.items.add(_work(line, document.language))
    for expense in document.expenses:
        xml.trade.items.add(_expense(expense, document.language))


def _work(line: Line, lang: str) -> LineItem:
    item = _item(line)
    services = ", ".join(line.services)
    item.product.name = sayable(services) or line.case_ref  # BT-153
    item.product.description = _joined([_case(line), *basis_of_line(line, lang)])  # BT-154
    rate = rate_title(line.rate_class, line.factor, lang)
    _write_attributes(item, _attributes(line, services, lang) | {"rate_class": rate}, lang)
    quantity = quantity_of(line.hours)
    _write_quantity(item, quantity, price_of(line.hourly_price, quantity.unit))
    _write_period(item, line.first_day, line.last_day)
    return item


def _expense(expense: ExpenseLine, lang: str) -> LineItem:
    item, kind = _item(expense), name_of("expense_kind", expense.kind, lang)
    item.product.name = sayable(f"{kind}: {expense.description}")  # BT-153
    item.product.description = _joined([_case(expense), *basis_of_expense(expense, lang)])  # BT-154
    _write_attributes(item, _attributes(expense, kind, lang) | {"receipt": expense.receipt_ref}, lang)
    _write_quantity(item, Quantity(amount(100 * expense.quantity), PIECE), Price(amount(expense.price_cents), 1))
    _write_period(item, expense.incurred_on, expense.incurred_on)
    return item


def _item(line: Line | ExpenseLine) -> LineItem:
    item = LineItem()
    item.document.line_id = str(line.position)  # BT-126
    tax = item.settlement.trade_tax
    tax.type_code = VAT
    tax.category_code = line.vat_category  # BT-151
    if line.vat_category is not VatCategory.OUTSIDE_SCOPE:
        tax.rate_applicable_percent = percent(line.vat_rate)  # BT-152; not there where VAT does not apply (BR-O-05)
    item.settlement.monetary_summation.total_amount = amount(line.net_cents)  # BT-131
    return item


def _write_quantity(item: LineItem, quantity: Quantity, price: Price) -> None:
    item.delivery.billed_quantity = quantity  # BT-129, BT-130
    item.agreement.net.amount = price.amount  # BT-146
    if price.base != 1:
        item.agreement.net.basis_quantity = (price.base, quantity.unit)  # BT-149, BT-150


def _write_period(item: LineItem, first: date, last: date) -> None:
    item.settlement.period.start = first  # BT-134
    item.settlement.period.end = last  # BT-135


def _case(line: Line | ExpenseLine) -> str:
    return f"{line.case_ref} · {line.case_title}" if line.case_title else line.case_ref


def _attributes(line: Line | ExpenseLine, service: str, lang: str) -> dict[str, str]:
    return {"case": line.case_ref, "service": service, "clause": written.clause_list(line.clauses, lang)}


def _write_attributes(item: LineItem, attributes: dict[str, str], lang: str) -> None:
    """Write what a receiver's software may sort by (BG-32), named as the columns of the activity record are."""
    for name, value in attributes.items():
        if text := sayable(value):
            attribute = ProductCharacteristic()
            attribute.description = sentence(f"column.{name}", lang)  # BT-160
            attribute.value = text  # BT-161
            item.product.characteristics.add(attribute)


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(text for part in parts if (text := sayable(part)))
