"""The service: timers, proposals, requests, instructions, incidents, mail, choices, limits; people's languages."""

from alembic import op

from billing.store.migrations.freeze import frozen_statements

revision = "0002"
down_revision = "0001"
# The rules (triggers, policies, grants) that belong to this state of the tables; `install.rules_fingerprint`.
RULES = "53dcc3f4827e78dcbcc440fc1d9b49f95643def6e32decd3457d9d3001254ee2"


def upgrade() -> None:
    """Run the frozen statements; every row that is there stays."""
    connection = op.get_bind()
    cursor = connection.connection.cursor()
    for statement in frozen_statements(revision, connection.dialect.name):
        cursor.execute(statement)
    cursor.close()
