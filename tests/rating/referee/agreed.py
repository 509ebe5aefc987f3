"""What was agreed and what the clock says: terms and their versions, local time, holidays, rate classes."""

import functools
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import holidays

BERLIN = ZoneInfo("Europe/Berlin")
CLASSES = ["travel", "regular", "out_of_hours", "night_weekend"]
DEFAULT: dict[str, Any] = {
    "hourly_rate": "100.00",
    "unit_minutes": 15,
    "factors": {"travel": "0.5", "regular": "1", "out_of_hours": "1.25", "night_weekend": "1.5"},
    "business_hours": {"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "16:00"},
    "night": {"from": "23:00", "to": "06:00"},
    "holiday_calendar": "DE-BW",
    "extra_holidays": [],
    "removed_holidays": [],
    "allowance_minutes": 60,
    "urgent_cap_minutes": 120,
    "vat": "0.19",
    "rounding_scope": "case",
    "rounding_direction": "up",
    "documents_scope": "per_type",
    "audit_free_on": "any",
    "base_services_out_of_hours": "free",
}


# --- Time -------------------------------------------------------------------------------------------------------------


def minute_of(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() // 60)


@functools.cache
def local(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(BERLIN)


def month_of(minute: int) -> str:
    return f"{local(minute):%Y-%m}"


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def shows(window: dict[str, Any], now: int) -> bool:
    """Does the clock face show a time of this window?"""
    since, to = clock(window["from"]), clock(window["to"])
    return since <= now < to if since < to else now >= since or now < to


@functools.cache
def land_holidays(land: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("DE", subdiv=land[3:], years=year, expand=False))


def is_holiday(terms: dict[str, Any], day: date) -> bool:
    if day.isoformat() in terms["removed_holidays"]:
        return False
    return day.isoformat() in terms["extra_holidays"] or day in land_holidays(terms["holiday_calendar"], day.year)


def clock_class(terms: dict[str, Any], minute: int) -> str:
    """Night or weekend, holiday or out of hours, else regular: the first match wins."""
    moment = local(minute)
    now = moment.hour * 60 + moment.minute
    if moment.isoweekday() in {6, 7} or shows(terms["night"], now):
        return "night_weekend"
    hours = terms["business_hours"]
    if is_holiday(terms, moment.date()) or moment.isoweekday() not in hours["days"] or not shows(hours, now):
        return "out_of_hours"
    return "regular"


# --- Terms ------------------------------------------------------------------------------------------------------------


class Agreed:
    """The versions of the terms, and what the clock says under each."""

    def __init__(self, raw: Any) -> None:
        listed = raw if isinstance(raw, list) else [raw if isinstance(raw, dict) else {}]
        self.versions = sorted(
            ({**DEFAULT, **terms} for terms in listed), key=lambda terms: str(terms.get("valid_from", ""))
        )
        self.known: dict[int, tuple[dict[str, Any], str]] = {}

    def at(self, minute: int) -> tuple[dict[str, Any], str]:
        """The terms that hold at a minute, and its class by the clock."""
        if minute not in self.known:
            holding = [terms for terms in self.versions if terms.get("valid_from", "") <= month_of(minute)]
            terms = holding[-1] if holding else self.versions[0]
            self.known[minute] = (terms, clock_class(terms, minute))
        return self.known[minute]


def unit_price(terms: dict[str, Any], rate_class: str) -> Fraction:
    return Fraction(terms["hourly_rate"]) * Fraction(terms["factors"][rate_class]) * Fraction(terms["unit_minutes"], 60)


def half_up(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2))
