"""What of a cost estimate may never change once it was sent, as canonical JSON with its hash (13(5)a).

A line says a class, its minutes, and what for (`text`), which is free text: it is sealed apart from the numbers.
"""

import json
from datetime import UTC, datetime
from typing import Any

from billing.canonical import canonical, fingerprint
from billing.store.tables import EstimateVersion


def estimate_content(
    ref: str,
    version_no: int,
    description: str | None,
    lines: list[dict[str, Any]],
    covers_from: datetime | None = None,
) -> tuple[str, str]:
    """Give the lines as stored, and the SHA-256 of everything the controller is asked to agree to."""
    asked: dict[str, Any] = {"estimate": ref, "version": version_no, "description": description, "lines": lines}
    if covers_from is not None:
        asked["covers_from"] = covers_from.astimezone(UTC).isoformat()
    return canonical(without_texts(lines)), fingerprint(canonical(asked))


def without_texts(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the numbers of lines alone: what may be stored in the open, and be logged."""
    return [{name: value for name, value in line.items() if name != "text"} for line in lines]


def positions_of(lines: list[dict[str, Any]]) -> str | None:
    """Give the texts of lines in their order as JSON, to be sealed; None when no line has one."""
    texts = [line.get("text") for line in lines]
    return canonical(texts) if any(texts) else None


def planned_minutes(listed: Any) -> int:
    """Give all minutes of a version, or of a row that lists one: what only the lines in the open tell."""
    return sum(line["minutes"] for line in json.loads(listed.lines))


def lines_of(version: EstimateVersion) -> list[dict[str, Any]]:
    """Give the lines of a version, each with its text if it has one; ValueError when they are no JSON any more."""
    lines: list[dict[str, Any]] = json.loads(version.lines)
    texts = [None] * len(lines) if version.positions is None else json.loads(version.positions)
    return [line if text is None else {**line, "text": text} for line, text in zip(lines, texts, strict=True)]
