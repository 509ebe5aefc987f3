"""BG-23, the VAT breakdown: each category and rate with its net, its VAT, and why there is none."""

from drafthorse.models.accounting import ApplicableTradeTax
from drafthorse.models.document import Document as Invoice

from invoices.document import Document
from invoices.einvoice.lines import VAT
from invoices.einvoice.values import amount, percent, sayable


def write_vat_breakdown(document: Document, xml: Invoice) -> None:
    """Write every VAT group of the document."""
    for group in document.vat_groups:
        tax = ApplicableTradeTax()
        tax.type_code = VAT
        tax.category_code = group.category  # BT-118
        tax.basis_amount = amount(group.net_cents)  # BT-116
        tax.calculated_amount = amount(group.vat_cents)  # BT-117
        if reason := sayable(group.exemption_reason):
            tax.exemption_reason = reason  # BT-120
        if group.exemption_code:
            tax.exemption_reason_code = group.exemption_code  # BT-121
        tax.rate_applicable_percent = percent(group.rate)  # BT-119; XRechnung wants it of every category (BR-DE-14)
        xml.trade.settlement.trade_tax.add(tax)
