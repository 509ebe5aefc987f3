"""The sessions that the store opens, and what they add to each ORM query and row: whose they are."""

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, UOWTransaction, with_loader_criteria
from sqlmodel import Session

from billing.errors import Problem
from billing.store.engine import TENANT, Postponed, ahead, looks_idle
from billing.store.keyring import KeyRing
from billing.store.lines import Line
from billing.store.tables import TenantRow

if TYPE_CHECKING:
    from billing.store.number_journal import NumberJournal
    from billing.store.wording import Later

# Stands in for the column where SQLAlchemy looks at the criterion with the unmapped base class.
_COLUMN: sa.ColumnClause[int] = sa.column("processor_id", sa.BigInteger())


class ReservedIds:
    """Ids for rows to come; read when the first is needed."""

    def __init__(self, models: Sequence[type[TenantRow]], asked: "Later") -> None:
        """Take the tables, a table for each row, and what reads as many ids in one row."""
        self._models, self._asked = list(models), asked
        self._ids: list[int] = []

    def take(self, model: type[TenantRow]) -> int | None:
        """Give an id for a row of a table, None when none is left."""
        if model not in self._models:
            return None
        if not self._ids:
            (row,) = self._asked()
            self._ids = list(row)
        place = self._models.index(model)
        del self._models[place]
        return self._ids.pop(place)


class TenantSession(Session):
    """A session of one processor: it sees and writes this processor's rows only, in one transaction."""

    goes_in_one = False
    """Whether all is said before anything is answered: then it is worth asking ahead, and being Postponed sometimes."""

    def __init__(self, engine: sa.Engine | None, processor_id: int, ring: KeyRing | None) -> None:
        """Bind the session to its tenant for life; loaded rows stay readable after the commit."""
        super().__init__(expire_on_commit=False, join_transaction_mode="rollback_only")
        self.processor_id = processor_id
        self.journal: NumberJournal | None = None
        """Where numbers are noted outside the database before they are given away."""
        self.chain_end: Later | None = None
        """The last row of the audit log, if it was asked for ahead, or is known as it is our own (`audit`)."""
        self.references: dict[str, Any] = {}
        """Who gives out references of a kind, where several share a transaction that `goes_in_one`."""
        self.keeps = True
        """Whether what is written is kept at the end. Not by who only asks how an answer would look (HEAD)."""
        self.reserved: ReservedIds | None = None
        """Ids for rows to come, if they were asked for ahead (`queries.prepared.reserve`)."""
        self._engine, self._ring = engine, ring
        self._line: sa.Connection | None = None
        self._ahead = ExitStack()
        self._is_joined = False

    @property
    def line(self) -> sa.Connection | Line:
        """The connection in whose transaction the session works; the first question begins it.

        Prepared statements are asked here, and sent ahead until the ORM joins.
        """
        return self._connection()

    def _connection(self) -> sa.Connection:
        if self._line is None:
            assert self._engine is not None  # noqa: S101 - only a brief session has none, and it has a line
            self._line = self._engine.connect().execution_options(**{TENANT: self.processor_id})
            self._ahead.enter_context(ahead(self._line))
            self._line.begin()
        return self._line

    def get_bind(self, *_of: Any, **_as: Any) -> sa.Connection:
        """Let the ORM join the transaction; it looks at each answer at once."""
        line = self._connection()
        self._ahead.close()
        self._is_joined = True
        return line

    def conclude(self) -> None:
        """Write what the ORM still has to write, and commit; for who keeps nothing leave that to `close`."""
        if not self.keeps:
            return
        if self.in_transaction():
            self.commit()
        if self._line is not None:
            if looks_idle(self._line):
                self._ahead.close()
            self._line.commit()

    def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        if self._is_joined or self.in_transaction():
            super().close()  # what the ORM never touched it has not to tidy up
        if self._line is not None:
            # After a failure the answers that are still to come tell of nothing else.
            with suppress(psycopg.Error):
                self._ahead.close()
            self._line.close()
            self._line = None

    @property
    def ring(self) -> KeyRing:
        """The key ring; Problem `keys_missing` when the store was opened without one."""
        if self._ring is None:
            raise Problem("keys_missing", path="")
        return self._ring

    def take_time(self) -> None:
        """Say that what comes takes longer than some statements; Postponed in a brief session."""

    def send_off(self) -> None:
        """Let a server begin to answer what it was asked ahead."""


class BriefSession(TenantSession):
    """A session that takes prepared statements only and keeps nobody waiting: for all else it is Postponed."""

    def __init__(self, line: Line, processor_id: int, ring: KeyRing | None) -> None:
        """Take the line, whose transaction has begun."""
        super().__init__(None, processor_id, ring)
        self._of_its_own = line
        self.goes_in_one = line.pipeline is not None

    @property
    def line(self) -> Line:
        """The line in whose transaction the session works."""
        return self._of_its_own

    def get_bind(self, *_of: Any, **_as: Any) -> sa.Connection:
        """Keep the ORM out: it waits for each answer, and asks more than is brief."""
        raise Postponed

    def take_turn(self) -> None:
        """Say that the next answer may have to wait for another transaction."""
        if self._of_its_own.pipeline is not None:
            self._of_its_own.pipeline.take_turn()

    def conclude(self) -> None:
        """Commit."""
        self.flush()
        self._of_its_own.commit()

    def take_time(self) -> None:
        """Say that what comes takes longer: Postponed."""
        raise Postponed

    def send_off(self) -> None:
        """Let a server begin to answer what it was asked ahead."""
        if self._of_its_own.pipeline is not None:
            self._of_its_own.pipeline.send_off()


class OperatorSession(Session):
    """A session of no tenant: it may ask the few things that must be known before one is."""


class GateSession(Session):
    """A session of no tenant that writes what belongs to none: tries at the door, and how often something was asked."""

    def __init__(self, engine: sa.Engine, ring: KeyRing) -> None:
        """Take the ring: whoever knocks is remembered by keyed digest only."""
        super().__init__(engine, expire_on_commit=False)
        self.ring = ring


@event.listens_for(TenantSession, "do_orm_execute")
def _ask_for_the_tenant(state: ORMExecuteState) -> None:
    """Add the tenant to every ORM query: on PostgreSQL a second wall, on SQLite the one that queries have."""
    if state.is_select or state.is_update or state.is_delete:
        tenant = state.session.processor_id  # type: ignore[attr-defined]  # listens to TenantSession only
        mine = with_loader_criteria(
            TenantRow, lambda row: getattr(row, "processor_id", _COLUMN) == tenant, include_aliases=True
        )
        state.statement = state.statement.options(mine)


@event.listens_for(GateSession, "do_orm_execute")
def _ask_for_no_tenant(state: ORMExecuteState) -> None:
    """Show no row of any tenant: on PostgreSQL row-level security says the same, on SQLite nobody else does."""
    if state.is_select or state.is_update or state.is_delete:
        state.statement = state.statement.options(
            with_loader_criteria(TenantRow, lambda _row: sa.false(), include_aliases=True)
        )


@event.listens_for(GateSession, "before_flush")
def _write_no_tenant(session: GateSession, _context: UOWTransaction, _instances: Any) -> None:
    for row in session.new:
        if isinstance(row, TenantRow):
            message = f"a row of {type(row).__name__} belongs to a tenant: write it in `Store.tenant(...)`"
            raise TypeError(message)


@event.listens_for(TenantSession, "before_flush")
def _write_the_tenant(session: TenantSession, _context: UOWTransaction, _instances: Any) -> None:
    for row in session.new:
        if isinstance(row, TenantRow):
            if row.processor_id is None:
                row.processor_id = session.processor_id
            if row.processor_id != session.processor_id:
                message = f"a row of processor {row.processor_id} in a session of {session.processor_id}"
                raise RuntimeError(message)
