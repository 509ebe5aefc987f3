"""Tenants on PostgreSQL (architecture 2.7): row-level security on every tenant table, and what the application may do.

The application's role owns nothing. Forced row-level security binds even the owner; only the few look-ups that must
happen before a tenant is known run as functions of the owner, which may read those few tables while they run.
"""

# ruff: noqa: S608 - statements put together from constants of this package; the role's name was checked

import re
from dataclasses import dataclass

import sqlalchemy as sa

from billing.errors import InvalidInput
from billing.store.rules.rows import is_sealed, rule_of
from billing.store.rules.speech import OWN_PATH, PREFIX
from billing.store.tables import metadata
from billing.store.tables.columns import Deletion

_TENANT = "nullif(current_setting('app.processor_id', true), '')::bigint"
_LOOKING_UP = "current_setting('app.lookup', true) = 'on'"
_ROLE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_NO_TRUNCATE = f"""CREATE FUNCTION {PREFIX}_truncate() RETURNS trigger LANGUAGE plpgsql {OWN_PATH} AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = '{PREFIX}.row_is_kept:' || TG_TABLE_NAME, ERRCODE = 'integrity_constraint_violation';
END $$"""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question asked before the tenant is known; both databases run the same SELECT, PostgreSQL inside a function."""

    name: str
    table: str
    select: str
    columns: tuple[tuple[str, str], ...]
    arguments: tuple[tuple[str, str], ...] = ()


_WHOSE = (("processor_id", "bigint"), ("id", "bigint"))
_DUE = (("moment", "timestamptz"), ("kinds", "text"), ("limit", "integer"))
_NAMED = (("id", "bigint"), ("ref", "varchar"))
_STEPS = (("processor_id", "bigint"), ("kind", "varchar"), ("id", "bigint"))
# What somebody can't do, as mail without a mail server, must not hide what he could: so he says which kinds he can.
_OPEN_OUTBOX = """SELECT processor_id, kind, id FROM outbox
    WHERE done_at IS NULL AND not_before <= :moment AND :kinds LIKE '%,' || kind || ',%' ORDER BY id LIMIT :limit"""


def _by_hash(name: str, table: str, column: str) -> Lookup:
    select = f'SELECT processor_id, id FROM "{table}" WHERE {column} = :{column} ORDER BY id'
    return Lookup(name, table, select, _WHOSE, ((column, "text"),))


LOOKUPS = (
    Lookup("processors", "processor", "SELECT id, ref FROM processor ORDER BY id", _NAMED),
    Lookup("open_outbox", "outbox", _OPEN_OUTBOX, _STEPS, _DUE),
    _by_hash("sessions_of", "session", "token_hash"),
    _by_hash("api_tokens_of", "api_token", "token_hash"),
    _by_hash("mail_links_of", "mail_link", "token_hash"),
    _by_hash("users_of", "user", "email_digest"),
)


def tenancy(app_role: str) -> list[str]:
    """Give the statements for policies, grants and look-ups; InvalidInput `role_name` for a name that needs quoting."""
    if not _ROLE_NAME.fullmatch(app_role):
        raise InvalidInput("role_name", path="app_role", value=app_role)
    found = [f"GRANT USAGE ON SCHEMA public TO {app_role}", _NO_TRUNCATE]
    for name in sorted(metadata.tables):
        found += _of_table(metadata.tables[name], app_role)
    found.append(f"GRANT SELECT ON alembic_version TO {app_role}")
    for lookup in LOOKUPS:
        found += _of_lookup(lookup, app_role)
    return found


def tenant_column(table: sa.Table) -> str | None:
    """Give the column that names the tenant of a row, or None for a table that belongs to no tenant."""
    if table.name == "processor":
        return "id"
    return "processor_id" if "processor_id" in table.columns else None


def _of_table(table: sa.Table, app_role: str) -> list[str]:
    rule, column = rule_of(table), tenant_column(table)
    found = [
        f'REVOKE ALL ON "{table.name}" FROM {app_role}, PUBLIC',
        f'GRANT SELECT, INSERT ON "{table.name}" TO {app_role}',
        f"GRANT USAGE ON {table.name}_id_seq TO {app_role}",
        f'CREATE TRIGGER {PREFIX}_truncate BEFORE TRUNCATE ON "{table.name}" EXECUTE FUNCTION {PREFIX}_truncate()',
    ]
    resealed = {sealed.name for sealed in table.columns if is_sealed(sealed)}
    if changing := ", ".join(sorted(rule.may_change | rule.set_once | resealed)):
        found.append(f'GRANT UPDATE ({changing}) ON "{table.name}" TO {app_role}')
    if rule.deletion is not Deletion.NEVER:
        found.append(f'GRANT DELETE ON "{table.name}" TO {app_role}')
    if column is None:
        return found
    own = f"{column} = {_TENANT}"
    return [
        *found,
        f'ALTER TABLE "{table.name}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table.name}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY {PREFIX}_tenant ON "{table.name}" USING ({own}) WITH CHECK ({own})',
    ]


def _of_lookup(lookup: Lookup, app_role: str) -> list[str]:
    body = lookup.select
    for position, (argument, _) in enumerate(lookup.arguments, start=1):
        body = body.replace(f":{argument}", f"${position}")
    arguments = ", ".join(kind for _, kind in lookup.arguments)
    columns = ", ".join(f"{column} {kind}" for column, kind in lookup.columns)
    name = f"{PREFIX}_{lookup.name}({arguments})"
    return [
        f"""CREATE FUNCTION {name} RETURNS TABLE ({columns})
    LANGUAGE plpgsql SECURITY DEFINER {OWN_PATH} AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.lookup', 'on', true);
  RETURN QUERY {body};
  PERFORM set_config('app.lookup', '', true);
END $$""",
        f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {name} TO {app_role}",
        f'CREATE POLICY {PREFIX}_lookup ON "{lookup.table}" FOR SELECT TO CURRENT_USER USING ({_LOOKING_UP})',
    ]
