"""Closings (architecture 2.2): no minute, unit or expense is decided twice, and what was decided goes only as ordered.

6 Oct 2026, UTC   07:00            08:00            09:00
E1                |---- billed ----|                         October, invoiced
E2                                 |---- not yet ----|       November is open
E3                                                  |-free-| in October, before E1 was
"""

# ruff: noqa: S608 - statements put together from the ids of a test

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from billing.store.tables import Case, CorrectionItem
from billing.timespan import instant_of
from tests.support import world as w
from tests.support.intruder import Intruder, copied, intruders, refusals

HOUR = timedelta(hours=1)
E2_FROM = instant_of(w.WORKED + HOUR)


@dataclass(frozen=True)
class Scene:
    """The ids of the drawing above."""

    people: list[Intruder]
    october: int
    november: int
    cancelled: int
    e1: int
    e2: int
    segment: int
    free_segment: int
    unit: int
    expense: int
    decided_expense: int
    fresh_expense: int
    partial: int
    full: int
    order: int
    of_november: int


@pytest.fixture(scope="module")
def scene(furnished) -> Iterator[Scene]:
    world, store = furnished.world, furnished.store
    issued = furnished.issued
    with store.tenant(world.processor_id) as session:
        e2 = w.add_entry(session, world, "E2", start=w.WORKED + HOUR)
        e3 = w.add_entry(session, world, "E3", start=w.WORKED + 2 * HOUR)
        expense = w.add_expense(session, world, "A2")
        dropped = w.add_closing(session, world, "2026-11")
        free = w.put(session, w.free_segment_of(dropped, e3, first=120, last=180))
        order = w.add_correction(session, dropped)
        dropped.cancelled_by_id = order.id
        session.flush()
        november = w.add_closing(session, world, "2026-11")
        other = {"opened_at": w.WORKED, "contract_id": world.contract_id, "controller_id": world.controller_id}
        other_case = w.put(session, Case(ref="C2", kind="dsr", title="Löschung", **other, **w.recorded()))
        partial = w.add_correction(session, issued.closing, "partial")
        w.put(session, CorrectionItem(correction_id=w.number(partial), case_id=w.number(other_case)))
        full = w.add_correction(session, issued.closing)
        of_november = w.add_correction(session, november)
        rows = [issued.closing, november, dropped, issued.entry, e2, issued.segment, free, issued.unit, issued.expense]
        ids = [w.number(row) for row in [*rows, issued.decided_expense, expense, partial, full, order, of_november]]
    with intruders(furnished.database, world.processor_id) as people:
        yield Scene(people, *ids)


def fresh_segment(scene: Scene, **changes: str) -> str:
    """Give the INSERT of E2's hour as billed in November, which alone would be right."""
    right = {
        "closing_id": str(scene.november),
        "entry_id": str(scene.e2),
        "from_min": str(E2_FROM),
        "to_min": str(E2_FROM + 60),
        "month": "'2026-10'",
    }
    return copied("segment", scene.segment, **(right | changes))


def fresh_unit(scene: Scene, **changes: str) -> str:
    return copied("unit", scene.unit, **({"closing_id": str(scene.november)} | changes))


def fresh_expense(scene: Scene, **changes: str) -> str:
    right = {"closing_id": str(scene.november), "expense_id": str(scene.fresh_expense)}
    return copied("closing_expense", scene.decided_expense, **(right | changes))


@pytest.mark.parametrize("right", [fresh_segment, fresh_unit, fresh_expense])
def test_new_work_can_be_decided(scene, right):
    """Without this, the refusals below could have any other reason."""
    assert [person.attempt(right(scene)) for person in scene.people] == [""] * len(scene.people)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param("from_min", "to_min", id="the whole hour"),
        pytest.param("from_min", "from_min + 1", id="its first minute"),
        pytest.param("to_min - 1", "to_min", id="its last minute"),
        pytest.param("from_min + 20", "from_min + 30", id="some in the middle"),
    ],
)
def test_no_minute_is_decided_twice(scene, first, last):
    tried = refusals(scene.people, fresh_segment(scene, entry_id=str(scene.e1), from_min=first, to_min=last))
    assert all("segment_overlap" in refusal for refusal in tried)


def test_no_minute_is_decided_twice_in_one_statement(scene):
    values = values_of_fresh_segment(scene)
    statement = f"INSERT INTO segment ({SEGMENT_COLUMNS}) SELECT {values} UNION ALL SELECT {values}"
    assert all("segment_overlap" in refusal for refusal in refusals(scene.people, statement))


def test_one_wrong_row_among_the_right_ones_is_found(scene):
    right, outside = values_of_fresh_segment(scene, first=0, last=30), values_of_fresh_segment(scene, first=30, last=61)
    statement = f"INSERT INTO segment ({SEGMENT_COLUMNS}) SELECT {right} UNION ALL SELECT {outside}"
    assert refusals(scene.people, statement) == {"segment_outside_entry"}


SEGMENT_COLUMNS = "processor_id, closing_id, contract_id, entry_id, from_min, to_min, month, verdict, code, clause"


def values_of_fresh_segment(scene: Scene, first: int = 0, last: int = 60) -> str:
    where = f"(SELECT processor_id FROM segment WHERE id = {scene.segment}), {scene.november}"
    contract = f"(SELECT contract_id FROM segment WHERE id = {scene.segment})"
    return (
        f"{where}, {contract}, {scene.e2}, {E2_FROM + first}, {E2_FROM + last}, '2026-10', 'free', '13.2.d', '13(2)d'"
    )


@pytest.mark.parametrize(
    ("make", "code"),
    [
        pytest.param(
            lambda s: fresh_segment(s, from_min=str(E2_FROM - 1)), "segment_outside_entry", id="before the work"
        ),
        pytest.param(
            lambda s: fresh_segment(s, to_min=str(E2_FROM + 61)), "segment_outside_entry", id="after the work"
        ),
        pytest.param(lambda s: fresh_segment(s, month="'2026-12'"), "month_after_closing", id="work of a later month"),
        pytest.param(
            lambda s: fresh_segment(s, released_by_id=str(s.of_november)), "born_ended", id="released from the start"
        ),
        pytest.param(
            lambda s: fresh_unit(s, released_by_id=str(s.of_november)), "born_ended", id="unit released from the start"
        ),
        pytest.param(
            lambda s: fresh_segment(s, closing_id=str(s.october)), "closing_is_invoiced", id="minutes added later"
        ),
        pytest.param(lambda s: fresh_unit(s, closing_id=str(s.october)), "closing_is_invoiced", id="units added later"),
        pytest.param(
            lambda s: fresh_expense(s, closing_id=str(s.october)), "closing_is_invoiced", id="expense added later"
        ),
        pytest.param(
            lambda s: fresh_segment(s, closing_id=str(s.cancelled)), "closing_not_living", id="cancelled: minutes"
        ),
        pytest.param(lambda s: fresh_unit(s, closing_id=str(s.cancelled)), "closing_not_living", id="cancelled: units"),
        pytest.param(
            lambda s: fresh_expense(s, closing_id=str(s.cancelled)), "closing_not_living", id="cancelled: expense"
        ),
        pytest.param(
            lambda s: fresh_expense(s, net_cents="net_cents + 1"), "expense_net_differs", id="expense made dearer"
        ),
        pytest.param(
            lambda s: f"UPDATE closing SET cancelled_by_id = {s.full} WHERE id = {s.october}",
            "still_billed",
            id="cancelled with work left in it",
        ),
        pytest.param(
            lambda s: f"UPDATE closing SET cancelled_by_id = {s.partial} WHERE id = {s.october}",
            "correction_does_not_fit",
            id="cancelled by a correction of parts",
        ),
        pytest.param(
            lambda s: f"UPDATE segment SET released_by_id = {s.partial} WHERE id = {s.segment}",
            "released_beyond_correction",
            id="a case released that the correction does not name",
        ),
        pytest.param(
            lambda s: f"UPDATE unit SET released_by_id = {s.partial} WHERE id = {s.unit}",
            "released_beyond_correction",
            id="units released that the correction does not name",
        ),
        pytest.param(
            lambda s: f"UPDATE closing_expense SET released_by_id = {s.partial} WHERE id = {s.decided_expense}",
            "released_beyond_correction",
            id="an expense released that the correction does not name",
        ),
        pytest.param(
            lambda s: copied("closing", s.october, month="'2026-09'"),
            "month_goes_back",
            id="a month before a closed one",
        ),
        pytest.param(
            lambda s: copied("closing", s.october, month="'2026-12'", as_of="'2026-10-31 07:59:00.000000'"),
            "as_of_goes_back",
            id="a run with older knowledge",
        ),
    ],
)
def test_a_closing_holds_what_it_decided(scene, make, code):
    assert refusals(scene.people, make(scene)) == {code}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(
            lambda s: copied("closing", s.november), "closing_living|contract_id, closing.month|row_exists", id="twice"
        ),
        pytest.param(
            lambda s: fresh_expense(s, expense_id=str(s.expense)),
            "closing_expense_living|row_exists",
            id="an expense twice",
        ),
        pytest.param(lambda s: fresh_unit(s, units="0"), "units_positive", id="no units"),
        pytest.param(lambda s: fresh_unit(s, price_denominator="0"), "price_whole", id="a price by zero"),
        pytest.param(lambda s: fresh_segment(s, to_min="from_min"), "from_before_to|segment_o", id="an empty stretch"),
        pytest.param(
            lambda s: fresh_segment(s, price_numerator="NULL"), "price_whole|billed_has_price", id="billed for nothing"
        ),
        pytest.param(
            lambda s: fresh_segment(s, verdict="'held'"),
            "ck_segment_verdict|billed_has_price",
            id="held is no decision",
        ),
        pytest.param(
            lambda s: f"UPDATE segment SET released_by_id = {s.order} WHERE id = {s.free_segment}",
            "free_never_released",
            id="free work released",
        ),
    ],
)
def test_a_decision_is_sound(scene, make, words):
    for refusal in refusals(scene.people, make(scene)):
        assert any(word in refusal for word in words.split("|")), refusal
