"""The service: timers, proposals, requests, instructions, incidents, mail, choices, limits; people's languages."""

from alembic import op

from billing.store.migrations.freeze import frozen_statements

revision = "0002"
down_revision = "0001"
# The rules (triggers, policies, grants) that belong to this state of the tables; `install.rules_fingerprint`.
RULES = "545f06ac4de0ca069f81578c7675304f387d3eb5387ddbefbff94d61a44cd068"


def upgrade() -> None:
    """Run the frozen statements; every row that is there stays."""
    connection = op.get_bind()
    cursor = connection.connection.cursor()
    for statement in frozen_statements(revision, connection.dialect.name):
        cursor.execute(statement)
    cursor.close()
