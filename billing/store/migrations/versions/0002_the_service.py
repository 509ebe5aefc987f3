"""The service: timers, proposals, requests, instructions, incidents, mail, choices, limits; people's languages."""

from alembic import op

from billing.store.migrations.freeze import frozen_statements

revision = "0002"
down_revision = "0001"
# The rules (triggers, policies, grants) that belong to this state of the tables; `install.rules_fingerprint`.
RULES = "a1818b2b7c07cd5f0b6b30078b9af6c64d1fbb02b3a59aa7991ccb7e7a17c3a7"


def upgrade() -> None:
    """Run the frozen statements; every row that is there stays."""
    connection = op.get_bind()
    cursor = connection.connection.cursor()
    for statement in frozen_statements(revision, connection.dialect.name):
        cursor.execute(statement)
    cursor.close()
