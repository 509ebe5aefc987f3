"""Secrets out of the environment, or out of the files it names: a file is not listed with a container or a service."""

from collections.abc import Mapping
from pathlib import Path

from billing.errors import InvalidInput, Problem

ENDING = "_FILE"


def secret(name: str, environment: Mapping[str, str]) -> str | None:
    """Give the value of a variable, or the content of the file that the variable `<name>_FILE` names; None for neither.

    Problem `secret_file_unreadable`; InvalidInput `secret_said_twice` when both are set.
    """
    value, file = environment.get(name) or None, environment.get(name + ENDING) or None
    if file is None:
        return value
    if value is not None:
        raise InvalidInput("secret_said_twice", path=name, value=None)
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Problem("secret_file_unreadable", path=name + ENDING, file=file, reason=reason) from None
    if not text:
        raise Problem("secret_file_unreadable", path=name + ENDING, file=file, reason="0 bytes")
    return text


def refuse_readable_by_others(path: Path) -> None:
    """Refuse a file of keys that others than its owner can read: Problem `keys_readable_by_others`."""
    if path.stat().st_mode & 0o077:
        raise Problem("keys_readable_by_others", path=str(path))
