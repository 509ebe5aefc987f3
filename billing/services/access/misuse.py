"""What was tried without leave, noted in the access log (law.md T-10), and never so often that it fills the disk.

| row | about | at most |
|---|---|---|
| `access_refused` | somebody known lacked a right | one a minute of him, right and route; 60 an hour of him |
| `token_refused` | a token that ran out or was taken back, or whose owner left | one a minute of each token |
| `link_refused` | a mailed link that ran out, was used or was taken back | one a minute of each link |
| `link_opened` | a mailed link showed the portal or its estimate to somebody | one a minute of each link |
| `locked_try` | the door of an account was tried while it was locked | one a minute of each account |
| `stranger_failed` | a log-in with an address that nobody has | 60 an hour of a processor |

An address that nobody has is noted nowhere, not even as a digest: it may be somebody's all the same. Where it was tried
is known when a processor was named, or there is only one. A token that never was one names no processor, so no log
can take it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from billing.errors import NotFound, Problem
from billing.services.access.authentication import Found
from billing.services.access.limits import is_within
from billing.services.access.trail import note_access
from billing.services.access.visitor import Via, Visitor
from billing.services.acting import Act
from billing.store.session import Store

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_MOST = 60
STRANGER = "visitor"
"""What the log calls somebody who was not recognised."""
WITHOUT_LEAVE = frozenset({"right_missing", "token_reads_only"})
"""Refusals of somebody known that are noted."""


def note_refusal(store: Store, who: Visitor, problem: Problem, at: datetime, *, route: str, network: str) -> None:
    """Note that somebody known was refused for want of a right; other refusals are none of this."""
    if problem.code not in WITHOUT_LEAVE:
        return
    right, whom = str(problem.fields.get("right", "")), f"{who.processor_id}:{who.actor}"
    with store.gate() as gate:
        is_new = is_within(gate, "refused", f"{whom} {right} {route}", 1, _MINUTE, at=at)
        may_note = is_new and is_within(gate, "refused", whom, _MOST, _HOUR, at=at)
    if may_note:
        details = {"right": right, "via": str(who.via), "network": network}
        with store.tenant(who.processor_id) as session:
            note_access(session, who.act(at), "access_refused", f"route:{route}", **details)


def note_dead_token(store: Store, found: Found, at: datetime, *, route: str, network: str) -> None:
    """Note that a token was shown which lets nobody in any more; a session that ended is an everyday thing."""
    if found.via is not Via.TOKEN:
        return
    with store.gate() as gate:
        may_note = is_within(gate, "dead_token", f"{found.processor_id}:{found.row_id}", 1, _MINUTE, at=at)
    if may_note:
        with store.tenant(found.processor_id) as session:
            about, act = f"api_token:{found.row_id}", Act(STRANGER, at)
            note_access(session, act, "token_refused", about, route=route, network=network)


def note_link(store: Store, link: tuple[int, int], contact: Act | None, at: datetime, *, network: str) -> None:
    """Note that a mailed link let its contact in, or opened nothing any more (None); once a minute of each."""
    processor_id, number = link
    action = "link_refused" if contact is None else "link_opened"
    with store.gate() as gate:
        may_note = is_within(gate, action, f"{processor_id}:{number}", 1, _MINUTE, at=at)
    if may_note:
        with store.tenant(processor_id) as session:
            note_access(session, contact or Act(STRANGER, at), action, f"mail_link:{number}", network=network)


@contextmanager
def note_when_dead(store: Store, link: tuple[int, int], at: datetime, *, network: str) -> Iterator[None]:
    """Note that a mailed link opened nothing, whenever that is the refusal of what is done inside."""
    try:
        yield
    except NotFound as problem:
        if problem.code == "link_unknown":
            note_link(store, link, None, at, network=network)
        raise


def may_note_locked(store: Store, about: str, at: datetime) -> bool:
    """Count a try at a locked door; tell whether it is the first of the minute, to be noted. It asks of nobody."""
    with store.gate() as gate:
        return is_within(gate, "locked_try", about, 1, _MINUTE, at=at)


def note_locked(store: Store, processor_id: int, user_id: int, act: Act, network: str) -> None:
    """Note that the door of an account was tried while it was locked."""
    with store.tenant(processor_id) as session:
        note_access(session, act, "locked_try", f"user:{user_id}", network=network)


def note_stranger(store: Store, processor_id: int | None, network: str, at: datetime) -> None:
    """Note a failed log-in with an address that nobody has, where it is known of which processor.

    Where nothing is noted it is counted all the same: a log-in takes as long for somebody as for nobody.
    """
    with store.gate() as gate:
        may_note = is_within(gate, "stranger", str(processor_id), _MOST, _HOUR, at=at)
    if may_note and processor_id is not None:
        with store.tenant(processor_id) as session:
            note_access(session, Act(STRANGER, at), "stranger_failed", "processor", network=network)
        return
    with store.gate() as gate:
        is_within(gate, "stranger_unnoted", network, _MOST, _HOUR, at=at)


def count_failure(store: Store, about: str, at: datetime) -> None:
    """Count a failure that is noted with an account, as `note_stranger` counts those of nobody."""
    with store.gate() as gate:
        is_within(gate, "failure", about, _MOST, _HOUR, at=at)
