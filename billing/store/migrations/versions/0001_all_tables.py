"""All tables, from the first day: nothing later needs a rewrite of what is there."""

from alembic import op

from billing.store.migrations.freeze import run_frozen

revision = "0001"
down_revision = None
# The rules (triggers, policies, grants) that belong to this state of the tables; `install.rules_fingerprint`.
RULES = "f5a3e3dff1702e8770ff8ca634a75a0c48eb43994e196c679e7ef3c64a7f538d"


def upgrade() -> None:
    """Run the frozen statements; PostgreSQL's EXCLUDE constraints need an extension that a database's owner may add."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    run_frozen(connection, revision)
