"""A paper that was printed leaves next to nothing to the garbage collector, however long it is."""

import gc

import pytest

from invoices.activity_page import activity_page
from invoices.estimate_page import estimate_page
from invoices.invoice_page import invoice_page
from invoices.paper import Page
from invoices.pdf import Press
from invoices.reminder_page import reminder_page
from tests.invoices.estimate_letters import OPEN
from tests.invoices.letters import FIRST
from tests.invoices.papers import of_lines
from tests.invoices.records import record

MOST = 150
"""Some boxes and styles, and eight classes that Python makes for the pictures' addresses; else it is thousands."""

PAGES = {
    "invoice of a line": invoice_page(of_lines(1)),
    "invoice of forty lines": invoice_page(of_lines(40)),
    "activity record": activity_page(record()),
    "reminder": reminder_page(FIRST),
    "estimate": estimate_page(OPEN),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_printed_paper_leaves_next_to_nothing_to_the_collector(press: Press, name: str) -> None:
    first = press.print(PAGES[name])  # loads what is loaded once
    assert _left_by(press, PAGES[name]) <= MOST
    assert press.print(PAGES[name]) == first


def test_what_is_not_let_go_of_is_found(press: Press) -> None:
    def lay_out() -> None:
        press.lay_out(PAGES["invoice of a line"])

    lay_out()
    gc.collect()
    lay_out()
    assert gc.collect() > 20 * MOST


def _left_by(press: Press, page: Page) -> int:
    """Print a page, and count the objects that then hold each other though nobody else does."""
    gc.collect()
    gc.disable()
    try:
        press.print(page)
        return gc.collect()
    finally:
        gc.enable()
