"""The GiroCode says what a transfer form asks for (EPC069-12)."""

import base64
from dataclasses import replace
from io import BytesIO

import pytest
import segno

from billing.money import line_net
from invoices.document import Document
from invoices.girocode import girocode
from invoices.invoice_page import invoice_page
from tests.invoices.samples import SELLER, cancellation, document, line


def of_account(**changes: str) -> Document:
    return document(seller=replace(SELLER, bank=replace(SELLER.bank, **changes)))


def picture(payload: str) -> str:
    """Draw a payload without the helper that the product uses."""
    out = BytesIO()
    code = segno.make_qr(payload.encode("iso-8859-1"), error="m", boost_error=False)
    code.save(out, kind="png", border=2, scale=4)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


HEAD = "BCD\n002\n2\nSCT\nBYLADEM1001\nImmoInvent GmbH\nDE02120300000000202051"
ROWS = [
    ("cents are kept", document(), f"{HEAD}\nEUR148.75\n\n\nRE-2026-0042"),
    ("whole euros", document((line(1, 400),)), f"{HEAD}\nEUR11900\n\n\nRE-2026-0042"),
    ("umlauts", of_account(holder="Öffentliche Ämter"), HEAD.replace("ImmoInvent GmbH", "Öffentliche Ämter")),
    ("no BIC", of_account(bic=""), HEAD.replace("BYLADEM1001", "")),
    ("a long name is cut at 70", of_account(holder="x" * 71), HEAD.replace("ImmoInvent GmbH", "x" * 70)),
]


@pytest.mark.parametrize(("made", "payload"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_code_holds_payee_account_amount_and_number(made: Document, payload: str) -> None:
    complete = payload if "EUR" in payload else f"{payload}\nEUR148.75\n\n\nRE-2026-0042"
    assert girocode(made) == picture(complete)


def of_units(units: int) -> Document:
    return document((line(1, units, net_cents=line_net(units, line().unit_price)),))


NONE = [
    ("nothing to pay", document((line(1, 0),))),
    ("a cancellation", cancellation(document())),
    ("more than the code can say", of_units(40_000_000)),
    ("a draft without an account", of_account(iban="")),
    ("a draft with a wrong account", of_account(iban="DE02120300000000202052")),
    ("a draft without an account holder", of_account(holder=" ")),
]


@pytest.mark.parametrize("made", [row[1] for row in NONE], ids=[row[0] for row in NONE])
def test_there_is_no_code_where_nothing_can_be_paid_by_it(made: Document) -> None:
    assert girocode(made) is None
    assert "data:image/svg+xml;base64" not in invoice_page(made).html
