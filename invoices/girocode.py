"""The GiroCode (EPC069-12): a transfer form as a QR code."""

import base64
from decimal import Decimal
from io import BytesIO

from segno import helpers
from stdnum import iban

from billing.money import format_cents
from invoices.document import Document
from invoices.parties import Bank

_LONGEST_NAME = 70
_LARGEST_CENTS = 99_999_999_999
_PIXELS_A_MODULE = 4


def girocode(document: Document) -> str | None:
    """Give the code as the data URI of a picture; None when nothing is to be paid, or not enough is known to pay it.

    A draft may lack the account; an amount of a billion euros and more does not fit the code.
    """
    return transfer_code(document.seller.bank, document.gross_cents, document.number) if document.is_payable else None


def transfer_code(bank: Bank, cents: int, purpose: str) -> str | None:
    """Give the code of a transfer of so many cents to an account, as the data URI of a picture, or None."""
    account_known = bank.holder.strip() and iban.is_valid(bank.iban)
    if not 0 < cents <= _LARGEST_CENTS or not account_known:
        return None
    code = helpers.make_epc_qr(
        name=bank.holder[:_LONGEST_NAME],
        iban=bank.iban,
        bic=bank.bic or None,
        amount=Decimal(format_cents(cents)),
        text=purpose,
    )
    picture = BytesIO()
    code.save(picture, kind="png", border=2, scale=_PIXELS_A_MODULE)
    return "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()
