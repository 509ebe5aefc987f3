"""All rules that the database keeps on its own, as the statements by which `store.migrations` puts them there."""

from billing.store.rules import (
    access,
    estimates,
    exports,
    invoices,
    logs,
    months,
    proposals,
    receivables,
    retention,
    rows,
    work,
)
from billing.store.rules.speech import POSTGRESQL, SQLITE, triggers
from billing.store.rules.tenancy import tenancy

DEFAULT_APP_ROLE = "mehraufwand_app"


def statements(dialect: str, app_role: str = DEFAULT_APP_ROLE) -> list[str]:
    """Give every statement that a fresh schema of one database needs beside its tables, in the order to run them."""
    special = [
        *work.RULES,
        *estimates.RULES,
        *months.RULES,
        *invoices.RULES,
        *exports.RULES,
        *logs.RULES,
        *proposals.RULES,
        *receivables.RULES,
        *access.RULES,
        *retention.RULES,
    ]
    effects = [*work.EFFECTS, *invoices.EFFECTS]
    locks = [*work.LOCKS, *months.LOCKS, *proposals.LOCKS, *receivables.LOCKS]
    own = triggers(dialect, [*rows.row_rules(), *special, *rows.sqlite_rules()], effects, locks, months.DECISIONS)
    return own + (tenancy(app_role) if dialect == POSTGRESQL else [])


__all__ = ["DEFAULT_APP_ROLE", "POSTGRESQL", "SQLITE", "statements"]
