"""Human references that are taken: asked for each row that proposes one."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from billing.store.queries.prepared import ask, mine, table_of, text
from billing.store.session import TenantSession

_NEWEST = 20


def newest_refs(session: TenantSession, table: Any, prefix: str) -> list[str]:
    """Give the newest references with a prefix, the last written first."""
    session.flush()
    return [row.ref for row in ask(session, _newest(table), session.processor_id, prefix=prefix)]


def refs_taken(session: TenantSession, table: Any, refs: Sequence[str]) -> set[str]:
    """Give those of some references that a row has already, under whichever contract."""
    session.flush()
    return {row.ref for row in ask(session, _among(table), session.processor_id, refs=list(refs))}


@cache
def _newest(model: Any) -> sa.Select[Any]:
    table = table_of(model)
    begins = sa.func.substr(table.c.ref, 1, sa.func.length(text("prefix"))) == text("prefix")
    return sa.select(table.c.ref).where(*mine(table), begins).order_by(table.c.id.desc()).limit(_NEWEST)


@cache
def _among(model: Any) -> sa.Select[Any]:
    table = table_of(model)
    return sa.select(table.c.ref).where(*mine(table), table.c.ref.in_(sa.bindparam("refs", expanding=True)))
