"""Reading the two logs: who did what to what, and when; never changed by looking."""

from collections.abc import Mapping, Sequence
from typing import Any

from billing.clause.reading import Reader, one_of
from billing.services.fields import read_line
from billing.services.moments import read_datetime
from billing.store.queries.logs import LogFilter, log_rows
from billing.store.session import TenantSession
from billing.store.tables import AccessLog, AuditLog
from billing.texts import codes_of

LOG_FILTERS: dict[str, Reader] = {
    "subject?": read_line,
    "action?": one_of(*codes_of("action")),
    "actor?": read_line,
    "from?": read_datetime,
    "to?": read_datetime,
}
"""By what rows may be chosen; `from` is included, `to` is not."""


def audit_rows(session: TenantSession, wanted: Mapping[str, Any], after: int, most: int) -> Sequence[AuditLog]:
    """Give rows of the audit log in their order, at most so many, that come after an id."""
    return log_rows(session, AuditLog, _filter(wanted), after, most)


def access_rows(session: TenantSession, wanted: Mapping[str, Any], after: int, most: int) -> Sequence[AccessLog]:
    """Give rows of the access log in their order, at most so many, that come after an id."""
    return log_rows(session, AccessLog, _filter(wanted), after, most)


def _filter(wanted: Mapping[str, Any]) -> LogFilter:
    equal = {name: wanted.get(name) for name in ("subject", "action", "actor")}
    return LogFilter(**equal, since=wanted.get("from"), until=wanted.get("to"))
