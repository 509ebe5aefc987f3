"""What a person should know about something that was done all the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to know; its sentence is `notice.<code>`."""

    code: str
    fields: Mapping[str, Any] = field(default_factory=dict)
