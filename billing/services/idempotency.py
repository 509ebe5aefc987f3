"""Requests that may be repeated: the same key with the same request gives the same answer, and one effect only.

The answer is stored in the transaction of the effect. Two at once: the unique key lets one commit, the other is rolled
back and gives that one's answer. Keys are kept at least 24 hours (Stripe's measure).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from billing.clause.reading import refuse
from billing.store.once import add_once
from billing.store.queries.answers import answer_under
from billing.store.queries.prepared import insert_ahead
from billing.store.session import TenantSession
from billing.store.tables import IdempotencyKey
from billing.store.wording import Later

KEPT_FOR = timedelta(hours=48)
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with a key: who asked, and the SHA-256 of everything that was asked."""

    actor: str
    key: str
    request_sha256: str


@dataclass(frozen=True, slots=True)
class Given:
    """The answer that was given: status, the headers that belong to it, and the body as text."""

    status: int
    headers: Mapping[str, str]
    body: str


def read_key(value: str) -> str:
    """Take the key of a request: 1 to 255 printable ASCII characters; InvalidInput `idempotency_key_invalid`."""
    if not 1 <= len(value) <= LONGEST_KEY or not value.isascii() or not value.isprintable():
        raise refuse("idempotency_key_invalid", "Idempotency-Key", value[:LONGEST_KEY], most=LONGEST_KEY)
    return value


def earlier_answer(session: TenantSession, asked: Asked, ahead: Later | None = None) -> Given | None:
    """Give the answer of the same request before; InvalidInput `idempotency_key_reused` when it was another request.

    `ahead` is the same question if it was asked before (`answer_of_holder`).
    """
    if ahead is None:
        row = answer_under(session, session.processor_id, asked.actor, asked.key)
    else:
        row = next(iter(ahead()), None)
    if row is None:
        return None
    if row.request_sha256 != asked.request_sha256:
        raise refuse("idempotency_key_reused", "Idempotency-Key", asked.key)
    kept: dict[str, Any] = json.loads(row.response)
    return Given(row.status, kept["headers"], kept["body"])


def remember_answer(session: TenantSession, asked: Asked, given: Given, now: datetime) -> None:
    """Store the answer in the transaction of its effect, which ends in a Conflict if another was faster."""
    insert_ahead(session, IdempotencyKey, _values(asked, given, now))


def remember_once(session: TenantSession, asked: Asked, given: Given, now: datetime) -> Given:
    """Store an answer after its own transaction; give what the same request was answered first."""
    add_once(session, IdempotencyKey(**_values(asked, given, now)))
    return earlier_answer(session, asked) or given


def forget_answers(session: TenantSession, now: datetime) -> int:
    """Delete what is older than it must be kept; give how many."""
    old = (col(IdempotencyKey.created_at) < now - KEPT_FOR, col(IdempotencyKey.processor_id) == session.processor_id)
    done: sa.CursorResult[Any] = session.execute(sa.delete(IdempotencyKey).where(*old))  # type: ignore[assignment]
    return done.rowcount


def _values(asked: Asked, given: Given, now: datetime) -> dict[str, Any]:
    kept = json.dumps({"headers": dict(given.headers), "body": given.body}, ensure_ascii=False)
    return {
        "actor": asked.actor,
        "key": asked.key,
        "request_sha256": asked.request_sha256,
        "status": given.status,
        "response": kept,
        "created_at": now,
    }
