"""The only user of the `holidays` package: a Land and a year -> a set of dates (13(4)b "gesetzliche Feiertage")."""

from datetime import date
from functools import cache
from importlib.metadata import version

from holidays import country_holidays

_LANGUAGES = {"de": "de", "en": "en_US"}


@cache
def public_holidays(land: str, year: int) -> frozenset[date]:
    """Give the public holidays of a Land (`DE-BW`) in a year; category `public` only, frozen."""
    return frozenset(
        country_holidays("DE", subdiv=land.removeprefix("DE-"), years=year, expand=False, categories=("public",))
    )


@cache
def holiday_name(land: str, day: date, language: str) -> str | None:
    """Give what a public holiday of a Land is called, in German (`de`) or English (`en`); None on any other day."""
    named = country_holidays(
        "DE",
        subdiv=land.removeprefix("DE-"),
        years=day.year,
        expand=False,
        categories=("public",),
        language=_LANGUAGES[language],
    )
    return named.get(day)


@cache
def package_version() -> str:
    """Give the version of the package, which is stored with each holiday set that was used."""
    return version("holidays")
