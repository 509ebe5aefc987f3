"""Setting up the second factor, one's own: propose a secret, then confirm it by its first code (law.md T-05)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing.clause.reading import Reader, read_object
from billing.errors import InvalidInput, NotAllowed
from billing.services.access.authentication import SECOND_FACTOR
from billing.services.access.login import LoggedIn, confirm_password, entered, own_session
from billing.services.access.passwords import read_secret
from billing.services.access.second_factor import (
    Proposal,
    confirm_second_factor,
    propose_second_factor,
    proposed_again,
    read_code,
    read_sealed,
)
from billing.services.access.sessions import renew_session
from billing.services.access.trail import note_access
from billing.services.access.visitor import Visitor
from billing.services.acting import Act, id_of
from billing.store.queries.access import end_other_sessions
from billing.store.session import Store, TenantSession
from billing.store.tables import User, UserSession

ENROLMENT: dict[str, Reader] = {"current_password?": read_secret}
CONFIRMATION: dict[str, Reader] = {"enrolment": read_sealed, "code": read_code}


def begin_enrolment(store: Store, who: Visitor, raw: Mapping[str, Any], network: str, at: datetime) -> Proposal:
    """Propose a secret to somebody with a session; nothing changes before it is confirmed.

    To replace a second factor in use, the password is asked for again: InvalidInput `password_needed`,
    `password_wrong`; TooMany `door_locked`.
    """
    password = read_object(raw, "", ENROLMENT).get("current_password")
    with store.tenant(who.processor_id, read_only=True) as session:
        user, _ = _owner(session, who)
    if user.totp_confirmed_at is not None and password is None:
        raise InvalidInput("password_needed", path="current_password")
    if password is not None:
        confirm_password(store, who, password, network, at, path="current_password")
    with store.tenant(who.processor_id) as session:
        return propose_second_factor(session, user, at)


def enrolment_again(session: TenantSession, who: Visitor, sealed: str, at: datetime) -> Proposal:
    """Give the proposal once more whose first code was mistyped; InvalidInput `enrolment_unknown` if it is too old."""
    user, _ = _owner(session, who)
    return proposed_again(session, user, sealed, at)


def complete_enrolment(
    session: TenantSession, act: Act, who: Visitor, raw: Mapping[str, Any], network: str
) -> tuple[list[str], LoggedIn]:
    """Take the proposed secret into use; gives the recovery codes, and the session under a new token.

    All other sessions end: one of them may be a stranger's. InvalidInput as for `confirm_second_factor`.
    """
    said = read_object(raw, "", CONFIRMATION)
    user, row = _owner(session, who)
    codes = confirm_second_factor(session, act, user, said["enrolment"], said["code"])
    end_other_sessions(session, session.processor_id, id_of(user), id_of(row), act.at)
    begun = renew_session(session, row, act.at, second_factor=True)
    note_access(session, act, "second_factor_enrolled", f"user:{id_of(user)}", network=network)
    return codes, entered(session, begun, act.at)


def _owner(session: TenantSession, who: Visitor) -> tuple[User, UserSession]:
    """Give the visitor's user and session, which must not wait for the factor that is in use."""
    if who.waits_for == SECOND_FACTOR:
        raise NotAllowed("session_incomplete", waits_for=who.waits_for)
    return own_session(session, who)
