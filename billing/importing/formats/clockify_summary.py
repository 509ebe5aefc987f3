"""Clockify, summary report grouped by date: a day and a duration, no clock times and mostly no person.

Every row is incomplete: it is kept, and its clock times are asked for.
"""

from billing.importing.durations import Bare, parse_duration
from billing.importing.formats.clockify_names import without_placeholder
from billing.importing.layout import Cells, Format, tags_of
from billing.importing.rows import Work
from billing.importing.spans import FileClock, TimeCells, read_time


def _read(cells: Cells, clock: FileClock) -> tuple[Work, tuple[str, ...]]:
    durations = (cells.get("duration", ""), cells.get("decimal", ""))
    times = TimeCells(
        day=cells["date"],
        start="",
        end="",
        end_day="",
        stated=tuple(parse_duration(text, Bare.HOURS) for text in durations if text),
    )
    time, notices = read_time(times, clock)
    work = Work(
        time=time,
        person=cells.get("person", ""),
        client=without_placeholder(cells.get("client", "")),
        project=without_placeholder(cells.get("project", "")),
        task=without_placeholder(cells.get("task", "")),
        tags=tags_of(cells.get("tags", "")),
        note=without_placeholder(cells.get("note", "")),
    )
    return work, notices


CLOCKIFY_SUMMARY = Format(
    name="clockify-summary",
    title="Clockify (summary report)",
    columns={
        "date": ("date",),
        "person": ("user",),
        "client": ("client",),
        "project": ("project",),
        "task": ("task",),
        "note": ("description",),
        "tags": ("tags", "tag"),
        "duration": ("time (h)",),
        "decimal": ("time (decimal)",),
    },
    marks=(frozenset({"duration"}), frozenset({"decimal"})),
    needs=frozenset({"date"}),
    days=("date",),
    stamps=(),
    read=_read,
)
