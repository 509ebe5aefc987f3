"""What a page's function is given and gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litestar.datastructures import Cookie

from api.service import Service
from api.v1.calls import Call
from api.web.forms import Form
from billing.errors import Problem
from billing.services.acting import Act


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of the deed before: its problems if it was refused, and what had been typed."""

    problems: tuple[Problem, ...] = ()
    form: Form = field(default_factory=Form)
    fields: Mapping[str, str] = field(default_factory=dict)
    """The form's names for the paths that problems speak of."""
    is_kept: bool = False
    """Nothing was refused: what had been typed elsewhere is shown in the form where it is meant."""


@dataclass(frozen=True, slots=True)
class Opened:
    """How a request of a page came: its address, and what the browser keeps of us."""

    address: str
    """The address of the page itself with its query, to come back to."""
    lang: str
    theme: str
    cookies: Mapping[str, str]
    begun: float
    """When it came, by the clock that never goes back: before anything was read for it."""
    packs: bool = False
    """Whether the answer may be packed."""
    is_head: bool = False
    """Whether nothing but the headers is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCall(Call):
    """One request of somebody who is logged in, inside its one transaction."""

    form: Form
    told: Told
    opened: Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPageCall:
    """One request of somebody who need not be logged in; the page opens the transactions it needs itself."""

    service: Service
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    form: Form
    told: Told
    opened: Opened
    address: str
    """Where it comes from, shortened so that it names a network only."""

    @property
    def lang(self) -> str:
        """The language of the answer."""
        return self.opened.lang

    def act(self, name: str) -> Act:
        """Give the deed of somebody known by this name only, now."""
        return Act(name, self.service.now())


@dataclass(frozen=True, slots=True)
class View:
    """A page to show: a template with what it speaks of."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Sequence[Cookie] = ()
    secret: str | None = field(default=None, repr=False)
    """The token of a session that begins with this page: its forms are proved by that one."""


@dataclass(frozen=True, slots=True)
class Done:
    """A deed is done: where to go on, and the sentence (`page.<message>`) that says so there.

    `undo` is the address of the deed that takes it back, offered beside the sentence for a while.
    """

    to: str
    message: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    undo: str | None = None
    cookies: Sequence[Cookie] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """A file: its bytes, and the name it is saved under; shown in the browser with `inline`."""

    content: bytes = field(repr=False)
    media_type: str = "application/octet-stream"
    filename: str = ""
    inline: bool = False


Answer = View | Done | Download
