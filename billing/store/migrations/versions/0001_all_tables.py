"""All tables, from the first day: nothing later needs a rewrite of what is there."""

from alembic import op

from billing.store.migrations.freeze import frozen_statements

revision = "0001"
down_revision = None
# The rules (triggers, policies, grants) that belong to this state of the tables; `install.rules_fingerprint`.
RULES = "4a37030ac535b07596fefdbd02a2a0c4d580c384da1687e782ac5c0179f8253e"


def upgrade() -> None:
    """Run the frozen statements; PostgreSQL's EXCLUDE constraints need an extension that a database's owner may add."""
    connection = op.get_bind()
    cursor = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for statement in frozen_statements(revision, connection.dialect.name):
        cursor.execute(statement)
    cursor.close()
