"""Passwords: 16 characters with a special one (T-02), Argon2id only, old ones to be changed where wanted (T-03)."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from billing.errors import InvalidInput
from billing.services.access import passwords
from billing.services.access.passwords import (
    hash_password,
    is_outdated,
    is_too_old,
    matches,
    read_secret,
    require_good,
    set_password,
)
from billing.services.acting import Act
from billing.services.policies import PolicySettings
from billing.store.tables import AuditLog, User, UserSession
from billing.store.tables.kinds import Role
from tests.services.access.door import EMAIL, GOOD, NOW, OTHER, build, raw_column
from tests.services.furnishing import refused


@pytest.mark.parametrize(
    ("password", "code"),
    [
        pytest.param("abcdefgh-ijklmn", "password_too_short", id="15 characters"),
        pytest.param("abcdefgh-ijklmno", None, id="16 with a special one"),
        pytest.param("abcdefgh1ijklmno", "password_without_special", id="16 letters and digits"),
        pytest.param("abc defgh ijk lmno", "password_without_special", id="a blank is not special"),
        pytest.param("äöüßäöüßäöüß-äöü", None, id="16 characters are no 16 bytes"),
        pytest.param("äöüßäöüßäöüß-äö", "password_too_short", id="15 umlauts"),
        pytest.param(f"{EMAIL}", "password_tells_owner", id="the own address"),
        pytest.param("!!Erika!!immoinvent", "password_tells_owner", id="what stands before the @"),
        pytest.param("erikabeispiel-2026!", "password_tells_owner", id="the name without its blank"),
        pytest.param("ERIKA BEISPIEL (1980)", "password_tells_owner", id="the name in capitals"),
    ],
)
def test_a_password_is_long_special_and_no_secret_shared(password, code):
    about = [EMAIL, "Erika Beispiel"]
    if code is None:
        require_good(password, about)
    else:
        with refused(code, "password"):
            require_good(password, about)


def test_short_names_don_t_forbid_words():
    require_good("blaue Pferde-tanzen im Li", ["li@x.example", "Li"])


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="nothing"),
        pytest.param("x" * 257, id="endless"),
        pytest.param("abc\0def", id="a zero byte"),
        pytest.param("abc\ud800def", id="half a character"),
        pytest.param(16, id="a number"),
    ],
)
def test_an_unreadable_secret_is_refused_without_being_repeated(value):
    with refused("secret_unreadable", "password") as caught:
        read_secret(value, "password")
    assert caught.value.fields["value"] is None


def test_every_keyboard_gives_the_same_password():
    composed, decomposed = "grüne Wolken", "gru\u0308ne Wolken"
    assert composed != decomposed
    assert read_secret(composed, "password") == read_secret(decomposed, "password")


@pytest.mark.usefixtures("dear_hashing")
def test_what_is_stored_is_an_argon2id_hash_with_its_parameters():
    hashed = hash_password(GOOD)
    assert hashed.startswith("$argon2id$v=19$m=32768,t=2,p=1$")
    assert hashed != hash_password(GOOD)
    assert (matches(hashed, GOOD), matches(hashed, OTHER)) == (True, False)


@pytest.mark.usefixtures("dear_hashing")
def test_a_hash_of_weaker_times_is_told():
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD)
    assert (is_outdated(weak), is_outdated(hash_password(GOOD))) == (True, False)


@pytest.mark.usefixtures("dear_hashing")
def test_nobody_costs_the_same_work_as_somebody(monkeypatch):
    compared = []
    verify = passwords.compare

    def counted(password_hash: str, password: str) -> bool:
        compared.append(password_hash.rsplit("$", 2)[0])
        return verify(password_hash, password)

    monkeypatch.setattr(passwords, "compare", counted)
    assert not matches(None, GOOD)
    assert matches(hash_password(GOOD), GOOD)
    assert compared[0] == compared[1]  # the same parameters, once each


@pytest.mark.parametrize(
    ("days", "age", "old"),
    [
        pytest.param(None, timedelta(days=4000), False, id="off by default"),
        pytest.param(365, timedelta(days=365) - timedelta(minutes=1), False, id="not yet a year"),
        pytest.param(365, timedelta(days=365), True, id="a year"),
    ],
)
def test_a_password_grows_old_only_where_that_is_wanted(days, age, old):
    assert is_too_old(NOW - age, PolicySettings(password_max_age_days=days), NOW) is old


def test_a_new_password_ends_all_sessions_and_is_audited(store):
    house = build(store, Role.STAFF)
    house.enter()
    house.enter()
    with store.tenant(house.processor_id) as session:
        set_password(session, Act("admin", NOW), session.get_one(User, house.user_id), OTHER)
    assert [row.ended_at for row in house.rows(UserSession)] == [NOW, NOW]
    (event,) = house.rows(AuditLog)
    assert (event.action, event.subject) == ("password_set", f"user:{house.user_id}")
    assert OTHER not in event.details
    (stored,) = raw_column(house, "user", "password_hash")
    assert stored.startswith("$argon2id$")
    assert house.enter(password=OTHER).visitor.user_id == house.user_id


def test_a_password_can_t_be_changed_to_itself(store):
    house = build(store, Role.STAFF)
    with (
        pytest.raises(InvalidInput, match="password_unchanged"),
        store.tenant(house.processor_id) as session,
    ):
        set_password(session, Act("admin", NOW), session.get_one(User, house.user_id), GOOD)
