"""What of a cost estimate may never change once it was sent, as canonical JSON with its hash (13(5)a)."""

from typing import Any

from billing.store.canonical import canonical, fingerprint


def estimate_content(
    ref: str, version_no: int, description: str | None, lines: list[dict[str, Any]]
) -> tuple[str, str]:
    """Give the lines as stored, and the SHA-256 of everything the controller is shown."""
    text = canonical(lines)
    shown = {"estimate": ref, "version": version_no, "description": description, "lines": lines}
    return text, fingerprint(canonical(shown))
