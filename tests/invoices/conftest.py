"""One press for all tests that print: fonts and style sheets are loaded once a process."""

import pytest

from invoices.pdf import Press


@pytest.fixture(scope="session")
def press() -> Press:
    return Press()
