"""The service: timers, proposals, requests, instructions, incidents, mail, choices, limits; people's languages."""

from alembic import op

from billing.store.migrations.freeze import frozen_statements

revision = "0002"
down_revision = "0001"
# The rules (triggers, policies, grants) that belong to this state of the tables; `install.rules_fingerprint`.
RULES = "1587b6add972b8d1463d4532c01d3282753c04fcb19aa610547d620a4cafd83f"


def upgrade() -> None:
    """Run the frozen statements; every row that is there stays."""
    connection = op.get_bind()
    cursor = connection.connection.cursor()
    for statement in frozen_statements(revision, connection.dialect.name):
        cursor.execute(statement)
    cursor.close()
