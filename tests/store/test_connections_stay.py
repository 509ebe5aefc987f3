"""Connections that were opened stay open: whoever comes next does not open them anew."""

from contextlib import ExitStack

import sqlalchemy as sa

from billing.store.session import Store
from tests.support.world import World

AT_ONCE = 12


def look_at_once(store: Store, processor_id: int) -> None:
    """Read in so many sessions at the same time."""
    with ExitStack() as stack:
        for _ in range(AT_ONCE):
            session = stack.enter_context(store.tenant(processor_id, read_only=True))
            session.connection().execute(sa.text("SELECT 1"))


def test_after_a_rush_nothing_is_opened_for_the_next(store: Store, world: World) -> None:
    opened: list[object] = []

    def note(connection: object, _record: object) -> None:
        opened.append(connection)

    look_at_once(store, world.processor_id)
    sa.event.listen(sa.Pool, "connect", note)
    try:
        look_at_once(store, world.processor_id)
    finally:
        sa.event.remove(sa.Pool, "connect", note)
    assert opened == []
