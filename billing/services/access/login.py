"""Logging in, step by step: password, second factor, new password. Each step takes transactions of its own.

A password is compared outside of any transaction, so that nobody waits for the hash; whatever is wrong stays on record
although the request is refused. An address nobody has, a closed account and a wrong password give the same answer for
the same work: without a processor named, two hashes are compared at least, with one named, exactly one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from billing.clause.reading import Reader, read_object
from billing.errors import Conflict, InvalidInput, NotAllowed, TooMany
from billing.services.access.attempts import Knock, Try, begin_try, forgive
from billing.services.access.authentication import NEW_PASSWORD as NEW_PASSWORD_STEP
from billing.services.access.authentication import SECOND_FACTOR, Found, has_left, visitor_in
from billing.services.access.limits import limit
from billing.services.access.misuse import STRANGER, count_failure, may_note_locked, note_locked, note_stranger
from billing.services.access.passwords import (
    hash_password,
    is_outdated,
    matches,
    read_secret,
    set_password,
)
from billing.services.access.second_factor import (
    read_code,
    read_recovery_code,
    step_at,
    use_code,
    use_recovery_code,
)
from billing.services.access.sessions import NewSession, renew_session, start_session
from billing.services.access.trail import note_access
from billing.services.access.visitor import Via, Visitor
from billing.services.acting import Act, id_of
from billing.services.fields import read_email, read_line
from billing.services.moments import processor_zone
from billing.store.queries.access import LOCKED, SHUT_OUT, LoginAccount, login_account
from billing.store.session import Store, TenantSession, look_up
from billing.store.tables import Person, User, UserSession
from billing.store.tables.kinds import AttemptKind

LOG_IN: dict[str, Reader] = {"email": read_email, "password": read_secret, "processor?": read_line}
CODE: dict[str, Reader] = {"code?": read_code, "recovery_code?": read_recovery_code}
NEW_PASSWORD: dict[str, Reader] = {"current_password": read_secret, "new_password": read_secret}

_NOBODY = 0
_LEAST_COMPARED = 2
_MOST_LOG_INS, _WINDOW = 200, timedelta(minutes=15)
"""Of one network, right and wrong ones: each costs a hash."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session that has just begun or gone on under a new token, and whom it belongs to."""

    token: str
    visitor: Visitor
    expires_at: datetime


def log_in(store: Store, raw: Mapping[str, Any], network: str, at: datetime) -> LoggedIn:
    """Begin a session with an address and a password; where a second factor is due, it can do nothing else before.

    NotAllowed `login_failed`, whatever was wrong; Conflict `processor_choice` when the password fits at several
    processors and none is named; TooMany `door_locked`, `asked_too_often`. `network` is the caller's shortened address.
    """
    asked = read_object(raw, "", LOG_IN)
    email, password = asked["email"].lower(), asked["password"]
    if network:
        with store.gate() as gate:
            limit(gate, "login", network, _MOST_LOG_INS, _WINDOW, at=at)
    named = asked.get("processor")
    try:
        tried = begin_try(store, Knock(AttemptKind.PASSWORD, email, password, network), at)
    except TooMany:
        _note_locked(store, email, named, network, at)
        raise
    accounts, at_home = _accounts_of(store, email, named)
    fitting = _fitting(accounts, password, 1 if named else _LEAST_COMPARED)
    if len(fitting) > 1:
        with store.gate() as gate:
            forgive(gate, tried, at)
        known = ", ".join(account.processor_ref for account in fitting)
        raise Conflict("processor_choice", path="processor", value="", known=known)
    entered = _enter(store, fitting[0], password, tried, at) if fitting else None
    if entered is None:
        _note_failures(store, accounts, at_home, tried, at)
        raise NotAllowed("login_failed")
    return entered


def give_second_factor(store: Store, who: Visitor, raw: Mapping[str, Any], network: str, at: datetime) -> LoggedIn:
    """Complete a session with a code of the authenticator app or a recovery code; it goes on under a new token.

    InvalidInput `code_wrong` (also for a code that was used before), TooMany `door_locked` after five different ones;
    Conflict `second_factor_not_asked` where none is waited for.
    """
    said = read_object(raw, "", CODE)
    if len(said) != 1:
        raise InvalidInput("one_code_expected", path="code")
    if who.waits_for != SECOND_FACTOR:
        raise Conflict("second_factor_not_asked")
    ((name, code),) = said.items()
    about = f"{_subject(who)}@{who.processor_id}"
    # A code of the app may be right in another step, so there it is another try: who repeats a few is locked out too.
    secret = f"{code}@{step_at(at)}" if name == "code" else code
    tried = _try_of(store, who, Knock(AttemptKind.SECOND_FACTOR, about, secret, network), at)
    act = who.act(at)
    with store.tenant(who.processor_id) as session:
        user, row = own_session(session, who)
        right = use_code(session, user, code, at) if name == "code" else use_recovery_code(session, act, user, code)
        if right:
            forgive(session, tried, at)
            note_access(session, act, "second_factor_given", _subject(who), network=network, by=name)
            return entered(session, renew_session(session, row, at, second_factor=True), at)
        _note_failure(session, act, "second_factor_failed", _subject(who), tried)
    raise InvalidInput("code_wrong", path=name)


def change_password(store: Store, who: Visitor, raw: Mapping[str, Any], network: str, at: datetime) -> LoggedIn:
    """Change one's own password: the current one is asked for, all other sessions end, this one gets a new token.

    InvalidInput `password_wrong` for a wrong current one, and as for `passwords.require_good`.
    """
    said = read_object(raw, "", NEW_PASSWORD)
    if who.waits_for not in (None, NEW_PASSWORD_STEP):
        raise NotAllowed("session_incomplete", waits_for=who.waits_for)
    checked = confirm_password(store, who, said["current_password"], network, at, path="current_password")
    act = who.act(at)
    with store.tenant(who.processor_id) as session:
        user, row = own_session(session, who)
        if user.password_hash != checked:
            raise Conflict("written_meanwhile", table="user")
        set_password(session, act, user, said["new_password"], path="new_password", besides=id_of(row))
        note_access(session, act, "password_changed", _subject(who), network=network)
        return entered(session, renew_session(session, row, at, second_factor=row.second_factor_at is not None), at)


def confirm_password(store: Store, who: Visitor, password: str, network: str, at: datetime, *, path: str) -> str | None:
    """Ask somebody who is logged in for the password again; gives the hash it fits.

    That it was right counts at once, whatever becomes of what it is asked for. InvalidInput `password_wrong`, TooMany
    `door_locked`: wrong ones count like those at the log-in.
    """
    with store.tenant(who.processor_id, read_only=True) as session:
        user, _ = own_session(session, who)
    knock = Knock(AttemptKind.PASSWORD, (user.email or "").lower(), password, network)
    tried = _try_of(store, who, knock, at)
    if not matches(user.password_hash, password):
        with store.tenant(who.processor_id) as session:
            _note_failure(session, who.act(at), "password_confirmation_failed", _subject(who), tried)
        raise InvalidInput("password_wrong", path=path)
    with store.gate() as gate:
        forgive(gate, tried, at)
    return user.password_hash


def log_out(session: TenantSession, who: Visitor, act: Act) -> None:
    """End the session one came with."""
    _, row = own_session(session, who)
    row.ended_at = act.at
    session.add(row)
    note_access(session, act, "logout", _subject(who))


def _try_of(store: Store, who: Visitor, knock: Knock, at: datetime) -> Try:
    """Begin a try of somebody who is known; one at a locked door is noted with him."""
    assert who.user_id is not None  # noqa: S101 - he has a session
    try:
        return begin_try(store, knock, at)
    except TooMany:
        if may_note_locked(store, f"{knock.kind}:{knock.about}", at):
            note_locked(store, who.processor_id, who.user_id, who.act(at), knock.network)
        raise


def _accounts_of(store: Store, email: str, processor: str | None) -> tuple[Sequence[LoginAccount], int | None]:
    """Give the accounts of an address, at one processor or all, open or not; looks once, even where there is none.

    Beside them, the processor in whose log a stranger is noted: the one that was named, or the only one there is.
    """
    assert store.ring is not None  # noqa: S101 - the gate was opened with it
    with store.operator() as session:
        found = look_up(session, "users_of", email_digest=store.ring.digest(email))
        refs = {number: ref for number, ref in look_up(session, "processors") if processor in (None, ref)}
    places = [(number, user_id) for number, user_id in found if number in refs]
    accounts: list[LoginAccount] = []
    for processor_id, user_id in places or [(number, _NOBODY) for number in list(refs)[:1]]:
        with store.tenant(processor_id, read_only=True) as session:
            accounts += login_account(session, processor_id, refs[processor_id], user_id)
    return accounts, next(iter(refs)) if len(refs) == 1 else None


def _fitting(accounts: Sequence[LoginAccount], password: str, least: int) -> list[LoginAccount]:
    """Give the open accounts whose password this is, after comparing `least` hashes at least."""
    fits = [matches(account.password_hash, password) for account in accounts]
    for _ in range(len(accounts), least):
        matches(None, password)
    return [account for account, fit in zip(accounts, fits, strict=True) if fit and account.is_open]


def _enter(store: Store, account: LoginAccount, password: str, tried: Try, at: datetime) -> LoggedIn | None:
    """Begin the session; None when its owner has left, or the account was closed or got another password just now."""
    assert account.password_hash is not None  # noqa: S101 - a password fits it
    better = hash_password(password) if is_outdated(account.password_hash) else None
    with store.tenant(account.processor_id) as session:
        user = session.get_one(User, account.user_id, with_for_update=True)  # a new password ends what began before
        if user.disabled_at is not None or user.password_hash != account.password_hash:
            return None
        person = None if user.person_id is None else session.get_one(Person, user.person_id)
        if person is not None and has_left(person.left_on, processor_zone(session), at):
            return None
        if better is not None:
            user.password_hash = better
            session.add(user)
        act = Act(STRANGER, at, account.user_id)
        forgive(session, tried, at)
        note_access(session, act, "login", f"user:{account.user_id}", network=tried.network)
        return entered(session, start_session(session, user, at), at)


def entered(session: TenantSession, begun: NewSession, at: datetime) -> LoggedIn:
    """Give what came of a session that has just begun, or goes on under a new token."""
    visitor = visitor_in(session, Found(Via.SESSION, session.processor_id, id_of(begun.row)), at)
    assert visitor is not None  # noqa: S101 - it has just begun
    return LoggedIn(begun.token, visitor, begun.row.expires_at)


def own_session(session: TenantSession, who: Visitor) -> tuple[User, UserSession]:
    """Give the visitor's user and session; NotAllowed `session_needed` for who came with a token or link."""
    if who.via is not Via.SESSION or who.user_id is None:
        raise NotAllowed("session_needed")
    return session.get_one(User, who.user_id), session.get_one(UserSession, who.credential_id)


def _subject(who: Visitor) -> str:
    return f"user:{who.user_id}"


def _note_failures(
    store: Store, accounts: Sequence[LoginAccount], at_home: int | None, tried: Try, at: datetime
) -> None:
    """Note a failed log-in with each account of the address; where there is none, as a stranger's."""
    if not accounts:
        note_stranger(store, at_home, tried.network, at)
        if tried.may_shut and at_home is not None:
            with store.tenant(at_home) as session:
                _note_shut(session, Act(STRANGER, at), tried)
        return
    count_failure(store, tried.about_digest, at)
    for account in accounts:
        with store.tenant(account.processor_id) as session:
            _note_failure(session, Act(STRANGER, at), "login_failed", f"user:{account.user_id}", tried)


def _note_locked(store: Store, email: str, processor: str | None, network: str, at: datetime) -> None:
    """Note a try at the locked door of an address with each account of it, as often as `misuse` says."""
    if not may_note_locked(store, f"{AttemptKind.PASSWORD}:{email}", at):
        return
    accounts, at_home = _accounts_of(store, email, processor)
    if not accounts:
        note_stranger(store, at_home, network, at)
        return
    count_failure(store, email, at)
    for account in accounts:
        note_locked(store, account.processor_id, account.user_id, Act(STRANGER, at), network)


def _note_failure(session: TenantSession, act: Act, action: str, subject: str, tried: Try) -> None:
    """Note what went wrong and, when this locked the door or shut the network out, that it did."""
    note_access(session, act, action, subject, network=tried.network)
    if tried.may_lock:
        note_access(session, act, LOCKED, subject, network=tried.network, kind=str(tried.kind))
    if tried.may_shut:
        _note_shut(session, act, tried)


def _note_shut(session: TenantSession, act: Act, tried: Try) -> None:
    note_access(session, act, SHUT_OUT, "processor", network=tried.network)
