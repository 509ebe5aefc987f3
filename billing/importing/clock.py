"""Clock times to instants: 24- and 12-hour times, stamps with an offset, local times in the file's time zone.

A local time that does not exist or exists twice (clock changes) is refused, never guessed (settlement 1.1). All of it
is stdlib arithmetic in UTC: the zone is asked for its offset only.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from billing.errors import InvalidInput
from billing.importing.date_order import DateOrder, parse_date
from billing.importing.rows import RowError

SECONDS_PER_DAY = 86_400
_NOON = 12
_BLANK = "[ \u00a0\u202f]"  # ICU writes a narrow blank before AM and PM
_HALF = rf"(?:{_BLANK}?([ap])\.?m\.?)?"
_TIME = re.compile(rf"([0-9]{{1,2}}):([0-9]{{2}})(?::([0-9]{{2}})(?:[.,][0-9]{{1,9}})?)?{_HALF}", re.IGNORECASE)
_STAMP = re.compile(
    rf"(?P<day>[0-9]{{1,4}}[./-][0-9]{{1,2}}[./-][0-9]{{1,4}})(?:T|{_BLANK}{{1,2}})"
    rf"(?P<time>[0-9]{{1,2}}:[0-9:.,]{{2,20}}{_HALF}){_BLANK}?(?P<offset>Z|[+-][0-9]{{2}}:[0-9]{{2}})?",
    re.IGNORECASE,
)
_LATEST_OFFSET = timedelta(hours=14)  # the date line; no zone is further from UTC


@dataclass(frozen=True, slots=True)
class Written:
    """A moment as it is written: the day, the seconds since its midnight (86,400 for 24:00), and the offset, if any."""

    day: date
    seconds: int
    offset: timedelta | None

    @property
    def clock(self) -> datetime:
        """What the clock on the wall showed, without saying where."""
        return datetime.combine(self.day, time()) + timedelta(seconds=self.seconds)

    def next_day(self) -> "Written":
        """Give the same clock time a day later."""
        return Written(self.day + timedelta(days=1), self.seconds, self.offset)


def has_day(text: str) -> bool:
    """Tell whether a cell is a full stamp, with its own day."""
    return _STAMP.fullmatch(text) is not None


def has_offset(text: str) -> bool:
    """Tell whether a cell is a full stamp that needs no time zone."""
    match = _STAMP.fullmatch(text)
    return match is not None and match["offset"] is not None


def day_part(text: str) -> str:
    """Give the date as written inside a full stamp; "" for a bare time."""
    match = _STAMP.fullmatch(text)
    return match["day"] if match else ""


def read_moment(text: str, day: date | None, order: DateOrder | None) -> Written:
    """Read a cell that holds a clock time (on `day`) or a full stamp (whose day must then be `day`, if given)."""
    match = _STAMP.fullmatch(text)
    if match is None:
        if day is None:
            raise RowError("row_day_missing", value=text)
        return Written(day, parse_time(text), None)
    stamped = parse_date(match["day"], order)
    if day is not None and day != stamped:
        raise RowError("row_day_contradicts", value=text, day=day)
    return Written(stamped, parse_time(match["time"]), _offset(match["offset"], text))


def parse_time(text: str) -> int:
    """Read `14:05`, `14:05:30`, `2:05 PM` or `24:00` as seconds since midnight, fractions of a second cut."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise RowError("row_time_invalid", value=text)
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        hour = _of_twelve(hour, match[4].lower() == "p", text)
    seconds = hour * 3600 + minute * 60 + second
    if minute >= 60 or second >= 60 or seconds > SECONDS_PER_DAY:  # noqa: PLR2004 - minutes and seconds of a clock
        raise RowError("row_time_invalid", value=text)
    return seconds


def _of_twelve(hour: int, afternoon: bool, text: str) -> int:  # noqa: FBT001 - half of the day, not a switch
    if not 1 <= hour <= _NOON:
        raise RowError("row_time_invalid", value=text)
    return hour % _NOON + (_NOON if afternoon else 0)


def _offset(written: str | None, text: str) -> timedelta | None:
    if written is None:
        return None
    if written in "Zz":
        return timedelta()
    hours, minutes = int(written[1:3]), int(written[4:6])
    offset = timedelta(hours=hours, minutes=minutes)
    if minutes >= 60 or offset > _LATEST_OFFSET:  # noqa: PLR2004 - minutes of an hour
        raise RowError("row_time_invalid", value=text)
    return -offset if written[0] == "-" else offset


def to_utc(moment: Written, zone: ZoneInfo | None) -> datetime:
    """Give the aware UTC moment; RowError for a local time that the zone's clocks skipped or showed twice."""
    clock = moment.clock
    if moment.offset is not None:
        return clock.replace(tzinfo=timezone(moment.offset)).astimezone(UTC)
    assert zone is not None, "a file with local times is never read without its time zone"  # noqa: S101 - own bug
    earlier, later = (clock.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    assert earlier is not None  # noqa: S101 - a ZoneInfo always knows
    assert later is not None  # noqa: S101 - as above
    if earlier == later:
        return (clock - earlier).replace(tzinfo=UTC)
    code = "row_time_twice" if earlier > later else "row_time_skipped"
    raise RowError(code, value=f"{clock:%Y-%m-%d %H:%M}", zone=zone.key)


def zone_named(name: str, path: str) -> ZoneInfo:
    """Give the time zone of an IANA name (`Europe/Berlin`); InvalidInput for any other text."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput("import_time_zone_unknown", path=path, value=name) from None
