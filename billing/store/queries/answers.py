"""Answers that were given under an idempotency key."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from billing.store.queries.prepared import TENANT, ask, mine, number, say, table_of, text
from billing.store.session import TenantSession
from billing.store.tables import ApiToken, IdempotencyKey
from billing.store.wording import Later, Prepared

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


def answer_of_holder(session: TenantSession, processor_id: int, holder: tuple[Any, int], key: str) -> Later:
    """Ask as `answer_under` does for a token or the user of a session, by table and id, before he is recognised."""
    model, row = holder
    return say(session, _of_holder(model), processor_id, row=row, key=key)


@cache
def _of_holder(model: Any) -> Prepared:
    kind, asker = ("token", number("row")) if model is ApiToken else ("user", _user_of_row(table_of(model)))
    actor = sa.literal_column(f"'{kind}:'", sa.String()) + sa.cast(asker, sa.String())
    asked = sa.select(_KEY.c.request_sha256, _KEY.c.status, _KEY.c.response)
    return Prepared(asked.where(*mine(_KEY), _KEY.c.actor == actor, _KEY.c.key == text("key")))


def _user_of_row(table: sa.Table) -> sa.ColumnElement[int]:
    return (
        sa.select(table.c.user_id).where(table.c.id == number("row"), table.c.processor_id == TENANT).scalar_subquery()
    )
