"""The clock of Berlin and the holidays of a Land, as the counting of deadlines takes them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from billing.deadlines.counting import Calendar
from billing.public_holidays import public_holidays
from billing.timespan import Instant, datetime_of, instant_of

BERLIN = ZoneInfo("Europe/Berlin")


def calendar_of(land: str = "DE-BW") -> Calendar:
    return Calendar(BERLIN, lambda day: day in public_holidays(land, day.year))


def moment(local: str) -> Instant:
    return instant_of(datetime.fromisoformat(local).replace(tzinfo=BERLIN))


def shown(instant: Instant) -> str:
    return f"{datetime_of(instant).astimezone(BERLIN):%Y-%m-%d %H:%M}"
