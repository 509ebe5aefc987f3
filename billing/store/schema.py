"""Which schema this version works with; the migrations themselves are in `store.migrations`."""

import sqlalchemy as sa

from billing.errors import Problem

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""All revisions this version knows, the oldest first, as in `migrations/versions` (a test compares)."""


def head() -> str:
    """Give the revision of this version's schema."""
    return REVISIONS[-1]


def revision_of(connection: sa.Connection) -> str | None:
    """Give a database's revision, None when it has none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def refuse_newer(revision: str) -> None:
    """Raise Problem `schema_newer` for a revision that a later version of the product wrote."""
    if revision not in REVISIONS:
        raise Problem("schema_newer", revision=revision, expected=head())


def refuse_other_schema(connection: sa.Connection) -> None:
    """Raise the problem of a database whose schema is not this version's: missing, newer or outdated."""
    revision = revision_of(connection)
    if revision is None:
        raise Problem("schema_missing")
    refuse_newer(revision)
    if revision != head():
        raise Problem("schema_outdated", revision=revision, expected=head())
