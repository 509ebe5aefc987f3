"""Moments as people write them: with an offset, or by the processor's clock; never guessed (settlement 1.1)."""

import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.clause.reading import read_moment, refuse, shaped
from billing.errors import InvalidInput
from billing.services.acting import Act
from billing.services.contract_history import zone_at
from billing.store.queries.parties import processor_zones
from billing.store.session import TenantSession
from billing.timespan import datetime_of, instant_of

_LOCAL = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(?::[0-9]{2})?")


def processor_zone(session: TenantSession) -> ZoneInfo:
    """Give the processor's clock: local times and dates are read by it."""
    return zone_at(processor_zones(session, session.processor_id)(), None)


def local_moment(text: str, zone: ZoneInfo, path: str) -> str:
    """Give a moment as RFC 3339 with its offset; a text that has one is left as it is.

    `2026-10-05 14:00` is a time by the processor's clock. InvalidInput for one that the clocks skipped or showed twice.
    """
    match = _LOCAL.fullmatch(text.strip())
    if match is None:
        return text.strip()
    try:
        clock = datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        raise refuse("not_a_moment", path, text) from None
    earlier, later = clock.replace(tzinfo=zone, fold=0), clock.replace(tzinfo=zone, fold=1)
    before, after = earlier.utcoffset(), later.utcoffset()
    assert before is not None  # noqa: S101 - a zone always has an offset
    assert after is not None  # noqa: S101 - as above
    if before > after:
        raise refuse("local_time_twice", path, text, zone=zone.key, first=earlier.isoformat(), second=later.isoformat())
    if before < after:
        raise refuse("local_time_skipped", path, text, zone=zone.key)
    return earlier.isoformat()


def require_past(act: Act, moment: datetime, path: str) -> None:
    """Refuse a moment that is still to come: facts are recorded once they happened."""
    if instant_of(moment) > instant_of(act.at):
        raise InvalidInput("moment_in_future", path=path, value=moment)


@shaped(type="string", format="date-time")
def read_datetime(value: Any, path: str) -> datetime:
    """Take an RFC 3339 moment, cut to its minute, as a moment in UTC."""
    return datetime_of(read_moment(value, path))


@shaped(type="string", format="date-time")
def read_end(value: Any, path: str) -> datetime:
    """Take the RFC 3339 moment at which something ends as it was said, not cut to its minute: it is granted so long."""
    read_moment(value, path)
    return datetime.fromisoformat(value.upper()).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Give the date on the processor's calendar."""
    return moment.astimezone(zone).date()
