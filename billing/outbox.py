"""Steps still to do after a commit - render, check, send: kept in our own table, whatever runs them (`billing.runner`).

A step is enqueued in the transaction that needs it and done later; each handler looks in its own transaction whether
it was done already, and says there that it is. So a crash at any point, and two runners at once, do nothing twice.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.queries.prepared import TENANT, like, mine, number, say, table_of, text
from billing.store.session import Store, TenantSession, look_up
from billing.store.tables import Outbox
from billing.store.wording import Prepared

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)
_LONGEST_ERROR = 500
_MOST_ATTEMPTS = 20
"""After these, three days after the first, only a person can have a step tried again (`retry`)."""
_SET_ASIDE = datetime(9999, 1, 1, tzinfo=UTC)

_OUTBOX = table_of(Outbox)
_SUBJECT = {"kind": text("kind"), "subject_table": text("subject_table"), "subject_id": number("subject_id")}
_NOW = like(_OUTBOX.c.created_at, "now")
_STEP: dict[str, Any] = {
    "processor_id": TENANT,
    **_SUBJECT,
    "attempts": sa.literal_column("0"),
    "not_before": _NOW,
    "created_at": _NOW,
}
_ADDED = Prepared(
    sa.insert(_OUTBOX).from_select(
        list(_STEP),
        sa.select(*_STEP.values()).where(
            ~sa.exists().where(*mine(_OUTBOX), *(_OUTBOX.c[name] == value for name, value in _SUBJECT.items()))
        ),
        include_defaults=False,
    )
)


@dataclass(frozen=True, slots=True)
class Item:
    """One open step: what to do (`kind`) to which row."""

    id: int
    kind: str
    subject_table: str
    subject_id: int
    attempts: int
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """An open step as one sees it before the tenant is known: whose it is, and what is to be done."""

    processor_id: int
    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one step: `error` is empty when it succeeded; a `hopeless` one is not tried again by itself."""

    item: Item
    error: str
    hopeless: bool = False


Handler = Callable[[Store, int, Sequence[Item]], Iterator[Done]]
"""Does a batch of steps of one kind: takes the store, the processor and the items, gives each as it is done or failed.

A step's effect and the word that it is done (`take`, `finish`) are one transaction. A failed one stays open and stops
no other.
"""


def enqueue(session: TenantSession, kind: str, subject_table: str, subject_id: int, now: datetime) -> None:
    """Add a step in the caller's transaction; the same step twice is once."""
    session.flush()
    what = {"kind": kind, "subject_table": subject_table, "subject_id": subject_id}
    say(session, _ADDED, session.processor_id, **what, now=now)


def open_items(
    session: TenantSession,
    now: datetime | None,
    *,
    kinds: Iterable[str] | None = None,
    ids: Iterable[int] | None = None,
    limit: int | None = None,
) -> list[Item]:
    """Give the steps that are due, oldest first; without a moment also those that failed and still wait."""
    asked = [] if now is None else [col(Outbox.not_before) <= now]
    if kinds is not None:
        asked.append(col(Outbox.kind).in_(list(kinds)))
    if ids is not None:
        asked.append(col(Outbox.id).in_(list(ids)))
    query = select(Outbox).where(col(Outbox.done_at).is_(None), *asked).order_by(col(Outbox.id)).limit(limit)
    return [_item(row) for row in session.exec(query)]


def take(session: TenantSession, item: Item) -> bool:
    """Hold a step until the commit, so that one runner at a time does it; False when another has done it meanwhile."""
    query = select(Outbox.done_at).where(Outbox.id == item.id).with_for_update()
    return session.exec(query).all() == [None]


def claim(session: TenantSession, item: Item, until: datetime) -> bool:
    """Reserve a step for longer than a transaction, as to talk to a mail server; False when another took it meanwhile.

    Nobody else is given it before `until`; if we are gone by then, somebody does it again.
    """
    row = session.exec(select(Outbox).where(Outbox.id == item.id).with_for_update()).one_or_none()
    if row is None or row.done_at is not None or row.not_before != item.not_before:
        return False
    row.not_before = until
    session.add(row)
    session.flush()
    return True


def finish(session: TenantSession, item: Item, now: datetime) -> None:
    """Say that a step is done, in the transaction of its effect."""
    row = session.exec(select(Outbox).where(Outbox.id == item.id)).one()
    row.attempts, row.error, row.done_at = row.attempts + 1, None, now
    session.add(row)
    session.flush()


def run_pending(
    store: Store,
    processor_id: int,
    handlers: Mapping[str, Handler],
    now: Callable[[], datetime],
    *,
    limit: int = 1000,
    waiting_too: bool = False,
) -> Generator[Done, None, None]:
    """Do at most `limit` due steps, by kind in the order of `handlers`; a failed one waits longer each time.

    With `waiting_too`, as when a person asks for it, those that failed before are tried again at once.
    """
    with store.tenant(processor_id, read_only=True) as session:
        items = open_items(session, None if waiting_too else now(), kinds=handlers, limit=limit)
    yield from do_items(store, processor_id, items, handlers, now)


def do_items(
    store: Store, processor_id: int, items: Sequence[Item], handlers: Mapping[str, Handler], now: Callable[[], datetime]
) -> Generator[Done, None, None]:
    """Do these steps, by kind in the order of `handlers`, and keep with each that failed why it did."""
    for kind, handler in handlers.items():
        batch = [item for item in items if item.kind == kind]
        for done in handler(store, processor_id, batch) if batch else ():
            if done.error:
                with store.tenant(processor_id) as session:
                    note_failure(session, done, now())
            yield done


def due_steps(store: Store, kinds: Iterable[str], now: datetime, limit: int) -> list[Due]:
    """Give the steps of these kinds that are due now, of all processors, the oldest first."""
    with store.operator() as session:
        rows = look_up(session, "open_outbox", moment=now, kinds=f",{','.join(kinds)},", limit=limit)
    return [Due(int(processor_id), str(kind), int(step_id)) for processor_id, kind, step_id in rows]


def failing(session: TenantSession, attempts: int) -> list[Done]:
    """Give the open steps that failed so often or for good, each with its last error."""
    failed = sa.or_(col(Outbox.attempts) >= attempts, col(Outbox.not_before) == _SET_ASIDE)
    query = select(Outbox).where(col(Outbox.done_at).is_(None), failed)
    rows = session.exec(query.order_by(col(Outbox.id))).all()
    return [Done(_item(row), row.error or "", is_set_aside(row)) for row in rows]


def retry(session: TenantSession, now: datetime, step_id: int | None = None) -> int:
    """Have the steps that failed for good tried once more, or the one that is named; gives how many.

    The one that is named need not have failed for good: it is not waited any longer.
    """
    which = Outbox.not_before == _SET_ASIDE if step_id is None else Outbox.id == step_id
    rows = session.exec(select(Outbox).where(col(Outbox.done_at).is_(None), which).with_for_update()).all()
    for row in rows:
        row.not_before = now
    session.add_all(rows)
    session.flush()
    return len(rows)


def is_set_aside(row: Outbox) -> bool:
    """Tell whether only a person can have a step tried again."""
    return row.not_before == _SET_ASIDE


def set_aside(session: TenantSession, kind: str, subject_ids: Iterable[int]) -> set[int]:
    """Give those of these subjects whose step of a kind failed for good and is still open."""
    query = select(Outbox.subject_id).where(
        Outbox.kind == kind,
        col(Outbox.subject_id).in_(list(subject_ids)),
        col(Outbox.done_at).is_(None),
        Outbox.not_before == _SET_ASIDE,
    )
    return set(session.exec(query))


def close(session: TenantSession, kind: str, subject_ids: Iterable[int], now: datetime) -> None:
    """Close the steps of a kind about these subjects undone: something else takes their place."""
    mine = (Outbox.kind == kind, col(Outbox.subject_id).in_(list(subject_ids)), col(Outbox.done_at).is_(None))
    for row in session.exec(select(Outbox).where(*mine).with_for_update()):
        row.done_at = now
    session.flush()


def status(session: TenantSession, about: Mapping[str, Iterable[int]] | None = None) -> dict[str, int]:
    """Count steps, or those about the rows of these tables: `open`, of them `failed` at least once, and `done`."""
    query = select(Outbox.done_at, Outbox.attempts)
    if about is not None:
        mine = [
            sa.and_(col(Outbox.subject_table) == table, col(Outbox.subject_id).in_(list(ids)))
            for table, ids in about.items()
        ]
        query = query.where(sa.or_(sa.false(), *mine))
    rows = session.exec(query).all()
    still_open = [attempts for done_at, attempts in rows if done_at is None]
    return {
        "open": len(still_open),
        "failed": sum(attempts > 0 for attempts in still_open),
        "done": len(rows) - len(still_open),
    }


def _item(row: Outbox) -> Item:
    assert row.id is not None  # noqa: S101 - it was read from the store
    return Item(row.id, row.kind, row.subject_table, row.subject_id, row.attempts, row.not_before)


def note_failure(session: TenantSession, done: Done, now: datetime) -> None:
    """Keep with a step why it failed; it waits longer each time, and after the last attempt for a person."""
    row = session.exec(select(Outbox).where(Outbox.id == done.item.id).with_for_update()).one_or_none()
    if row is None or row.done_at is not None:
        return
    row.attempts, row.error = row.attempts + 1, done.error[:_LONGEST_ERROR]
    given_up = done.hopeless or row.attempts >= _MOST_ATTEMPTS
    row.not_before = _SET_ASIDE if given_up else now + min(_FIRST_WAIT * 2**row.attempts, _LONGEST_WAIT)
    session.add(row)
    session.flush()
