"""Two people who edit the same thing: the one who is later is told, with what he typed kept, before he overwrites."""

from hashlib import sha256
from typing import Any

from api.web.calls import PageCall
from billing.errors import Conflict

FIELD = "seen"
"""The hidden field of a form that says what stood there when it was opened."""
_DIGITS = 32


def seen(*what: Any) -> str:
    """Name a state of what a form shows."""
    return sha256(repr(what).encode()).hexdigest()[:_DIGITS]


def require_unchanged(call: PageCall, now: str) -> None:
    """Refuse a form that was opened before somebody else changed what it is about: Conflict `changed_meanwhile`.

    The page then shows the form as it was typed, under the new state: whoever sends it again means to overwrite.
    """
    opened = call.form.text(FIELD)
    if opened and opened != now:
        raise Conflict("changed_meanwhile")
