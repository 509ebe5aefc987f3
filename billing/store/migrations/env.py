"""What Alembic runs: our migrations on the connection that `upgrade` gives, and the rules of the tables around them."""

from alembic import context

from billing.store.migrations.install import install_rules, remove_rules
from billing.store.tables import metadata

_given = context.config.attributes
remove_rules(_given["connection"])
context.configure(connection=_given["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
install_rules(_given["connection"], _given["app_role"])
