"""One press for all tests that print: fonts and style sheets are loaded once a process, invoices printed once."""

import pytest

from invoices.invoice_page import invoice_page
from invoices.pdf import Press
from tests.invoices.looking import Prints
from tests.invoices.papers import PAPERS


@pytest.fixture(scope="session")
def press() -> Press:
    return Press()


@pytest.fixture(scope="session")
def prints(press: Press) -> Prints:
    return Prints(press, {name: invoice_page(made) for name, made in PAPERS.items()})
