"""An account is one person's: found by its address, changed by somebody else, told about it (T-01, T-11, T-31)."""

import json
from datetime import timedelta

import pytest

from billing.services.access.passwords import matches
from billing.services.access.resets import request_reset
from billing.services.access.sessions import start_session
from billing.services.access.user_links import at_reset
from billing.services.access.users import (
    account_of_user,
    change_user,
    find_user,
    list_accounts,
    record_pledge,
    user_by_id,
)
from billing.services.acting import id_of, put
from billing.store.tables import ApiToken, Contact, User, UserSession
from billing.store.tables.kinds import Role
from tests.services.access.people import BOSS, CLERK, GOOD, NETWORK, People
from tests.services.furnishing import APPROVER, READER, refused, rows_of
from tests.support.processor import found_processor

NEW = "erika@neu.example"


@pytest.fixture
def people(office) -> People:
    return People(office)


@pytest.fixture
def few(desk) -> People:
    return People(desk)


def change(people: People, by: int, user_id: int, **said):
    return people.tell(lambda s: change_user(s, people.act_in(s, by), s.get_one(User, user_id), said))


def test_accounts_are_listed_by_number_with_whose_they_are(people):
    boss = people.admin()
    clerk = people.joined(boss, CLERK, "staff", "lead")
    contact = people.invited(boss, APPROVER, "controller_approver", controller="K-AVV-1")
    rows = people.tell(lambda s: list_accounts(s, people.now))
    assert [(row.id, row.name, row.roles) for row in rows] == [
        (boss, "Person CH", (Role.ADMIN,)),
        (clerk, "Erika Beispiel", (Role.LEAD, Role.STAFF)),
        (contact, "Eva Kern", (Role.CONTROLLER_APPROVER,)),
    ]
    assert [row.controller.ref if row.controller else None for row in rows] == [None, None, "K-AVV-1"]
    assert [row.id for row in people.tell(lambda s: list_accounts(s, people.now, after=boss, most=1))] == [clerk]


def test_an_account_is_found_by_its_address_whatever_its_capitals(few):
    boss = few.admin()
    assert id_of(few.tell(lambda s: find_user(s, f" {BOSS.upper()}"))) == boss
    with refused("unknown_user", "user"):
        few.tell(lambda s: find_user(s, CLERK))


def test_one_address_may_have_an_account_at_each_processor_and_none_sees_the_others(people):
    boss = people.admin()
    other = found_processor(people.story.store, people.now.date(), "nachbar")
    with people.story.store.tenant(other) as session, refused("user_unknown"):
        user_by_id(session, boss)
    with people.story.store.tenant(other) as session, refused("unknown_user"):
        find_user(session, BOSS)


def test_a_new_address_is_told_to_both(people):
    boss = people.admin()
    number = people.joined(boss)
    change(people, boss, number, email=NEW)
    assert sorted(mail.recipient or "" for mail in people.mails("address_changed")) == sorted([CLERK, NEW])
    assert all(CLERK in (mail.text or "") and NEW in (mail.text or "") for mail in people.mails("address_changed"))
    assert id_of(people.tell(lambda s: find_user(s, NEW))) == number


def test_the_log_shows_digests_before_and_after(people):
    boss = people.admin()
    number = people.joined(boss)
    change(people, boss, number, email=NEW, language="en")
    event = people.audit("user_changed")
    digest = people.tell(lambda s: [s.ring.digest(CLERK), s.ring.digest(NEW)])
    assert json.loads(event.details) == {
        "changed": {"email": digest, "language": ["de", "en"]},
        "sessions_ended": 0,
        "links_ended": 0,
    }
    assert event.actor == "CH"


def test_addresses_changed_twice_are_told_twice(few):
    boss = few.admin()
    number = few.joined(boss)
    for email in (NEW, CLERK):
        few.later(hours=1)
        change(few, boss, number, email=email)
    assert len(few.mails("address_changed")) == 4


def test_what_was_mailed_to_the_old_address_opens_nothing(few):
    boss = few.admin()
    number = few.invited(boss)
    secret = few.link_of("invitation", CLERK)
    change(few, boss, number, email=NEW)
    with refused("link_unknown"):
        few.accept(secret)


def test_another_address_ends_all_sessions_and_what_was_mailed_to_the_old_one(people):
    boss = people.admin()
    number = people.joined(boss)
    for one in (boss, number, number):
        log_in(people, one)
    request_reset(people.story.store, {"email": CLERK}, NETWORK, people.now)
    secret = people.link_of("password_reset", CLERK)
    change(people, boss, number, email=NEW)
    assert open_sessions(people) == [boss]
    with refused("link_unknown"), at_reset(people.story.store, secret, NETWORK, people.now):
        pass
    details = json.loads(people.audit("user_changed").details)
    assert (details["sessions_ended"], details["links_ended"]) == (2, 1)


def test_another_address_leaves_the_person_password_second_factor_and_tokens(few):
    boss = few.admin()
    number = few.joined(boss, CLERK, "accountant")
    ends = {"created_at": few.now, "expires_at": few.now + timedelta(days=9)}
    token = ApiToken(user_id=number, label="x", token_hash="0" * 64, scopes="read", **ends)
    few.tell(lambda s: put(s, token))
    before = few.user(number)
    change(few, boss, number, email=NEW)
    after = few.user(number)
    assert matches(after.password_hash, GOOD)
    assert (after.totp_secret, after.totp_confirmed_at) == (before.totp_secret, before.totp_confirmed_at)
    assert [token.revoked_at for token in rows_of(few.story, ApiToken)] == [None]


def test_the_same_address_in_other_capitals_ends_nothing_and_is_told_to_nobody(few):
    boss = few.admin()
    number = few.joined(boss)
    log_in(few, number)
    assert change(few, boss, number, email=CLERK.upper()).email == CLERK.upper()
    assert (open_sessions(few), few.mails("address_changed")) == ([number], [])


def test_another_language_ends_nothing(few):
    boss = few.admin()
    number = few.joined(boss)
    log_in(few, number)
    change(few, boss, number, language="en")
    assert open_sessions(few) == [number]


def log_in(people: People, user_id: int) -> None:
    people.tell(lambda s: start_session(s, s.get_one(User, user_id), people.now))


def open_sessions(people: People) -> list[int]:
    return [row.user_id for row in rows_of(people.story, UserSession) if row.ended_at is None]


def test_the_contact_of_an_account_has_its_address(people):
    boss = people.admin()
    number = people.joined(boss, APPROVER, "controller_approver", controller="K-AVV-1")
    change(people, boss, number, email="kern@neu.example")
    assert "kern@neu.example" in {contact.email for contact in rows_of(people.story, Contact)}


def test_a_contact_does_not_get_the_address_of_another(few):
    boss = few.admin()
    number = few.joined(boss, APPROVER, "controller_approver", controller="K-AVV-1")
    with refused("row_exists"):
        change(few, boss, number, email=READER)
    assert few.user(number).email == APPROVER


@pytest.mark.parametrize(
    ("said", "code", "path"),
    [
        pytest.param({}, "nothing_said", "email", id="nothing"),
        pytest.param({"email": "kein"}, "email_invalid", "email", id="no address"),
        pytest.param({"email": BOSS}, "user_exists", "email", id="an address in use"),
        pytest.param({"language": "fr"}, "unknown_value", "language", id="a language we don't speak"),
        pytest.param({"email": None}, "may_not_be_empty", "email", id="no address any more"),
        pytest.param({"password_hash": "x"}, "unknown_key", "password_hash", id="a password"),
        pytest.param({"disabled_at": None}, "unknown_key", "disabled_at", id="an opening"),
    ],
)
def test_a_wrong_change_is_refused(few, said, code, path):
    boss = few.admin()
    number = few.joined(boss)
    with refused(code, path):
        change(few, boss, number, **said)
    assert few.user(number).email == CLERK


def test_nobody_changes_his_own_address_but_may_his_language(few):
    boss = few.admin()
    with refused("own_address"):
        change(few, boss, boss, email=NEW)
    assert change(few, boss, boss, language="en").language == "en"


def test_a_pledge_is_recorded_with_who_and_when(people):
    boss = people.admin()
    number = people.joined(boss)
    day = {"pledged_on": "2026-10-30"}
    people.tell(lambda s: record_pledge(s, people.act_in(s, boss), s.get_one(User, number), day))
    person = people.tell(lambda s: account_of_user(s, s.get_one(User, number), people.now)).person
    assert person.confidentiality_pledged_on.isoformat() == "2026-10-30"
    event = people.audit("pledge_recorded")
    assert (event.actor, event.subject, event.at) == ("CH", "person:EB", people.now)
    assert json.loads(event.details) == {"pledged_on": [None, "2026-10-30"]}


@pytest.mark.parametrize(
    ("email", "controller", "day", "code"),
    [
        pytest.param(CLERK, None, "2026-11-03", "pledge_in_future", id="tomorrow"),
        pytest.param(APPROVER, "K-AVV-1", "2026-11-01", "pledge_of_contact", id="of a contact"),
        pytest.param(CLERK, None, "30.10.2026", "not_a_date", id="no date"),
    ],
)
def test_a_pledge_is_a_past_day_of_a_member_of_staff(few, email, controller, day, code):
    boss = few.admin()
    said = {} if controller is None else {"controller": controller}
    number = few.invited(boss, email, "staff" if controller is None else "controller_reader", **said)
    with refused(code, "pledged_on"):
        few.tell(lambda s: record_pledge(s, few.act_in(s, boss), s.get_one(User, number), {"pledged_on": day}))
