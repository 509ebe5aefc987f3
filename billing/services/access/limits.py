"""How often something may be asked for, whichever replica is asked: counted in the database, by keyed digest.

A window starts with its first request and ends after its time; then counting starts anew. Refusals count nothing.
"""

from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa
from sqlmodel import col

from billing.errors import TooMany
from billing.store.queries.access import count_hit
from billing.store.session import GateSession
from billing.store.tables import RateLimit

LONGEST_WINDOW = timedelta(days=1)


def limit(gate: GateSession, name: str, subject: str, most: int, window: timedelta, *, at: datetime) -> None:
    """Count one request; TooMany `asked_too_often` when there were `most` of this name and subject in the window.

    `subject` is whom it is about, a network or an address: only its keyed digest is stored.
    """
    started, hits = _count(gate, name, subject, window, at)
    if hits > most:
        raise TooMany("asked_too_often", retry_after=seconds_until(started + window, at))


def is_within(gate: GateSession, name: str, subject: str, most: int, window: timedelta, *, at: datetime) -> bool:
    """Count as `limit` does; tell whether there were no more than `most` in the window, this one included."""
    return _count(gate, name, subject, window, at)[1] <= most


def _count(gate: GateSession, name: str, subject: str, window: timedelta, at: datetime) -> tuple[datetime, int]:
    assert window <= LONGEST_WINDOW  # noqa: S101 - `forget_limits` would forget longer ones too soon
    bucket = sha256(gate.ring.digest(f"limit:{name}:{subject}").encode()).hexdigest()
    return count_hit(gate, bucket, at, window)


def forget_limits(gate: GateSession, now: datetime) -> int:
    """Delete what no window needs any more; give how many rows."""
    done = gate.execute(sa.delete(RateLimit).where(col(RateLimit.window_start) <= now - LONGEST_WINDOW))
    return int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE counts its rows


def seconds_until(moment: datetime, now: datetime) -> int:
    """Give the whole seconds until a moment, at least one, never too few."""
    return max(1, -((now - moment) // timedelta(seconds=1)))
