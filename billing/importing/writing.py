"""Rows back into our own CSV: the list of incomplete rows to fill in, and the way out of the product.

What is written reads back as the same work. Times are written with their offset, so the file needs no time zone.
"""

import csv
from collections.abc import Iterable
from datetime import tzinfo
from typing import TextIO

from billing.importing.formats.own import OWN, guarded
from billing.importing.rows import UnclockedTime, Work, WorkRow
from billing.timespan import datetime_of

HEADER = tuple(names[0].replace(" ", "_") for names in OWN.columns.values())


def write_work(rows: Iterable[WorkRow], stream: TextIO, zone: tzinfo, delimiter: str = ";") -> int:
    """Write rows as our own CSV in the clock of `zone`, open the stream with `newline=""`; gives their number.

    An incomplete row is written with its day and minutes and its digest under `completes`: the person fills in start
    and end, and the import knows which row that completes.
    """
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(HEADER)
    count = 0
    for row in rows:
        count += 1
        cells = _cells(row.work, zone)
        if isinstance(row.work.time, UnclockedTime):
            cells["completes"] = row.digest
        writer.writerow([guarded(cells.get(column, "")) for column in OWN.columns])
    return count


def _cells(work: Work, zone: tzinfo) -> dict[str, str]:
    cells = {
        "person": work.person,
        "client": work.client,
        "contract": work.contract,
        "case": work.case,
        "project": work.project,
        "task": work.task,
        "tags": ", ".join(work.tags),
        "service": work.service,
        "document": work.document,
        "travel": _flag(work.travel),
        "onsite": _flag(work.onsite),
        "urgent": _flag(work.urgent),
        "remedies_processor_defect": _flag(work.remedies_processor_defect),
        "note": work.note,
        "completes": work.completes,
    }
    match work.time:
        case UnclockedTime(day, minutes):
            return cells | {"date": day.isoformat(), "duration": f"{minutes} min"}
        case interval:
            start, end = (datetime_of(instant).astimezone(zone) for instant in interval)
            return cells | {"start": start.isoformat(timespec="minutes"), "end": end.isoformat(timespec="minutes")}


def _flag(value: bool | None) -> str:  # noqa: FBT001 - a fact of the row, not a switch
    return {True: "yes", False: "no", None: ""}[value]
