"""The access log: log-ins and their failures, exports, downloads, mail; a chain a day, kept six months."""

import json
from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get
from billing.services.access.rights import Right
from billing.services.log_lists import LOG_FILTERS, access_rows


class AccessEventOut(BaseModel):
    """One event; addresses are shortened to a network, recipients are digests."""

    id: int
    day: date = Field(description="The day of UTC whose chain the row stands in.")
    number: int = Field(description="Without a gap within its day.")
    at: AwareDatetime
    actor: str
    action: str = Field(examples=["login"])
    subject: str = Field(examples=["user:7"])
    details: dict[str, Any]


@get("/access-log", right=Right.READ_ACCESS_LOG, query=LOG_FILTERS | PAGING, gives=Page[AccessEventOut])
def list_access_log(call: Call) -> Reply:
    """List events in the order they happened; filters must all fit, `from` is included and `to` is not."""
    return call.page(lambda after, most: access_rows(call.session, call.query, after, most), _show)


def _show(row: Any) -> AccessEventOut:
    return AccessEventOut(
        id=row.id,
        day=row.day,
        number=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        details=json.loads(row.details),
    )
