"""What Alembic runs on the connection that `upgrade` gives: migrations, rules, and the tables of the dispatcher."""

from alembic import context

from billing.store.engine import is_sqlite
from billing.store.migrations.dispatcher import install_queue
from billing.store.migrations.install import install_rules, remove_rules
from billing.store.tables import metadata

_given = context.config.attributes
remove_rules(_given["connection"])
context.configure(connection=_given["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
install_rules(_given["connection"], _given["app_role"])
if not is_sqlite(_given["connection"]):
    install_queue(_given["connection"], _given["app_role"])
