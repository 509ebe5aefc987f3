"""Lets all engines of a process share what SQLAlchemy compiled: a test has a database, and so an engine, of its own."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.util import LRUCache

_MOST_STATEMENTS = 3000
_make = sa.create_engine


def share_compiled_statements(patch: pytest.MonkeyPatch) -> None:
    """Give engines the statements of the first one of their kind; half of a test's time went into compiling them.

    SQLAlchemy keeps compiled statements by engine and dialect, so both are shared. A dialect has asked its server for
    what it must know once it has connected: engines made before that keep their own.
    """
    known: dict[str, tuple[sa.Dialect, Any]] = {}

    def create_engine(*args: Any, **options: Any) -> sa.Engine:
        engine = _make(*args, **options)
        kind = engine.dialect.name
        if kind not in known:
            mine: Any = LRUCache(_MOST_STATEMENTS)
            engine._compiled_cache = mine  # noqa: SLF001 - SQLAlchemy has no open way to share it
            event.listen(engine, "connect", lambda *_: known.setdefault(kind, (engine.dialect, mine)), once=True)
            return engine
        engine.dialect, engine._compiled_cache = known[kind]  # noqa: SLF001 - as before
        return engine

    patch.setattr(sa, "create_engine", create_engine)
