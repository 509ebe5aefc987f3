"""Random terms: single changes or versions over time, of every term that a settlement asks."""

from datetime import date, timedelta
from random import Random
from typing import Any

_LAENDER = ["BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"]
_HOLIDAYS = {date(2026, 10, 3), date(2026, 12, 25), date(2026, 4, 3), date(2026, 6, 4), date(2027, 1, 1)}
_FIXED = ["unit_minutes", "rounding_scope", "rounding_direction", "vat"]
_FREE = [
    *("hourly_rate", "factors", "business_hours", "night", "holiday_calendar", "extra_holidays"),
    *("removed_holidays", "allowance_minutes", "urgent_cap_minutes", "documents_scope", "audit_free_on"),
    "base_services_out_of_hours",
]
_CHOICES: dict[str, list[Any]] = {
    "unit_minutes": [1, 5, 6, 10, 12, 20, 30, 60],
    "rounding_scope": ["case_month", "entry"],
    "rounding_direction": ["nearest"],
    "vat": ["0", "0.07", "0.16", "0.1925"],
    "hourly_rate": ["83.33", "120.00", "0.01", "99.99", "132.50", "80", None],
    "allowance_minutes": [0, 1, 10, 45, 95, 600],
    "urgent_cap_minutes": [0, 1, 45, 90, 200],
    "documents_scope": ["once"],
    "audit_free_on": ["material"],
    "base_services_out_of_hours": ["billable"],
    "holiday_calendar": [f"DE-{land}" for land in _LAENDER],
    "night": [
        {"from": "22:00", "to": "05:00"},
        {"from": "20:30", "to": "06:30"},
        {"from": "00:00", "to": "05:00"},
        {"from": "21:00", "to": "24:00"},
        {"from": "15:00", "to": "09:00"},
        {"from": "23:00", "to": "00:00"},
    ],
    "business_hours": [
        {"days": [1, 2, 3, 4], "from": "07:30", "to": "17:15"},
        {"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"},
        {"days": [5, 3, 1], "from": "09:00", "to": "22:45"},
        {"days": [], "from": "08:00", "to": "16:00"},
        {"days": [1, 2, 3, 4, 5], "from": "05:00", "to": "24:00"},
        {"days": [2, 3, 4], "from": "22:30", "to": "07:00"},
    ],
    "factors": [
        {"travel": "0.5", "regular": "1", "out_of_hours": "1.3", "night_weekend": "2"},
        {"travel": "0", "regular": "1.1", "out_of_hours": "1.333333", "night_weekend": "1.5"},
        {"travel": "0.75", "regular": "0.9", "out_of_hours": "1.7", "night_weekend": "1.75"},
        {"travel": "1", "regular": "1", "out_of_hours": "1", "night_weekend": "1"},
    ],
}


def random_terms(random: Random, begin: date) -> Any:
    """Draw the terms of a story that begins on a date: none, a name, an object, or versions in any order."""
    kind = random.randrange(10)
    if kind < 3:
        return "immoinvent-2026" if kind == 0 else None
    fixed = _changes(random, begin, _FIXED, most=3)
    if kind < 7:
        return {**fixed, **_changes(random, begin, _FREE, most=4)}
    first = begin.year * 12 + begin.month - 1
    months = random.sample(range(first - 1, first + 4), random.randint(1, 3))
    return [
        {"valid_from": f"{month // 12}-{month % 12 + 1:02d}", **fixed, **_changes(random, begin, _FREE, most=4)}
        for month in months
    ]


def _changes(random: Random, begin: date, names: list[str], most: int) -> dict[str, Any]:
    chosen = random.sample(names, random.randint(0, most))
    return {name: _value_of(random, begin, name) for name in chosen}


def _value_of(random: Random, begin: date, name: str) -> Any:
    if name in _CHOICES:
        return random.choice(_CHOICES[name])
    # A date can't be added and removed at once, so the two terms draw from different ones; one twice is no mistake.
    days = {begin + timedelta(days=day) for day in range(60)} | _HOLIDAYS
    dates = sorted(day for day in days if day.toordinal() % 2 == (name == "extra_holidays"))
    return [day.isoformat() for day in random.choices(dates, k=random.randint(0, 4))]
