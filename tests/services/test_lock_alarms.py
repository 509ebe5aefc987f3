"""Who looks after the processor is told of locked accounts (T-14): each lock once, and never by the door itself."""

import pytest

from billing.services.access.attempts import WINDOW
from billing.services.acting import Act
from billing.services.lock_alarms import alert_lockouts
from billing.store.tables import Mail
from billing.store.tables.kinds import Role
from tests.services.access.door import MINUTE, NOW, WRONG, House, build
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


def test_wrong_passwords_that_lock_nothing_are_no_alarm(house: House):
    for _ in range(6):
        with refused("login_failed"):
            house.enter(password=WRONG)
    assert alert(house, NOW + MINUTE) == 0
