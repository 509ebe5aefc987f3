"""Reasons that people write are sealed, old ones as well; functions of PostgreSQL have paths of their own (`RULES`)."""

import json

import sqlalchemy as sa
from alembic import context, op

from billing.canonical import canonical
from billing.store.migrations.freeze import run_frozen
from billing.store.migrations.sealing import Ring, open_to_owner, seal_texts, sealed, set_column

revision = "0005"
down_revision = "0004"
# The rules (triggers, policies, grants) that belong to this state of the tables; `install.rules_fingerprint`.
RULES = "a53f68b30184bd6177f83a31d7eb868456a02d07c20af220b720c521dd28729d"
_SEALED = ("role_grant.reason", "correction.reason", "export_batch.withdrawn_reason")


def upgrade() -> None:
    """Run the frozen statements; every row that is there stays, and says the same under a key."""
    connection, ring = op.get_bind(), context.config.attributes["ring"]
    open_to_owner(connection, "role_grant", "correction", "export_batch", "policy")
    run_frozen(connection, revision)
    for place in _SEALED:
        seal_texts(connection, place, ring)
    _take_reasons_out(connection, ring)


def _take_reasons_out(connection: sa.Connection, ring: Ring) -> None:
    """Give each version of the policy its reason in a column of its own, out of its settings."""
    rows = connection.execute(sa.text("SELECT id, processor_id, settings FROM policy ORDER BY id")).all()
    for number, processor_id, settings in rows:
        chosen = json.loads(settings)
        reason = chosen.pop("reason", None)
        set_column(connection, "policy.settings", number, canonical(chosen))
        if reason is not None:
            value = sealed("policy.reason", processor_id, reason.encode(), ring)
            set_column(connection, "policy.reason", number, value)
