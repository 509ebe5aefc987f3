"""What a document prints that is no amount: who writes to whom about which contract, in whose words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from invoices.parties import Buyer, Seller


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseText:
    """What an invoice prints of an expense besides its amount."""

    description: str
    receipt_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Who writes to whom about which contract, and the words people gave to cases and expenses (by ref)."""

    seller: Seller
    buyer: Buyer
    vat_case: str
    contract_number: str
    contract_signed_on: date | None
    case_titles: Mapping[str, str]
    expense_texts: Mapping[str, ExpenseText]
