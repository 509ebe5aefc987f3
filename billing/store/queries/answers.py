"""Answers that were given under an idempotency key."""

from typing import Any

import sqlalchemy as sa

from billing.store.queries.prepared import ask, mine, table_of, text
from billing.store.session import TenantSession
from billing.store.tables import IdempotencyKey
from billing.store.wording import Prepared

_KEY = table_of(IdempotencyKey)
_ANSWER = Prepared(
    sa.select(_KEY.c.request_sha256, _KEY.c.status, _KEY.c.response).where(
        *mine(_KEY), _KEY.c.actor == text("actor"), _KEY.c.key == text("key")
    )
)


def answer_under(session: TenantSession, processor_id: int, actor: str, key: str) -> Any | None:
    """Give the answer that somebody's request under this key got: request_sha256, status, response; None: none yet."""
    rows = ask(session, _ANSWER, processor_id, actor=actor, key=key)
    return rows[0] if rows else None
