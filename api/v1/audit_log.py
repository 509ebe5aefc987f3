"""The audit log: every business event of the processor, chained by hash, kept eight years."""

import json
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get
from billing.services.access.rights import Right
from billing.services.log_lists import LOG_FILTERS, audit_rows


class AuditEventOut(BaseModel):
    """One event; `details` holds references, codes and hashes, never a personal value."""

    id: int
    number: int = Field(description="Without a gap; each row's hash covers the one before.")
    at: AwareDatetime
    actor: str
    action: str = Field(examples=["estimate_sent"])
    subject: str = Field(examples=["estimate:KV-2026-001"])
    details: dict[str, Any]
    prev_hash: str
    hash: str


@get("/audit-log", right=Right.READ_LOGS, query=LOG_FILTERS | PAGING, gives=Page[AuditEventOut])
def list_audit_log(call: Call) -> Reply:
    """List events in the order they happened; filters must all fit, `from` is included and `to` is not."""
    return call.page(lambda after, most: audit_rows(call.session, call.query, after, most), _show)


def _show(row: Any) -> AuditEventOut:
    return AuditEventOut(
        id=row.id,
        number=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        details=json.loads(row.details),
        prev_hash=row.prev_hash,
        hash=row.hash,
    )
