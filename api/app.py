"""The composition root of the service: the only place that builds it out of store, settings, routes and workers."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from api.clock import utc_now
from api.errors import language_of, problem_of_bug, problem_of_framework, problem_response
from api.heads import Application, with_head
from api.logs import observed
from api.protection import protect
from api.readiness import readiness_of
from api.service import Service
from api.settings import Settings
from api.v1 import description
from api.v1.nouns import all_routes
from api.v1.serving import handler_of, options_of
from api.web.pages import all_pages
from api.web.refusals import is_for_people, problem_page
from api.web.serving import handler_of as page_handler_of
from api.web.serving_assets import asset
from billing.errors import Problem
from billing.services.proofs import LARGEST
from billing.store.session import Store
from billing.store.together import Together

if TYPE_CHECKING:
    from litestar.types import ControllerRouterHandler

_BASE64_GROWTH = (4, 3)
LARGEST_BODY = LARGEST * _BASE64_GROWTH[0] // _BASE64_GROWTH[1] + 1024 * 1024
"""The largest file in base64, and some room for the rest of the body."""


def build_service(
    store: Store, settings: Settings, base_url: str, *, now: Callable[[], datetime] = utc_now, demo: bool = False
) -> Service:
    """Put together what all routes share."""
    return Service(store, settings, now, base_url.rstrip("/"), Together(store), demo=demo)


def create_app(service: Service) -> Litestar:
    """Build the ASGI application of a service."""
    handlers: list[ControllerRouterHandler] = [health, readiness, openapi]
    # In a router all methods of a path are registered at once; one by one, Litestar wraps the first ones twice.
    routes = all_routes()
    ways = {one.path: [other.method for other in routes if other.path == one.path] for one in routes}
    options = [options_of(path, methods) for path, methods in ways.items()]
    handlers.append(Router("/", route_handlers=[*options, *(handler_of(one) for one in routes)]))
    handlers += [asset, *(page_handler_of(one) for one in all_pages())]
    return Application(
        route_handlers=handlers,
        state=State({"service": service}),
        exception_handlers={
            Problem: _answer_problem,
            HTTPException: _answer_http_exception,
            Exception: _answer_unexpected,
        },
        middleware=[observed],
        before_send=[protect],
        request_max_body_size=LARGEST_BODY,
        openapi_config=None,
        logging_config=None,
    )


@get("/health", sync_to_thread=False, include_in_schema=False)
def health() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "ok"}


@get("/readiness", sync_to_thread=True, include_in_schema=False)
def readiness(state: State) -> Response[dict[str, Any]]:
    """Say whether the service can work: database and keys, and whether mail is set up."""
    report = readiness_of(state.service)
    return Response(report.as_json(), status_code=200 if report.is_ready else 503, media_type=MediaType.JSON)


@get("/api/v1/openapi.json", sync_to_thread=True, include_in_schema=False)
def openapi() -> Response[str]:
    """Give the description of the interface."""
    return Response(description.text(), media_type="application/json")


def _answer_problem(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    """Answer a problem that got out of a route: people get a page, programs problem+json."""
    if is_for_people(request):
        return problem_page(request, problem)
    return problem_response(problem, language_of(request))


def _answer_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    response = _answer_problem(request, problem_of_framework(request, error))
    if allowed := (error.headers or {}).get("allow"):
        response.headers["Allow"] = ", ".join(sorted(with_head(allowed.split(", "))))
    return response


def _answer_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    problem = problem_of_bug(request, error)
    try:
        return _answer_problem(request, problem)
    except Exception as second:  # noqa: BLE001 - the page that says so is broken as well: then without a page
        problem_of_bug(request, second)
        return problem_response(problem, language_of(request))
