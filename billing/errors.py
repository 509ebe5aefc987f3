"""The error families: a code, its fields and, for refusals, the clause. No HTTP, no German.

The sentence a person reads is made at the edge from `billing.texts`: every code has one there in German and in English.
"""

from datetime import tzinfo
from typing import Any, Self


class Problem(Exception):  # noqa: N818 - a family of answers to people, named as such
    """Something a person can do something about; own bugs are assertions instead."""

    zone: tzinfo | None = None
    """By whose clock its sentence tells moments; the edge that knows the reader says it (`by_clock_of`)."""

    def __init__(self, code: str, **fields: Any) -> None:
        """Take the code (snake_case, key of the sentence) and the values its sentence names."""
        super().__init__(code)
        self.code = code
        self.fields = fields

    def by_clock_of(self, zone: tzinfo | None) -> Self:
        """Let the sentence tell moments by this clock."""
        self.zone = zone
        return self

    def __str__(self) -> str:
        """Show the code and fields, for logs and failing tests only."""
        return f"{self.code} {self.fields}"


class InvalidInput(Problem):
    """Input that can't be taken as it is (HTTP 422); `path` and `value` are always among the fields."""

    def __init__(self, code: str, *, path: str, value: Any = None, **fields: Any) -> None:
        """Name what was wrong (`code`), where (`path`, e.g. `entries[3].start`) and the value."""
        super().__init__(code, path=path, value=value, **fields)

    @property
    def path(self) -> str:
        """Where in the input the value stands."""
        return str(self.fields["path"])


class UnreadableInput(InvalidInput):
    """Text that is no JSON or no table at all (HTTP 400)."""


class NotAllowed(Problem):
    """The person may not do this (HTTP 403)."""


class NotFound(Problem):
    """There is no such thing for this tenant (HTTP 404)."""


class Refused(Problem):
    """A rule forbids it (HTTP 409); always with the clause or law that says so."""

    def __init__(self, code: str, *, clause: str, **fields: Any) -> None:
        """Name the rule by its printed clause (`13(5)a`) or law (`§ 14 Abs. 4 UStG`)."""
        super().__init__(code, clause=clause, **fields)


class Conflict(Problem):
    """The state changed meanwhile, or the act was done already (HTTP 409, 412)."""


class Ambiguous(Problem):
    """A name that several things have (HTTP 300): nothing was done, and whoever named it is to say which is meant."""

    def __init__(self, code: str, *, value: str, noun: str, numbers: list[int]) -> None:
        """Take the name, what it names (`case`), and the numbers of those that have it."""
        super().__init__(code, value=value, noun=noun, numbers=numbers)

    @property
    def numbers(self) -> list[int]:
        """The numbers of all that may be meant."""
        return list(self.fields["numbers"])


class TooMany(Problem):
    """Asked for too often (HTTP 429); `retry_after` says in how many seconds it may be tried again."""

    def __init__(self, code: str, *, retry_after: int, **fields: Any) -> None:
        """Name the limit (`code`) and the wait in whole seconds."""
        super().__init__(code, retry_after=retry_after, **fields)

    @property
    def retry_after(self) -> int:
        """Whole seconds until the next try."""
        return int(self.fields["retry_after"])


class IncompleteInvoice(Problem):
    """An invoice that lacks what the law asks for (HTTP 409); `missing` lists all of it at once."""

    def __init__(self, *, missing: list[str], **fields: Any) -> None:
        """Take every missing field, so that the clerk fills them in one go."""
        super().__init__("incomplete_invoice", missing=missing, **fields)


def reason_of(error: OSError | ValueError | OverflowError) -> str:
    """Give what the system said of a file or an address it refused; of another error its own words."""
    return getattr(error, "strerror", None) or str(error)
