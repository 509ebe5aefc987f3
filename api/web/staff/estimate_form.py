"""The form of a cost estimate: positions of hours at a rate class, each with what it is for, read all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import zip_longest
from typing import Any

from api.web.calls import PageCall
from api.web.forms import Form
from api.web.staff.typed import moment, read_hours, said, texts
from billing.clause.reading import Reader, refuse
from billing.clause.terms import RATE_CLASSES
from billing.errors import Problem
from billing.services.estimates import EstimateRecord
from billing.services.fields import read_line, read_note
from billing.services.moments import local_day

_FEWEST_ROWS, _SPARE_ROWS, _MOST_ROWS = 4, 1, 60
_USUAL_DAYS = timedelta(days=14)
_EVENING = time(18, 0)
_MOMENT = "%d.%m.%Y %H:%M"
_HOUR = 60
CLASS_CODES = ("regular", "out_of_hours", "night_weekend", "travel")
"""The rate classes in the order they are offered: the usual one first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One position as it was typed; `line` is what it says once it can be read, `problem` why it can't."""

    text: str
    rate_class: str
    hours: str
    line: dict[str, Any] | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class EstimateForm:
    """What stands in the form."""

    description: str
    rows: Sequence[Row]
    valid_until: str
    covers_from: str


def form_of(
    call: PageCall, record: EstimateRecord | None = None, *, more: bool = False, begun: datetime | None = None
) -> EstimateForm:
    """Give what was typed; on a fresh page what the estimate says, or for a new one what is usual.

    `begun` is since when work waits for it: without that moment on it, its release would leave that work on hold.
    """
    form = call.form
    if form.typed:
        rows = rows_of(form)
        described, until, since = (form.text(name) for name in ("description", "valid_until", "covers_from"))
    elif record is not None:
        version = record.version
        rows = [Row(line.get("text", ""), line["rate_class"], written_hours(line["minutes"])) for line in record.lines]
        described = version.description or ""
        until, since = (_written(call, at) for at in (version.valid_until, version.covers_from))
    else:
        rows, described, since = [], "", _written(call, begun)
        evening = datetime.combine(local_day(call.act.at, call.zone) + _USUAL_DAYS, _EVENING)
        until = f"{evening:{_MOMENT}}"
    spare = _FEWEST_ROWS if more else _SPARE_ROWS
    count = min(max(len(rows) + spare, _FEWEST_ROWS), _MOST_ROWS)
    empty = Row("", CLASS_CODES[0], "")
    return EstimateForm(described, [*rows, *[empty] * (count - len(rows))], until, since)


def rows_of(form: Form) -> list[Row]:
    """Give the positions that were typed; those left empty are left out."""
    columns = (form.texts(name) for name in ("text", "rate_class", "hours"))
    typed = [row for row in zip_longest(*columns, fillvalue="") if row[0] or row[2]]
    return [_row(row[0], row[1], row[2], number) for number, row in enumerate(typed[:_MOST_ROWS], 1)]


def _row(text: str, rate_class: str, hours: str, number: int) -> Row:
    try:
        if rate_class not in RATE_CLASSES:
            raise refuse("rate_class_not_chosen", f"rate_class-{number}")
        if not hours:
            raise refuse("field_empty", f"hours-{number}")
        minutes = read_hours(hours, f"hours-{number}")
        if minutes == 0:
            raise refuse("hours_not_understood", f"hours-{number}", hours)
        what = {"text": read_line(text, f"text-{number}")} if text else {}
    except Problem as problem:
        return Row(text, rate_class, hours, problem=problem)
    return Row(text, rate_class, hours, {"rate_class": rate_class, "minutes": minutes, **what})


def content_of(call: PageCall) -> dict[str, Any]:
    """Read the form as use cases take it; all that is wrong is kept with the form."""
    readers: dict[str, Reader] = {"description": read_note}
    rows = rows_of(call.form)
    if not rows:
        call.form.note(refuse("position_missing", "hours-1"))
    for row in rows:
        if row.problem is not None:
            call.form.note(row.problem)
    times = said(
        valid_until=moment(call, "valid_until", optional=True),
        covers_from=moment(call, "covers_from", optional=True),
    )
    return texts(call, readers) | {"lines": [row.line for row in rows]} | times


def written_hours(minutes: int) -> str:
    """Write minutes so that `read_hours` reads them back: `4`, `1:30`."""
    hours, rest = divmod(minutes, _HOUR)
    return f"{hours}:{rest:02d}" if rest else str(hours)


def _written(call: PageCall, at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(call.zone):{_MOMENT}}"
