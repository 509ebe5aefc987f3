"""Who asks for something: a user by session or token, or a contact by a mail link, with the rights of this moment."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from billing.errors import NotAllowed
from billing.services.access.rights import NEED_PLEDGE, Right, rights_of
from billing.services.acting import Act
from billing.store.tables.kinds import Role


class Via(StrEnum):
    """How somebody came in."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - the name of a way, not a token
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody shows at the door: the way, and the raw secret, which is stored nowhere."""

    via: Via
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who was recognised, at one processor; `credential_id` is the row of the session, token or link."""

    processor_id: int
    via: Via
    credential_id: int
    name: str
    roles: frozenset[Role] = frozenset()
    rights: frozenset[Right] = frozenset()
    user_id: int | None = None
    person_id: int | None = None
    person_ref: str | None = None
    pledged_on: date | None = None
    contact_id: int | None = None
    controller_id: int | None = None
    language: str = "de"
    read_only: bool = False
    """A token whose scope is `read`: GET alone."""
    time_zone: str
    """The IANA name of the processor's clock."""
    seen_at: datetime | None = None
    """When the session or token was last noted as used."""
    waits_for: str | None = None
    """What a half session still lacks: `second_factor`, `second_factor_enrolment` or `new_password`."""

    @property
    def zone(self) -> ZoneInfo:
        """The processor's clock."""
        return ZoneInfo(self.time_zone)

    @property
    def actor(self) -> str:
        """Name whose requests these are."""
        return f"user:{self.user_id}" if self.user_id is not None else f"link:{self.credential_id}"

    @property
    def asker(self) -> str:
        """Name whose answers these are, for keys that two may both choose.

        All whole sessions of a person are one, as people ask again after they logged in anew. A token, and a session
        that still waits for something, may do less than the person: each is told only what it was answered itself.
        """
        if self.via is Via.TOKEN or (self.via is Via.SESSION and self.waits_for is not None):
            return f"{self.via}:{self.credential_id}"
        return self.actor

    def require_all(self) -> None:
        """Refuse a token that may do less than its owner what concerns him as a whole; NotAllowed `session_needed`."""
        if self.via is Via.TOKEN and self.rights != rights_of(self.roles):
            raise NotAllowed("session_needed")

    def rights_on(self, today: date) -> frozenset[Right]:
        """Give what the visitor may do on a day: with no pledge on record then, nothing that needs one.

        For pages that show more to who may see more; a route's own right is asked by `require`, which says why.
        """
        lacks_pledge = self.person_id is not None and not _is_pledged(self.pledged_on, today)
        return self.rights - NEED_PLEDGE if lacks_pledge else self.rights

    def act(self, at: datetime) -> Act:
        """Give the deed of this visitor at a moment."""
        return Act(self.name, at, self.user_id)

    def require(self, right: Right, today: date) -> None:
        """Refuse what the visitor may not do: NotAllowed `second_factor_missing`, `right_missing`, `pledge_missing`."""
        if self.waits_for is not None:
            raise NotAllowed("session_incomplete", waits_for=self.waits_for)
        if right not in self.rights:
            raise NotAllowed("right_missing", right=right)
        if right in NEED_PLEDGE and self.person_id is not None:
            require_pledge(self.pledged_on, today)


def require_pledge(pledged_on: date | None, today: date) -> None:
    """Refuse who has not pledged confidentiality: nobody sees a case before (10(2)-(3), T-31)."""
    if not _is_pledged(pledged_on, today):
        raise NotAllowed("pledge_missing")


def _is_pledged(pledged_on: date | None, today: date) -> bool:
    return pledged_on is not None and pledged_on <= today
