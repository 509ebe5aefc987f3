"""No table changes: on PostgreSQL each function finds what it names by a path of its own (`RULES`)."""

from alembic import op

from billing.store.migrations.freeze import run_frozen

revision = "0005"
down_revision = "0004"
# The rules (triggers, policies, grants) that belong to this state of the tables; `install.rules_fingerprint`.
RULES = "9396786867f09a1fb47b2f33333508629be205a316452ed092594ca31cac77e0"


def upgrade() -> None:
    """Run the frozen statements; every row that is there stays."""
    run_frozen(op.get_bind(), revision)
