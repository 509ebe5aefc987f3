"""Smart lockout (law.md T-04): different wrong secrets lock, the same wrong one again counts once.

A secret is a password, or a code, that of an app with its time step; only its keyed digest is stored, until the window
is over. A try is written down before it is checked, and one at a time for each person: however many come at once, to
however many replicas, no more than `MOST_WRONG` different secrets are ever checked in a window. A success forgives what
was wrong before it, where the address has one account: who knows the password of one must not guess at another's behind
the same address for ever.

Nothing here asks whether the person exists: unknown addresses are locked in the same way.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col

from billing.errors import TooMany
from billing.services.access.limits import seconds_until
from billing.store.keyring import KeyRing
from billing.store.queries.access import let_one_knock, wrong_from, wrong_secrets
from billing.store.session import GateSession, Store, TenantSession, look_up
from billing.store.tables import LoginAttempt
from billing.store.tables.kinds import AttemptKind

WINDOW = timedelta(minutes=15)
MOST_WRONG = 5
"""Different wrong secrets for one person."""
MOST_WRONG_FROM_NETWORK = 50
"""Different wrong secrets from one network: softer, as a whole office may stand behind it."""

_NO_SECRET = ""  # of a try that was refused unread, or that succeeded: nothing to compare with


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody at the door: what is tried, for whom (an address, a user), with which secret, from which network."""

    kind: AttemptKind
    about: str
    secret: str
    network: str


@dataclass(frozen=True, slots=True)
class Try:
    """A try that may be checked now.

    `may_lock`: should it be wrong, it is the one that locks; `may_shut`: the one that shuts its network out.
    `may_forgive`: should it be right, so was who came before.
    """

    row_id: int
    kind: AttemptKind
    about_digest: str
    network: str
    may_lock: bool
    may_shut: bool = False
    may_forgive: bool = True


@dataclass(frozen=True, slots=True)
class _Door:
    """How a try finds the door: closed until a moment or, with None, open, and what it does to it if it is wrong."""

    free_at: datetime | None
    may_lock: bool = False
    may_shut: bool = False


def begin_try(store: Store, knock: Knock, at: datetime) -> Try:
    """Write a try down before its secret is looked at; TooMany `door_locked` after too many different wrong ones.

    To be ended by `forgive` when the secret is right. A transaction of its own: what is wrong stays on record.
    """
    with store.gate() as gate:
        row = _attempt(gate.ring, knock, at)
        let_one_knock(gate, f"{knock.kind}.{row.email_digest}")
        if knock.network:
            let_one_knock(gate, f"network.{knock.network}")  # always after the other: nobody waits in a circle
        door = _door(gate, row, at)
        if door.free_at is not None:
            row.secret_digest = _NO_SECRET
        may_forgive = knock.kind is not AttemptKind.PASSWORD or _is_one_account(gate, knock.about)
        gate.add(row)
        gate.flush()
    if door.free_at is not None:
        raise TooMany("door_locked", retry_after=seconds_until(door.free_at, at))
    assert row.id is not None  # noqa: S101 - a flushed row has one
    effect = {"may_lock": door.may_lock, "may_shut": door.may_shut, "may_forgive": may_forgive}
    return Try(row.id, knock.kind, row.email_digest, knock.network, **effect)


def forgive(session: GateSession | TenantSession, tried: Try, at: datetime) -> None:
    """End a try whose secret was right: no digest of a right secret stays, and what was wrong is forgiven if it may."""
    session.execute(sa.delete(LoginAttempt).where(col(LoginAttempt.id) == tried.row_id))
    if tried.may_forgive:
        session.add(_note(tried, at, succeeded=True))
    session.flush()


def forgive_passwords(session: TenantSession, email: str, at: datetime) -> None:
    """Forgive what was wrong at an address before it got a new password: guesses at the old one are worth nothing."""
    about = session.ring.digest(f"{AttemptKind.PASSWORD}:{email.lower()}")
    tried = Try(0, AttemptKind.PASSWORD, about, network="", may_lock=False)
    session.add(_note(tried, at, succeeded=True))
    session.flush()


def forget_attempts(gate: GateSession, now: datetime) -> int:
    """Delete the tries of windows that are over; give how many."""
    done = gate.execute(sa.delete(LoginAttempt).where(col(LoginAttempt.at) <= now - WINDOW))
    return int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE counts its rows


def _is_one_account(gate: GateSession, email: str) -> bool:
    """Tell whether no more than one account, at whichever processor, has an address."""
    return len(look_up(gate, "users_of", email_digest=gate.ring.digest(email))) <= 1


def _attempt(ring: KeyRing, knock: Knock, at: datetime) -> LoginAttempt:
    about = ring.digest(f"{knock.kind}:{knock.about}")
    return LoginAttempt(
        at=at,
        kind=knock.kind,
        email_digest=about,
        secret_digest=ring.digest(f"{about}:{knock.secret}"),
        address_prefix=knock.network,
        succeeded=False,
    )


def _note(tried: Try, at: datetime, *, succeeded: bool) -> LoginAttempt:
    return LoginAttempt(
        at=at,
        kind=tried.kind,
        email_digest=tried.about_digest,
        secret_digest=_NO_SECRET,
        address_prefix=tried.network,
        succeeded=succeeded,
    )


def _door(gate: GateSession, row: LoginAttempt, at: datetime) -> _Door:
    """Find how many other secrets were wrong for this person, and how many tries from this network."""
    since = at - WINDOW
    wrong = wrong_secrets(gate, row.kind, row.email_digest, since)
    others = [last for digest, last in wrong if digest != row.secret_digest]
    # The one that locks the door is the last of `MOST_WRONG`; with the first of those out of the window, it opens.
    if len(wrong) >= MOST_WRONG:
        return _Door(wrong[-MOST_WRONG][1] + WINDOW)
    from_network = wrong_from(gate, row.address_prefix, since)
    if row.address_prefix and len(from_network) >= MOST_WRONG_FROM_NETWORK:
        return _Door(from_network[-MOST_WRONG_FROM_NETWORK] + WINDOW)
    is_last_of_network = len(others) == len(wrong) and len(from_network) + 1 == MOST_WRONG_FROM_NETWORK
    may_shut = bool(row.address_prefix) and is_last_of_network
    return _Door(None, may_lock=len(others) + 1 == MOST_WRONG, may_shut=may_shut)
