"""What of a cost estimate may never change once it was sent, as canonical JSON with its hash (13(5)a)."""

from datetime import UTC, datetime
from typing import Any

from billing.store.canonical import canonical, fingerprint


def estimate_content(
    ref: str,
    version_no: int,
    description: str | None,
    lines: list[dict[str, Any]],
    covers_from: datetime | None = None,
) -> tuple[str, str]:
    """Give the lines as stored, and the SHA-256 of everything the controller is asked to agree to."""
    text = canonical(lines)
    asked: dict[str, Any] = {"estimate": ref, "version": version_no, "description": description, "lines": lines}
    if covers_from is not None:
        asked["covers_from"] = covers_from.astimezone(UTC).isoformat()
    return text, fingerprint(canonical(asked))
