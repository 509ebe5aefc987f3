"""Hears what a database is asked, whichever way: through SQLAlchemy, or by prepared statements past it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import sqlalchemy as sa

from billing.store.session import Store
from billing.store.tenant_sessions import BriefSession
from billing.store.wording import Prepared

_WRITING = ("INSERT", "UPDATE", "DELETE")


@contextmanager
def heard(store: Store, hear: Callable[[str], None]) -> Iterator[None]:
    """Let `hear` have the text of each statement that is asked inside the block."""
    say = Prepared.say

    def through_sqlalchemy(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        hear(statement)

    def past_it(prepared: Prepared, *said: Any) -> Any:
        hear(str(prepared.statement))
        return say(prepared, *said)

    sa.event.listen(store.engine, "before_cursor_execute", through_sqlalchemy)
    try:
        with mock.patch.object(Prepared, "say", past_it):
            yield
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", through_sqlalchemy)


@contextmanager
def listened(hear: Callable[[str], None]) -> Iterator[None]:
    """Let `hear` have the text of each statement of any engine, and COMMIT or ROLLBACK where a transaction ends."""
    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": lambda _connection, _cursor, statement, *_: hear(statement),
        "commit": lambda _connection: hear("COMMIT"),
        "rollback": lambda _connection: hear("ROLLBACK"),
    }
    for name, listener in listeners.items():
        sa.event.listen(sa.Engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners.items():
            sa.event.remove(sa.Engine, name, listener)


def written(said: Iterable[str]) -> list[str]:
    """Give the statements that wrote, of those that `listened` heard."""
    return [statement for statement in said if statement.startswith(_WRITING)]


def kept(said: Iterable[str]) -> int:
    """Count the transactions that wrote something and were committed, of what `listened` heard."""
    count, wrote = 0, False
    for statement in said:
        count += statement == "COMMIT" and wrote
        wrote = statement.startswith(_WRITING) or (wrote and statement not in ("COMMIT", "ROLLBACK"))
    return count


@contextmanager
def committed(hear: Callable[[BriefSession], None]) -> Iterator[None]:
    """Let `hear` have each brief session that committed inside the block."""
    conclude = BriefSession.conclude

    def concluded(session: BriefSession) -> None:
        conclude(session)
        hear(session)

    with mock.patch.object(BriefSession, "conclude", concluded):
        yield


@contextmanager
def awaited(wait: Callable[[str], None]) -> Iterator[None]:
    """Let `wait` have each prepared statement whose rows are waited for: those said before it are answered by then."""
    say = Prepared.say
    said = answered = 0

    def followed(prepared: Prepared, *given: Any) -> Any:
        nonlocal said
        said += 1
        place, later = said, say(prepared, *given)

        def read() -> Any:
            nonlocal answered
            if place > answered:
                answered = said
                wait(str(prepared.statement))
            return later()

        return read

    with mock.patch.object(Prepared, "say", followed):
        yield
