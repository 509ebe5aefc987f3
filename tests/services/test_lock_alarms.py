"""Who looks after the processor is told of locked accounts and networks (T-14): each once, never by the door itself."""

import threading

import pytest

from billing.errors import TooMany
from billing.services.access import attempts
from billing.services.access.attempts import WINDOW, Knock, begin_try
from billing.services.acting import Act
from billing.services.lock_alarms import alert_lockouts
from billing.store.tables import Mail
from billing.store.tables.kinds import AttemptKind, Role
from tests.services.access.door import EMAIL, MINUTE, NETWORK, NOW, WRONG, House, build
from tests.services.furnishing import refused


def lock(house: House, at=NOW) -> None:
    for number in range(5):
        with refused("login_failed"):
            house.enter(at, password=WRONG.format(number))


def alert(house: House, at) -> int:
    with house.store.tenant(house.processor_id) as session:
        return alert_lockouts(session, Act("worker", at))


@pytest.fixture
def house(store) -> House:
    return build(store, Role.ADMIN)


def test_a_lock_is_told_once(house: House):
    lock(house)
    assert house.rows(Mail) == []  # the door told nobody: that would take time
    assert [alert(house, NOW + minutes * MINUTE) for minutes in (5, 10, 60)] == [1, 0, 0]
    (mail,) = house.rows(Mail)
    assert mail.subject == "Anmeldung gesperrt: Erika Beispiel"
    assert "203.0.113.0/24" in mail.text


def test_the_next_lock_is_told_again(house: House):
    lock(house)
    alert(house, NOW + 5 * MINUTE)
    lock(house, NOW + WINDOW)
    assert alert(house, NOW + WINDOW + 5 * MINUTE) == 1


def test_a_lock_of_long_ago_is_no_news(house: House):
    lock(house)
    assert alert(house, NOW + 121 * MINUTE) == 0


@pytest.mark.parametrize("last", [pytest.param(EMAIL, id="somebody"), pytest.param("zuletzt@x.example", id="nobody")])
def test_a_network_that_tries_many_people_is_told_once(house: House, monkeypatch: pytest.MonkeyPatch, last: str):
    """One password for many addresses locks none of them: it is the network that is shut out."""
    monkeypatch.setattr(attempts, "MOST_WRONG_FROM_NETWORK", 7)
    for email in (*(f"person{number}@immoinvent.example" for number in range(6)), last):
        with refused("login_failed"):
            house.enter(email=email, password=WRONG)
    with refused("door_locked"):
        house.enter(email="person8@immoinvent.example", password=WRONG)
    assert [action for action, _ in house.log()].count("network_shut_out") == 1
    assert [alert(house, NOW + minutes * MINUTE) for minutes in (5, 10)] == [1, 0]
    (mail,) = house.rows(Mail)
    assert mail.subject == "Viele falsche Anmeldungen aus einem Netz"
    assert "203.0.113.0/24" in mail.text


def test_of_many_at_once_exactly_one_shuts_the_network_out(store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attempts, "MOST_WRONG_FROM_NETWORK", 7)
    ends, barrier = list[str](), threading.Barrier(12)

    def knock(number: int) -> None:
        barrier.wait()
        try:
            tried = begin_try(store, Knock(AttemptKind.PASSWORD, f"person{number}@x.example", WRONG, NETWORK), NOW)
            ends.append("shut" if tried.may_shut else "open")
        except TooMany:
            ends.append("out")

    threads = [threading.Thread(target=knock, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["open"] * 6 + ["out"] * 5 + ["shut"]


def test_the_same_wrong_try_again_shuts_no_network_out(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attempts, "MOST_WRONG_FROM_NETWORK", 3)
    for number in (0, 1, 1, 1):
        with refused("login_failed"):
            house.enter(email=f"person{number}@immoinvent.example", password=WRONG)
    assert alert(house, NOW + MINUTE) == 0


def test_wrong_passwords_that_lock_nothing_are_no_alarm(house: House):
    for _ in range(6):
        with refused("login_failed"):
            house.enter(password=WRONG)
    assert alert(house, NOW + MINUTE) == 0
