"""Work as people say it was done: read, and checked for what can't have been."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from billing.clause.reading import Reader, one_of, read_flag, read_object, refuse
from billing.clause.services import SERVICE_CODES
from billing.services.acting import Act
from billing.services.changing import changes_of
from billing.services.fields import read_line, read_note
from billing.services.moments import read_datetime, require_past
from billing.timespan import instant_of

LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDone:
    """What was done when, `[start, end)` in whole minutes."""

    start: datetime
    end: datetime
    service: str
    document: str | None = None
    travel: bool = False
    onsite: bool = False
    urgent: bool = False
    remedies_processor_defect: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWork:
    """One piece of work of one person on one case."""

    case: str
    person: str
    done: WorkDone
    contract: str | None = None
    ref: str | None = None


WORK_CLASS: dict[str, Reader] = {
    "service": one_of(*SERVICE_CODES),
    "document?": read_line,
    "travel?": read_flag,
    "onsite?": read_flag,
    "urgent?": read_flag,
    "remedies_processor_defect?": read_flag,
}
"""What decides how work is judged; a second person confirms when it changes later (T-09)."""
_DONE: dict[str, Reader] = {"start": read_datetime, "end": read_datetime, **WORK_CLASS, "note?": read_note}
_PLACE: dict[str, Reader] = {"case": read_line, "person": read_line, "contract?": read_line, "ref?": read_line}
WORK: dict[str, Reader] = _PLACE | _DONE
WORK_CHANGES = changes_of(_DONE, may_be_empty=("note",))


def read_work(raw: Mapping[str, Any]) -> NewWork:
    """Read a piece of work out of a JSON object."""
    values = read_object(raw, "", WORK)
    place = {name: values.pop(name) for name in ("case", "person", "contract", "ref") if name in values}
    return NewWork(done=WorkDone(**values), **place)


def check_work(act: Act, done: WorkDone) -> None:
    """Refuse what can't have happened: an end before its start, no time, more than a day, a time still to come."""
    if done.end <= done.start:
        raise refuse("end_before_start" if done.end < done.start else "entry_is_empty", "end", done.end)
    if done.end - done.start > LONGEST:
        raise refuse("work_too_long", "end", done.end)
    require_past(act, done.end, "end")
    require_document(done.service, done.document)


def require_document(service: str, document: str | None) -> None:
    """Refuse the giving of a document that is not named: each is free once a year (13(2)a)."""
    if service == "standard_documents" and document is None:
        raise refuse("document_missing", "document")


def minutes_of(done: WorkDone) -> int:
    """Give how long it took, in minutes of elapsed time."""
    return instant_of(done.end) - instant_of(done.start)
