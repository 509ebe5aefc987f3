"""The door: how often it was tried, what lets somebody in, and what is used up once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.engine import is_sqlite
from billing.store.queries.reading import all_rows, columns
from billing.store.tables import AccessLog, ApiToken, Contact, LoginAttempt, RateLimit, RecoveryCode, User, UserSession
from billing.store.tables.kinds import AttemptKind

LOCKED, SHUT_OUT = "door_locked", "network_shut_out"
"""How the access log calls it that too many different wrong secrets were tried for somebody, and from one network."""


@dataclass(frozen=True, slots=True)
class LoginAccount:
    """An account of an address at one processor: what a log-in compares."""

    processor_id: int
    processor_ref: str
    user_id: int
    password_hash: str | None
    is_open: bool


def login_account(session: Session, processor_id: int, processor_ref: str, user_id: int) -> list[LoginAccount]:
    """Give an account with whether it may be used: its user is not disabled, its contact still there."""
    contact = (col(Contact.id) == col(User.contact_id)) & (col(Contact.processor_id) == processor_id)
    statement = (
        sa.select(col(User.password_hash), col(User.disabled_at), col(Contact.ended_at))
        .outerjoin(Contact, contact)
        .where(col(User.processor_id) == processor_id, col(User.id) == user_id)
    )
    return [
        LoginAccount(processor_id, processor_ref, user_id, password_hash, is_open=disabled is None and ended is None)
        for password_hash, disabled, ended in session.execute(statement)
    ]


def count_hit(session: Session, bucket: str, at: datetime, window: timedelta) -> tuple[datetime, int]:
    """Count one request in a bucket's window, or begin a new one; gives its start and count, this one included.

    One statement, so that replicas that count at the same time all count.
    """
    over = col(RateLimit.window_start) <= at - window
    insert = sqlite.insert if is_sqlite(session.get_bind()) else postgresql.insert
    statement = (
        insert(RateLimit)
        .values(bucket=bucket, window_start=at, hits=1)
        .on_conflict_do_update(
            index_elements=["bucket"],
            set_={
                "hits": sa.case((over, 1), else_=col(RateLimit.hits) + 1),
                "window_start": sa.case((over, at), else_=col(RateLimit.window_start)),
            },
        )
        .returning(col(RateLimit.window_start), col(RateLimit.hits))
    )
    started, hits = session.execute(statement).one()
    return started, hits


def let_one_knock(session: Session, door: str) -> None:
    """Let one at a time try a door, or come from a network; on SQLite the write transaction already does."""
    if not is_sqlite(session.connection()):
        lock = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        session.connection().execute(lock, {"name": f"mehraufwand.door.{door}"})


def wrong_secrets(session: Session, kind: AttemptKind, about: str, since: datetime) -> Sequence[tuple[str, datetime]]:
    """Give the different wrong secrets after a moment and the last success, each with its last try, by that."""
    mine = (col(LoginAttempt.kind) == kind, col(LoginAttempt.email_digest) == about, col(LoginAttempt.at) > since)
    forgiven = sa.select(sa.func.max(LoginAttempt.id)).where(*mine, col(LoginAttempt.succeeded)).scalar_subquery()
    last = sa.func.max(LoginAttempt.at).label("last")
    statement = (
        sa.select(col(LoginAttempt.secret_digest), last)
        .where(*mine, *_was_wrong(), col(LoginAttempt.id) > sa.func.coalesce(forgiven, 0))
        .group_by(col(LoginAttempt.secret_digest))
        .order_by(last)
    )
    return [(digest, at) for digest, at in session.execute(statement)]


def wrong_from(session: Session, network: str, since: datetime) -> Sequence[datetime]:
    """Give the last moments of the different wrong tries that came from a network, in order."""
    last = sa.func.max(LoginAttempt.at).label("last")
    statement = (
        sa.select(last)
        .where(col(LoginAttempt.address_prefix) == network, col(LoginAttempt.at) > since, *_was_wrong())
        .group_by(col(LoginAttempt.email_digest), col(LoginAttempt.secret_digest))
        .order_by(last)
    )
    return session.scalars(statement).all()


def locks_since(session: Session, processor_id: int, moment: datetime) -> Sequence[Any]:
    """Give the locks that the access log holds since a moment: whose, and the tries of which network led to it.

    A network that was shut out is one, too (`SHUT_OUT`).
    """
    first_day = moment.astimezone(UTC).date()
    mine = (col(AccessLog.processor_id) == processor_id, col(AccessLog.day) >= first_day, col(AccessLog.at) >= moment)
    statement = sa.select(*columns(AccessLog, "day seq action subject details")).where(*mine)
    return all_rows(session, statement.where(col(AccessLog.action).in_((LOCKED, SHUT_OUT))).order_by(col(AccessLog.id)))


def _was_wrong() -> tuple[sa.ColumnElement[bool], ...]:
    return (~col(LoginAttempt.succeeded), col(LoginAttempt.secret_digest) != "")


def take_step(session: Session, processor_id: int, user_id: int, step: int) -> bool:
    """Use up a step of a user's second factor; False when it, or a later one, was used before.

    A conditional UPDATE: of two that come at once, one waits for the other and then finds it used.
    """
    unused = col(User.last_totp_step).is_(None) | (col(User.last_totp_step) < step)
    mine = (col(User.processor_id) == processor_id, col(User.id) == user_id)
    return _changed(session, sa.update(User).where(*mine, unused).values(last_totp_step=step)) == 1


def take_recovery_code(session: Session, processor_id: int, user_id: int, code_hash: str, at: datetime) -> bool:
    """Use up a recovery code; False when the user has no such one left."""
    mine = (col(RecoveryCode.processor_id) == processor_id, col(RecoveryCode.user_id) == user_id)
    unused = (col(RecoveryCode.code_hash) == code_hash, col(RecoveryCode.used_at).is_(None))
    return _changed(session, sa.update(RecoveryCode).where(*mine, *unused).values(used_at=at)) == 1


def recovery_codes_left(session: Session, processor_id: int, user_id: int) -> int:
    """Count the recovery codes that a user can still use."""
    mine = (col(RecoveryCode.processor_id) == processor_id, col(RecoveryCode.user_id) == user_id)
    statement = sa.select(sa.func.count()).select_from(RecoveryCode).where(*mine, col(RecoveryCode.used_at).is_(None))
    return int(session.execute(statement).scalar_one())


def drop_recovery_codes(session: Session, processor_id: int, user_id: int) -> None:
    """Delete all recovery codes of a user: new ones come, or the second factor goes."""
    mine = (col(RecoveryCode.processor_id) == processor_id, col(RecoveryCode.user_id) == user_id)
    session.execute(sa.delete(RecoveryCode).where(*mine))


def lock_user(session: Session, processor_id: int, user_id: int) -> None:
    """Let one transaction at a time begin, renew or end the log-ins of a user; on SQLite the write lock does."""
    mine = (col(User.processor_id) == processor_id, col(User.id) == user_id)
    session.execute(sa.select(col(User.id)).where(*mine).with_for_update()).all()


def end_session(session: Session, processor_id: int, session_id: int, at: datetime) -> bool:
    """End one log-in; False when it had ended."""
    mine = (col(UserSession.processor_id) == processor_id, col(UserSession.id) == session_id)
    return (
        _changed(session, sa.update(UserSession).where(*mine, col(UserSession.ended_at).is_(None)).values(ended_at=at))
        == 1
    )


def end_other_sessions(session: Session, processor_id: int, user_id: int, besides: int | None, at: datetime) -> int:
    """End all log-ins of a user but one; gives how many."""
    mine = [col(UserSession.processor_id) == processor_id, col(UserSession.user_id) == user_id]
    mine += [col(UserSession.ended_at).is_(None)]
    if besides is not None:
        mine.append(col(UserSession.id) != besides)
    return _changed(session, sa.update(UserSession).where(*mine).values(ended_at=at))


def drop_dead_sessions(session: Session, processor_id: int, before: datetime) -> int:
    """Delete the log-ins that ran out before a moment; gives how many."""
    mine = (col(UserSession.processor_id) == processor_id, col(UserSession.expires_at) < before)
    return _changed(session, sa.delete(UserSession).where(*mine))


def tokens_of(session: Session, processor_id: int, user_id: int, after: int, most: int) -> Sequence[ApiToken]:
    """Give the personal tokens of a user that were not revoked, by id, those after a number first to come."""
    mine = (col(ApiToken.processor_id) == processor_id, col(ApiToken.user_id) == user_id, col(ApiToken.id) > after)
    statement = sa.select(ApiToken).where(*mine, col(ApiToken.revoked_at).is_(None))
    return session.scalars(statement.order_by(col(ApiToken.id)).limit(most)).all()


def _changed(session: Session, statement: Any) -> int:
    """Run an UPDATE or DELETE and count its rows; objects already read do not follow."""
    done: Any = session.execute(statement, execution_options={"synchronize_session": False})
    return int(done.rowcount)
