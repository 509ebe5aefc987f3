"""What a PostgreSQL server says of its standbys and of its archive."""

import sqlalchemy as sa

from billing.store.engine import is_sqlite
from billing.store.session import OperatorSession

# A function is there where a superuser made it (deploy/replication.sql): the application's own role may not look.
_MAY_ASK = sa.text("SELECT has_function_privilege(to_regprocedure(:function)::oid, 'EXECUTE')")
_STANDBYS, _ARCHIVES = "public.standbys_in_step()", "public.archives_in_step()"


def standbys_in_step(session: OperatorSession) -> int | None:
    """Count the standbys in step of those that commits wait for; None on SQLite, and where nobody let us know."""
    return _answer(session, _STANDBYS)


def archives_in_step(session: OperatorSession) -> int | None:
    """Count the archives that receive the log; None on SQLite, and where nobody let us know."""
    return _answer(session, _ARCHIVES)


def _answer(session: OperatorSession, function: str) -> int | None:
    connection = session.connection()
    if is_sqlite(connection) or not connection.scalar(_MAY_ASK, {"function": function}):
        return None
    return int(connection.execute(sa.text(f"SELECT {function}")).scalar_one())
