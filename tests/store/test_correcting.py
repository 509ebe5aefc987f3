"""Taking parts of an invoice back: a case once, wholly, with a document of its own, and never more than was billed."""

from collections.abc import Callable

import pytest

from billing.errors import Conflict
from billing.store.session import Store, TenantSession
from billing.store.tables import Correction, CorrectionItem, Invoice
from billing.store.tables.kinds import InvoiceKind
from tests.support import world as w


def order(session: TenantSession, world: w.World, issued: w.Issued) -> Correction:
    """Order a correction of the issued month that names its case."""
    correction = w.add_correction(session, issued.closing, "partial")
    w.put(session, CorrectionItem(correction_id=w.number(correction), case_id=world.case_id))
    return correction


def release(session: TenantSession, issued: w.Issued, correction: Correction) -> None:
    for row in (issued.segment, issued.unit, issued.decided_expense):
        row.released_by_id = correction.id
    session.flush()


def paper(world: w.World, issued: w.Issued, net: int = -14_200, kind: str = "correction", sequence: int = 2) -> Invoice:
    """Give the document that takes `net` cents back, not yet written."""
    amounts = {"net_cents": net, "vat_cents": 0, "gross_cents": net}
    kinds = InvoiceKind(kind)
    return w.invoice_of(issued.closing, world, sequence, kind=kinds, cancels_id=issued.invoice.id, **amounts)


def answer(session: TenantSession, world: w.World, issued: w.Issued, correction: Correction) -> None:
    correction.invoice_id = w.number(w.put(session, paper(world, issued)))
    session.flush()


def test_a_corrected_case_is_billed_again_by_a_later_month(store: Store, world: w.World) -> None:
    with store.tenant(world.processor_id) as session:
        issued = w.issue(session, world)
        correction = order(session, world, issued)
        release(session, issued, correction)
        answer(session, world, issued, correction)
        later = w.add_closing(session, world, "2026-11")
        w.put(session, w.segment_of(later, issued.entry))
        w.put(session, w.unit_of(later, world))
        w.put(session, w.decided_expense_of(later, issued.expense))
        assert issued.closing.cancelled_by_id is None


@pytest.mark.parametrize("what", ["segment", "expense"])
def test_a_released_case_is_not_billed_again_before_its_correction_has_a_document(
    store: Store, world: w.World, what: str
) -> None:
    with store.tenant(world.processor_id) as session:
        issued = w.issue(session, world)
        release(session, issued, order(session, world, issued))
        later = w.add_closing(session, world, "2026-11")
    row = w.segment_of(later, issued.entry) if what == "segment" else w.decided_expense_of(later, issued.expense)
    with pytest.raises(Conflict, match="invoice_not_answered"), store.tenant(world.processor_id) as session:
        session.add(row)


def test_a_correction_of_another_case_answers_for_nothing_else(store: Store, world: w.World) -> None:
    """There is a document for the invoice, but not for what this order released."""
    with store.tenant(world.processor_id) as session:
        issued = w.issue(session, world)
        w.put(session, paper(world, issued, net=-100))
        release(session, issued, order(session, world, issued))
        later = w.add_closing(session, world, "2026-11")
    with pytest.raises(Conflict, match="invoice_not_answered"), store.tenant(world.processor_id) as session:
        session.add(w.segment_of(later, issued.entry))


Wrong = Callable[[TenantSession, w.World, w.Issued], object]


def named_twice(session: TenantSession, world: w.World, issued: w.Issued) -> None:
    order(session, world, issued)
    order(session, world, issued)


def nothing_released(session: TenantSession, world: w.World, issued: w.Issued) -> None:
    answer(session, world, issued, order(session, world, issued))


def minutes_left(session: TenantSession, world: w.World, issued: w.Issued) -> None:
    correction = order(session, world, issued)
    issued.unit.released_by_id = issued.decided_expense.released_by_id = correction.id
    session.flush()
    answer(session, world, issued, correction)


def answered_by_the_invoice(session: TenantSession, world: w.World, issued: w.Issued) -> None:
    correction = order(session, world, issued)
    release(session, issued, correction)
    correction.invoice_id = issued.invoice.id


def answered_by_a_cancellation(session: TenantSession, world: w.World, issued: w.Issued) -> None:
    correction = order(session, world, issued)
    release(session, issued, correction)
    correction.invoice_id = w.number(w.put(session, paper(world, issued, 14_200, "cancellation")))


def answered_by_another_closing(session: TenantSession, world: w.World, issued: w.Issued) -> None:
    later = w.add_closing(session, world, "2026-11")
    w.put(session, w.invoice_of(later, world, 2))
    correction = w.add_correction(session, later, "partial")
    correction.invoice_id = w.number(w.put(session, paper(world, issued, sequence=3)))


def cancelled_after_a_correction(session: TenantSession, world: w.World, issued: w.Issued) -> None:
    w.put(session, paper(world, issued, net=-100))
    w.put(session, paper(world, issued, 14_200, "cancellation", sequence=3))


def corrected_after_a_cancellation(session: TenantSession, world: w.World, issued: w.Issued) -> None:
    w.put(session, paper(world, issued, 14_200, "cancellation"))
    w.put(session, paper(world, issued, sequence=3))


def more_than_was_billed(session: TenantSession, world: w.World, issued: w.Issued) -> None:
    w.put(session, paper(world, issued, net=-14_000))
    w.put(session, paper(world, issued, net=-201, sequence=3))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        pytest.param(named_twice, "case_already_corrected", id="a case is corrected twice"),
        pytest.param(nothing_released, "case_still_billed", id="its document says what was not released"),
        pytest.param(minutes_left, "case_still_billed", id="minutes of it stay billed"),
        pytest.param(answered_by_the_invoice, "correction_does_not_fit", id="the invoice answers itself"),
        pytest.param(answered_by_a_cancellation, "correction_does_not_fit", id="parts are answered by a cancellation"),
        pytest.param(answered_by_another_closing, "correction_does_not_fit", id="the document is of another month"),
        pytest.param(cancelled_after_a_correction, "invoice_is_corrected", id="taken back in parts, then as a whole"),
        pytest.param(
            corrected_after_a_cancellation, "invoice_already_cancelled", id="taken back as a whole, then in parts"
        ),
        pytest.param(more_than_was_billed, "corrected_beyond_invoice", id="more is taken back than was billed"),
    ],
)
def test_what_no_correction_may_do(store: Store, world: w.World, wrong: Wrong, code: str) -> None:
    with pytest.raises(Conflict, match=code), store.tenant(world.processor_id) as session:
        wrong(session, world, w.issue(session, world))
