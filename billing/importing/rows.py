"""What a file of logged work becomes: rows that can be taken, and rows that can't with the reason.

A row is content (`Work`) at a place (`line`) with an identity (`digest`). Nothing here knows a database, a contract or
a price: which client is which controller is the business of `billing.importing.mapping`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, TypeAlias

from billing.timespan import Interval


class UnclockedTime(NamedTuple):
    """Work of which only the day and the whole minutes are known: kept and asked for, never rated.

    Without clock times nobody knows the rate class, and a surcharge is never guessed.
    """

    day: date
    minutes: int


WorkTime: TypeAlias = Interval | UnclockedTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one row says, cleaned but not interpreted: names as in the file, "" and None for what it doesn't say.

    `contract`, `case`, `service` and `document` are our own refs and codes and only stand in our own CSV; every other
    file has `client`, `project`, `task` and `tags`, which the mapping turns into them. `completes` is the digest of
    the incomplete row whose clock times this row brings.
    """

    time: WorkTime
    person: str = ""
    client: str = ""
    project: str = ""
    task: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    contract: str = ""
    case: str = ""
    service: str = ""
    document: str = ""
    travel: bool | None = None
    onsite: bool | None = None
    urgent: bool | None = None
    remedies_processor_defect: bool | None = None
    completes: str = ""


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A row that was understood.

    `line` is the physical line of the file on which it starts, counted from 1. `notices` are codes of what was changed
    on the way in (`seconds_cut`, `duration_rounded`, `over_midnight`). `digest` is the SHA-256 of the content, see
    `billing.importing.digests`.
    """

    line: int
    work: Work
    notices: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that can't be taken: `code` and `fields` make its sentence (`error.<code>` of the catalogues).

    `last_line` differs from `line` when the row spans several physical lines (a quoted line break, an open quote).
    """

    line: int
    last_line: int
    code: str
    fields: Mapping[str, Any]


class RowError(Exception):
    """One row can't be taken; caught by the reader and turned into a `RefusedRow`, never seen outside the package."""

    def __init__(self, code: str, **fields: Any) -> None:
        """Take the code (`row_...`) and the values its sentence names."""
        super().__init__(code)
        self.code = code
        self.fields = fields
