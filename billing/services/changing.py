"""How changes of master data are read: what is not named stays, null empties what may be empty (RFC 7396)."""

from collections.abc import Iterable, Mapping
from typing import Any

from billing.clause.reading import Reader, read_object, refuse
from billing.errors import InvalidInput


class Changes(dict[str, Reader]):
    """The readers of a change, and the names of what null may empty."""

    def __init__(self, readers: Mapping[str, Reader], may_be_empty: Iterable[str] = ()) -> None:
        """Take readers as `read_object` does."""
        super().__init__(readers)
        self.may_be_empty = frozenset(may_be_empty)


def changes_of(readers: Mapping[str, Reader], *fixed: str, may_be_empty: Iterable[str] = ()) -> Changes:
    """Give the readers of a change: those of a new thing, none of them mandatory, without what never changes."""
    named = {name.removesuffix("?"): reader for name, reader in readers.items()}
    return Changes({f"{name}?": reader for name, reader in named.items() if name not in fixed}, may_be_empty)


def read_changes(raw: Mapping[str, Any], readers: Changes) -> dict[str, Any]:
    """Read what is to change. InvalidInput: nothing named, a wrong value, null for what must have one."""
    changes = read_object(dict(raw), "", readers)
    for name, value in raw.items():
        if value is None:
            if name not in readers.may_be_empty:
                raise refuse("may_not_be_empty", name)
            changes[name] = None
    if not changes:
        raise InvalidInput("nothing_said", path=next(iter(readers)).removesuffix("?"))
    return changes
