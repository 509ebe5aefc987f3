"""Passwords (law.md T-02, T-03): at least 16 characters with a special one, Argon2id, nothing of them anywhere else."""

import secrets
import threading
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from billing.clause.reading import refuse, shaped
from billing.errors import InvalidInput
from billing.services.access.attempts import forgive_passwords
from billing.services.acting import Act, audit, id_of, put
from billing.services.policies import PolicySettings
from billing.store.queries.access import end_other_sessions
from billing.store.session import TenantSession
from billing.store.tables import Contact, Person, User

SHORTEST = 16
LONGEST = 256
_SHORTEST_NAME = 4  # shorter parts of a name are parts of many words
# RFC 9106 asks for Argon2id; OWASP's least is 19 MiB and 2 passes. 32 MiB and 2 passes are some 40 ms of one core:
# a log-in stays quick, while a guess costs as much, and a card that guesses needs the memory for each one of them.
_HASHER = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)
# However many log in at once, hashing takes 128 MiB at most; the others wait their turn.
_PLACES = threading.BoundedSemaphore(4)


@shaped(type="string", minLength=1, maxLength=LONGEST, format="password")
def read_secret(value: Any, path: str) -> str:
    """Take a password or code as it was typed, normalised (NFKC) so that every keyboard gives the same characters.

    What is refused is never repeated in the error: answers and logs must not show secrets.
    """
    if not isinstance(value, str) or not value or len(value) > LONGEST:
        raise refuse("secret_unreadable", path, most=LONGEST)
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
        raise refuse("secret_unreadable", path, most=LONGEST)
    return unicodedata.normalize("NFKC", value)


def require_good(password: str, about: Iterable[str], path: str = "password") -> None:
    """Refuse a password that is too short, has no special character, or holds what others know of its owner.

    `about`: the owner's e-mail address and name. Special is what is neither letter, digit nor blank.
    """
    if len(password) < SHORTEST:
        raise refuse("password_too_short", path, least=SHORTEST)
    if all(character.isalnum() or character.isspace() for character in password):
        raise refuse("password_without_special", path)
    typed = _plain(password)
    if any(part in typed for known in about for part in _telling_parts(known)):
        raise refuse("password_tells_owner", path)


def hash_password(password: str) -> str:
    """Give the Argon2id hash to be stored, with its parameters and a salt of its own."""
    with _PLACES:
        return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the one of a hash; without a hash the answer costs the same work, and is no."""
    nobody = _hash_of_nobody()
    with _PLACES:
        return compare(password_hash or nobody, password) and password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(password_hash)


def set_password(
    session: TenantSession, act: Act, user: User, password: str, *, path: str = "password", besides: int | None = None
) -> None:
    """Give a user a new password, and end all sessions but `besides`, that of who changes his own.

    Without one it opens the door again if wrong passwords locked it: by a link that was mailed to the address.

    InvalidInput as for `require_good`, and `password_unchanged` for the old one again: a change for its age would
    change nothing.
    """
    require_good(password, known_of(session, user), path)
    if user.password_hash is not None and matches(user.password_hash, password):
        raise InvalidInput("password_unchanged", path=path)
    user.password_hash, user.password_changed_at = hash_password(password), act.at
    put(session, user)
    if besides is None:
        forgive_passwords(session, user.email or "", act.at)
    ended = end_other_sessions(session, session.processor_id, id_of(user), besides, act.at)
    audit(session, act, "password_set", f"user:{id_of(user)}", sessions_ended=ended)


def is_too_old(changed_at: datetime | None, policy: PolicySettings, now: datetime) -> bool:
    """Tell whether a password must be changed for its age (T-03; off unless the policy says otherwise)."""
    days = policy.password_max_age_days
    return days is not None and (changed_at is None or changed_at + timedelta(days=days) <= now)


def known_of(session: TenantSession, user: User) -> list[str]:
    """Give what others know of a user: address and name."""
    holder: Person | Contact | None
    if user.person_id is not None:
        holder = session.get(Person, user.person_id)
    else:
        holder = session.get(Contact, user.contact_id)
    return [known for known in (user.email, holder.name if holder else None) if known]


@cache
def _hash_of_nobody() -> str:
    """Give a hash that no password fits, made with the parameters of today."""
    return hash_password(secrets.token_urlsafe(32))


def compare(password_hash: str, password: str) -> bool:
    """Do the work of one comparison."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _telling_parts(known: str) -> list[str]:
    """Give a name or address as it could stand in a password: whole, without blanks, and the part before the @."""
    whole = _plain(known)
    parts = {whole, "".join(whole.split()), whole.partition("@")[0]}
    return [part for part in parts if len(part) >= _SHORTEST_NAME]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
