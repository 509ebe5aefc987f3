"""Our own CSV (`mehraufwand.csv`, documented in docs/import.md): says everything an entry needs, in German or English.

The only format that can carry offsets, our own refs and codes, and the facts of an entry (travel, on site, urgent,
remedies a defect). It is also what `billing.importing.writing` writes.
"""

import re

from billing.clause.services import SERVICE_CODES
from billing.importing.durations import Bare, parse_duration
from billing.importing.layout import Cells, Format, tags_of
from billing.importing.rows import RowError, Work
from billing.importing.spans import FileClock, TimeCells, read_time

_YES = frozenset({"yes", "y", "true", "1", "x", "ja", "j", "wahr"})
_NO = frozenset({"no", "n", "false", "0", "nein", "falsch"})
_DIGEST = re.compile("[0-9a-f]{64}")
_GUARDED = "'=+-@\t\r\n"


def _read(cells: Cells, clock: FileClock) -> tuple[Work, tuple[str, ...]]:
    cells = {column: unguarded(cell) for column, cell in cells.items()}
    duration = cells.get("duration", "")
    times = TimeCells(
        day=cells.get("date", ""),
        start=cells.get("start", ""),
        end=cells.get("end", ""),
        end_day=cells.get("end_date", ""),
        stated=(parse_duration(duration, Bare.REFUSED),) if duration else (),
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
        contract=cells.get("contract", ""),
        case=cells.get("case", ""),
        service=_service(cells.get("service", "")),
        document=cells.get("document", ""),
        travel=_flag(cells, "travel"),
        onsite=_flag(cells, "onsite"),
        urgent=_flag(cells, "urgent"),
        remedies_processor_defect=_flag(cells, "remedies_processor_defect"),
        completes=_completes(cells.get("completes", "")),
    )
    return work, notices


def guarded(text: str) -> str:
    """Write a text so that no spreadsheet takes it for a formula: an apostrophe in front, which `unguarded` removes."""
    return "'" + text if text.startswith(tuple(_GUARDED)) else text


def unguarded(cell: str) -> str:
    """Give the text that `guarded` wrote."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in tuple(_GUARDED) else cell


def _flag(cells: Cells, column: str) -> bool | None:
    text = cells.get(column, "").casefold()
    if not text:
        return None
    if text not in _YES | _NO:
        raise RowError("row_flag_invalid", column=column, value=cells[column])
    return text in _YES


def _service(code: str) -> str:
    if code and code not in SERVICE_CODES:
        raise RowError("row_service_unknown", value=code)
    return code


def _completes(digest: str) -> str:
    if digest and not _DIGEST.fullmatch(digest):
        raise RowError("row_completes_invalid", value=digest)
    return digest


_WORK = ("person", "client", "contract", "case", "service")

OWN = Format(
    name="own",
    title="Mehraufwand (own CSV)",
    columns={
        "date": ("date", "datum"),
        "start": ("start", "beginn"),
        "end": ("end", "ende"),
        "end_date": ("end date", "enddatum"),
        "duration": ("duration", "dauer"),
        "person": ("person",),
        "client": ("client", "auftraggeber"),
        "contract": ("contract", "vertrag"),
        "case": ("case", "vorgang"),
        "project": ("project", "projekt"),
        "task": ("task", "aufgabe"),
        "tags": ("tags", "schlagworte"),
        "service": ("service", "tätigkeitsart"),
        "document": ("document", "dokument"),
        "travel": ("travel", "reise"),
        "onsite": ("onsite", "vor ort"),
        "urgent": ("urgent", "eilfall"),
        "remedies_processor_defect": ("remedies processor defect", "eigener mangel"),
        "note": ("note", "notiz"),
        "completes": ("completes", "ergänzt"),
    },
    marks=(
        *(frozenset({"start", "end", column}) for column in _WORK),
        *(frozenset({"date", "duration", column}) for column in ("contract", "case", "service", "completes")),
    ),
    needs=frozenset(),
    days=("date", "end_date"),
    stamps=("start", "end"),
    read=_read,
)
