"""The only user of the `holidays` package: a Land and a year -> a set of dates (13(4)b "gesetzliche Feiertage")."""

from datetime import date
from functools import cache
from importlib.metadata import version

from holidays import country_holidays


@cache
def public_holidays(land: str, year: int) -> frozenset[date]:
    """Give the public holidays of a Land (`DE-BW`) in a year; category `public` only, frozen."""
    return frozenset(
        country_holidays("DE", subdiv=land.removeprefix("DE-"), years=year, expand=False, categories=("public",))
    )


def package_version() -> str:
    """Give the version of the package, which is stored with each holiday set that was used."""
    return version("holidays")
