"""Taking a month back: all it billed is released, once, and billed again only when its invoice was answered."""

import pytest

from billing.errors import Conflict
from tests.support import world as w


def test_cancelling_releases_all_and_lets_the_month_be_closed_again(store, world):
    with store.tenant(world.processor_id) as session:
        issued = w.issue(session, world)
        w.cancel(session, world, issued)
        again = w.add_closing(session, world)
        w.put(session, w.segment_of(again, issued.entry))
        w.put(session, w.unit_of(again, world))
        w.put(session, w.decided_expense_of(again, issued.expense))
        assert again.cancelled_by_id is None


@pytest.mark.parametrize("what", ["segment", "expense"])
def test_released_work_is_not_billed_again_while_its_invoice_stands(store, world, what):
    """Else one minute could stand on two invoices that both ask for money."""
    with store.tenant(world.processor_id) as session:
        issued = w.issue(session, world)
        w.cancel(session, world, issued, answered=False)
        again = w.add_closing(session, world)
    row = w.segment_of(again, issued.entry) if what == "segment" else w.decided_expense_of(again, issued.expense)
    with pytest.raises(Conflict, match="invoice_not_answered"), store.tenant(world.processor_id) as session:
        session.add(row)


def test_what_was_released_is_not_taken_back_again(store, world):
    with store.tenant(world.processor_id) as session:
        issued = w.issue(session, world)
        w.cancel(session, world, issued)
    issued.segment.released_by_id = None
    with pytest.raises(Conflict, match="row_is_final"), store.tenant(world.processor_id) as session:
        session.add(issued.segment)


def test_a_month_is_closed_once(store, world):
    with store.tenant(world.processor_id) as session:
        w.add_closing(session, world)
    with pytest.raises(Conflict, match="month_already_closed"), store.tenant(world.processor_id) as session:
        w.add_closing(session, world)
