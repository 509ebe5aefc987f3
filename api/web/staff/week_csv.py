"""A week as a table for spreadsheets: UTF-8 with a byte order mark, semicolons, a row a stretch."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from zoneinfo import ZoneInfo

from billing.services.weeks import Fate, Part, Worked
from billing.texts import name_of, sentence
from billing.timespan import datetime_of
from invoices.activity_csv import guarded
from invoices.format import percent

_COLUMNS = ("date", "from", "to", "minutes", "case", "case_title", "controller", "service", "rate_class")
_MORE = ("surcharge", "outcome", "clause", "reason", "note", "entry")


def week_csv(worked: Sequence[Worked], zone: ZoneInfo, lang: str) -> bytes:
    """Write the stretches of some entries; dates and times are ISO 8601 by the processor's clock."""
    text = StringIO(newline="")
    table = csv.writer(text, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    table.writerow([sentence(f"column.{name}", lang) for name in (*_COLUMNS, *_MORE)])
    for row in _rows(worked, zone, lang):
        table.writerow([guarded(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _rows(worked: Sequence[Worked], zone: ZoneInfo, lang: str) -> Iterator[list[str]]:
    for one in worked:
        for part in one.parts:
            start, end = (datetime_of(at).astimezone(zone) for at in (part.start, part.end))
            times = [f"{start:%Y-%m-%d}", f"{start:%H:%M}", f"{end:%H:%M}", str(part.minutes)]
            about = [one.row.case_ref, one.row.title, one.row.controller, name_of("service", one.row.service, lang)]
            yield [*times, *about, *_decision(part, lang), one.row.note or "", one.row.ref]


def _decision(part: Part, lang: str) -> list[str]:
    why = name_of("reason" if part.fate is Fate.HELD else "verdict", part.code, lang)
    surcharge = percent(part.surcharge, lang) if part.surcharge else ""
    return [name_of("rate_band", part.band, lang), surcharge, sentence(f"fate.{part.fate}", lang), part.clause, why]
