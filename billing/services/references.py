"""Human references: found by what people type, and proposed where they type none (`V-2026-001`); ids for programs."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from billing.errors import Conflict, InvalidInput, NotFound
from billing.services.legible import is_legible
from billing.store.queries.references import newest_refs, newest_refs_like, ref_taken, refs_taken
from billing.store.session import TenantSession
from billing.store.tables import TenantRow


class References:
    """Gives out the next free references of one kind; keep it while many rows are written in one go."""

    def __init__(self, session: TenantSession, table: type[Any], prefix: str, digits: int = 3) -> None:
        """Ask for the newest references: the highest number among them with this prefix, such as `V-2026-`, goes on."""
        self._session, self._table, self._prefix, self._digits = session, table, prefix, digits
        self._newest = newest_refs(session, table)
        self._last: int | None = None
        self._has_searched = False

    def next(self) -> str:
        """Give the next reference that nobody has yet."""
        return self.take(1)[0]

    def guess(self) -> tuple[str, Callable[[], bool]]:
        """Give the next reference as far as the newest ones tell, and read later whether somebody has it already.

        That is asked before what comes after it; where the newest ones are named otherwise, it is looked up at once.
        """
        last = self._begin()
        if not last:
            return self.next(), lambda: False
        self._last = last + 1
        ref = f"{self._prefix}{self._last:0{self._digits}d}"
        return ref, ref_taken(self._session, self._table, ref)

    def take(self, count: int) -> list[str]:
        """Give the next references that nobody has yet, asking the database once for as many."""
        found: list[str] = []
        while len(found) < count:
            last = self._begin()
            numbers = range(last + 1, last + 1 + count - len(found))
            candidates = [f"{self._prefix}{number:0{self._digits}d}" for number in numbers]
            self._last = numbers[-1]
            taken = refs_taken(self._session, self._table, candidates)
            found += [ref for ref in candidates if ref not in taken]
            if taken and not self._has_searched:
                # The newest ones go by another name: those that are named so are worth the search, once.
                self._has_searched = True
                named = newest_refs_like(self._session, self._table, self._prefix)
                self._last = max(self._last, self._highest(named))
        return found

    def _begin(self) -> int:
        """Give the last number given; at first as the newest ones tell, unless others began while we read them."""
        newest = self._newest() if self._last is None else []
        if self._last is None:
            self._last = self._highest(newest)
        return self._last

    def _highest(self, refs: list[str]) -> int:
        numbers = [ref.removeprefix(self._prefix) for ref in refs if ref.startswith(self._prefix)]
        return max((int(number) for number in numbers if number.isascii() and number.isdigit()), default=0)


def ref_exists(session: TenantSession, table: type[Any], ref: str) -> bool:
    """Tell whether anything of this kind has this reference already, under whichever contract."""
    query = select(sa.literal(1)).where(table.processor_id == session.processor_id, table.ref == ref).limit(1)
    return session.exec(query).first() is not None


def one_of_ref(rows: list[Any], code: str, ref: str, path: str) -> Any:
    """Give the only row that a reference names; InvalidInput when there is none, Conflict when contracts share it."""
    if not rows:
        raise InvalidInput(code, path=path, value=ref)
    if len(rows) > 1:
        raise Conflict("ref_ambiguous", path=path, value=ref)
    return rows[0]


def rows_of_ref(session: TenantSession, table: type[TenantRow], ref: str, contract_id: int | None = None) -> list[Any]:
    """Give the rows of a table with this reference, under one contract or any."""
    if not is_legible(ref):
        return []  # no reference is written with such characters, and not every database could be asked for them
    named: Any = table
    query = select(table).where(named.processor_id == session.processor_id, named.ref == ref)
    if contract_id is not None:
        query = query.where(named.contract_id == contract_id)
    return list(session.exec(query))


def row_of_id(session: TenantSession, table: type[TenantRow], code: str, number: int) -> Any:
    """Give the row of an id; NotFound with this code when the tenant has none, also when another tenant has."""
    mine = (col(table.processor_id) == session.processor_id, col(table.id) == number)
    row = session.exec(select(table).where(*mine)).one_or_none()
    if row is None:
        raise NotFound(code, value=number)
    return row
