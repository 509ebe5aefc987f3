"""BG-4, the seller: name, register, tax numbers, address, and whom to ask (BG-6)."""

from drafthorse.models.document import Document as Invoice

from invoices.document import Document
from invoices.einvoice.parties import (
    TAX_NUMBER,
    VAT_ID,
    may_show_vat_ids,
    write_address,
    write_electronic_address,
    write_tax_number,
)
from invoices.einvoice.values import sayable
from invoices.words import legal_details, vat_id_words


def write_seller(document: Document, xml: Invoice) -> None:
    """Write the processor as the seller."""
    seller, party = document.seller, xml.trade.agreement.seller
    party.name = sayable(seller.name)  # BT-27
    vat_id = seller.vat_id if may_show_vat_ids(document) else ""
    if seller.registration and (number := sayable(seller.registration.number)):
        party.legal_organization.id = number  # BT-30
    elif not vat_id:
        party.id = sayable(seller.tax_number or seller.vat_id)  # BT-29: some number must tell who it is (BR-CO-26)
    party.description = "\n".join(_details(document))  # BT-33
    write_tax_number(TAX_NUMBER, seller.tax_number, party)  # BT-32
    write_tax_number(VAT_ID, vat_id, party)  # BT-31
    write_address(seller.address, party)
    write_electronic_address(seller.electronic_address, party)
    contact = party.contact
    contact.person_name = sayable(seller.contact.name)  # BT-41
    contact.telephone.number = sayable(seller.contact.phone)  # BT-42
    contact.email.address = sayable(seller.contact.email)  # BT-43


def _details(document: Document) -> list[str]:
    """Give what the letter says of the company (§ 35a GmbHG); a VAT id that may not stand in its field stands here."""
    seller = document.seller
    details = [*legal_details(seller, document.language)]
    if seller.vat_id and not may_show_vat_ids(document):
        details.append(vat_id_words(seller.vat_id, document.language))
    return [text for detail in details if (text := sayable(detail))]
