"""Lines and VAT of the documents as tables of their own, read out of the frozen documents."""

from collections.abc import Iterator

from invoices.document import Document, ExpenseLine, Line
from invoices.gobd.index_xml import Column, Described, Form
from invoices.gobd.sheets import Row
from invoices.gobd.words import column_words, table_words

_LINE, _VAT = "invoice_line", "invoice_vat"
_PERCENT = 100


def _described(name: str, keys: int, columns: dict[str, Form]) -> Described:
    said = [
        Column(
            column,
            column_words(name, column.replace("_eur", "_cents") if column.endswith("_eur") else column, target),
            form,
            target,
        )
        for column, form in columns.items()
        for target in [("invoice" if column == "invoice_id" else None)]
    ]
    return Described(name, table_words(name), said, keys)


LINES = _described(
    _LINE,
    2,
    {
        "invoice_id": Form.WHOLE,
        "position": Form.WHOLE,
        "kind": Form.TEXT,
        "case_ref": Form.TEXT,
        "case_title": Form.TEXT,
        "services": Form.TEXT,
        "rate_class": Form.TEXT,
        "units": Form.WHOLE,
        "worked_minutes": Form.WHOLE,
        "hours": Form.TEXT,
        "unit_price": Form.TEXT,
        "net_eur": Form.MONEY,
        "category": Form.TEXT,
        "vat_rate": Form.TEXT,
        "first_day": Form.DAY,
        "last_day": Form.DAY,
        "clauses": Form.TEXT,
    },
)
VATS = _described(
    _VAT,
    3,
    {
        "invoice_id": Form.WHOLE,
        "category": Form.TEXT,
        "vat_rate": Form.TEXT,
        "net_eur": Form.MONEY,
        "vat_eur": Form.MONEY,
        "exemption_reason": Form.TEXT,
    },
)


def lines_of(invoice_id: int, document: Document) -> Iterator[Row]:
    """Give the lines of a document, expenses after work, as values in the order of `LINES`."""
    for line in document.lines:
        yield _work(invoice_id, line)
    for expense in document.expenses:
        yield _expense(invoice_id, expense)


def vat_of(invoice_id: int, document: Document) -> Iterator[Row]:
    """Give the VAT groups of a document as values in the order of `VATS`."""
    for group in document.vat_groups:
        rate = group.rate * _PERCENT
        yield (invoice_id, group.category, rate, group.net_cents, group.vat_cents, group.exemption_reason)


def _work(invoice_id: int, line: Line) -> Row:
    return (
        *(invoice_id, line.position, "work", line.case_ref, line.case_title, ", ".join(line.services)),
        *(line.rate_class, line.units, line.worked_minutes, line.hours, line.unit_price, line.net_cents),
        *(line.vat_category, line.vat_rate * _PERCENT, line.first_day, line.last_day, ", ".join(line.clauses)),
    )


def _expense(invoice_id: int, line: ExpenseLine) -> Row:
    return (
        *(invoice_id, line.position, line.kind, line.case_ref, line.case_title, line.description),
        *(None, line.quantity, None, None, None, line.net_cents),
        *(line.vat_category, line.vat_rate * _PERCENT, line.incurred_on, line.incurred_on, ", ".join(line.clauses)),
    )
