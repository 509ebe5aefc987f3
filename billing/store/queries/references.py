"""Human references that are taken: asked for each row that proposes one."""

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from billing.store.queries.prepared import ask, at_most, mine, say, table_of, text
from billing.store.session import TenantSession
from billing.store.tables import Contract
from billing.store.wording import Prepared

_NEWEST = 5
_NEWEST_LIKE = 20


def newest_refs(session: TenantSession, table: Any) -> Callable[[], list[str]]:
    """Ask for the newest references; the call reads them, the last written first."""
    session.flush()
    rows = say(session, _newest(table), session.processor_id)
    return lambda: [row.ref for row in rows()]


def newest_refs_like(session: TenantSession, table: Any, prefix: str) -> list[str]:
    """Give the newest references with a prefix, the last written first; where few have it, all rows are looked at."""
    session.flush()
    return [row.ref for row in ask(session, _newest_like(table), session.processor_id, prefix=prefix)]


def refs_taken(session: TenantSession, table: Any, refs: Sequence[str]) -> set[str]:
    """Give those of some references that a row has already, under whichever contract."""
    session.flush()
    if len(refs) == 1:
        return {row.ref for row in ask(session, _same(table), session.processor_id, ref=refs[0])}
    named = table_of(table)
    among = sa.select(named.c.ref).where(named.c.processor_id == session.processor_id, named.c.ref.in_(refs))
    return set(session.connection().scalars(among))


def ref_taken(session: TenantSession, table: Any, ref: str) -> Callable[[], bool]:
    """Ask whether a row has a reference already, under whichever contract; the call reads it."""
    rows = say(session, _same(table), session.processor_id, ref=ref)
    return lambda: bool(rows())


def ids_of_ref(session: TenantSession, table: type[Any], ref: str) -> list[int]:
    """Give the ids of the rows with a reference, under whichever contract, by rising id."""
    named = (col(table.processor_id) == session.processor_id, col(table.ref) == ref)
    return list(session.scalars(sa.select(col(table.id)).where(*named).order_by(col(table.id))))


def has_row(session: TenantSession, table: type[Any], number: int) -> bool:
    """Tell whether there is a row of an id."""
    named = (col(table.processor_id) == session.processor_id, col(table.id) == number)
    return session.scalar(sa.select(col(table.id)).where(*named)) is not None


def refs_shared(session: TenantSession, table: type[Any], refs: Collection[str]) -> set[str]:
    """Give those of some references that several rows have."""
    among = (col(table.processor_id) == session.processor_id, col(table.ref).in_(set(refs)))
    shared = sa.select(col(table.ref)).where(*among).group_by(col(table.ref)).having(sa.func.count() > 1)
    return set(session.scalars(shared))


def contract_numbers(session: TenantSession, table: type[Any], ids: Collection[int]) -> dict[int, str]:
    """Give the numbers of the contracts that rows are under, by the rows' ids."""
    of = (col(table.processor_id) == session.processor_id, col(table.id).in_(ids))
    under = sa.select(col(table.id), col(Contract.number)).join(Contract, col(Contract.id) == col(table.contract_id))
    found = session.connection().execute(under.where(*of, col(Contract.processor_id) == session.processor_id))
    return {row.id: row.number for row in found}


@cache
def _newest(model: Any) -> Prepared:
    table = table_of(model)
    return Prepared(sa.select(table.c.ref).where(*mine(table)).order_by(table.c.id.desc()).limit(at_most(_NEWEST)))


@cache
def _newest_like(model: Any) -> Prepared:
    table = table_of(model)
    begins = sa.func.substr(table.c.ref, 1, sa.func.length(text("prefix"))) == text("prefix")
    return Prepared(
        sa.select(table.c.ref).where(*mine(table), begins).order_by(table.c.id.desc()).limit(at_most(_NEWEST_LIKE))
    )


@cache
def _same(model: Any) -> Prepared:
    table = table_of(model)
    return Prepared(sa.select(table.c.ref).where(*mine(table), table.c.ref == text("ref")).limit(at_most(1)))
