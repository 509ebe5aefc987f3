"""The smart lockout (T-04): different wrong passwords lock, the same wrong one does not; nobody learns who exists."""

import json
import threading
from datetime import timedelta

import pyotp
import pytest
from sqlmodel import col, select

from billing.errors import NotAllowed, TooMany
from billing.services.access import attempts, login, passwords
from billing.services.access.attempts import WINDOW, Knock, begin_try, forget_attempts, forgive
from billing.services.access.login import change_password, give_second_factor, log_in
from billing.services.access.passwords import set_password
from billing.services.acting import Act
from billing.store.tables import AccessLog, LoginAttempt, User
from billing.store.tables.kinds import AttemptKind, Role
from tests.services.access.door import EMAIL, GOOD, MINUTE, NETWORK, NOW, OTHER, WRONG, build
from tests.services.furnishing import refused
from tests.support.asked import heard

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


@pytest.mark.parametrize("deed", ["log_in", "change_password"])
def test_who_knows_the_password_of_one_account_guesses_no_longer_at_another_of_the_address(store, deed):
    """The administration of a processor gives any address to an account: it must not open the doors of others so."""
    build(store, Role.STAFF, ref="bank")
    own = build(store, Role.STAFF, ref="nachbar", password=OTHER)
    who = own.enter(password=OTHER, processor="nachbar").visitor
    for number in range(4):
        wrong_at(own, number)
    if deed == "log_in":
        own.enter(password=OTHER, processor="nachbar")
    else:
        changed = {"current_password": OTHER, "new_password": WRONG}
        change_password(store, who, changed, NETWORK, NOW)
    wrong_at(own, 4)
    with refused("door_locked"):
        own.enter(password=WRONG.format(5), processor="bank")


def wrong_at(house, number: int) -> None:
    with refused("login_failed"):
        house.enter(password=WRONG.format(number), processor="bank")


def test_a_right_password_is_forgiven_though_the_new_one_will_not_do(store):
    house = build(store, Role.STAFF)
    who = house.enter().visitor
    with refused("password_too_short"):
        change_password(store, who, {"current_password": GOOD, "new_password": "kurz"}, NETWORK, NOW)
    assert {row.secret_digest for row in tries(store)} == {""}
    for number in range(4):
        wrong(house, number)
    assert house.enter().visitor.user_id == house.user_id


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


def test_a_failure_of_nobody_is_in_the_log_of_the_only_processor_without_the_address(store):
    house = build(store, Role.STAFF)
    wrong(house, 0, email=NOBODY)
    (row,) = house.rows(AccessLog)
    assert (row.action, row.actor, row.subject) == ("stranger_failed", "visitor", "processor")
    assert json.loads(row.details) == {"network": NETWORK}


def test_a_failure_of_nobody_is_in_the_log_of_the_processor_that_was_named_and_else_in_none(store):
    house, other = build(store, Role.STAFF), build(store, Role.STAFF, ref="immosolve", email="x@immosolve.example")
    with refused("login_failed"):
        house.enter(email=NOBODY, password=WRONG)
    with refused("login_failed"):
        house.enter(email=NOBODY, password=WRONG, processor="nirgends")
    assert (house.log(), other.log()) == ([], [])
    with refused("login_failed"):
        house.enter(email=NOBODY, password=WRONG, processor="immosolve")
    assert (house.log(), other.log()) == ([], [("stranger_failed", "processor")])


def test_failures_of_nobody_are_noted_sixty_times_an_hour(store, monkeypatch):
    monkeypatch.setattr(login, "_fitting", lambda *_: [])  # no hash is compared
    house = build(store, Role.STAFF)
    for number in range(70):
        with refused("login_failed"):
            log_in(store, {"email": f"n{number}@x.example", "password": WRONG}, f"198.51.{number}.0/24", NOW)
    assert house.log() == [("stranger_failed", "processor")] * 60
    wrong(house, 1, NOW + timedelta(hours=1), NOBODY)
    assert len(house.log()) == 61


def test_a_try_at_a_locked_door_is_noted_once_a_minute(store):
    house = build(store, Role.STAFF)
    for number in range(5):
        wrong(house, number)
    for at in (NOW, NOW + SECOND, NOW + MINUTE):
        with refused("door_locked"):
            house.enter(at)
    assert house.log()[6:] == [("locked_try", f"user:{house.user_id}")] * 2


def test_a_code_tried_at_a_locked_door_is_noted_with_who_tried(store):
    house = build(store, Role.ADMIN)
    begun = house.enter()
    house.change(totp_secret=pyotp.random_base32(), totp_confirmed_at=NOW)
    who = house.visit(begun.token)
    assert who is not None
    for number in range(5):
        with refused("code_wrong"):
            give_second_factor(store, who, {"code": f"00000{number}"}, NETWORK, NOW)
    with refused("door_locked"):
        give_second_factor(store, who, {"code": "000009"}, NETWORK, NOW)
    row = house.rows(AccessLog)[-1]
    assert (row.action, row.actor) == ("locked_try", f"user:{house.user_id}")


def test_the_same_wrong_code_counts_once_while_it_is_the_same_and_anew_with_the_next(store):
    """A wrong password stays wrong; a wrong code is right in some step to come, for who only repeats it long enough."""
    house = build(store, Role.ADMIN)
    begun = house.enter()
    house.change(totp_secret=pyotp.random_base32(), totp_confirmed_at=NOW)
    who = house.visit(begun.token)
    assert who is not None
    for seconds in (0, 1, 2, 30, 31, 60, 90, 120):
        with refused("code_wrong"):
            give_second_factor(store, who, {"code": "000000"}, NETWORK, NOW + seconds * SECOND)
    with refused("door_locked"):
        give_second_factor(store, who, {"code": "000000"}, NETWORK, NOW + 121 * SECOND)
    assert ("door_locked", f"user:{house.user_id}") in house.log()


def test_the_same_wrong_recovery_code_counts_once(store):
    house = build(store, Role.ADMIN)
    begun = house.enter()
    house.change(totp_secret=pyotp.random_base32(), totp_confirmed_at=NOW)
    who = house.visit(begun.token)
    assert who is not None
    for number in range(8):
        with refused("code_wrong"):
            give_second_factor(store, who, {"recovery_code": "ABCD-EFGH-2345-6789"}, NETWORK, NOW + number * MINUTE)


@pytest.mark.parametrize("tries_before", [pytest.param(0, id="a wrong password"), pytest.param(5, id="a locked door")])
def test_as_much_is_written_for_nobody_as_for_somebody(store, tries_before):
    build(store, Role.STAFF)
    done = [writes(store, email, tries_before) for email in (EMAIL, NOBODY)]
    assert done[0] == done[1]


def writes(store, email: str, tries_before: int) -> list[str]:
    """Give what one more log-in writes, in its order."""
    said: list[str] = []
    for number in range(tries_before):
        with refused("login_failed"):
            log_in(store, {"email": email, "password": WRONG.format(number)}, NETWORK, NOW)
    hear = heard(store, lambda statement: said.append(statement.split("(")[0].strip()))
    with hear, pytest.raises((NotAllowed, TooMany)):
        log_in(store, {"email": email, "password": WRONG.format(9)}, NETWORK, NOW)
    return [statement for statement in said if statement.startswith(("INSERT", "UPDATE", "DELETE"))]


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
