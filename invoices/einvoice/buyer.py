"""BG-7, the buyer: name, number with us, VAT id and address, and how he calls the matter (BT-10, BT-12)."""

from drafthorse.models.document import Document as Invoice

from invoices.document import Document
from invoices.einvoice.parties import (
    VAT_ID,
    may_show_vat_ids,
    write_address,
    write_electronic_address,
    write_tax_number,
)
from invoices.einvoice.values import sayable


def write_buyer(document: Document, xml: Invoice) -> None:
    """Write the controller as the buyer."""
    buyer, agreement = document.buyer, xml.trade.agreement
    agreement.buyer_reference = sayable(buyer.reference)  # BT-10
    agreement.contract.issuer_assigned_id = sayable(document.contract_number)  # BT-12
    party = agreement.buyer
    party.id = sayable(buyer.customer_number)  # BT-46
    party.name = sayable(buyer.name)  # BT-44
    if may_show_vat_ids(document):
        write_tax_number(VAT_ID, buyer.vat_id, party)  # BT-48
    write_address(buyer.address, party)
    write_electronic_address(buyer.electronic_address, party)
