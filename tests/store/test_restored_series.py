"""After a restore the database itself gives no number until somebody has confirmed how far the lost ones went."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select, update

from billing.errors import Conflict
from billing.store.number_journal import NumberJournal
from billing.store.problems import translated
from billing.store.series import lock_series
from billing.store.session import Store
from billing.store.tables import NumberSeries, RestoredSeries
from tests.support import world as w
from tests.support.world import World


def restored(known: int, **more: Any) -> RestoredSeries:
    said: dict[str, Any] = {"series": "RE", "year": 2026, "known_sequence": known, "backup_taken_at": w.NOW}
    return RestoredSeries(**(said | w.recorded() | more))


def confirm(store: Store, world: World, last: int) -> None:
    with store.tenant(world.processor_id) as session:
        row = session.exec(select(RestoredSeries).where(col(RestoredSeries.last_sequence).is_(None))).one()
        row.last_sequence, row.confirmed_at, row.confirmed_by_name = last, w.NOW, "Erika"
        row.evidence_note = "Postausgang"
        session.add(row)


def test_no_invoice_while_one_series_waits(store, world):
    with store.tenant(world.processor_id) as session:
        w.put(session, restored(0))
    with pytest.raises(Conflict, match="numbers_unconfirmed"), store.tenant(world.processor_id) as session:
        w.issue(session, world)


def test_the_next_number_comes_after_the_confirmed_one(store, world):
    with store.tenant(world.processor_id) as session:
        w.issue(session, world)
        w.put(session, restored(1))
    confirm(store, world, 7)
    with store.tenant(world.processor_id) as session:
        assert lock_series(session, "RE", 2026).last_sequence == 7
    with store.tenant(world.processor_id) as session:
        assert session.exec(select(NumberSeries.last_sequence)).one() == 7


def test_a_series_that_the_backup_did_not_know_begins_after_the_confirmed_one(store, world):
    with store.tenant(world.processor_id) as session:
        w.put(session, restored(0, series="ST"))
    confirm(store, world, 3)
    with store.tenant(world.processor_id) as session:
        assert lock_series(session, "ST", 2026).last_sequence == 3
        assert lock_series(session, "ST", 2027).last_sequence == 0


@pytest.mark.parametrize(
    ("row", "code"),
    [
        pytest.param(restored(4), "restored_differs", id="another state than the counter's"),
        pytest.param(
            restored(0, last_sequence=3, confirmed_at=w.NOW, confirmed_by_name="E", evidence_note="n"),
            "born_ended",
            id="confirmed before anybody could look",
        ),
    ],
)
def test_a_row_that_says_something_else_is_refused(store, world, row, code):
    with pytest.raises(Conflict, match=code), store.tenant(world.processor_id) as session:
        w.put(session, row)


def test_what_was_confirmed_is_final(store, world):
    with store.tenant(world.processor_id) as session:
        w.put(session, restored(0))
    confirm(store, world, 5)
    with store.tenant(world.processor_id) as session, pytest.raises(Conflict, match="row_is_final"), translated():
        session.exec(update(RestoredSeries).values(last_sequence=4))


def test_the_journal_gives_the_highest_number_of_each_series(tmp_path):
    journal = NumberJournal(tmp_path / "numbers.log")
    assert journal.last_numbers(1) == {}
    for processor, series, number in ((1, "RE", 1), (1, "RE", 2), (1, "ST", 1), (2, "RE", 9)):
        journal.note(processor, series, 2026, number, w.NOW)
    assert journal.last_numbers(1) == {("RE", 2026): 2, ("ST", 2026): 1}
    assert (tmp_path / "numbers.log").stat().st_mode & 0o077 == 0


def test_a_line_torn_by_a_power_cut_spoils_no_other(tmp_path):
    file = tmp_path / "numbers.log"
    file.write_text("1\tRE\t2026\t4\t2026-11-28T08:00:00+00:00\n1\tRE\t20")
    journal = NumberJournal(file)
    journal.note(1, "RE", 2026, 5, w.NOW + timedelta(minutes=1))
    assert journal.last_numbers(1) == {("RE", 2026): 5}
