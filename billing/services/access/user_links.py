"""Links that open an account to its owner, before anybody is logged in: invitations and password resets."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.errors import NotFound
from billing.services.access.limits import limit
from billing.services.access.links import LinkMatter, find_link, open_link
from billing.services.access.misuse import note_when_dead
from billing.services.access.users import acts_as, user_by_id
from billing.services.acting import Act
from billing.store.session import Store, TenantSession
from billing.store.tables import User
from billing.store.tables.kinds import LinkPurpose

_MOST, _WINDOW = 60, timedelta(minutes=15)
"""Links opened from one network: nobody guesses 256 bits, but nobody need try."""
_STRANGER = "visitor"


@dataclass(frozen=True, slots=True)
class AtLink:
    """What a link opened: the session of its processor, the account, and the deed of its owner."""

    session: TenantSession
    act: Act
    matter: LinkMatter
    user: User


def at_invitation(
    store: Store, raw: str, network: str, at: datetime, *, read_only: bool = False
) -> AbstractContextManager[AtLink]:
    """Open an invitation in a session of its processor, committed at the end; the link itself is not used up.

    NotFound `link_unknown` for any link that opens no account; TooMany `asked_too_often` for a network that guesses.
    """
    return _at_link(store, raw, LinkPurpose.INVITATION, network, at, read_only=read_only)


def at_reset(store: Store, raw: str, network: str, at: datetime) -> AbstractContextManager[AtLink]:
    """Open the link of a password reset in the same way."""
    return _at_link(store, raw, LinkPurpose.PASSWORD_RESET, network, at, read_only=False)


@contextmanager
def _at_link(
    store: Store, raw: str, purpose: LinkPurpose, network: str, at: datetime, *, read_only: bool
) -> Iterator[AtLink]:
    """Count the try, find the tenant, then the link and its account in the tenant's session; note a dead one (T-10)."""
    with store.gate() as gate:
        limit(gate, "user_link", network, _MOST, _WINDOW, at=at)
    found = find_link(store, raw)
    if found is None:
        raise NotFound("link_unknown")
    with note_when_dead(store, found, at, network=network), store.tenant(found[0], read_only=read_only) as session:
        matter = open_link(session, Act(_STRANGER, at), raw, purpose)
        user = None if matter.user_id is None else user_by_id(session, matter.user_id)
        if user is None or user.disabled_at is not None:
            raise NotFound("link_unknown")
        yield AtLink(session, acts_as(session, user, at), matter, user)
