"""Gapless numbers (architecture 2.4): each invoice takes the next one of its series, dates never go back."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlmodel import select

from billing.errors import Conflict
from billing.store.series import lock_series
from billing.store.tables import Invoice, OpeningBalance
from billing.store.tables.kinds import OpeningKind
from tests.support import world as w
from tests.support.intruder import Intruder, copied, intruders, refusals


@dataclass(frozen=True)
class Scene:
    """Invoice 1 was issued for October, November is closed and waits for number 2."""

    people: list[Intruder]
    invoice: int
    november: int


@pytest.fixture(scope="module")
def scene(furnished) -> Iterator[Scene]:
    world = furnished.world
    with furnished.store.tenant(world.processor_id) as session:
        november = w.add_closing(session, world, "2026-11")
    with intruders(furnished.database, world.processor_id) as people:
        yield Scene(people, w.number(furnished.issued.invoice), w.number(november))


def next_invoice(scene: Scene, **changes: str) -> str:
    """Give the INSERT of number 2, which alone would be right."""
    right = {"closing_id": str(scene.november), "sequence": "2", "number": "'RE-2026-0002'"}
    return copied("invoice", scene.invoice, **(right | changes))


def cancellation(scene: Scene, **changes: str) -> str:
    """Give the INSERT of the cancellation of number 1, which alone would be right."""
    right = {"kind": "'cancellation'", "sequence": "2", "number": "'RE-2026-0002'", "cancels_id": str(scene.invoice)}
    return copied("invoice", scene.invoice, **(right | changes))


@pytest.mark.parametrize("right", [next_invoice, cancellation])
def test_the_next_number_can_be_taken(scene, right):
    """Without this, the refusals below could have any other reason."""
    assert [person.attempt(right(scene)) for person in scene.people] == [""] * len(scene.people)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        pytest.param(lambda s: next_invoice(s, sequence="3"), "number_gap", id="a number left out"),
        pytest.param(lambda s: next_invoice(s, sequence="1"), "number_gap", id="a number again"),
        pytest.param(lambda s: next_invoice(s, series="'XX'"), "number_gap", id="a series that was never started"),
        pytest.param(lambda s: next_invoice(s, year="2027"), "number_gap", id="a year that was never started"),
        pytest.param(
            lambda s: next_invoice(s, issue_date="'2026-11-01'"), "invoice_dated_back", id="dated before number 1"
        ),
        pytest.param(
            lambda s: cancellation(s, closing_id=str(s.november)),
            "cancels_another_closing",
            id="another month's invoice",
        ),
    ],
)
def test_numbers_stay_gapless(scene, make, code):
    assert refusals(scene.people, make(scene)) == {code}


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE number_series SET last_sequence = 7", id="forward"),
        pytest.param("UPDATE number_series SET last_sequence = 0", id="back"),
        pytest.param("UPDATE number_series SET last_issue_date = '2026-01-01'", id="to another date"),
        pytest.param(
            copied("number_series", 1, series="'RX'", last_issue_date="NULL"), id="in a series that starts late"
        ),
    ],
)
def test_only_an_invoice_moves_the_counter(scene, statement):
    assert refusals(scene.people, statement) == {"counter_moved"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(
            lambda s: next_invoice(s, number="'RE-2026-0001'"), "number|row_exists", id="a printed number twice"
        ),
        pytest.param(lambda s: next_invoice(s, kind="'cancellation'"), "corrects_an_invoice", id="cancels nothing"),
        pytest.param(lambda s: cancellation(s, kind="'invoice'"), "corrects_an_invoice|row_exists", id="both at once"),
        pytest.param(lambda s: next_invoice(s, vat_cents="vat_cents + 1"), "gross_is_net_plus_vat", id="sums wrong"),
        pytest.param(lambda s: next_invoice(s, kind="'credit_note'"), "ck_invoice_kind|corrects", id="unknown kind"),
    ],
)
def test_an_invoice_is_sound(scene, make, words):
    for refusal in refusals(scene.people, make(scene)):
        assert any(word in refusal for word in words.split("|")), refusal


def test_an_invoice_moves_its_counter(store, world):
    with store.tenant(world.processor_id) as session:
        closing = w.add_closing(session, world)
        assert lock_series(session, "RE", 2026).last_sequence == 0
        w.put(session, w.invoice_of(closing, world))
        counter = lock_series(session, "RE", 2026)
        assert (counter.last_sequence, counter.earliest) == (1, w.NOW.date())


def test_an_invoice_rolled_back_leaves_no_gap(store, world):
    with store.tenant(world.processor_id) as session:
        closing = w.add_closing(session, world)
        w.add_series(session)
    with pytest.raises(Conflict, match="number_gap"), store.tenant(world.processor_id) as session:
        session.add_all([w.invoice_of(closing, world), w.invoice_of(closing, world, 3)])
    with store.tenant(world.processor_id) as session:
        w.put(session, w.invoice_of(closing, world))
        assert lock_series(session, "RE", 2026).last_sequence == 1


def test_a_date_never_goes_back_over_the_turn_of_the_year(store, world):
    with store.tenant(world.processor_id) as session:
        closing, later = w.add_closing(session, world), w.add_closing(session, world, "2026-11")
        w.add_series(session)
        w.add_series(session, year=2027)
        w.put(session, w.invoice_of(closing, world, issue_date=date(2027, 1, 2), year=2027, number="RE-2027-0001"))
    with pytest.raises(Conflict, match="invoice_dated_back"), store.tenant(world.processor_id) as session:
        w.put(session, w.invoice_of(later, world, issue_date=date(2026, 12, 31)))


def opening(value: int, series: str = "RE") -> OpeningBalance:
    return OpeningBalance(kind=OpeningKind.NEXT_NUMBER, series=series, year=2026, value=value, **w.recorded())


def test_a_processor_that_moves_in_goes_on_with_its_numbers(store, world):
    with store.tenant(world.processor_id) as session:
        w.put(session, opening(38))
        closing = w.add_closing(session, world)
        assert lock_series(session, "RE", 2026).last_sequence == 37
        w.put(session, w.invoice_of(closing, world, 38))


def test_a_series_can_not_start_before_what_was_brought_along(store, world):
    with store.tenant(world.processor_id) as session:
        w.put(session, opening(38))
    with pytest.raises(Conflict, match="counter_moved"), store.tenant(world.processor_id) as session:
        w.add_series(session)


def test_numbers_lost_in_a_restore_are_skipped_with_a_record(store, world):
    """After a restore, numbers already mailed must not be given again (faults.md, F12)."""
    with store.tenant(world.processor_id) as session:
        closing, later = w.add_closing(session, world), w.add_closing(session, world, "2026-11")
        w.add_series(session)
        w.put(session, w.invoice_of(closing, world))
        w.put(session, opening(4))
        assert lock_series(session, "RE", 2026).last_sequence == 3
        w.put(session, w.invoice_of(later, world, 4, issue_date=w.NOW.date() + timedelta(days=1)))


def test_two_at_once_get_two_numbers(store, world):
    with store.tenant(world.processor_id) as session:
        closings = [w.add_closing(session, world, month) for month in ("2026-10", "2026-11", "2026-12")]
        w.add_series(session)
    failures: list[BaseException] = []

    def issue(closing):
        try:
            with store.tenant(world.processor_id) as session:
                sequence = lock_series(session, "RE", 2026).last_sequence + 1
                w.put(session, w.invoice_of(closing, world, sequence))
        except BaseException as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [threading.Thread(target=issue, args=[closing]) for closing in closings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with store.tenant(world.processor_id) as session:
        assert sorted(invoice.sequence for invoice in session.exec(select(Invoice))) == [1, 2, 3]
