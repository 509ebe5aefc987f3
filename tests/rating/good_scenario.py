"""A scenario in which everything is right, and how to spoil it at one place."""

import copy
import json
import re
from typing import Any

GONE = object()
"""Given as a value, it takes the key or item away."""

GOOD: dict[str, Any] = {
    "terms": [
        {"valid_from": "2026-11", "hourly_rate": "120.00"},
        {
            "valid_from": "2026-10",
            "factors": {"travel": "0.5", "regular": "1", "out_of_hours": "1.25", "night_weekend": "1.5"},
            "business_hours": {"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "16:00"},
            "night": {"from": "23:00", "to": "06:00"},
            "extra_holidays": ["2026-10-19"],
            "removed_holidays": ["2026-10-03"],
        },
    ],
    "cases": [
        {
            "id": "C1",
            "kind": "audit",
            "cause": "controller",
            "urgent_notice_at": "2026-10-05T08:00+02:00",
            "onsite_agreed_at": "2026-10-01T08:00+02:00",
            "audit": {"site": "Aichtal", "mode": "onsite", "date": "2026-10-14", "finding": "pending"},
            "updates": [{"at": "2026-10-20T09:00+02:00", "finding": "none"}],
        },
        {
            "id": "C2",
            "kind": "data_subject_request",
            "updates": [{"at": "2026-11-20T09:00+01:00", "cause": "third_party"}],
        },
    ],
    "entries": [
        {
            "id": "E1",
            "case": "C1",
            "service": "audit_support",
            "start": "2026-10-14T09:00+02:00",
            "end": "2026-10-14T12:00+02:00",
            "logged_at": "2026-10-15T09:00+02:00",
            "onsite": True,
        },
        {
            "id": "E2",
            "case": "C2",
            "service": "standard_documents",
            "document": "toms",
            "start": "2026-11-03T10:00+01:00",
            "end": "2026-11-03T10:20+01:00",
        },
    ],
    "estimates": [
        {
            "id": "Q1",
            "case": "C1",
            "lines": [{"rate_class": "regular", "minutes": 240}],
            "approved_at": "2026-10-02T09:00+02:00",
            "covers_from": "2026-10-01T00:00+02:00",
        }
    ],
    "expenses": [
        {"id": "X1", "case": "C1", "kind": "travel", "incurred_on": "2026-10-14", "net": "48.20", "receipt": True},
        {
            "id": "X2",
            "case": "C2",
            "kind": "third_party",
            "incurred_on": "2026-11-05",
            "net": "250.00",
            "approved_at": "2026-11-04T09:00+01:00",
        },
    ],
    "cancellations": [{"id": "S1", "run_month": "2026-10", "at": "2026-11-20T09:00+01:00"}],
    "runs": [
        {"month": "2026-10", "as_of": "2026-11-02T09:00+01:00"},
        {"month": "2026-11", "as_of": "2026-12-01T09:00+01:00"},
    ],
}


def spoiled(changes: dict[str, Any]) -> dict[str, Any]:
    """Give the good scenario with values set (or taken away) at paths such as `entries[1].start`."""
    scenario = copy.deepcopy(GOOD)
    for path, value in changes.items():
        put(scenario, keys_of(path), value)
    return scenario


def keys_of(path: str) -> list[Any]:
    """Split a path into keys and positions."""
    return [int(number) if number else key for key, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path)]


def put(container: Any, keys: list[Any], value: Any) -> None:
    """Set what stands at a path; a position one behind the last adds an item."""
    for key in keys[:-1]:
        container = container[key]
    last = keys[-1]
    if value is GONE:
        del container[last]
    elif isinstance(container, list) and last == len(container):
        container.append(copy.deepcopy(value))
    else:
        container[last] = copy.deepcopy(value)


def as_text(scenario: Any) -> bytes:
    """Write a scenario as a file."""
    return json.dumps(scenario).encode()
