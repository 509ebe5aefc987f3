"""Personal tokens for programs: with a label, scopes and an end; only their SHA-256 is stored.

A token never may more than its owner at the moment it is used (`authentication`), and can't make another one.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from billing.clause.reading import Reader, list_of, one_of, read_object, refuse, shaped
from billing.errors import NotAllowed, NotFound
from billing.services.access.authentication import READ_SCOPE, hash_of
from billing.services.access.rights import Right
from billing.services.access.trail import note_access
from billing.services.access.visitor import Via, Visitor
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_line
from billing.services.moments import read_end
from billing.store.queries.access import tokens_of
from billing.store.session import TenantSession
from billing.store.tables import ApiToken

PREFIX = "mau_"
"""Lets scanners for leaked secrets know one of ours."""
LONGEST = timedelta(days=366)
_RANDOM_BYTES = 32
_SCOPE = one_of(READ_SCOPE, *Right)


@shaped(type="array", items={"type": "string", "enum": [READ_SCOPE, *map(str, Right)]}, minItems=1, uniqueItems=True)
def read_scopes(value: Any, path: str) -> list[str]:
    """Take scopes: names of rights, or `read` alone for all that its owner may look at."""
    scopes = list_of(_SCOPE, unique=True)(value, path)
    if not scopes:
        raise refuse("scopes_missing", path)
    if READ_SCOPE in scopes and len(scopes) > 1:
        raise refuse("scope_read_alone", path, value)
    return scopes


TOKEN: dict[str, Reader] = {"label": read_line, "scopes": read_scopes, "expires_at": read_end}


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that has just been made; its text is known to its owner only and can't be had again."""

    token: str
    row: ApiToken


def make_token(session: TenantSession, act: Act, who: Visitor, raw: Mapping[str, Any]) -> NewToken:
    """Make a token of one's own, for a year at most.

    NotAllowed `session_needed` for who came with a token or whose log-in is not whole, `scope_not_yours` for a right
    one has not; InvalidInput `token_end_invalid` for an end that is past or too far away.
    """
    if who.via is not Via.SESSION or who.user_id is None or who.waits_for is not None:
        raise NotAllowed("session_needed")
    said = read_object(raw, "", TOKEN)
    scopes, expires_at = said["scopes"], said["expires_at"]
    for scope in scopes:
        if scope != READ_SCOPE and Right(scope) not in who.rights:
            raise NotAllowed("scope_not_yours", scope=scope)
    if not act.at < expires_at <= act.at + LONGEST:
        raise refuse("token_end_invalid", "expires_at", expires_at, most=LONGEST.days)
    token = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    row = ApiToken(
        user_id=who.user_id,
        label=said["label"],
        token_hash=hash_of(token),
        scopes=" ".join(sorted(scopes)),
        created_at=act.at,
        expires_at=expires_at,
    )
    put(session, row)
    note_access(session, act, "token_made", f"api_token:{id_of(row)}", scopes=sorted(scopes))
    audit(session, act, "token_made", f"api_token:{id_of(row)}", scopes=sorted(scopes), until=expires_at.isoformat())
    return NewToken(token, row)


def own_tokens(session: TenantSession, who: Visitor, after: int = 0, most: int = 200) -> Sequence[ApiToken]:
    """List the visitor's own tokens that were not revoked, also those that ran out, by id.

    NotAllowed `session_needed` for a token of fewer rights than its owner's.
    """
    who.require_all()
    assert who.user_id is not None  # noqa: S101 - nobody without an account asks this
    return tokens_of(session, session.processor_id, who.user_id, after, most)


def token_by_id(session: TenantSession, who: Visitor, token_id: int) -> ApiToken:
    """Give one of the visitor's own tokens that was not revoked; NotFound for any other.

    NotAllowed `session_needed` for a token of fewer rights than its owner's, unless it is itself.
    """
    row = session.get(ApiToken, token_id)
    if row is None or row.user_id != who.user_id or row.revoked_at is not None:
        raise NotFound("token_unknown", value=token_id)
    if who.via is not Via.TOKEN or who.credential_id != token_id:
        who.require_all()
    return row


def revoke_token(session: TenantSession, act: Act, row: ApiToken) -> None:
    """Take a token back: from now on it opens nothing."""
    row.revoked_at = act.at
    put(session, row)
    note_access(session, act, "token_revoked", f"api_token:{id_of(row)}")
    audit(session, act, "token_revoked", f"api_token:{id_of(row)}")
