"""Days in forms, typed as people do: `31.12.`, `gestern`, `mo`."""

from collections.abc import Callable
from datetime import date
from typing import Any

from api.web.calls import PageCall
from api.web.times import read_day
from billing.services.moments import local_day


def today_of(call: PageCall) -> date:
    """Give today by the processor's clock."""
    return local_day(call.act.at, call.zone)


def day_reader(call: PageCall) -> Callable[[Any, str], date]:
    """Give a reader of days as people type them; without its year it is the one next to today."""
    today = today_of(call)
    return lambda text, path: read_day(text, today, path)
