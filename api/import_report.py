"""The report of an import, row by row while it runs: a line for people, or one JSON document; never held in memory."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from api.answers import Listing, jsonable, notice_sentence
from api.console import err, language, out
from billing.importing import Status, Survey, UnclockedTime, WorkRow
from billing.services.importing import PlacedRow
from billing.services.notices import Notice
from billing.texts import sentence
from billing.timespan import datetime_of

_NEEDS_SOMEBODY = (Status.REFUSED, Status.NEEDS_MAPPING)
_WIDEST_STATUS = 16


class ImportReport:
    """Counts rows and shows each as it comes by."""

    def __init__(self, survey: Survey, zone: ZoneInfo, *, json: bool, only_problems: bool, applied: bool) -> None:
        """Begin the report of a file, by the clock of `zone`; `applied` says that its rows are being stored."""
        self._survey, self._zone, self._json, self._applied = survey, zone, json, applied
        self._only_problems = only_problems
        self._counts: Counter[Status] = Counter()
        self._notices: Counter[str] = Counter()
        self._shown = 0
        if json:
            sys.stdout.write('{"rows": [')

    @property
    def needs_somebody(self) -> bool:
        """Whether a row was refused or waits for an answer."""
        return any(self._counts[status] for status in _NEEDS_SOMEBODY)

    def show(self, row: PlacedRow) -> None:
        """Take the next row."""
        self._counts[row.status] += 1
        if isinstance(row.row, WorkRow):
            self._notices.update(row.row.notices)
        if self._only_problems and row.status not in _NEEDS_SOMEBODY:
            return
        if self._json:
            sys.stdout.write(("," if self._shown else "") + "\n" + json.dumps(_as_json(row), ensure_ascii=False))
        else:
            sys.stdout.write(_as_line(row, self._zone) + "\n")
        self._shown += 1

    def finish(self, overruns: Sequence[Notice] = ()) -> None:
        """Write the sums, what was changed on the way in, which effort is used up by it, and what to do next."""
        lang = language()
        told = [{"code": one.code, "sentence": notice_sentence(one, lang, self._zone)} for one in overruns]
        counts = {str(status): self._counts[status] for status in Status}
        notices = {**dict.fromkeys(self._survey.notices, 1), **self._notices}
        if self._json:
            rest = {"counts": counts, "notices": notices, "applied": self._applied, "overruns": told}
            sys.stdout.write(f"\n], {json.dumps(rest, ensure_ascii=False)[1:]}\n")
            sys.stdout.flush()
            return
        sys.stdout.flush()
        rows = [
            {"state": sentence(f"import_status.{name}", lang), "rows": count} for name, count in counts.items() if count
        ]
        out().print()
        Listing("counts", rows, "state rows").print(json=False, zone=None)
        for code, count in notices.items():
            words = sentence(f"import_notice.{code}", lang)
            err().print(f"! {words} ({count}x)", style="yellow", markup=False, highlight=False, soft_wrap=True)
        for overrun in told:
            err().print(f"! {overrun['sentence']}", style="yellow", markup=False, highlight=False, soft_wrap=True)
        for code in self._next_steps():
            out().print(sentence(f"import_report.{code}", lang), markup=False, highlight=False, soft_wrap=True)

    def _next_steps(self) -> list[str]:
        steps = []
        if self._counts[Status.NEEDS_MAPPING]:
            steps.append("next_mapping")
        if self._counts[Status.REFUSED]:
            steps.append("next_refused")
        if self._applied and self._counts[Status.INCOMPLETE]:
            steps.append("next_incomplete")
        if not self._applied and (self._counts[Status.NEW] or self._counts[Status.INCOMPLETE]):
            steps.append("next_apply")
        return steps


def _as_line(row: PlacedRow, zone: ZoneInfo) -> str:
    lang = language()
    status = sentence(f"import_status.{row.status}", lang)
    told = sentence(f"error.{row.code}", lang, **row.fields) if row.code else _place(row, lang)
    return f"{row.row.line:>6}  {status:<{_WIDEST_STATUS}}  {_when(row, zone)}{told}"


def _when(row: PlacedRow, zone: ZoneInfo) -> str:
    if not isinstance(row.row, WorkRow):
        return ""
    match row.row.work.time:
        case UnclockedTime(day, minutes):
            return f"{day.isoformat()} {minutes} min  "
        case interval:
            start, end = (datetime_of(instant).astimezone(zone) for instant in interval)
            return f"{start:%Y-%m-%d %H:%M}-{end:%H:%M}  "


def _place(row: PlacedRow, lang: str) -> str:
    """Say where the work goes, or which names nobody has explained yet."""
    target = row.target
    if target is None or not isinstance(row.row, WorkRow):
        return ""
    known = " ".join(part for part in (target.person, target.contract, target.case, target.service) if part)
    work = row.row.work
    names = {
        "person": work.person,
        "client": work.client,
        "case": f"{work.client} / {work.project}",
        "service": " / ".join((work.project, work.task, *work.tags)),
    }
    asked = [sentence(f"import_report.asks_{kind}", lang, value=names[kind]) for kind in target.unknown]
    return "; ".join(part for part in (known, *asked) if part)


def _as_json(row: PlacedRow) -> dict[str, Any]:
    found: dict[str, Any] = {"line": row.row.line, "status": str(row.status)}
    if row.code:
        told = sentence(f"error.{row.code}", language(), **row.fields)
        found |= {"code": row.code, "sentence": told}
    if isinstance(row.row, WorkRow):
        time = row.row.work.time
        found["digest"] = row.row.digest
        if isinstance(time, UnclockedTime):
            found |= {"date": time.day.isoformat(), "minutes": time.minutes}
        else:
            found |= {"start": jsonable(datetime_of(time.start)), "end": jsonable(datetime_of(time.end))}
    if row.target is not None:
        target = row.target
        found |= {"person": target.person, "contract": target.contract, "case": target.case, "service": target.service}
    return found
