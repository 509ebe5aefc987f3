"""Clockify, detailed report: dates in the user's own format, 12- or 24-hour times, the duration in two columns.

`Duration (decimal)` may contradict start and end (an entry edited by hand); such a row is refused with both values.
"""

from billing.importing.durations import Bare, parse_duration
from billing.importing.formats.clockify_names import without_placeholder
from billing.importing.layout import Cells, Format, tags_of
from billing.importing.rows import Work
from billing.importing.spans import FileClock, TimeCells, read_time


def _read(cells: Cells, clock: FileClock) -> tuple[Work, tuple[str, ...]]:
    durations = (cells.get("duration", ""), cells.get("decimal", ""))
    times = TimeCells(
        day=cells["start_date"],
        start=cells.get("start_time", ""),
        end=cells.get("end_time", ""),
        end_day=cells.get("end_date", "") if cells.get("end_time") else "",
        stated=tuple(parse_duration(text, Bare.HOURS) for text in durations if text),
    )
    time, notices = read_time(times, clock)
    work = Work(
        time=time,
        person=cells.get("person") or cells.get("email", ""),
        client=without_placeholder(cells.get("client", "")),
        project=without_placeholder(cells.get("project", "")),
        task=without_placeholder(cells.get("task", "")),
        tags=tags_of(cells.get("tags", "")),
        note=cells.get("note", ""),
    )
    return work, notices


CLOCKIFY_DETAILED = Format(
    name="clockify-detailed",
    title="Clockify (detailed report)",
    columns={
        "person": ("user",),
        "email": ("email",),
        "client": ("client",),
        "project": ("project",),
        "task": ("task",),
        "note": ("description",),
        "tags": ("tags", "tag"),
        "start_date": ("start date",),
        "start_time": ("start time",),
        "end_date": ("end date",),
        "end_time": ("end time",),
        "duration": ("duration (h)",),
        "decimal": ("duration (decimal)",),
    },
    marks=(frozenset({"start_date", "duration"}), frozenset({"start_date", "decimal"})),
    needs=frozenset({"start_date"}),
    days=("start_date", "end_date"),
    stamps=("start_time", "end_time"),
    read=_read,
)
