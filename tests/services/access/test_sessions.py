"""Sessions: made here only, renewed when they gain rights, ended for good; old ones are forgotten."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Event
from time import sleep
from typing import Any

import pytest
from argon2 import PasswordHasher

from billing.errors import NotAllowed
from billing.services.access import login
from billing.services.access.login import LoggedIn, change_password, entered, give_second_factor, log_out
from billing.services.access.resets import reset_access
from billing.services.access.second_factor import renew_recovery_codes
from billing.services.access.sessions import forget_sessions
from billing.services.acting import Act
from billing.services.policies import set_policy
from billing.store.tables import User, UserSession
from billing.store.tables.kinds import Role
from tests.services.access.door import EMAIL, GOOD, MINUTE, NETWORK, NOW, OTHER, WRONG, build, code_at
from tests.services.furnishing import refused


def test_the_second_factor_goes_on_under_another_token_with_the_same_end(store):
    house = build(store, Role.ADMIN)
    secret = house.enrol()
    begun = house.enter()
    done = house.enter_with(secret, NOW + MINUTE)
    assert done.token != begun.token
    sessions = house.rows(UserSession)
    assert [(row.started_at, row.ended_at) for row in sessions] == [
        (NOW, None),
        (NOW + MINUTE, NOW + MINUTE),  # the half one
        (NOW + MINUTE, None),
    ]
    assert done.expires_at == NOW + MINUTE + timedelta(hours=12)


def reset(session, house) -> None:
    reset_access(session, Act("admin", NOW), session.get_one(User, house.user_id), {"password": True})


def test_a_session_that_was_ended_meanwhile_does_not_go_on(store):
    house = build(store, Role.ADMIN)
    secret = house.enrol()
    begun = house.enter()
    with store.tenant(house.processor_id) as session:
        reset(session, house)
    with refused("not_logged_in"):
        give_second_factor(store, begun.visitor, {"code": code_at(secret, NOW)}, NETWORK, NOW)
    assert [row.ended_at for row in house.rows(UserSession)] == [NOW]


class Halt:
    """Lets one of two deeds stop in its transaction until the other has begun."""

    def __init__(self, who: str) -> None:
        self._who, self._reached, self._go = who, Event(), Event()

    def at(self, who: str) -> None:
        if who == self._who:
            self._reached.set()
            assert self._go.wait(5)

    def run(self, first: Callable[[], object], other: Callable[[], object]) -> None:
        with ThreadPoolExecutor() as pool:
            running = [pool.submit(first)]
            assert self._reached.wait(5)
            running.append(pool.submit(other))
            sleep(0.3)
            self._go.set()
            for one in running:
                one.result()


@pytest.mark.parametrize("step", ["password", "recovery_code"])
@pytest.mark.parametrize("first", ["the reset", "the step"])
def test_of_a_reset_and_a_step_of_the_log_in_at_once_no_session_is_left(store, monkeypatch, step, first):
    house, halt = build(store, Role.ADMIN), Halt(first)
    house.enrol()
    with store.tenant(house.processor_id) as session:
        (code, *_) = renew_recovery_codes(session, session.get_one(User, house.user_id))
    begun = house.enter()

    def reset_it() -> None:
        with store.tenant(house.processor_id) as session:
            reset(session, house)
            halt.at("the reset")

    def go_on() -> None:
        with suppress(NotAllowed):
            if step == "password":
                house.enter()
            else:
                give_second_factor(store, begun.visitor, {"recovery_code": code}, NETWORK, NOW)

    def entered_slowly(*said: Any) -> LoggedIn:
        halt.at("the step")
        return entered(*said)

    monkeypatch.setattr(login, "entered", entered_slowly)
    halt.run(*([reset_it, go_on] if first == "the reset" else [go_on, reset_it]))
    assert [row for row in house.rows(UserSession) if row.ended_at is None] == []


def test_a_new_password_ends_all_other_sessions_and_renews_this_one(store):
    house = build(store, Role.STAFF)
    elsewhere, here = house.enter(), house.enter()
    done = change_password(
        store, here.visitor, {"current_password": GOOD, "new_password": OTHER}, NETWORK, NOW + MINUTE
    )
    assert [house.visit(token) is None for token in (elsewhere.token, here.token, done.token)] == [True, True, False]
    with refused("login_failed"):
        house.enter(NOW + MINUTE)
    assert house.enter(NOW + MINUTE, password=OTHER).visitor.user_id == house.user_id
    assert ("password_changed", f"user:{house.user_id}") in house.log()


@pytest.mark.parametrize(
    ("said", "code", "path"),
    [
        pytest.param({"current_password": WRONG}, "password_wrong", "current_password", id="a wrong current one"),
        pytest.param({"new_password": "kurz!"}, "password_too_short", "new_password", id="a short new one"),
        pytest.param({"new_password": GOOD}, "password_unchanged", "new_password", id="the same again"),
        pytest.param({"new_password": f"{EMAIL}!"}, "password_tells_owner", "new_password", id="one's address"),
    ],
)
def test_a_new_password_that_will_not_do_is_refused(store, said, code, path):
    house = build(store, Role.STAFF)
    begun = house.enter()
    raw = {"current_password": GOOD, "new_password": OTHER} | said
    with refused(code, path) as caught:
        change_password(store, begun.visitor, raw, NETWORK, NOW)
    assert caught.value.fields["value"] is None
    assert house.visit(begun.token) is not None


def test_wrong_current_passwords_lock_like_those_at_the_door(store):
    house = build(store, Role.STAFF)
    begun = house.enter()
    for number in range(5):
        raw = {"current_password": WRONG.format(number), "new_password": OTHER}
        with refused("password_wrong"):
            change_password(store, begun.visitor, raw, NETWORK, NOW)
    with refused("door_locked"):
        house.enter()


def test_an_old_password_lets_in_only_to_change_it(store):
    house = build(store, Role.STAFF)
    with store.tenant(house.processor_id) as session:
        set_policy(session, Act("admin", NOW), {"password_max_age_days": 30})
    at = NOW + timedelta(days=30)
    half = house.enter(at)
    assert half.visitor.waits_for == "new_password"
    done = change_password(store, half.visitor, {"current_password": GOOD, "new_password": OTHER}, NETWORK, at)
    assert done.visitor.waits_for is None


def test_a_password_can_t_be_changed_before_the_second_factor(store):
    house = build(store, Role.ADMIN)
    house.enrol()
    with refused("session_incomplete"):
        raw = {"current_password": GOOD, "new_password": OTHER}
        change_password(store, house.enter().visitor, raw, NETWORK, NOW)


def test_logging_out_ends_this_session_only(store):
    house = build(store, Role.STAFF)
    here, elsewhere = house.enter(), house.enter()
    with store.tenant(house.processor_id) as session:
        log_out(session, here.visitor, here.visitor.act(NOW))
    assert house.visit(here.token) is None
    assert house.visit(elsewhere.token) is not None
    assert house.log()[-1] == ("logout", f"user:{house.user_id}")


@pytest.mark.usefixtures("dear_hashing")
def test_a_hash_of_weaker_times_is_made_anew_at_the_log_in(store):
    house = build(store, Role.STAFF)
    house.change(password_hash=PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD))
    assert house.rows(User)[0].password_hash.startswith("$argon2id$v=19$m=8192,t=1,p=1$")
    house.enter()
    assert house.rows(User)[0].password_hash.startswith("$argon2id$v=19$m=32768,t=2,p=1$")
    house.enter()


def test_what_nobody_can_use_any_more_is_forgotten_a_day_later(store):
    house = build(store, Role.STAFF)
    end = house.enter().expires_at
    for at, gone in ((end + timedelta(days=1), 0), (end + timedelta(days=1, seconds=1), 1)):
        with store.tenant(house.processor_id) as session:
            assert forget_sessions(session, at) == gone
