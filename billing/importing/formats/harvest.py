"""Harvest, detailed time report: a day and hours with a decimal point or comma, no clock times.

Every row is incomplete: it is kept, and its clock times are asked for. `Hours` counts, not `Hours Rounded`: raw work is
never rounded here.
"""

from billing.importing.durations import Bare, parse_duration
from billing.importing.layout import Cells, Format
from billing.importing.rows import Work
from billing.importing.spans import FileClock, TimeCells, read_time


def _read(cells: Cells, clock: FileClock) -> tuple[Work, tuple[str, ...]]:
    hours = cells["hours"]
    stated = (parse_duration(hours, Bare.HOURS),) if hours else ()
    time, notices = read_time(TimeCells(day=cells["date"], start="", end="", end_day="", stated=stated), clock)
    work = Work(
        time=time,
        person=f"{cells.get('first_name', '')} {cells.get('last_name', '')}".strip(),
        client=cells.get("client", ""),
        project=cells.get("project", ""),
        task=cells.get("task", ""),
        note=cells.get("note", ""),
    )
    return work, notices


HARVEST = Format(
    name="harvest",
    title="Harvest (detailed time report)",
    columns={
        "date": ("date",),
        "client": ("client",),
        "project": ("project",),
        "task": ("task",),
        "note": ("notes",),
        "hours": ("hours",),
        "first_name": ("first name", "employee"),
        "last_name": ("last name",),
    },
    marks=(frozenset({"date", "client", "project", "hours"}),),
    needs=frozenset({"date", "hours"}),
    days=("date",),
    stamps=(),
    read=_read,
)
