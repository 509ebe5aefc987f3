"""Refusals that have a page of their own: what happened, what to do, and how to speak of it."""

from typing import Any

from litestar import Request, Response

from api.addresses import path_of
from api.errors import status_of
from api.v1.routing import PREFIX
from api.web.answers import Shown, answer_of
from api.web.calls import Told, View
from api.web.exchange import PageExchange
from api.web.forms import Form
from api.web.routing import WebRoute
from billing.errors import Problem

_PAGE = "session/problem.html"
_PORTAL = "/p"


def refusal_view(problem: Problem, address: str = "/") -> View:
    """Give the page that says what was refused; who is in the portal is led on within it."""
    status, in_portal = status_of(problem), address == _PORTAL or address.startswith(f"{_PORTAL}/")
    told = _to_people(problem, in_portal=in_portal)
    return View(_PAGE, {"problem": told, "status": status.value, "in_portal": in_portal}, status=status)


def _to_people(problem: Problem, *, in_portal: bool) -> Problem:
    """Say what people can do where programs are told of the description of the interface."""
    match problem.code:
        case "address_unknown":
            return Problem("page_unknown_here") if in_portal else Problem("page_unknown")
        case "method_unknown":
            return Problem("form_unknown")
        case _:
            return problem


def refusal_page(exchange: PageExchange, problem: Problem) -> Response[bytes]:
    """Answer with that page somebody of whom no more is known than what the browser keeps."""
    return answer_of(refusal_view(problem, exchange.name), Shown(exchange.service, exchange.opened(), Told((problem,))))


def is_for_people(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a browser asked for a page: it takes HTML, and the address is none of the interface."""
    return not path_of(request).startswith(f"{PREFIX}/") and "text/html" in request.headers.get("accept", "")


def problem_page(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    """Give the page for what no page's function ever saw: an unknown address, a body too large, a bug of ours."""
    nowhere = WebRoute(path=path_of(request), handler=problem_page, right=None, changes=False, is_open=True)
    return refusal_page(PageExchange(nowhere, request, {}, Form()), problem)
