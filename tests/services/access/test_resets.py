"""A lost password comes back by mail, a lost second factor by a second admin; asking does not tell who is known."""

from datetime import timedelta
from typing import Any

import pytest

from billing.errors import TooMany
from billing.services.access import resets
from billing.services.access.first_admin import create_admin, read_admin
from billing.services.access.passwords import matches
from billing.services.access.resets import complete_reset, request_reset, reset_access
from billing.services.access.sessions import start_session
from billing.services.access.user_links import at_reset
from billing.store.tables import AccessLog, ApiToken, Mail, MailLink, Outbox, RecoveryCode, User, UserSession
from tests.services.access.people import BOSS, CLERK, GOOD, NETWORK, OTHER, People
from tests.services.furnishing import refused, rows_of
from tests.support.asked import kept, listened, written

STRANGER = "niemand@nirgends.example"


@pytest.fixture
def people(office) -> People:
    return People(office)


@pytest.fixture
def few(desk) -> People:
    return People(desk)


def ask(people: People, email: str, network: str = NETWORK) -> None:
    request_reset(people.story.store, {"email": email}, network, people.now)


def complete(people: People, secret: str, password: str = OTHER) -> None:
    with at_reset(people.story.store, secret, NETWORK, people.now) as opened:
        complete_reset(opened, {"password": password})


def reset(people: People, by: int, user_id: int, **what: bool) -> None:
    people.tell(lambda s: reset_access(s, people.act_in(s, by), s.get_one(User, user_id), what))


def open_sessions(people: People) -> int:
    return sum(row.ended_at is None for row in rows_of(people.story, UserSession))


def test_the_link_sets_a_new_password_and_ends_all_sessions(people):
    number = people.joined(people.admin())
    people.tell(lambda s: [start_session(s, s.get_one(User, number), people.now) for _ in range(2)])
    ask(people, CLERK.upper())
    assert open_sessions(people) == 2, "asking ends nothing: anybody may ask"
    complete(people, people.link_of("password_reset", CLERK))
    assert matches(people.user(number).password_hash, OTHER)
    assert open_sessions(people) == 0
    assert [mail.recipient for mail in people.mails("password_was_reset")] == [CLERK]


def test_the_link_is_used_once(people):
    people.joined(people.admin())
    ask(people, CLERK)
    secret = people.link_of("password_reset", CLERK)
    complete(people, secret)
    with refused("link_unknown"):
        complete(people, secret, GOOD)


def test_the_link_holds_for_an_hour(few):
    few.admin()
    ask(few, BOSS)
    secret = few.link_of("password_reset", BOSS)
    few.later(hours=1)
    with refused("link_unknown"):
        complete(few, secret)
    few.now -= timedelta(seconds=1)
    complete(few, secret)


def test_a_newer_link_replaces_the_older_one(few):
    few.admin()
    ask(few, BOSS)
    old = few.link_of("password_reset", BOSS)
    few.later(minutes=1)
    ask(few, BOSS)
    with refused("link_unknown"):
        complete(few, old)
    complete(few, few.link_of("password_reset", BOSS))


def test_a_weak_password_leaves_the_link_as_it_was(few):
    few.admin()
    ask(few, BOSS)
    secret = few.link_of("password_reset", BOSS)
    with refused("password_too_short", "password"):
        complete(few, secret, "kurz")
    complete(few, secret)


def test_a_link_of_another_purpose_sets_no_password(few):
    few.invited(few.admin())
    with refused("link_unknown"):
        complete(few, few.link_of("invitation", CLERK))


def test_an_address_without_an_account_leaves_nothing_behind(people):
    people.admin()
    before = {table: len(rows_of(people.story, table)) for table in (Mail, MailLink, Outbox, AccessLog)}
    ask(people, STRANGER)
    assert {table: len(rows_of(people.story, table)) for table in before} == before


@pytest.mark.parametrize("state", ["unknown", "invited", "closed"])
def test_whoever_asks_the_same_work_is_done(people, state):
    """The statements sent to the database are the same ones, whether a mail goes out or not."""
    boss = people.admin()
    if state == "invited":
        people.invited(boss)
    elif state == "closed":
        people.close(boss, people.joined(boss))
    people.later(hours=1)
    known = statements_of(people, BOSS)
    other = statements_of(people, STRANGER if state == "unknown" else CLERK)
    assert written(known) == written(other)[: len(written(known))]
    assert kept(known) == kept(other), "a disk takes its time for what is kept"
    assert len(written(known)) >= 5


def statements_of(people: People, email: str) -> list[str]:
    seen: list[str] = []
    with listened(seen.append):
        ask(people, email)
    return seen


def test_a_processor_that_can_write_no_mail_yet_keeps_nobody_from_his(few):
    few.admin()
    new = read_admin({"email": BOSS, "name": "Cora Hof", "initials": "CH"})
    with few.story.store.new_tenant("ohne-briefdaten", few.now) as session:
        create_admin(session, few.operator, new, GOOD)
    ask(few, BOSS)
    assert [mail.recipient for mail in few.mails("password_reset")] == [BOSS]


def test_an_installation_without_accounts_answers_too(few):
    ask(few, STRANGER)


@pytest.mark.parametrize("email", [BOSS, STRANGER])
def test_an_address_is_asked_for_three_times_an_hour_known_or_not(few, email):
    few.admin()
    for _ in range(resets.MOST_OF_ADDRESS):
        ask(few, email)
        few.later(minutes=1)
    with pytest.raises(TooMany):
        ask(few, email)
    few.later(hours=1)
    ask(few, email)


def test_a_network_asks_twenty_times_an_hour(few):
    few.admin()
    for number in range(resets.MOST_OF_NETWORK):
        ask(few, f"n{number}@nirgends.example")
    with pytest.raises(TooMany):
        ask(few, STRANGER)
    ask(few, STRANGER, "198.51.100.0/24")


def test_a_second_admin_resets_the_password(people):
    boss = people.admin()
    number = people.joined(boss)
    people.tell(lambda s: start_session(s, s.get_one(User, number), people.now))
    reset(people, boss, number, password=True)
    assert (people.user(number).password_hash, open_sessions(people)) == (None, 0)
    complete(people, people.link_of("password_reset_by_admin", CLERK))
    assert matches(people.user(number).password_hash, OTHER)


def test_who_was_reset_may_ask_for_another_link_himself(few):
    boss = few.admin()
    number = few.joined(boss)
    reset(few, boss, number, password=True)
    few.later(hours=2)
    ask(few, CLERK)
    complete(few, few.link_of("password_reset", CLERK))


def test_a_second_admin_resets_the_second_factor(people):
    boss = people.admin()
    number = people.joined(boss)

    def enrol(session):
        user = session.get_one(User, number)
        user.totp_secret, user.totp_confirmed_at = "JBSWY3DPEHPK3PXP", people.now
        session.add_all([user, RecoveryCode(user_id=number, code_hash="a" * 64)])
        session.add(token_of(number, people))

    people.tell(enrol)
    reset(people, boss, number, second_factor=True)
    user = people.user(number)
    assert (user.totp_secret, user.totp_confirmed_at) == (None, None)
    assert user.password_hash is not None
    assert rows_of(people.story, RecoveryCode) == []
    assert [row.revoked_at for row in rows_of(people.story, ApiToken)] == [people.now]
    assert [mail.recipient for mail in people.mails("second_factor_reset")] == [CLERK]
    assert '"what":["second_factor"]' in people.audit("access_reset").details


def token_of(number: int, people: People) -> ApiToken:
    times: dict[str, Any] = {"created_at": people.now, "expires_at": people.now + timedelta(days=1)}
    return ApiToken(user_id=number, label="Skript", token_hash="b" * 64, scopes="read", **times)


@pytest.mark.parametrize("what", [{}, {"password": False}, {"second_factor": False, "password": False}])
def test_a_reset_of_nothing_is_none(few, what):
    boss = few.admin()
    number = few.joined(boss)
    with refused("nothing_said"):
        reset(few, boss, number, **what)


def test_nobody_resets_himself(few):
    boss = few.admin()
    with refused("own_reset"):
        reset(few, boss, boss, second_factor=True)


@pytest.mark.parametrize("state", ["invited", "closed"])
def test_an_account_that_is_not_in_use_is_not_reset(few, state):
    boss = few.admin()
    number = few.invited(boss) if state == "invited" else few.joined(boss)
    if state == "closed":
        few.close(boss, number)
    with refused("user_is_not_active"):
        reset(few, boss, number, password=True)
