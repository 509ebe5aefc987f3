"""Kimai, CSV export: a date, from and to, and the duration in seconds (newer versions: hours with decimals).

Kimai writes no date of the end. An entry over midnight is taken when its duration says so, and refused otherwise.
"""

from billing.importing.durations import Bare, parse_duration
from billing.importing.layout import Cells, Format, tags_of
from billing.importing.rows import Work
from billing.importing.spans import FileClock, TimeCells, read_time


def _read(cells: Cells, clock: FileClock) -> tuple[Work, tuple[str, ...]]:
    duration = cells.get("duration", "")
    times = TimeCells(
        day=cells["date"],
        start=cells["from"],
        end=cells["to"],
        end_day="",
        stated=(parse_duration(duration, Bare.KIMAI),) if duration else (),
    )
    time, notices = read_time(times, clock)
    work = Work(
        time=time,
        person=cells.get("person", ""),
        client=cells.get("client", ""),
        project=cells.get("project", ""),
        task=cells.get("task", ""),
        tags=tags_of(cells.get("tags", "")),
        note=cells.get("note", ""),
    )
    return work, notices


KIMAI = Format(
    name="kimai",
    title="Kimai (CSV export)",
    columns={
        "date": ("date", "datum"),
        "from": ("from", "von"),
        "to": ("to", "bis"),
        "duration": ("duration", "dauer"),
        "person": ("user", "benutzer", "username", "benutzername", "name"),
        "client": ("customer", "kunde"),
        "project": ("project", "projekt"),
        "task": ("activity", "tätigkeit"),
        "note": ("description", "beschreibung"),
        "tags": ("tags", "schlagworte", "schlagwörter"),
    },
    marks=(frozenset({"date", "from", "to", "client"}), frozenset({"date", "from", "to", "task"})),
    needs=frozenset({"date", "from", "to"}),
    days=("date",),
    stamps=("from", "to"),
    read=_read,
)
