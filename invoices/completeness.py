"""What an invoice must contain before it may be issued, checked all at once."""

import re
from collections.abc import Iterator

from stdnum import iban

from billing.errors import IncompleteInvoice
from invoices.document import Document, Kind, VatCategory
from invoices.parties import Address, ElectronicAddress, Seller

# A registered business must show its legal form in its name (§ 4 GmbHG, § 19 HGB, § 4 AktG, § 3 GenG), so the name
# tells whether the letter needs the data of § 35a GmbHG.
_LEGAL_FORMS = (
    r"g?GmbH|UG|AG|SE|KGaA|KG|OHG|eG|e\.\s?G\.|e\.\s?K\.|e\.\s?Kfr\.|mit beschränkter Haftung|Aktiengesellschaft"
)
_REGISTERED = re.compile(rf"\b({_LEGAL_FORMS})(?!\w)")
_COUNTRY = re.compile(r"[A-Z]{2}")


def require_complete(document: Document) -> None:
    """Raise IncompleteInvoice with all that is missing, or return."""
    missing = missing_fields(document)
    if missing:
        raise IncompleteInvoice(missing=missing, controller=document.buyer.name)


def missing_fields(document: Document) -> list[str]:
    """Name all mandatory contents that are missing (keys `field.<name>` of the texts), in the order of the letter.

    Sources: § 14 Abs. 4 and § 14a UStG, § 31 UStDV, § 35a GmbHG, 13(8), and what XRechnung asks beyond EN 16931 (buyer
    reference, contact, electronic addresses, payment means; the IBAN's check digits, which its rules only warn about).
    """
    return [
        *_missing_of_seller(document.seller),
        *_missing_of_buyer(document),
        *_missing_of_contents(document),
        *_missing_of_vat(document),
    ]


def _absent(contents: dict[str, object]) -> Iterator[str]:
    for name, content in contents.items():
        if not (content.strip() if isinstance(content, str) else content):
            yield name


def _missing_of_address(owner: str, address: Address) -> Iterator[str]:
    return _absent(
        {
            f"{owner}.street": any(line.strip() for line in address.lines),
            f"{owner}.postcode": address.postcode,
            f"{owner}.city": address.city,
            f"{owner}.country": _COUNTRY.fullmatch(address.country),
        }
    )


def _is_complete(electronic: ElectronicAddress) -> bool:
    return bool(electronic.scheme.strip() and electronic.address.strip())


def _missing_of_seller(seller: Seller) -> Iterator[str]:
    yield from _absent({"seller.name": seller.name})
    yield from _missing_of_address("seller", seller.address)
    yield from _absent(
        {
            "seller.tax_id": seller.vat_id.strip() or seller.tax_number.strip(),
            "seller.contact_name": seller.contact.name,
            "seller.contact_phone": seller.contact.phone,
            "seller.contact_email": seller.contact.email,
            "seller.electronic_address": _is_complete(seller.electronic_address),
            "seller.account_holder": seller.bank.holder,
            "seller.iban": iban.is_valid(seller.bank.iban),
        }
    )
    yield from _missing_of_registration(seller)


def _missing_of_registration(seller: Seller) -> Iterator[str]:
    entry = seller.registration
    if entry is None and not _REGISTERED.search(seller.name):
        return
    yield from _absent(
        {
            "seller.seat": entry and entry.seat,
            "seller.register_court": entry and entry.court,
            "seller.register_number": entry and entry.number,
            "seller.managing_directors": entry
            and entry.managing_directors
            and all(name.strip() for name in entry.managing_directors),
        }
    )


def _missing_of_buyer(document: Document) -> Iterator[str]:
    buyer = document.buyer
    yield from _absent({"buyer.name": buyer.name})
    yield from _missing_of_address("buyer", buyer.address)
    yield from _absent(
        {"buyer.reference": buyer.reference, "buyer.electronic_address": _is_complete(buyer.electronic_address)}
    )


def _missing_of_contents(document: Document) -> Iterator[str]:
    refers = document.kind is Kind.INVOICE or document.preceding
    yield from _absent(
        {
            "document.number": document.number,
            "document.contract_number": document.contract_number,
            "document.period": document.period_from <= document.period_to,
            "document.lines": document.lines or document.expenses,
            "document.services": all(line.services and line.case_ref for line in document.lines),
            "document.expense_descriptions": all(expense.description.strip() for expense in document.expenses),
            "document.payment_terms": document.payment_terms,
            "document.preceding": refers and (not document.preceding or document.preceding.number.strip()),
            "document.reason": document.kind is Kind.INVOICE or document.reason.strip(),
        }
    )


def _missing_of_vat(document: Document) -> Iterator[str]:
    categories = {group.category for group in document.vat_groups}
    explained = all(
        group.exemption_reason.strip() for group in document.vat_groups if group.category is not VatCategory.STANDARD
    )
    yield from _absent({"document.exemption_reason": explained})
    if VatCategory.REVERSE_CHARGE in categories:  # § 14a Abs. 1 UStG: both VAT ids
        yield from _absent({"seller.vat_id": document.seller.vat_id, "buyer.vat_id": document.buyer.vat_id})
