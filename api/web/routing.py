"""How pages are made: a table of what each shows or does; transaction, rights, forms and refusals are alike for all.

    @page("/vorgaenge/{nr:str}", right=Right.READ_CASES)
    def show_case(call: PageCall) -> View:
        '''Show a case.'''

    @deed("/vorgaenge/{nr:str}", right=Right.WORK, back=show_case)
    def change_case(call: PageCall) -> Done:
        '''Change a case; what is refused is said on the page it came from, with all that was typed.'''

A page is looked at (GET) and changes nothing; a deed is the POST of a form, which works without any script.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from billing.clause.reading import Reader
from billing.services.access.rights import Right

HttpMethod = Literal["PUT", "PATCH", "DELETE"]
_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRoute:
    """One page or deed.

    `right` None: anybody who is logged in; `is_open`: nobody need be, and the function takes an `OpenPageCall`.
    `query` are the readers of the address' query; what does not fit is refused. `back` is the page that shows a deed's
    refusal; it is given the deed's path and query. `in_steps`: the work takes transactions of its own (`call.store`).
    `writes`: a look that leaves a trace in the access log. `looks`: a deed that changes nothing, such as a preview.
    `half`: a session that still waits for its second factor may ask this. `methods`: beside POST what no form sends,
    but programs try. `fields`: the form's names for the paths that refusals of use cases speak of, `{"start": "von"}`.
    """

    path: str
    handler: Callable[..., Any]
    right: Right | None
    changes: bool
    back: Callable[..., Any] | None = None
    query: Mapping[str, Reader] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = False
    in_steps: bool = False
    writes: bool = False
    looks: bool = False
    half: bool = False
    methods: tuple[HttpMethod, ...] = ()

    @property
    def name(self) -> str:
        """The function's name."""
        return str(getattr(self.handler, "__name__", "")).rstrip("_")

    @property
    def reads_only(self) -> bool:
        """Whether its transaction only reads: a look, or work that takes transactions of its own."""
        return (not self.changes or self.looks or self.in_steps) and not self.writes


ROUTES: list[WebRoute] = []
"""Every page and deed, in the order the modules were imported; `api.web.pages` imports all."""


def page(path: str, *, right: Right | None, **said: Any) -> Callable[[_F], _F]:
    """Register a page for those who are logged in."""
    return _register(path, right=right, changes=False, **said)


def deed(path: str, *, right: Right | None, **said: Any) -> Callable[[_F], _F]:
    """Register what a form does, for those who are logged in."""
    return _register(path, right=right, changes=True, **said)


def open_page(path: str, **said: Any) -> Callable[[_F], _F]:
    """Register a page that nobody need be logged in for; it opens the transactions it needs itself."""
    return _register(path, right=None, changes=False, is_open=True, **said)


def open_deed(path: str, **said: Any) -> Callable[[_F], _F]:
    """Register what a form does for somebody who need not be logged in."""
    return _register(path, right=None, changes=True, is_open=True, **said)


def route_of(handler: Callable[..., Any]) -> WebRoute:
    """Give the page that a function makes; LookupError for any other function."""
    for route in ROUTES:
        if route.handler is handler and not route.changes:
            return route
    raise LookupError(handler)


def _register(path: str, **said: Any) -> Callable[[_F], _F]:
    def register(handler: _F) -> _F:
        ROUTES.append(WebRoute(path=path, handler=handler, **said))
        return handler

    return register
