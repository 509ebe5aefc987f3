"""Whole months over HTTP only: every example ends in the invoices it must, to the cent and to the minute."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing.rating.strict_json import parse_json
from billing.store.keyring import new_ring
from billing.store.session import Store, open_store
from tests.api.http.driver import Driver
from tests.api.http.founding import found_house
from tests.api.http.running import Site, open_site
from tests.api.http.witness import witnessed
from tests.support.migrated import postgres_copy, sqlite_copy
from tests.support.postgres import PostgresServer

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMED = sorted(path.stem for path in EXAMPLES.glob("*.json") if not path.stem.startswith("random-"))
MIXED = sorted(path.stem for path in EXAMPLES.glob("random-*.json"))
SHORT = ("random-012", "random-013", "random-015", "random-020", "random-036", "random-039")
OF_OTHER_VAT = ("random-004", "random-024", "random-034", "random-035", "random-040")
"""Their terms agree another VAT than the law's, which a scenario may say and nobody can agree (`vat_is_statutory`)."""
ON_POSTGRES = ("overrun-waits-for-supplement", "cancelled-month-before-an-issued-one", "random-020")


@pytest.fixture(scope="module")
def town(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One service on SQLite for all examples, each at a processor of its own."""
    with sqlite_copy(migrated_file, tmp_path_factory.mktemp("town") / "mehraufwand.db") as database:
        yield from _open(database.app_url)


@pytest.fixture(scope="module")
def city(postgres: PostgresServer) -> Iterator[Site]:
    """The same on PostgreSQL."""
    with postgres_copy(postgres) as database:
        yield from _open(database.app_url)


def _open(url: str) -> Iterator[Site]:
    store: Store = open_store(url, new_ring())
    with open_site(store, {}) as opened, witnessed(store, opened.client):
        yield opened
    store.close()


def play(site: Site, name: str) -> None:
    """Play an example; what its runs came to, line by line, must be what it says, and nothing stored be broken."""
    example: dict[str, Any] = parse_json((EXAMPLES / f"{name}.json").read_bytes())
    found_house(site, name)
    driver = Driver(site, name, example["scenario"])
    assert driver.play() == example["expected"]["runs"]
    found = driver.get("auditor", "/verification")
    assert (found["is_whole"], found["faults"]) == (True, [])


@pytest.mark.parametrize("name", [*NAMED, *SHORT])
def test_an_example_played_over_http_ends_in_the_invoices_it_must(town: Site, name: str) -> None:
    play(town, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MIXED if name not in (*SHORT, *OF_OTHER_VAT)])
def test_a_long_example_played_over_http_ends_in_the_invoices_it_must(town: Site, name: str) -> None:
    play(town, name)


@pytest.mark.parametrize("name", ON_POSTGRES)
def test_on_postgresql_an_example_ends_in_the_same_invoices(city: Site, name: str) -> None:
    play(city, name)


@pytest.mark.parametrize(("end", "units"), [("08:20", 2), ("08:21", 3)])
def test_a_minute_more_than_two_quarter_hours_is_a_third_one(town: Site, end: str, units: int) -> None:
    example = parse_json((EXAMPLES / "quarter-hour-over-eight-oclock.json").read_bytes())
    example["scenario"]["entries"][0]["end"] = f"2026-10-06T{end}+02:00"
    found_house(town, f"units-{units}")
    (run,) = Driver(town, f"units-{units}", example["scenario"]).play()
    assert sum(line["units"] for line in run["lines"]) == units
