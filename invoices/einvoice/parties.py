"""What seller and buyer have in common: postal address, electronic address, tax numbers."""

from drafthorse.models.party import TaxRegistration, TradeParty

from invoices.document import Document, VatCategory
from invoices.einvoice.values import sayable
from invoices.parties import Address, ElectronicAddress

VAT_ID, TAX_NUMBER = "VA", "FC"
_LINES = ("line_one", "line_two", "line_three")


def write_address(address: Address, party: TradeParty) -> None:
    """Write a postal address (BG-5, BG-8); what is more than three lines goes on in the third."""
    post = party.address
    lines = [text for line in address.lines if (text := sayable(line))]
    said = [*lines[:2], *([", ".join(lines[2:])] if lines[2:] else [])]
    for name, line in zip(_LINES, said, strict=False):
        setattr(post, name, line)  # BT-35, BT-36, BT-162; BT-50, BT-51, BT-163
    post.postcode = sayable(address.postcode)  # BT-38, BT-53
    post.city_name = sayable(address.city)  # BT-37, BT-52
    post.country_id = address.country  # BT-40, BT-55


def write_electronic_address(electronic: ElectronicAddress, party: TradeParty) -> None:
    """Write where electronic invoices go, with its scheme (BT-34, BT-49)."""
    party.electronic_address.uri_ID = (electronic.scheme, sayable(electronic.address))


def write_tax_number(scheme: str, number: str, party: TradeParty) -> None:
    """Write a VAT id or tax number, if there is one."""
    if said := sayable(number):
        registration = TaxRegistration()
        registration.id = (scheme, said)
        party.tax_registrations.add(registration)


def may_show_vat_ids(document: Document) -> bool:
    """Tell whether VAT ids may stand in their fields: not where anything is outside the scope of VAT (BR-O-02)."""
    return all(group.category is not VatCategory.OUTSIDE_SCOPE for group in document.vat_groups)
