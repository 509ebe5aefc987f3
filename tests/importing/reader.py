"""What the tests of the import share: text or bytes in, rows out, through a real file."""

from pathlib import Path
from zoneinfo import ZoneInfo

from billing.importing import (
    DateOrder,
    ReadOptions,
    RefusedRow,
    Survey,
    UnclockedTime,
    WorkRow,
    open_source,
    read_work,
    survey_file,
)
from billing.texts import sentence
from billing.timespan import Interval, datetime_of

BERLIN = "Europe/Berlin"

OWN = "date;start;end;person;contract;case;service;duration;note"
TOGGL = (
    "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,"
    "Amount (EUR)"
)
CLOCKIFY = (
    '"Project","Client","Description","Task","User","Group","Email","Tags","Billable","Start Date","Start Time",'
    '"End Date","End Time","Duration (h)","Duration (decimal)","Billable Rate (EUR)"'
)
SUMMARY = '"Date","Project","Client","Description","Time (h)","Time (decimal)"'
HARVEST = "Date,Client,Project,Project Code,Task,Notes,Hours,Hours Rounded,Billable?,First Name,Last Name"
KIMAI = "Date;From;To;Duration;Rate;User;Customer;Project;Activity;Description;Exported;Tags"


def survey(folder: Path, content: str | bytes, wanted: str | None = None) -> Survey:
    path = folder / "work.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with open_source(path) as source:
        return survey_file(source, wanted)


def read(
    folder: Path,
    content: str | bytes,
    *,
    time_zone: str | None = BERLIN,
    date_order: DateOrder | None = None,
    wanted: str | None = None,
) -> list[WorkRow | RefusedRow]:
    return list(read_work(survey(folder, content, wanted), ReadOptions(time_zone, date_order)))


def work_row(folder: Path, content: str | bytes, **options) -> WorkRow:
    (row,) = read(folder, content, **options)
    assert isinstance(row, WorkRow), row
    return row


def refusal(folder: Path, content: str | bytes, **options) -> RefusedRow:
    (row,) = read(folder, content, **options)
    assert isinstance(row, RefusedRow), row
    return row


def shown(row: WorkRow) -> str:
    """The time of a row as Berlin's clock shows it, or its day and minutes."""
    if isinstance(row.work.time, UnclockedTime):
        return f"{row.work.time.day} {row.work.time.minutes} min"
    return between(row.work.time)


def between(interval: Interval) -> str:
    start, end = (datetime_of(instant).astimezone(ZoneInfo(BERLIN)) for instant in interval)
    return f"{start:%Y-%m-%d %H:%M%z} - {end:%Y-%m-%d %H:%M%z}"


def said(row: RefusedRow, lang: str = "en") -> str:
    return sentence(f"error.{row.code}", lang, **row.fields)
