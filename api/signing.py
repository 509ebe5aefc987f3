"""Gives the functions that answer requests the signature that Litestar reads, made from a route's path."""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from litestar import Request
from litestar.params import FromPath

_PATH_PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
_TYPES: Mapping[str, type] = {"int": int, "str": str}


class Signed(Protocol):
    """What a signature is made of: a route of the interface, or a page."""

    @property
    def path(self) -> str:
        """The address, with its parameters."""

    @property
    def name(self) -> str:
        """What the function is called."""

    @property
    def handler(self) -> Callable[..., Any]:
        """The function that does the work, whose words describe it."""


def path_parameters(path: str) -> dict[str, type]:
    """Give the parameters of a path, `/cases/{case_id:int}`, by name."""
    return {name: _TYPES[kind] for name, kind in _PATH_PARAMETER.findall(path)}


def sign(endpoint: Callable[..., Any], route: Signed, gives: Any, **more: Any) -> None:
    """Let the function of a route take the request, the path's parameters and `more` by keyword; it gives `gives`."""
    of_path: Any = FromPath
    in_path = {parameter: of_path[kind] for parameter, kind in path_parameters(route.path).items()}
    taken: dict[str, Any] = {"request": Request[Any, Any, Any], **in_path, **more}
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter(one, keyword, annotation=kind) for one, kind in taken.items()]
    signature = inspect.Signature(parameters, return_annotation=gives)
    endpoint.__signature__ = signature  # type: ignore[attr-defined]  # what Litestar looks at
    endpoint.__annotations__ = {**taken, "return": gives}
    endpoint.__name__, endpoint.__doc__ = route.name, inspect.getdoc(route.handler)
