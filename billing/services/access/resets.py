"""When a password or second factor is lost: a link by mail for oneself, or a reset by a second admin.

Asking for a link gives the same answer after comparable work whether or not the address has an account.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from billing.clause.reading import Reader, read_flag, read_object
from billing.errors import Conflict, InvalidInput
from billing.services.access.invitations import PASSWORD
from billing.services.access.limits import limit
from billing.services.access.links import make_link, use_link
from billing.services.access.passwords import set_password
from billing.services.access.rehearsal import rehearsed, writing_processors
from billing.services.access.second_factor import remove_second_factor
from billing.services.access.trail import note_access
from billing.services.access.user_links import AtLink
from billing.services.access.users import require_other
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_email
from billing.services.mails import user_recipient, write_mail
from billing.store.queries.access import end_other_sessions, lock_user
from billing.store.queries.users import end_links, end_tokens
from billing.store.session import Store, TenantSession, look_up
from billing.store.tables import User
from billing.store.tables.kinds import LinkPurpose

VALID_FOR = timedelta(hours=1)
MOST_OF_ADDRESS, MOST_OF_NETWORK = 3, 20
WINDOW = timedelta(hours=1)
"""How often a link may be asked for: for one address, and from one network."""
_VISITOR = "password-reset"

RESET_REQUEST: dict[str, Reader] = {"email": read_email}
RESET: dict[str, Reader] = {"password?": read_flag, "second_factor?": read_flag}
"""What a second admin takes away, so that the person gets it anew."""


def request_reset(store: Store, raw: Mapping[str, Any], network: str, at: datetime) -> None:
    """Mail a link for a new password to every account of an address, at all processors; it holds for an hour and once.

    For an address without an account the same is done for somebody else and rolled back, so that neither the answer
    nor its time tells. TooMany `asked_too_often` for an address or a network that asked too often, known or not.
    """
    address = read_object(raw, "", RESET_REQUEST)["email"].lower()
    with store.gate() as gate:
        limit(gate, "password_reset", address, MOST_OF_ADDRESS, WINDOW, at=at)
        limit(gate, "password_reset_network", network, MOST_OF_NETWORK, WINDOW, at=at)
        digest = gate.ring.digest(address)
    with store.operator() as session:
        found = look_up(session, "users_of", email_digest=digest)
    processors = writing_processors(store)
    answered = [_answer(store, number, user_id, at) for number, user_id in found if number in processors]
    if not any(answered):
        _rehearse(store, processors, network, at)


def complete_reset(opened: AtLink, raw: Mapping[str, Any]) -> User:
    """Set a new password by the link, once; all sessions end and the person is told. InvalidInput: a weak password."""
    password = read_object(raw, "", PASSWORD)["password"]
    session, act, user = opened.session, opened.act, opened.user
    use_link(session, act, opened.matter)
    set_password(session, act, user, password)
    end_links(session, user, act.at, LinkPurpose.PASSWORD_RESET)
    _tell(session, act, user, "password_was_reset", {}, act.at.isoformat())
    note_access(session, act, "password_reset", f"user:{id_of(user)}")
    return user


def reset_access(session: TenantSession, act: Act, user: User, raw: Mapping[str, Any]) -> User:
    """Take away a lost or stolen password, second factor or both; ends all sessions and tokens, and tells the person.

    NotAllowed: one's own; InvalidInput: nothing named; Conflict: an account that is closed or never had a password.
    """
    wanted = read_object(raw, "", RESET)
    if not any(wanted.values()):
        raise InvalidInput("nothing_said", path="password", value=None)
    require_other(act, user, "own_reset")
    if not _has_been_used(user):
        raise Conflict("user_is_not_active", path="user", value=id_of(user))
    lock_user(session, session.processor_id, id_of(user))
    ended = end_other_sessions(session, session.processor_id, id_of(user), None, act.at)
    tokens = end_tokens(session, id_of(user), act.at)
    what = sorted(name for name, is_wanted in wanted.items() if is_wanted)
    if "second_factor" in what:
        remove_second_factor(session, act, user)
        _tell(session, act, user, "second_factor_reset", {}, act.at.isoformat())
    if "password" in what:
        user.password_hash = None
        _send_link(session, act, user, "password_reset_by_admin")
    put(session, user)
    audit(session, act, "access_reset", f"user:{id_of(user)}", what=what, sessions_ended=ended, tokens_ended=tokens)
    return user


def _has_been_used(user: User) -> bool:
    """Tell whether somebody set a password once: before, only the invitation opens the account."""
    return user.disabled_at is None and user.password_changed_at is not None


def _answer(store: Store, processor_id: int, user_id: int, at: datetime) -> bool:
    """Mail the link to the owner of an account; False when the account is not in use."""
    with store.tenant(processor_id) as session:
        return _answer_in(session, user_id, at)


def _answer_in(session: TenantSession, user_id: int, at: datetime) -> bool:
    user = session.get_one(User, user_id)
    if not _has_been_used(user):
        return False
    act = Act(_VISITOR, at)
    _send_link(session, act, user, "password_reset")
    note_access(session, act, "password_reset_requested", f"user:{user_id}")
    return True


def _rehearse(store: Store, processors: list[int], network: str, at: datetime) -> None:
    """Do for somebody what is done for a known address, and undo it; there is nobody before the first account."""
    used = (col(User.password_changed_at).is_not(None), col(User.disabled_at).is_(None))
    for processor_id in processors:
        with store.tenant(processor_id, read_only=True) as session:
            mine = User.processor_id == processor_id
            user_id = session.exec(select(User.id).where(mine, *used).order_by(col(User.id)).limit(1)).first()
        if user_id is not None:
            with rehearsed(store, processor_id, network, at) as session:
                _answer_in(session, user_id, at)
            return


def _send_link(session: TenantSession, act: Act, user: User, kind: str) -> None:
    """Mail a link for a new password; older ones open nothing any more."""
    end_links(session, user, act.at, LinkPurpose.PASSWORD_RESET)
    about: dict[str, Any] = {"subject_table": "user", "subject_id": id_of(user)}
    raw = make_link(session, act, purpose=LinkPurpose.PASSWORD_RESET, user=user, valid_for=VALID_FOR, **about)
    _tell(session, act, user, kind, {"link": raw, "until": act.at + VALID_FOR}, raw)


def _tell(session: TenantSession, act: Act, user: User, kind: str, fields: Mapping[str, Any], occasion: str) -> None:
    """Write to the owner of an account; one message an occasion, which is a link or a moment."""
    write_mail(
        session,
        act,
        kind=kind,
        to=user_recipient(session, user),
        fields=fields,
        subject_table="user",
        subject_id=id_of(user),
        version=occasion,
    )
