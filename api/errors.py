"""The only place that knows HTTP status codes: every problem becomes problem+json with code, clause and what to do."""

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from http import HTTPStatus
from itertools import islice
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from api.answers import jsonable
from api.logs import log_failure, request_id
from billing.errors import (
    Ambiguous,
    Conflict,
    IncompleteInvoice,
    InvalidInput,
    NotAllowed,
    NotFound,
    Problem,
    Refused,
    TooMany,
    UnreadableInput,
)
from billing.texts import LANGUAGES, problem_sentence, sentence

PROBLEM_JSON = "application/problem+json"
_OWN_LIST = "known"
"""What may be said instead: the product's own words, given whole."""
_LONGEST_VALUE = 200
_RANGE = re.compile(r"([a-z]{1,8})([-_][a-z0-9_-]*)?|[*]", re.IGNORECASE)
_WEIGHT = re.compile(r"q\s*=\s*(0(?:[.][0-9]{0,3})?|1(?:[.]0{0,3})?)", re.IGNORECASE)
_ANY = "*"
_KEPT = 256
_MOST_ITEMS = 50
_DEEPEST = 3

# The first family that fits counts, so that special ones stand before the general ones.
_FAMILIES: tuple[tuple[type[Problem], HTTPStatus], ...] = (
    (UnreadableInput, HTTPStatus.BAD_REQUEST),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Ambiguous, HTTPStatus.MULTIPLE_CHOICES),
    (Refused, HTTPStatus.CONFLICT),
    (Conflict, HTTPStatus.CONFLICT),
    (IncompleteInvoice, HTTPStatus.CONFLICT),
    (TooMany, HTTPStatus.TOO_MANY_REQUESTS),
)
_CODES: Mapping[str, HTTPStatus] = {
    "not_logged_in": HTTPStatus.UNAUTHORIZED,
    "login_failed": HTTPStatus.UNAUTHORIZED,
    "representation_changed": HTTPStatus.PRECONDITION_FAILED,
    "if_match_missing": HTTPStatus.PRECONDITION_REQUIRED,
    "not_json_content": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "content_packed": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "address_unknown": HTTPStatus.NOT_FOUND,
    "method_unknown": HTTPStatus.METHOD_NOT_ALLOWED,
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "disk_full": HTTPStatus.INSUFFICIENT_STORAGE,
    "disk_refuses": HTTPStatus.INSUFFICIENT_STORAGE,
    "internal": HTTPStatus.INTERNAL_SERVER_ERROR,
}
_OF_LITESTAR: Mapping[int, Problem] = {
    HTTPStatus.NOT_FOUND: Problem("address_unknown"),
    HTTPStatus.METHOD_NOT_ALLOWED: Problem("method_unknown"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Problem("body_too_large"),
}
"""What Litestar refuses itself, by its status."""


def status_of(problem: Problem) -> HTTPStatus:
    """Give the HTTP status of a problem; what is in no family is a trouble of ours that may pass (503)."""
    if problem.code in _CODES:
        return _CODES[problem.code]
    families = (status for family, status in _FAMILIES if isinstance(problem, family))
    return next(families, HTTPStatus.SERVICE_UNAVAILABLE)


def problem_document(problem: Problem, lang: str) -> dict[str, Any]:
    """Give a problem as RFC 9457 wants it: `detail` is the whole sentence with what to do, the rest is for programs."""
    status = status_of(problem)
    fields = {name: value for name, value in problem.fields.items() if value is not None}
    shown = json.loads(json.dumps(jsonable(fields), default=str))
    return {
        "type": f"urn:mehraufwand:problem:{problem.code}",
        "title": sentence(f"problem.{status.value}", lang),
        "status": status.value,
        "detail": problem_sentence(problem, lang, over_http=True),
        "code": problem.code,
        **{name: _cut(shown.pop(name)) for name in ("clause", "path") if name in shown},
        "fields": {name: item if name == _OWN_LIST else _cut(item) for name, item in shown.items()},
    }


def _cut(value: Any, depth: int = 0) -> Any:
    """Shorten what was sent to what shows which it was: a whole file is neither sent back nor remembered."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 1] + "…"
    if isinstance(value, list | dict) and depth > _DEEPEST:
        return "…"
    if isinstance(value, list):
        return [_cut(item, depth + 1) for item in value[:_MOST_ITEMS]]
    if isinstance(value, dict):
        return {_cut(key): _cut(item, depth + 1) for key, item in islice(value.items(), _MOST_ITEMS)}
    return value


def problem_response(problem: Problem, lang: str) -> Response[bytes]:
    """Answer with a problem."""
    document = problem_document(problem, lang)
    headers: dict[str, str] = {"Content-Language": lang}
    if isinstance(problem, TooMany):
        headers["Retry-After"] = str(problem.retry_after)
    if document["status"] == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="mehraufwand"'
    # Half a character that was sent (a lone surrogate) is no UTF-8 and must not break the refusal that names it.
    content = json.dumps(document, ensure_ascii=False).encode(errors="replace")
    return Response(content, status_code=document["status"], media_type=PROBLEM_JSON, headers=headers)


def language_of(request: Request[Any, Any, Any]) -> str:
    """Give the language of answers: what Accept-Language wants most of those that we speak (RFC 9110, 12.5.4).

    `*` is any that is not named, and q=0 refuses one. Of what is wanted alike the first is taken; where nothing that we
    speak is wanted, the first of ours that is not refused: German, most often.
    """
    return _wanted_language(request.headers.get("accept-language", ""))


@lru_cache(_KEPT)
def _wanted_language(accepted: str) -> str:
    weights: dict[str, Fraction] = {}
    for part in accepted.split(","):
        name, _, said_of_it = part.partition(";")
        found, weighed = _RANGE.fullmatch(name.strip()), _WEIGHT.fullmatch(said_of_it.strip())
        if found is None:
            continue
        language, weight = (found[1] or _ANY).lower(), Fraction(weighed[1] if weighed else 1)
        if weight or not found[2]:  # who refuses a region's language still reads that of another
            weights[language] = max(weight, weights.get(language, weight))
    said = {one: one if one in weights else _ANY for one in LANGUAGES}
    wanted = [one for one in LANGUAGES if weights.get(said[one])]
    if wanted:
        places = list(weights)
        return max(wanted, key=lambda one: (weights[said[one]], -places.index(said[one])))
    return ([one for one in LANGUAGES if said[one] not in weights] or LANGUAGES)[0]


def problem_of_framework(request: Request[Any, Any, Any], error: HTTPException) -> Problem:
    """Give what Litestar itself refuses as a problem of ours: unknown addresses, methods, too large bodies."""
    usual: Problem = UnreadableInput("request_unreadable", path="request")
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        usual = Problem("internal", request=request_id(request.scope))
    return _OF_LITESTAR.get(error.status_code, usual)


def problem_of_bug(request: Request[Any, Any, Any], error: Exception) -> Problem:
    """Give an own bug as a problem: the log has its place under the id that the person is given."""
    log_failure(request.scope, error)
    return Problem("internal", request=request_id(request.scope))
