"""BG-22, the totals; there are no document level charges, prepayments or rounding amounts."""

from drafthorse.models.document import Document as Invoice

from invoices.document import Document
from invoices.einvoice.values import amount


def write_totals(document: Document, xml: Invoice) -> None:
    """Write net, VAT and gross; all of the gross is due (BT-115), whatever was paid meanwhile."""
    totals = xml.trade.settlement.monetary_summation
    totals.line_total = amount(document.net_cents)  # BT-106
    totals.tax_basis_total = amount(document.net_cents)  # BT-109
    totals.tax_total = (amount(document.vat_cents), document.currency)  # BT-110
    totals.grand_total = amount(document.gross_cents)  # BT-112
    totals.due_amount = amount(document.gross_cents)  # BT-115
