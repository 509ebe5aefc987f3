"""What belongs to a contract is found by it: cases, expenses, drafts, closings and decisions of one among thousands."""

from alembic import op

from billing.store.migrations.freeze import run_frozen

revision = "0003"
down_revision = "0002"
# The rules (triggers, policies, grants) that belong to this state of the tables; `install.rules_fingerprint`.
RULES = "8c6dbaf59dcc1dbfa85d8b1b9bd6465ce5fee612143fa65d508078f7d5787812"


def upgrade() -> None:
    """Run the frozen statements; every row that is there stays."""
    run_frozen(op.get_bind(), revision)
