"""The service: timers, proposals, requests, instructions, incidents, mail, choices, limits; people's languages."""

from alembic import op

from billing.store.migrations.freeze import frozen_statements

revision = "0002"
down_revision = "0001"
# The rules (triggers, policies, grants) that belong to this state of the tables; `install.rules_fingerprint`.
RULES = "1743e8675632deb0b81e0c6fd1b17181b801463a3e3b27f66ea779a882de2435"


def upgrade() -> None:
    """Run the frozen statements; every row that is there stays."""
    connection = op.get_bind()
    cursor = connection.connection.cursor()
    for statement in frozen_statements(revision, connection.dialect.name):
        cursor.execute(statement)
    cursor.close()
