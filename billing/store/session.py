"""One way into the database, for SQLite and PostgreSQL: a tenant's session, committed once at its edge.

SQLite writes in one `BEGIN IMMEDIATE` transaction at a time; PostgreSQL works as a role that owns nothing, under
row-level security. On both, the session adds its tenant to every ORM query and to every new row.
"""

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from billing.errors import NotFound, Problem
from billing.store.engine import Postponed, connect_to, connect_to_read, is_sqlite, reading
from billing.store.keyring import KeyRing, Seal, sealing
from billing.store.lines import Lines
from billing.store.number_journal import NumberJournal
from billing.store.problems import BUSY_SECONDS, translated
from billing.store.rules.tenancy import LOOKUPS
from billing.store.schema import refuse_other_schema
from billing.store.tables import Contract, Processor
from billing.store.tenant_sessions import BriefSession, GateSession, OperatorSession, TenantSession
from billing.store.wording import Prepared

_T = TypeVar("_T")
_MOST_REMEMBERED = 10_000
_NAME: sa.BindParameter[str] = sa.bindparam("name", type_=sa.String())
_HOLD = Prepared(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(_NAME, 0)).label("held")))
_FORGET_PLANS = sa.text("DISCARD PLANS")

__all__ = ["GateSession", "OperatorSession", "Store", "TenantSession", "hold", "look_up", "open_store", "plan_anew"]


class Store:
    """The opened database; make it with `open_store`."""

    def __init__(self, engine: sa.Engine, ring: KeyRing | None, journal: NumberJournal | None = None) -> None:
        """Take over the engine; `ring` seals free text and files, `journal` remembers numbers that were given."""
        self.engine = engine
        self.ring = ring
        self._journal = journal
        self._reading, self._lines = reading(engine), Lines(engine)
        # What never changes need not be asked for twice: that a processor is there, and which row has a hash.
        self._founded: set[int] = set()
        self._rows: dict[tuple[str, str], tuple[int, int]] = {}
        self._writer = threading.RLock() if is_sqlite(engine) else None

    @contextmanager
    def tenant(self, processor_id: int, *, read_only: bool = False) -> Iterator[TenantSession]:
        """Open a processor's session: commit at the end, roll back on any error; NotFound when there is none.

        Database errors come out as problems (`store.problems`). Read-only sessions never wait for a writer.
        """
        engine = self._reading if read_only else self.engine
        with self._session(engine, processor_id) as session:
            if processor_id not in self._founded:
                if session.get(Processor, processor_id) is None:
                    raise NotFound("processor_unknown", processor=processor_id)
                self._founded.add(processor_id)
            yield session

    @contextmanager
    def briefly(self, processor_id: int) -> Iterator[TenantSession]:
        """Open a processor's session for prepared statements that keep nobody waiting.

        Postponed, with nothing done, where it would have to wait, or for what takes longer (`TenantSession.take_time`);
        also while it is not known yet that there is such a processor. Then do the same in a session of `tenant`.
        """
        if processor_id not in self._founded or not self._has_turn():
            raise Postponed
        try:
            with self._on_line(processor_id) as session:
                yield session
        finally:
            if self._writer is not None:
                self._writer.release()

    def do_briefly(self, processor_id: int, work: Callable[[TenantSession], _T]) -> _T:
        """Do some work in a session of `briefly`, or once more in one of `tenant` where it was postponed."""
        if not self.is_brief:
            self.get_ready()
        with suppress(Postponed), self.briefly(processor_id) as session:
            return work(session)
        with self.tenant(processor_id) as session:
            return work(session)

    def read_briefly(self, processor_id: int, work: Callable[[TenantSession], _T]) -> _T:
        """Do some work that only reads, as `do_briefly` does; on SQLite nobody who reads keeps a writer waiting."""
        if not is_sqlite(self.engine) and processor_id in self._founded:
            if not self.is_brief:
                self.get_ready()
            with suppress(Postponed), self._on_line(processor_id, read_only=True) as session:
                return work(session)
        with self.tenant(processor_id, read_only=True) as session:
            return work(session)

    def _has_turn(self) -> bool:
        return self._writer is None or self._writer.acquire(blocking=False)

    @contextmanager
    def _on_line(self, processor_id: int, *, read_only: bool = False) -> Iterator[TenantSession]:
        seal = None if self.ring is None else Seal(self.ring, processor_id)
        with translated(), sealing(seal):
            line = self._lines.take()
            try:
                line.begin(processor_id, read_only=read_only)
                session = BriefSession(line, processor_id, self.ring)
                session.journal = self._journal
                yield session
                if not read_only:
                    session.conclude()
            finally:
                self._lines.give_back(line)

    @contextmanager
    def new_tenant(self, ref: str, created_at: datetime) -> Iterator[TenantSession]:
        """Found a processor and give its session; nothing is there when the block fails."""
        with translated(), self.engine.connect() as connection:
            processor_id = _next_processor_id(connection)
        with self._session(self.engine, processor_id) as session:
            session.add(Processor(id=processor_id, ref=ref, created_at=created_at))
            session.flush()
            yield session

    @contextmanager
    def operator(self) -> Iterator[OperatorSession]:
        """Open a session without a tenant, to read only; on PostgreSQL it sees no row of any, but may `look_up`."""
        with translated(), OperatorSession(self._reading, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextmanager
    def gate(self) -> Iterator[GateSession]:
        """Open a session before the tenant is known: commit at the end, roll back on any error.

        It sees and writes the tables of no tenant only. Problem `keys_missing` when the store has no ring.
        """
        if self.ring is None:
            raise Problem("keys_missing", path="")
        with self._turn(self.engine), translated(), GateSession(self.engine, self.ring) as session:
            yield session
            session.commit()

    def whose(self, lookup: str, token_hash: str, *, may_wait: bool = True) -> tuple[int, int] | None:
        """Give processor and id of the row with a secret's hash, across all tenants; None when there is none.

        Who may not wait is Postponed if a server would have to be asked. Only that the row exists is remembered in
        memory; what has become of it is to be asked in its tenant's session.
        """
        if known := self._rows.get((lookup, token_hash)):
            return known
        if not may_wait and not is_sqlite(self.engine):
            raise Postponed
        with self.operator() as session:
            found = look_up(session, lookup, token_hash=token_hash)
        if not found:
            return None
        if len(self._rows) >= _MOST_REMEMBERED:
            self._rows.clear()
        processor_id, row_id = found[0]
        return self._rows.setdefault((lookup, token_hash), (processor_id, row_id))

    @property
    def is_brief(self) -> bool:
        """Whether `briefly` is worth a try: on SQLite always, on PostgreSQL if a line lies ready."""
        return self._lines.lie_ready

    def get_ready(self) -> None:
        """Open one more line for brief sessions, if there is room; it may fail, then the next who asks may open it."""
        self._lines.open_one()

    def lock_contract(self, session: TenantSession, contract_id: int) -> Contract:
        """Let one transaction at a time decide about a contract; on SQLite the write transaction already does.

        Gives the contract; NotFound when the tenant has none of this id.
        """
        query = select(Contract).where(col(Contract.id) == contract_id).with_for_update(key_share=True)
        contract = session.exec(query.execution_options(populate_existing=True)).one_or_none()
        if contract is None:
            raise NotFound("contract_unknown", contract=contract_id)
        return contract

    def lock_drafts(self, session: TenantSession, contract_ids: Collection[int]) -> list[Contract]:
        """Let one transaction at a time write the tenant's drafts, and nobody close a month of these contracts.

        Whoever logs work under them does not wait: it may change what a draft says, which is found at issue. All are
        locked at once, before anything goes into the audit log, as that comes last everywhere. Gives the contracts in
        the order asked for; NotFound when the tenant has none of an id.
        """
        hold(session, "drafts")
        query = select(Contract).where(col(Contract.id).in_(contract_ids)).order_by(col(Contract.id))
        locked = query.with_for_update(read=True).execution_options(populate_existing=True)
        found = {contract.id: contract for contract in session.exec(locked)}
        if unknown := [number for number in contract_ids if number not in found]:
            raise NotFound("contract_unknown", contract=unknown[0])
        return [found[number] for number in contract_ids]

    def close(self) -> None:
        """Give back all connections."""
        self._lines.close()
        self.engine.dispose()
        self._reading.dispose()

    @contextmanager
    def _session(self, engine: sa.Engine, processor_id: int) -> Iterator[TenantSession]:
        seal = None if self.ring is None else Seal(self.ring, processor_id)
        session = TenantSession(engine, processor_id, self.ring)
        session.journal = self._journal
        with self._turn(engine), translated(), sealing(seal), session:
            yield session
            session.conclude()

    @contextmanager
    def _turn(self, engine: sa.Engine) -> Iterator[None]:
        """Let the writers of this process take turns on SQLite: its file has no queue, waiting is asking again."""
        if self._writer is None or engine is self._reading:
            yield
            return
        if not self._writer.acquire(timeout=BUSY_SECONDS):
            raise Problem("database_locked", seconds=BUSY_SECONDS)
        try:
            yield
        finally:
            self._writer.release()


def open_store(url: str, ring: KeyRing | None = None, journal: NumberJournal | None = None) -> Store:
    """Open a database whose schema is up to date, as the application.

    Problems: `schema_missing`, `schema_outdated` (run the migrations), `schema_newer` (a newer product wrote it),
    `database_role_too_mighty` (PostgreSQL: a role that row-level security does not bind, or that owns the tables).
    """
    engine = connect_to(url)
    try:
        with translated(), connect_to_read(engine) as connection:
            refuse_other_schema(connection)
            _refuse_mighty_role(connection)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, ring, journal)


def look_up(session: OperatorSession | GateSession, name: str, **arguments: Any) -> list[tuple[Any, ...]]:
    """Ask one of the questions of `rules.tenancy.LOOKUPS` across all tenants: `processors`, `open_outbox` ..."""
    (lookup,) = (lookup for lookup in LOOKUPS if lookup.name == name)
    query = sa.text(lookup.select)
    if not is_sqlite(session.get_bind()):
        given = ", ".join(f":{argument}" for argument, _ in lookup.arguments)
        query = sa.text(f"SELECT * FROM mehraufwand_{lookup.name}({given})")  # noqa: S608 - a name out of LOOKUPS
    moments = [argument for argument, kind in lookup.arguments if kind == "timestamptz"]
    # Said as columns say them: SQLite compares moments as texts.
    query = query.bindparams(*(sa.bindparam(argument, type_=UTCDateTime()) for argument in moments))
    return [tuple(row) for row in session.connection().execute(query, arguments)]


def hold(session: TenantSession, name: str) -> None:
    """Let one transaction at a time of this tenant hold a name until its commit; on SQLite the write lock does."""
    if not is_sqlite(session.line):
        if isinstance(session, BriefSession):
            session.take_turn()
        _HOLD.say(session.line, {"name": f"mehraufwand.{session.processor_id}.{name}"})


def plan_anew(session: TenantSession) -> None:
    """Let PostgreSQL forget how this connection finds rows, which it settles by the size of the tables; SQLite doesn't.

    For transactions that write by the thousand: triggers and links to other tables are asked about each row, and as
    long as a table is one page PostgreSQL reads all of it. It would go on so until it has new statistics, and it has
    none before the commit.
    """
    if not is_sqlite(session.line):
        session.execute(_FORGET_PLANS)


def _next_processor_id(connection: sa.Connection) -> int:
    """Take the number of a processor to come: row-level security wants it before the row is there."""
    if is_sqlite(connection):
        query = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'processor'), 0) + 1"
    else:
        query = "SELECT nextval('processor_id_seq')"
    return int(connection.execute(sa.text(query)).scalar_one())


def _refuse_mighty_role(connection: sa.Connection) -> None:
    if is_sqlite(connection):
        return
    query = """SELECT current_user::text, rolsuper OR rolbypassrls OR EXISTS (SELECT 1 FROM pg_class
        WHERE relname = 'processor' AND pg_has_role(current_user, relowner, 'USAGE'))
        FROM pg_roles WHERE rolname = current_user"""
    role, mighty = connection.execute(sa.text(query)).one()
    if mighty:
        raise Problem("database_role_too_mighty", role=role)
