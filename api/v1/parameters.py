"""What the interface description says of a route's parameters: how each is read, what it means, and an example."""

import re
from collections.abc import Mapping
from typing import Any

from api.v1.calls import IF_MATCH_SHAPE, LARGEST_ID
from api.v1.invoices import read_file_kind
from api.v1.routing import Route
from billing.clause.reading import Reader, read_month, shape_of

IN_PATH = re.compile(r"\{(\w+):(\w+)\}")
_KINDS: Mapping[str, Mapping[str, Any]] = {
    "int": {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
    "str": {"type": "string", "minLength": 1, "maxLength": 200},
}
_READ: Mapping[str, Reader] = {"month": read_month, "kind": read_file_kind}
"""Those of a path that a reader takes."""
_TOLD: Mapping[str, str] = {
    "action": "Only what was done so.",
    "actor": "Only what was done by this one, as rows name it.",
    "as_of": "The day that is asked about; today if not said.",
    "case": "Only what belongs to the case of this reference.",
    "code": "A deadline's code, as the deadlines of a case give it (`D-01`).",
    "contract": "Only what belongs to the contract of this reference.",
    "controller": "Only what belongs to the controller of this reference.",
    "costs": "Whether the letter asks for interest and flat fee.",
    "cursor": "`next_cursor` of the page before; from the beginning if not said.",
    "expect": "A `head` of the audit log that was given earlier, `284:3f2a...`; not proved if not said.",
    "format": "`json`, or `csv` as a file to save.",
    "from": "Only from then on.",
    "is_open": "Only open ones, or only those that are not.",
    "kind": "Only those of this kind.",
    "level": "Which reminder: 1 is the first.",
    "limit": "Most items of a page; 50 if not said.",
    "month": "A calendar month by the processor's clock.",
    "person": "Only what belongs to the member of staff of this reference.",
    "reason": "Only what waits for this reason.",
    "start": "When the event of the deadlines happens.",
    "state": "Only those that stand so.",
    "subject": "Only what is about this thing, as rows name it.",
    "to": "Only what is before.",
    "token": "The secret of a mailed link: what stands behind its last slash.",
    "within_hours": "Hours from now; 48 if not said.",
}
_PATH_TOLD: Mapping[str, str] = {"kind": "Which file of the document."}
_KEY_TOLD = "A name of your choice for this request, such as a new UUID: sent again under it, it is done once."
_MATCH_TOLD = 'The `ETag` of what was read, in its quotes; or `*`, "whatever it is now".'
_EXAMPLES: Mapping[str, Any] = {"month": "2026-10", "limit": 50, "level": 1}


def parameters_of(route: Route) -> list[dict[str, Any]]:
    """Describe all parameters of a route."""
    found = [_in_path(name, kind) for name, kind in IN_PATH.findall(route.path)]
    found += [_in_query(key.removesuffix("?"), reader, route.query) for key, reader in route.query.items()]
    if takes_a_key(route):
        shape = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"}
        found.append(_parameter("Idempotency-Key", "header", shape, _KEY_TOLD))
    if route.matches:
        match = _parameter("If-Match", "header", IF_MATCH_SHAPE, _MATCH_TOLD, required=True)
        found.append({**match, "example": "*"})
    return found


def takes_a_key(route: Route) -> bool:
    """Tell whether a route takes an Idempotency-Key."""
    return route.method == "POST" and (route.keyed or not route.is_open)


def _in_path(name: str, kind: str) -> dict[str, Any]:
    shape = shape_of(_READ[name]) if name in _READ else _KINDS[kind]
    noun = name.removesuffix("_id").replace("_", " ")
    told = f"The {noun}'s number, as lists give it." if name.endswith("_id") else _PATH_TOLD.get(name) or _TOLD[name]
    return _parameter(name, "path", shape, told, required=True)


def _in_query(name: str, reader: Reader, query: Mapping[str, Reader]) -> dict[str, Any]:
    return _parameter(name, "query", shape_of(reader), _TOLD[name], required=name in query)


def _parameter(name: str, place: str, shape: Mapping[str, Any], told: str, *, required: bool = False) -> dict[str, Any]:
    said = {"name": name, "in": place, "required": required, "description": told, "schema": dict(shape)}
    return said | ({"example": _EXAMPLES[name]} if name in _EXAMPLES else {})
