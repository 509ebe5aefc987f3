"""Toggl Track, detailed report: clock times with dates of both ends, durations as `01:12:12` or `18:25 min`."""

from billing.importing.durations import Bare, parse_duration
from billing.importing.layout import Cells, Format, tags_of
from billing.importing.rows import Work
from billing.importing.spans import FileClock, TimeCells, read_time


def _read(cells: Cells, clock: FileClock) -> tuple[Work, tuple[str, ...]]:
    duration = cells.get("duration", "")
    times = TimeCells(
        day=cells["start_date"],
        start=cells["start_time"],
        end=cells["end_time"],
        end_day=cells.get("end_date", ""),
        stated=(parse_duration(duration, Bare.REFUSED),) if duration else (),
    )
    time, notices = read_time(times, clock)
    work = Work(
        time=time,
        person=cells.get("person") or cells.get("email", ""),
        client=cells.get("client", ""),
        project=cells.get("project", ""),
        task=cells.get("task", ""),
        tags=tags_of(cells.get("tags", "")),
        note=cells.get("note", ""),
    )
    return work, notices


TOGGL = Format(
    name="toggl",
    title="Toggl Track (detailed report)",
    columns={
        "person": ("user", "member"),
        "email": ("email",),
        "client": ("client",),
        "project": ("project",),
        "task": ("task",),
        "note": ("description",),
        "tags": ("tags",),
        "start_date": ("start date",),
        "start_time": ("start time",),
        "end_date": ("end date", "stop date"),
        "end_time": ("end time", "stop time"),
        "duration": ("duration",),
    },
    marks=(frozenset({"start_date", "start_time", "end_time", "duration"}),),
    needs=frozenset({"start_date", "start_time", "end_time"}),
    days=("start_date", "end_date"),
    stamps=("start_time", "end_time"),
    read=_read,
)
