"""Rows that several transactions may want to write at the same time, and that are to be there once."""

from sqlalchemy.dialects import postgresql, sqlite

from billing.store.engine import is_sqlite
from billing.store.session import TenantSession
from billing.store.tables import TenantRow


def add_once(session: TenantSession, row: TenantRow) -> None:
    """Insert a row unless one of the same unique key is there; one that another is just writing is waited for.

    Read it afterwards: on PostgreSQL it may be the other's by then.
    """
    values = row.model_dump(exclude={"id"}) | {"processor_id": session.processor_id}
    insert = sqlite.insert if is_sqlite(session.get_bind()) else postgresql.insert
    session.execute(insert(type(row)).values(values).on_conflict_do_nothing())
