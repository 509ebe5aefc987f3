"""Days in forms of the settings: typed as people do, `31.12.`, or picked."""

from collections.abc import Callable
from datetime import date
from typing import Any

from api.web.calls import PageCall
from api.web.times import read_day
from billing.services.moments import local_day


def today_of(call: PageCall) -> date:
    """Give the day by the processor's clock."""
    return local_day(call.act.at, call.zone)


def day_reader(call: PageCall) -> Callable[[Any, str], date]:
    """Give a reader of days as people type them."""
    today = today_of(call)
    return lambda value, path: read_day(value, today, path)
