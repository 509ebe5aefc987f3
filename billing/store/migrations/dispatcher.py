"""The tables of the dispatcher on PostgreSQL, in a schema of their own: made anew by every upgrade, never migrated.

What stands in them follows from our outbox alone - which open steps were handed to whom - so they hold nothing that is
lost with them, and need no history. They know processors and steps by number only; whoever does a step reads it under
row-level security, like everything else.
"""

import sqlalchemy as sa
from procrastinate.schema import SchemaManager

QUEUE_SCHEMA = "mehraufwand_queue"


def queue_statements(app_role: str) -> list[str]:
    """Give the statements that make the dispatcher's schema anew, with what the application may do there."""
    named = f"SCHEMA {QUEUE_SCHEMA}"
    return [
        f"DROP SCHEMA IF EXISTS {QUEUE_SCHEMA} CASCADE",
        f"CREATE {named}",
        f"SET LOCAL search_path TO {QUEUE_SCHEMA}",
        SchemaManager.get_schema(),
        f"GRANT USAGE ON {named} TO {app_role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN {named} TO {app_role}",
        f"GRANT USAGE ON ALL SEQUENCES IN {named} TO {app_role}",
        f"REVOKE ALL ON ALL FUNCTIONS IN {named} FROM PUBLIC",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN {named} TO {app_role}",
    ]


def install_queue(connection: sa.Connection, app_role: str) -> None:
    """Put the dispatcher's schema into a PostgreSQL database, in its transaction."""
    cursor = connection.connection.cursor()
    cursor.execute("SELECT current_setting('search_path')")
    (path,) = cursor.fetchone() or ("",)
    for statement in queue_statements(app_role):
        cursor.execute(statement)
    cursor.execute("SELECT set_config('search_path', %s, true)", (path,))
    cursor.close()
