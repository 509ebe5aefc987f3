"""No table changes: PostgreSQL asks its rules once about all that a closing decided, not about each row (`RULES`)."""

from alembic import op

from billing.store.migrations.freeze import run_frozen

revision = "0004"
down_revision = "0003"
# The rules (triggers, policies, grants) that belong to this state of the tables; `install.rules_fingerprint`.
RULES = "828154a7fd05790901c8a23202b8e9e958a57de20d63125aefc212f515c7548f"


def upgrade() -> None:
    """Run the frozen statements; every row that is there stays."""
    run_frozen(op.get_bind(), revision)
