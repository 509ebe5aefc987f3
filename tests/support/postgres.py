"""Fresh PostgreSQL databases for tests, copied from templates so that one costs some milliseconds."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL

from tests.support.lent import Lent

OWNER_ROLE = "mehraufwand_owner"
APP_ROLE = "mehraufwand_app"
_PASSWORD = "mehraufwand"  # noqa: S105 - for a server of the caller that asks for one; ours trusts its socket
_EMPTY = "template0"


class PostgresServer:
    """A server that tests may use as they like, reached as its superuser.

    Databases carry the run's id in their names: workers share templates, and what a run leaves behind on a server
    of the caller can be told apart.
    """

    def __init__(self, superuser_dsn: str, run: str) -> None:
        """Connect and make the two roles: the owner of every database, and the application's, which owns nothing."""
        self.superuser_dsn = superuser_dsn
        self._prefix = f"test_{run}_"
        self._idle: defaultdict[str, list[Lent]] = defaultdict(list)
        self._admin = psycopg.connect(superuser_dsn, autocommit=True)
        with self._only_one("roles"):
            for role in (OWNER_ROLE, APP_ROLE):
                self._make_role(role)

    def close(self) -> None:
        """End the superuser's connections."""
        for lent in (lent for idle in self._idle.values() for lent in idle):
            lent.close()
        self._admin.close()

    def url(self, database: str, role: str = OWNER_ROLE) -> str:
        """Give the SQLAlchemy URL of a database for one of the two roles."""
        known = conninfo_to_dict(self.superuser_dsn)
        server: dict[str, str] = {key: str(known[key]) for key in ("host", "port") if key in known}
        url = URL.create("postgresql+psycopg", role, _PASSWORD, database=database, query=server)
        return url.render_as_string(hide_password=False)

    @contextmanager
    def database(self, template: str = _EMPTY) -> Iterator[str]:
        """Make a database from a template, give its name, and drop it afterwards."""
        name = self._new(template)
        try:
            yield name
        finally:
            self._drop(name)

    @contextmanager
    def lent(self, template: str) -> Iterator[Lent]:
        """Lend a database like a template that has no rows; it is emptied afterwards and lent again."""
        idle = self._idle[template]
        lent = idle.pop() if idle else Lent(self._new(template), self.superuser_dsn)
        try:
            yield lent
        except BaseException:
            lent.must_go = True
            raise
        finally:
            if lent.must_go:
                lent.close()
                self._drop(lent.name)
            else:
                lent.empty()
                idle.append(lent)

    def template(self, name: str, build: Callable[[str], None]) -> str:
        """Give the template of this name; whichever worker asks first calls `build` with the owner's URL of it.

        `build` must end its connections. The template takes no connections afterwards, so nobody can change it.
        """
        finished, unfinished = f"{self._prefix}{name}", f"{self._prefix}{name}_unfinished"
        with self._only_one(finished):
            if not self._exists(finished):
                self._drop(unfinished)
                self._copy(_EMPTY, unfinished)
                build(self.url(unfinished))
                self._run("ALTER DATABASE {} RENAME TO {}", unfinished, finished)
                self._run("ALTER DATABASE {} ALLOW_CONNECTIONS false", finished)
        return finished

    def drop_all(self) -> None:
        """Drop every database of this run."""
        like = self._prefix.replace("_", r"\_") + "%"
        for (name,) in self._admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [like]).fetchall():
            self._drop(name)

    def _new(self, template: str) -> str:
        name = f"{self._prefix}{uuid.uuid4().hex[:12]}"
        self._copy(template, name)
        return name

    def _copy(self, template: str, name: str) -> None:
        self._run("CREATE DATABASE {} TEMPLATE {} OWNER {}", name, template, OWNER_ROLE)

    def _drop(self, name: str) -> None:
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _exists(self, name: str) -> bool:
        return self._admin.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None

    def _make_role(self, role: str) -> None:
        if self._admin.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            self._run("CREATE ROLE {}", role)
        statement = sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}")
        self._admin.execute(statement.format(sql.Identifier(role), sql.Literal(_PASSWORD)))

    @contextmanager
    def _only_one(self, what: str) -> Iterator[None]:
        """Let one worker at a time do this."""
        self._admin.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [what])
        try:
            yield
        finally:
            self._admin.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [what])

    def _run(self, statement: str, *names: str) -> None:
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
