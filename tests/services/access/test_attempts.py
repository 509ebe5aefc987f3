"""The smart lockout (T-04): different wrong passwords lock, the same wrong one does not; nobody learns who exists."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import col, select

from billing.errors import NotAllowed, TooMany
from billing.services.access import attempts, passwords
from billing.services.access.attempts import WINDOW, Knock, begin_try, forget_attempts, forgive
from billing.services.access.passwords import set_password
from billing.services.acting import Act
from billing.store.tables import LoginAttempt, User
from billing.store.tables.kinds import AttemptKind, Role
from tests.services.access.door import EMAIL, MINUTE, NETWORK, NOW, OTHER, WRONG, build
from tests.services.furnishing import refused

NOBODY = "niemand@immoinvent.example"
SECOND = timedelta(seconds=1)


def knock(secret: str, about: str = EMAIL, network: str = NETWORK) -> Knock:
    return Knock(AttemptKind.PASSWORD, about, secret, network)


def wrong(house, number: int, at=NOW, email: str = EMAIL) -> None:
    with pytest.raises(NotAllowed, match="login_failed"):
        house.enter(at, email=email, password=WRONG.format(number))


def counted(monkeypatch) -> list[str]:
    """Count the hashes that are compared: what they were compared with is listed, and the work is done all the same."""
    compared: list[str] = []
    compare = passwords.compare

    def count(password_hash: str, password: str) -> bool:
        compared.append(password_hash)
        return compare(password_hash, password)

    monkeypatch.setattr(passwords, "compare", count)
    return compared


def tries(store) -> list[LoginAttempt]:
    with store.gate() as gate:
        return list(gate.execute(select(LoginAttempt).order_by(col(LoginAttempt.id))).scalars())


# NOW:  |1 2 3 4 5|X ............ |15 min: open again
@pytest.mark.parametrize("email", [pytest.param(EMAIL, id="somebody"), pytest.param(NOBODY, id="nobody")])
def test_five_different_wrong_passwords_lock_the_address(store, email):
    house = build(store, Role.STAFF)
    for number in range(5):
        wrong(house, number, NOW + number * MINUTE, email)
    with refused("door_locked") as caught:
        house.enter(NOW + 5 * MINUTE, email=email)  # the right one, where there is one
    assert isinstance(caught.value, TooMany)
    assert caught.value.retry_after == 10 * 60  # the first of the five leaves the window then
    with refused("door_locked"):
        house.enter(NOW + WINDOW - SECOND, email=email)
    if email == EMAIL:
        assert house.enter(NOW + WINDOW).visitor.user_id == house.user_id
    else:
        wrong(house, 6, NOW + WINDOW, email)


def test_the_same_wrong_password_again_counts_once(store):
    house = build(store, Role.STAFF)
    for number in range(12):
        wrong(house, 0, NOW + number * SECOND)
    assert house.enter(NOW + MINUTE).visitor.user_id == house.user_id
    assert [action for action, _ in house.log()] == ["login_failed"] * 12 + ["login"]


def test_a_success_forgives_what_was_wrong_before(store):
    house = build(store, Role.STAFF)
    for number in range(4):
        wrong(house, number)
    house.enter(NOW + MINUTE)
    for number in range(4, 8):
        wrong(house, number, NOW + 2 * MINUTE)
    assert house.enter(NOW + 3 * MINUTE).visitor.user_id == house.user_id


def test_a_new_password_opens_the_door_again(store):
    house = build(store, Role.STAFF)
    for number in range(5):
        wrong(house, number)
    with store.tenant(house.processor_id) as session:
        set_password(session, Act("reset", NOW), session.get_one(User, house.user_id), OTHER)
    assert house.enter(NOW + MINUTE, password=OTHER).visitor.user_id == house.user_id


def test_a_lock_is_logged_with_the_try_that_locked(store):
    house = build(store, Role.STAFF)
    for number in range(5):
        wrong(house, number)
    assert house.log()[-2:] == [("login_failed", f"user:{house.user_id}"), ("door_locked", f"user:{house.user_id}")]


def test_one_address_locked_leaves_the_others_alone(store):
    house = build(store, Role.STAFF)
    for number in range(5):
        wrong(house, number, email=NOBODY)
    assert house.enter().visitor.user_id == house.user_id


def test_a_network_that_tries_many_people_is_shut_out_more_softly(store, monkeypatch):
    monkeypatch.setattr(attempts, "MOST_WRONG_FROM_NETWORK", 7)
    for number in range(7):
        begin_try(store, knock(WRONG, f"person{number}@immoinvent.example"), NOW)
    with refused("door_locked"):
        begin_try(store, knock(WRONG, "person8@immoinvent.example"), NOW)
    begin_try(store, knock(WRONG, "person8@immoinvent.example", "198.51.100.0/24"), NOW)


def test_only_keyed_digests_are_kept_and_none_of_a_right_password(store):
    house = build(store, Role.STAFF)
    wrong(house, 0)
    house.enter()
    failed, succeeded = tries(store)
    assert (failed.succeeded, succeeded.succeeded, succeeded.secret_digest) == (False, True, "")
    assert {len(failed.secret_digest), len(failed.email_digest)} == {64}
    assert failed.address_prefix == NETWORK
    other = begin_try(store, knock(WRONG.format(0), NOBODY), NOW)
    by_id = {row.id: row for row in tries(store)}
    # the same password of two people has two digests: nobody can tell who shares one
    assert by_id[other.row_id].secret_digest != failed.secret_digest


def test_a_refused_try_is_kept_without_its_secret(store):
    house = build(store, Role.STAFF)
    for number in range(5):
        wrong(house, number)
    with refused("door_locked"):
        house.enter()
    assert (tries(store)[-1].succeeded, tries(store)[-1].secret_digest) == (False, "")


def test_failures_of_nobody_are_kept_at_the_door(store):
    house = build(store, Role.STAFF)
    wrong(house, 0, email=NOBODY)
    assert house.log() == []
    assert [row.succeeded for row in tries(store)] == [False, False]  # the try and its end


def test_tries_are_purged_after_the_window(store):
    begin_try(store, knock("eins"), NOW)
    begin_try(store, knock("zwei"), NOW + SECOND)
    with store.gate() as gate:
        assert forget_attempts(gate, NOW + WINDOW - SECOND) == 0
    with store.gate() as gate:
        assert forget_attempts(gate, NOW + WINDOW) == 1
    assert len(tries(store)) == 1


def test_many_at_once_get_no_more_than_five_secrets_checked(store):
    results, barrier = [], threading.Barrier(12)

    def guess(number: int) -> None:
        barrier.wait()
        try:
            begin_try(store, knock(WRONG.format(number)), NOW)
            results.append("checked")
        except TooMany:
            results.append("locked")

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["checked"] * 5 + ["locked"] * 7


def test_a_forgiven_try_that_was_one_of_many_leaves_the_others(store):
    house = build(store, Role.STAFF)
    first = begin_try(store, knock("eins"), NOW)
    begin_try(store, knock("zwei"), NOW)
    with store.tenant(house.processor_id) as session:
        forgive(session, first, NOW)
    assert [row.succeeded for row in tries(store)] == [False, True]


@pytest.mark.parametrize(
    ("said", "work"),
    [
        pytest.param({}, 2, id="somebody, a wrong password"),
        pytest.param({"email": NOBODY}, 2, id="nobody"),
        pytest.param({"processor": "immoinvent"}, 1, id="somebody at a named processor"),
        pytest.param({"email": NOBODY, "processor": "immoinvent"}, 1, id="nobody at a named processor"),
        pytest.param({"processor": "nirgends"}, 1, id="somebody at a processor there is not"),
    ],
)
def test_the_hash_work_does_not_tell_who_exists(store, monkeypatch, said, work):
    house = build(store, Role.STAFF)
    compared = counted(monkeypatch)
    with refused("login_failed") as caught:
        house.enter(password=WRONG, **said)
    assert (len(compared), caught.value.fields) == (work, {})


def test_a_closed_account_fails_like_a_wrong_password(store, monkeypatch):
    house = build(store, Role.STAFF)
    house.change(disabled_at=NOW)
    compared = counted(monkeypatch)
    with refused("login_failed"):
        house.enter()
    assert len(compared) == 2
