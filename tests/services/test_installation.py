"""Founding an installation: whole or not at all, once, and opened only when everything is where it belongs."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from billing.errors import Problem
from billing.services.acting import Act
from billing.services.installation import (
    Places,
    choose_processor,
    found_processor,
    init_installation,
    installation,
    open_installation,
    processors,
    require_fresh,
    schema_status,
    shown_url,
    upgrade_installation,
)
from billing.services.openings import list_openings
from billing.services.processors import add_processor_data, current_processor, read_processor
from billing.services.samples import SAMPLE_PROCESSOR
from billing.store.key_file import load_ring, save_ring
from tests.services.furnishing import refused
from tests.support.postgres import APP_ROLE, PostgresServer

ACT = Act("Erika Beispiel", datetime(2026, 11, 2, 8, tzinfo=UTC))
RAW = dict(SAMPLE_PROCESSOR)


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    """An empty place for an installation, on both databases."""
    keys = tmp_path / "config" / "keys.json"
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'data' / 'mehraufwand.db'}"
        yield Places(url, url, keys)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as name:
        yield Places(server.url(name, APP_ROLE), server.url(name), keys)


def init(places: Places, change=None, next_number: int | None = None) -> int:
    return init_installation(places, ACT, RAW | (change or {}), "main", next_number)


def test_init_makes_keys_schema_and_a_processor(places: Places):
    number = init(places, next_number=118)
    assert places.keys.stat().st_mode & 0o777 == 0o600
    assert schema_status(places).is_current
    with installation(places) as store:
        assert processors(store) == [(number, "main")]
        with store.tenant(number) as session:
            assert current_processor(session, ACT.at.date()).company_name == RAW["company_name"]
            assert [(str(row.kind), row.value) for row in list_openings(session)] == [("next_number", 118)]


def test_init_a_second_time_is_refused_and_changes_nothing(places: Places):
    init(places)
    keys = places.keys.read_text()
    with refused("already_initialised"):
        init(places)
    with refused("already_initialised"):
        require_fresh(places)
    assert places.keys.read_text() == keys
    with installation(places) as store:
        assert len(processors(store)) == 1


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        pytest.param({"iban": "DE02120300000000202052"}, "iban_invalid", "iban", id="an IBAN with a wrong digit"),
        pytest.param({"bic": "BYLA"}, "bic_invalid", "bic", id="half a BIC"),
        pytest.param({"postcode": "ABCDE"}, "postcode_invalid", "postcode", id="letters for a postcode"),
        pytest.param({"tax_number": "12"}, "tax_number_invalid", "tax_number", id="a tax number of two digits"),
        pytest.param({"tax_number": None}, "tax_id_missing", "vat_id", id="neither tax number nor VAT id"),
        pytest.param({"time_zone": "Mars/Base"}, "time_zone_unknown", "time_zone", id="a zone there is not"),
        pytest.param({"correction_series": "RE"}, "series_not_apart", "correction_series", id="one series for both"),
        pytest.param({"company": "X"}, "unknown_key", "company", id="a field there is not"),
    ],
)
def test_wrong_data_found_nothing(tmp_path: Path, change, code, path):
    url = f"sqlite:///{tmp_path / 'data' / 'mehraufwand.db'}"
    with refused(code, path):
        init(Places(url, url, tmp_path / "keys.json"), change)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_on_the_way_takes_back_what_was_made(places: Places):
    with refused("number_out_of_range", "number"):
        init(places, next_number=0)
    assert not places.keys.exists()
    assert places.file is None or not places.file.exists()
    assert init(places) > 0


def test_keys_that_were_there_are_used_and_never_taken_back(places: Places):
    init(places)
    places_of_another = Places(places.database_url, places.owner_url, places.keys)
    ring = load_ring(places.keys)
    with refused("already_initialised"):
        init(places_of_another)
    assert load_ring(places.keys) == ring


def test_of_two_at_once_one_founds_and_the_other_is_told(places: Places):
    outcomes: list[str] = []

    def found() -> None:
        try:
            init(places)
            outcomes.append("founded")
        except Problem as problem:
            outcomes.append(problem.code)

    threads = [threading.Thread(target=found) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already_initialised", "founded"]
    with installation(places) as store:
        assert len(processors(store)) == 1


def test_what_was_never_set_up_is_not_made_by_looking(places: Places):
    with refused("nothing_set_up"):
        open_installation(places)
    require_fresh(places)
    assert (schema_status(places).revision, places.keys.exists()) == (None, False)
    assert places.file is None or not places.file.exists()


def break_keys(places: Places) -> None:
    places.keys.unlink()


def widen_keys(places: Places) -> None:
    places.keys.chmod(0o644)


def garble_keys(places: Places) -> None:
    places.keys.write_text("{}")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(break_keys, "keys_missing", id="no key ring"),
        pytest.param(widen_keys, "keys_readable_by_others", id="a key ring everybody may read"),
        pytest.param(garble_keys, "keys_unreadable", id="a key ring that is none"),
    ],
)
def test_an_installation_without_its_keys_is_not_opened(tmp_path: Path, spoil: Callable[[Places], None], code):
    url = f"sqlite:///{tmp_path / 'mehraufwand.db'}"
    places = Places(url, url, tmp_path / "keys.json")
    init(places)
    spoil(places)
    with refused(code):
        open_installation(places)


def test_another_processor_must_be_named_from_then_on(places: Places):
    first = init(places)
    with installation(places) as store:
        second = found_processor(store, ACT, RAW, "zweite")
        with refused("processor_exists", "ref"):
            found_processor(store, ACT, RAW, "zweite")
        with refused("processor_choice", "processor"):
            choose_processor(store, None)
        with refused("processor_unknown_ref", "processor"):
            choose_processor(store, "dritte")
        assert (choose_processor(store, "main"), choose_processor(store, "zweite")) == (
            (first, "main"),
            (second, "zweite"),
        )


def test_letter_data_hold_from_their_day_on(places: Places):
    number = init(places)
    moved = read_processor(RAW | {"street": "Neuweg 2", "valid_from": "2026-12-01"})
    with installation(places) as store, store.tenant(number) as session:
        add_processor_data(session, ACT, moved)
        days = [datetime(2026, month, 1, tzinfo=UTC).date() for month in (11, 12)]
        assert [current_processor(session, day).street for day in days] == ["Beispielweg 1", "Neuweg 2"]


def test_a_rotated_ring_still_opens_what_was_sealed(places: Places):
    init(places)
    save_ring(load_ring(places.keys).rotated(), places.keys)
    with installation(places) as store:
        assert len(processors(store)) == 1


def test_an_upgrade_of_a_current_schema_does_nothing(places: Places):
    init(places)
    upgraded = upgrade_installation(places)
    assert (upgraded.before, upgraded.backup) == (upgraded.after, None)


def test_a_database_is_named_without_its_password(tmp_path: Path):
    secret = Places("postgresql://app:geheim@db/m", "postgresql://app:geheim@db/m", tmp_path / "keys.json")
    assert "geheim" not in shown_url(secret)
