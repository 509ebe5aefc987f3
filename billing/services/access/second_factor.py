"""The second factor (law.md T-05): codes of an authenticator app (TOTP, RFC 6238), each taken once, and recovery codes.

The secret is proposed sealed to whoever enrols, and stored once its first code was right: a factor in use stays in use
until the new one works.
"""

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp

from billing.clause.reading import refuse, shaped
from billing.errors import InvalidInput, NotAllowed, Problem
from billing.services.access.trail import note_access
from billing.services.acting import Act, audit, id_of, put
from billing.store.queries.access import drop_recovery_codes, recovery_codes_left, take_recovery_code, take_step
from billing.store.session import TenantSession
from billing.store.tables import RecoveryCode, User

ISSUER = "Mehraufwand"
PROPOSAL_LASTS = timedelta(minutes=15)
RECOVERY_CODES = 10
_STEP = timedelta(seconds=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DRIFT = (0, -1, 1)  # a clock may be up to one step off
_DIGITS = 6
_RECOVERY_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs that are not taken for each other
_RECOVERY_GROUPS, _GROUP = 4, 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """A secret for an authenticator app: to be typed, as the address of a QR code, and sealed for the confirmation."""

    secret: str
    uri: str
    sealed: str


@shaped(type="string", pattern=r"^ *[0-9]{3} ?[0-9]{3} *$")
def read_code(value: Any, path: str) -> str:
    """Take a six-digit code, blanks aside; the error does not repeat it."""
    text = "".join(value.split()) if isinstance(value, str) else ""
    if len(text) != _DIGITS or not (text.isascii() and text.isdigit()):
        raise refuse("code_unreadable", path, digits=_DIGITS)
    return text


@shaped(type="string", minLength=16, maxLength=40)
def read_recovery_code(value: Any, path: str) -> str:
    """Take a recovery code, whatever its capitals, blanks and dashes; the error does not repeat it."""
    text = "".join(value.upper().replace("-", " ").split()) if isinstance(value, str) else ""
    if len(text) != _RECOVERY_GROUPS * _GROUP or not set(text) <= set(_RECOVERY_ALPHABET):
        raise refuse("recovery_code_unreadable", path)
    return text


@shaped(type="string", minLength=1, maxLength=2000)
def read_sealed(value: Any, path: str) -> str:
    """Take a sealed proposal as it was given."""
    if not isinstance(value, str) or not value.isascii():
        raise refuse("enrolment_unknown", path)
    return value


def propose_second_factor(session: TenantSession, user: User, at: datetime) -> Proposal:
    """Make a secret for a user; nothing is stored before its first code is given to `confirm_second_factor`."""
    secret = pyotp.random_base32()
    content = json.dumps({"secret": secret, "until": (at + PROPOSAL_LASTS).isoformat()})
    sealed = session.ring.seal(content.encode(), _place(session, user))
    return Proposal(secret, _uri(user, secret), base64.urlsafe_b64encode(sealed).decode())


def proposed_again(session: TenantSession, user: User, sealed: str, at: datetime) -> Proposal:
    """Give a proposal once more, for who mistyped its first code and has the secret in his app already.

    InvalidInput `enrolment_unknown` for a proposal of somebody else or of long ago.
    """
    secret = _proposed(session, user, sealed, at)
    return Proposal(secret, _uri(user, secret), sealed)


def confirm_second_factor(session: TenantSession, act: Act, user: User, sealed: str, code: str) -> list[str]:
    """Take a proposed secret into use when its code is right; gives new recovery codes, shown this once.

    InvalidInput `enrolment_unknown` for a proposal of somebody else or of long ago, `code_wrong` for a wrong code.
    """
    secret = _proposed(session, user, sealed, act.at)
    step = matching_step(secret, code, act.at)
    if step is None:
        raise InvalidInput("code_wrong", path="code")
    user.totp_secret, user.totp_confirmed_at, user.last_totp_step = secret, act.at, step
    put(session, user)
    codes = renew_recovery_codes(session, user)
    audit(session, act, "second_factor_enrolled", f"user:{id_of(user)}", recovery_codes=len(codes))
    return codes


def renew_recovery_codes(session: TenantSession, user: User) -> list[str]:
    """Give a user ten new recovery codes; the old ones open nothing any more."""
    drop_recovery_codes(session, session.processor_id, id_of(user))
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    rows = [RecoveryCode(user_id=id_of(user), code_hash=_hash(session, user, code)) for code in codes]
    put(session, *rows)
    return ["-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP)) for code in codes]


def remove_second_factor(session: TenantSession, act: Act, user: User) -> None:
    """Take a user's second factor off, so that the next log-in enrols a new one (a second admin's reset)."""
    user.totp_secret = user.totp_confirmed_at = None
    put(session, user)
    drop_recovery_codes(session, session.processor_id, id_of(user))
    audit(session, act, "second_factor_removed", f"user:{id_of(user)}")


def use_code(session: TenantSession, user: User, code: str, at: datetime) -> bool:
    """Tell whether a code is right, and use it up: the same code never opens twice, whoever comes at the same time."""
    if user.totp_secret is None or user.totp_confirmed_at is None:
        raise NotAllowed("second_factor_not_enrolled")
    step = matching_step(user.totp_secret, code, at)
    return step is not None and take_step(session, session.processor_id, id_of(user), step)


def use_recovery_code(session: TenantSession, act: Act, user: User, code: str) -> bool:
    """Tell whether a recovery code is right, and use it up."""
    taken = take_recovery_code(session, session.processor_id, id_of(user), _hash(session, user, code), act.at)
    if taken:
        left = recovery_codes_left(session, session.processor_id, id_of(user))
        note_access(session, act, "recovery_code_used", f"user:{id_of(user)}", left=left)
    return taken


def matching_step(secret: str, code: str, at: datetime) -> int | None:
    """Give the time step whose code this is, of now or one beside; None when it is none of them."""
    now, totp = step_at(at), pyotp.TOTP(secret)
    steps = [now + drift for drift in _DRIFT if hmac.compare_digest(totp.generate_otp(now + drift), code)]
    return steps[0] if steps else None


def step_at(at: datetime) -> int:
    """Give the time step of a moment: each has a code of its own."""
    return (at - _EPOCH) // _STEP


def _uri(user: User, secret: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=user.email or f"user {id_of(user)}", issuer_name=ISSUER)


def _proposed(session: TenantSession, user: User, sealed: str, now: datetime) -> str:
    try:
        content = json.loads(session.ring.open(base64.urlsafe_b64decode(sealed), _place(session, user)))
    except (Problem, binascii.Error, ValueError):
        raise InvalidInput("enrolment_unknown", path="enrolment") from None
    if datetime.fromisoformat(content["until"]) <= now:
        raise InvalidInput("enrolment_unknown", path="enrolment")
    return str(content["secret"])


def _place(session: TenantSession, user: User) -> str:
    """Bind a proposal to its tenant and user: nobody confirms with another's."""
    return f"second_factor.proposal:{id_of(user)}@{session.processor_id}"


def _new_recovery_code() -> str:
    return "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_GROUPS * _GROUP))


def _hash(session: TenantSession, user: User, code: str) -> str:
    """Give what is stored of a recovery code: 80 random bits, and keyed, so a quick digest is enough."""
    return session.ring.digest(f"recovery:{id_of(user)}:{code}")
