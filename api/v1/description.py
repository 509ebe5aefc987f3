"""The interface description (OpenAPI 3.1), made of the table of routes: what is described is what is read.

Bodies and queries are described by their readers, answers by their models, so that neither can be told otherwise.
`python -m api.v1.description` writes `docs/openapi.json`.
"""

import inspect
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from api.auth import CSRF_HEADER
from api.errors import PROBLEM_JSON
from api.v1.calls import ETAG_SHAPE, Nothing
from api.v1.nouns import all_routes
from api.v1.parameters import IN_PATH, parameters_of, takes_a_key
from api.v1.routing import PREFIX, Route
from billing.clause.reading import object_shape
from billing.services.changing import Changes

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"
_MODELS = "#/components/schemas/{model}"
_SECURITY: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]


def _header(told: str, *, required: bool = False, **shape: Any) -> dict[str, Any]:
    return {"description": told, "required": required, "schema": {"type": "string", **shape}}


_REPLAYED = {"Idempotency-Replayed": _header("The answer that the same request got before.", enum=["true"])}
_REFUSAL_HEADERS: Mapping[HTTPStatus, Mapping[str, Any]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": _header("How to say who one is.", required=True)},
    HTTPStatus.TOO_MANY_REQUESTS: {
        "Retry-After": _header("Seconds until it may be tried again.", required=True, pattern="^[0-9]+$")
    },
}
_DESCRIPTION = """Billing the support that a processor gives its controllers under a GDPR processing agreement.

Moments are RFC 3339 with an offset, months `2026-10`, money strings in euros (`"12.50"`), durations whole minutes.
Errors are `application/problem+json`: `detail` says what was wrong and what to do, in the language of Accept-Language.
A POST under an `Idempotency-Key` may be repeated for 48 hours: the same request gives the same answer. A key counts
for all sessions of a person, and for each token on its own."""


class ProblemOut(BaseModel):
    """What was wrong: a code for programs, a sentence for people, the clause that forbids it and where it stands."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    clause: str | None = Field(default=None, json_schema_extra={"examples": ["13(5)a"]})
    path: str | None = None
    fields: dict[str, Any]


def describe() -> dict[str, Any]:
    """Give the whole description as one JSON document."""
    routes = all_routes()
    models = {route.gives for route in routes if route.gives is not Nothing} | {ProblemOut}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "serialization") for model in ordered], ref_template=_MODELS)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Mehraufwand", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in sorted({route.tag for route in routes})],
        "paths": _paths(routes),
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A personal token (`POST /me/tokens`)."},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "mehraufwand",
                    "description": f"A log-in; what changes anything also needs {CSRF_HEADER}.",
                },
            },
        },
    }


def _paths(routes: Iterable[Route]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in sorted(routes, key=lambda route: (route.path, route.method)):
        path = PREFIX + IN_PATH.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return paths


def _operation(route: Route) -> dict[str, Any]:
    told = inspect.getdoc(route.handler) or ""
    summary, _, rest = told.partition("\n")
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": summary,
        "parameters": parameters_of(route),
        "responses": _responses(route),
        "security": [] if route.is_open else _SECURITY,
    }
    if rest.strip():
        operation["description"] = rest.strip()
    if route.right is not None:
        operation["x-right"] = str(route.right)
    if body := _body(route):
        operation["requestBody"] = body
    return operation


def _body(route: Route) -> dict[str, Any] | None:
    shape = dict(route.body_shape) if route.body_shape is not None else None
    if route.reads is not None:
        shape = object_shape(route.reads)
        if isinstance(route.reads, Changes):
            _say_what_stays(shape, route.reads)
        if route.least_keys:
            shape["minProperties"] = route.least_keys
    if shape is None:
        return None
    content: dict[str, Any] = {"schema": shape}
    if route.example is not None:
        content["example"] = route.example
    required = route.reads is None or route.least_keys > 0 or any(not key.endswith("?") for key in route.reads)
    return {"required": required, "content": {"application/json": content}}


def _say_what_stays(shape: dict[str, Any], changes: Changes) -> None:
    """Take null away where a change may not empty."""
    for name, one in shape["properties"].items():
        if name not in changes.may_be_empty and one.get("anyOf", [])[1:] == [{"type": "null"}]:
            shape["properties"][name] = one["anyOf"][0]


def _responses(route: Route) -> dict[str, Any]:
    done: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
    if headers := _headers(route):
        done["headers"] = headers
    if route.gives is not Nothing or "application/json" not in route.media_types:
        schema = {"$ref": _MODELS.format(model=_schema_name(route.gives))}
        done["content"] = {media_type: {"schema": schema} for media_type in route.media_types}
        if route.media_types != ("application/json",):
            done["content"] = {
                media_type: {"schema": schema} if media_type == "application/json" else {}
                for media_type in route.media_types
            }
    refused = {str(status.value): _refusal(route, status) for status in _refusals(route)}
    return {str(int(route.status)): done, **refused}


def _refusal(route: Route, status: HTTPStatus) -> dict[str, Any]:
    """Describe a refusal: one document for all, and what its header says."""
    content = {PROBLEM_JSON: {"schema": {"$ref": _MODELS.format(model="ProblemOut")}}}
    headers = {**_REFUSAL_HEADERS.get(status, {}), **(_REPLAYED if takes_a_key(route) else {})}
    return {"description": status.phrase, **({"headers": headers} if headers else {}), "content": content}


def _headers(route: Route) -> dict[str, Any]:
    """Describe what headers an answer may carry beside those of every answer."""
    found = dict(_REPLAYED) if takes_a_key(route) else {}
    if route.status is HTTPStatus.CREATED:
        found["Location"] = _header("Where what was made is found.")
    if route.path in {other.path for other in all_routes() if other.matches}:
        found["ETag"] = _header("The version that this representation shows, for If-Match.", **ETAG_SHAPE)
    return found


def _refusals(route: Route) -> list[HTTPStatus]:
    """Say with which statuses a route may refuse."""
    found = [HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE]
    if not route.is_open or route.changes:
        found += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    if route.changes:
        found += [HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE]
        found += [HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.INSUFFICIENT_STORAGE]
    if route.matches:
        found += [HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED]
    if route.is_open or (route.half and route.in_steps):  # where secrets are tried
        found.append(HTTPStatus.TOO_MANY_REQUESTS)
    if not route.changes:
        found.append(HTTPStatus.CONFLICT)
    return sorted(found)


def _schema_name(model: type[BaseModel]) -> str:
    """Give the name that pydantic gives a model among the components: `Page[CaseOut]` -> `Page_CaseOut_`."""
    return re.sub(r"[^a-zA-Z0-9.\-_]", "_", model.__name__)


@cache
def text() -> str:
    """Give the description as it is served and kept in the repository."""
    return json.dumps(describe(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
