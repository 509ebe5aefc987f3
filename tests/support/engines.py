"""Makes engines cheap for tests: compiled once, connections kept where databases are lent, no wait for the disk."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.util import LRUCache

from tests.support.kept_connections import keep_connections_of

_MOST_STATEMENTS = 3000
_HURRIED = "mehraufwand_tests_hurried"
_make = sa.create_engine


def make_engines_cheap(patch: pytest.MonkeyPatch) -> None:
    """Change how engines are made; `as_made` takes it back."""
    shared = _Shared()

    def create_engine(*args: Any, **options: Any) -> sa.Engine:
        engine = _make(*args, **options)
        keep_connections_of(engine, options)
        shared.give(engine)
        if engine.dialect.name == "sqlite":
            event.listen(engine.pool, "checkout", _hurry)
        return engine

    patch.setattr(sa, "create_engine", create_engine)


def as_made(patch: pytest.MonkeyPatch) -> None:
    """Make engines as the product does."""
    patch.setattr(sa, "create_engine", _make)


class _Shared:
    """The compiled statements of the first engine of each kind; half of a test's time went into compiling them.

    SQLAlchemy keeps compiled statements by engine and dialect, so both are shared. A dialect has asked its server for
    what it must know once it has connected: engines made before that keep their own.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[sa.Dialect, Any]] = {}

    def give(self, engine: sa.Engine) -> None:
        kind = engine.dialect.name
        if kind in self._known:
            engine.dialect, engine._compiled_cache = self._known[kind]  # noqa: SLF001 - there is no open way to share it
            return
        mine: Any = LRUCache(_MOST_STATEMENTS)
        engine._compiled_cache = mine  # noqa: SLF001 - as before
        event.listen(engine, "connect", lambda *_: self._known.setdefault(kind, (engine.dialect, mine)), once=True)


def _hurry(connection: Any, record: Any, _proxy: Any) -> None:
    """Don't wait for the disk at each commit: a test's file need not outlive a power cut, only processes that die."""
    if _HURRIED not in record.info:
        connection.execute("PRAGMA synchronous = OFF")
        record.info[_HURRIED] = True
