"""Puts the rules of `store.rules` into a database: all of them anew, after the migrations of the tables.

SQLite drops a table's triggers when a migration rebuilds it, and refuses to rename a table that a trigger reads; so
rules are not migrated one by one. They go before the migrations and come back after, always those of this version.
"""

import hashlib

import sqlalchemy as sa

from billing.store.migrations.dispatcher import queue_statements
from billing.store.rules import DEFAULT_APP_ROLE, POSTGRESQL, SQLITE, statements
from billing.store.rules.speech import PREFIX

_OLD_FUNCTIONS = """SELECT format('DROP FUNCTION %I(%s) CASCADE', proname, pg_get_function_identity_arguments(oid))
    FROM pg_proc WHERE proname LIKE $pattern$ AND pronamespace = 'public'::regnamespace"""
_OLD_POLICIES = """SELECT format('DROP POLICY %I ON %I', policyname, tablename) FROM pg_policies
    WHERE policyname LIKE $pattern$ AND schemaname = 'public'"""
_OLD_TRIGGERS = "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger' AND name LIKE $pattern$"
_OLD = {SQLITE: (_OLD_TRIGGERS,), POSTGRESQL: (_OLD_POLICIES, _OLD_FUNCTIONS)}


def remove_rules(connection: sa.Connection) -> None:
    """Drop all our triggers, policies and functions, in the running transaction."""
    cursor = connection.connection.cursor()
    for query in _OLD[connection.dialect.name]:
        # Through the driver, without parameters: `%` stays what it is.
        cursor.execute(query.replace("$pattern$", rf"'{PREFIX}\_%' ESCAPE '\'"))
        for (drop,) in cursor.fetchall():
            cursor.execute(drop)
    cursor.close()


def install_rules(connection: sa.Connection, app_role: str) -> None:
    """Put this version's triggers, policies, grants and look-ups into a database without any, in its transaction."""
    dialect = connection.dialect.name
    cursor = connection.connection.cursor()
    for statement in statements(dialect, app_role):
        cursor.execute(statement)
    cursor.close()


def rules_fingerprint() -> str:
    """Give the SHA-256 of all rules of both databases: a change of rules needs a migration that names the new one.

    So does a dispatcher that wants other tables.
    """
    rules = [statement for dialect in (SQLITE, POSTGRESQL) for statement in statements(dialect)]
    everything = "\n".join([*rules, *queue_statements(DEFAULT_APP_ROLE)])
    return hashlib.sha256(everything.encode()).hexdigest()
