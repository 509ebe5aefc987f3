"""What a route's function is given and gives back."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from litestar.datastructures import Cookie
from pydantic import BaseModel

from api.service import Service
from billing.clause.reading import Reader, read_count, refuse, shaped
from billing.errors import Conflict, InvalidInput, NotAllowed
from billing.services.access.rights import Right
from billing.services.access.visitor import Credentials, Visitor
from billing.services.acting import Act
from billing.services.idempotency import Asked, Given, earlier_answer, remember_answer
from billing.store.session import Store, TenantSession, hold

MOST_ITEMS = 200
LARGEST_ID = 2**63 - 1
"""No row of any database has a number above."""
_USUAL_ITEMS = 50
_CURSOR_MARK = "after-"
_CURSOR = re.compile(rf"{_CURSOR_MARK}([1-9][0-9]{{0,17}})")
_LONGEST_PLACE = 4_000
_ETAG_DIGITS = 32
_ETAG = rf'"[0-9a-f]{{{_ETAG_DIGITS}}}"'
_IF_MATCH = re.compile(rf"[*]|{_ETAG}(?:[ ]*,[ ]*{_ETAG})*")
ETAG_SHAPE: Mapping[str, Any] = {"type": "string", "pattern": f"^{_ETAG}$"}
IF_MATCH_SHAPE: Mapping[str, Any] = {"type": "string", "pattern": f"^({_IF_MATCH.pattern})$"}

Item = TypeVar("Item", bound=BaseModel)


class Page(BaseModel, Generic[Item]):
    """A part of a list; `next_cursor` leads to the next one, null at the end."""

    items: list[Item]
    next_cursor: str | None


class Nothing(BaseModel):
    """The answer that has no content."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a route answers; with `etag` the representation gets one, for If-Match of the change that follows."""

    body: BaseModel | None = None
    etag: bool = False
    location: str | None = None
    status: int | None = None
    content: bytes | None = None
    """A file's bytes instead of a JSON body."""
    headers: Mapping[str, str] | None = None
    cookies: Sequence[Cookie] = ()
    earlier: Given | None = None
    """The answer that the same request was given before, instead of all others."""


@dataclass(frozen=True, slots=True)
class OpenCall:
    """One request of somebody who need not be logged in; the route opens the transactions it needs itself.

    A `keyed` route remembers its answers under an Idempotency-Key itself, as it alone knows whose they are.
    """

    service: Service
    path: Mapping[str, Any]
    raw: dict[str, Any]
    query: dict[str, Any]
    address: str
    lang: str
    asked_by: Callable[[str], Asked | None]
    """What is asked under an Idempotency-Key by an actor (`link:3`); None without a key."""
    given_by: Callable[[Reply], Given]

    def act(self, name: str) -> Act:
        """Give the deed of somebody known by this name only, now."""
        return Act(name, self.service.now())

    def earlier(self, session: TenantSession, actor: str) -> Reply | None:
        """Give the answer of the same request before, and hold the actor until the commit: one of them at a time."""
        asked = self.asked_by(actor)
        if asked is None:
            return None
        hold(session, actor)
        given = earlier_answer(session, asked)
        return None if given is None else Reply(earlier=given)

    def remember(self, session: TenantSession, actor: str, reply: Reply) -> Reply:
        """Remember an answer in the transaction of its effect, if it was asked for under a key; gives it back."""
        asked = self.asked_by(actor)
        if asked is not None:
            remember_answer(session, asked, self.given_by(reply), self.service.now())
        return reply


@dataclass(frozen=True, slots=True)
class Guess:
    """A request before it is known whose it is, for a route that asks ahead: probably of who showed the secret last."""

    session: TenantSession
    raw: dict[str, Any]
    who: Visitor

    def was_right(self, visitor: Visitor) -> bool:
        """Tell whether what was asked is what this visitor asks: work is somebody's, by the processor's clock."""
        return (self.who.person_ref, self.who.time_zone) == (visitor.person_ref, visitor.time_zone)


@dataclass(frozen=True, slots=True)
class Call:
    """One request of somebody who may make it, inside its one transaction."""

    service: Service
    session: TenantSession
    who: Visitor
    act: Act
    zone: ZoneInfo
    path: Mapping[str, Any]
    raw: dict[str, Any]
    query: dict[str, Any]
    address: str
    """Where it comes from, shortened so that it names a network only."""
    lang: str
    credentials: Credentials
    if_match: str | None = None
    asked: Any = None
    """What the route's `asks_ahead` gave; None where it was not asked, or for somebody else."""

    @property
    def store(self) -> Store:
        """The opened store, for work that takes several transactions."""
        return self.service.store

    @property
    def controller_id(self) -> int:
        """The controller that a visitor of the portal belongs to; NotAllowed for somebody who belongs to none."""
        if self.who.controller_id is None:
            raise NotAllowed("right_missing", right=Right.PORTAL_READ)
        return self.who.controller_id

    def require_match(self, representation: BaseModel) -> None:
        """Refuse a change of what its caller has not seen: If-Match must be the ETag of what GET would give now."""
        said = (self.if_match or "").strip()
        if not said:
            raise InvalidInput("if_match_missing", path="If-Match")
        if not _IF_MATCH.fullmatch(said):
            raise refuse("if_match_invalid", "If-Match", said)
        if said != "*" and etag_of(representation) not in said.replace(",", " ").split():
            raise Conflict("representation_changed", path="If-Match", value=said)

    def page(self, rows_after: Callable[[int, int], Sequence[Any]], show: Callable[[Any], Item]) -> Reply:
        """Give a part of a list: `rows_after(id, most)` gives rows by rising `id` after one."""
        limit = self.query.get("limit", _USUAL_ITEMS)
        rows = rows_after(self.query.get("cursor", 0), limit + 1)
        more = len(rows) > limit
        items = [show(row) for row in rows[:limit]]
        return Reply(Page[Any](items=items, next_cursor=cursor_of(rows[limit - 1].id) if more else None))

    def page_of(
        self, found: Sequence[Any], show: Callable[[Any], Item], place: Callable[[Any], tuple[str, ...]]
    ) -> Reply:
        """Give a part of a list that was worked out as a whole, by rising `place`, which no two have in common.

        Its cursor is the place of the last one shown: whoever settles what a page showed misses nothing on the next.
        """
        after, limit = self.query.get("cursor"), self.query.get("limit", _USUAL_ITEMS)
        rest = found if after is None else [one for one in found if place(one) > after]
        items = [show(one) for one in rest[:limit]]
        return Reply(
            Page[Any](items=items, next_cursor=place_cursor(place(rest[limit - 1])) if len(rest) > limit else None)
        )


def etag_of(representation: BaseModel) -> str:
    """Give the strong ETag of a representation."""
    content = representation.model_dump_json().encode()
    return f'"{hashlib.sha256(content).hexdigest()[:_ETAG_DIGITS]}"'


def cursor_of(after: int) -> str:
    """Give the cursor that continues after a row."""
    return f"{_CURSOR_MARK}{after}"


def place_cursor(place: tuple[str, ...]) -> str:
    """Give the cursor that continues after a place in a list that is worked out; its parts are lines."""
    return base64.urlsafe_b64encode("\n".join(place).encode()).decode().rstrip("=")


@shaped(type="string", pattern=f"^{_CURSOR.pattern}$")
def read_cursor(value: Any, path: str) -> int:
    """Take a cursor that an earlier page gave; InvalidInput `cursor_invalid` for anything else."""
    match = _CURSOR.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise refuse("cursor_invalid", path, value)
    return int(match[1])


@shaped(type="string", pattern=f"^[A-Za-z0-9_-]{{1,{_LONGEST_PLACE}}}$")
def read_place(value: Any, path: str) -> tuple[str, ...]:
    """Take the cursor of a list that is worked out; InvalidInput `cursor_invalid` for anything else."""
    try:
        place = tuple(base64.urlsafe_b64decode(f"{value}===").decode().split("\n"))
    except (binascii.Error, ValueError):
        place = ()
    if not value or not place or place_cursor(place) != value:
        raise refuse("cursor_invalid", path, value)
    return place


@shaped(type="integer", minimum=1, maximum=MOST_ITEMS)
def read_limit(value: Any, path: str) -> int:
    """Take how many items a page may have, 1 to 200."""
    count = read_count(value, path)
    if not 1 <= count <= MOST_ITEMS:
        raise refuse("number_out_of_range", path, value, least=1, most=MOST_ITEMS)
    return count


PAGING: dict[str, Reader] = {"cursor?": read_cursor, "limit?": read_limit}
"""The query parameters of every list of rows."""
PLACING: dict[str, Reader] = {"cursor?": read_place, "limit?": read_limit}
"""Those of a list that is worked out as a whole."""
