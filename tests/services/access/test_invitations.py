"""Everybody comes in by an account of his own, with a password that nobody else ever knew (T-01, T-02)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from billing.errors import Problem
from billing.services.access.first_admin import create_admin, read_admin
from billing.services.access.invitations import invite, read_invitation, send_invitation
from billing.services.access.passwords import matches
from billing.services.access.users import AccountState, account_of_user
from billing.services.acting import id_of
from billing.store.tables import User
from billing.store.tables.kinds import Role
from tests.services.access.people import BOSS, CLERK, GOOD, LEAD, OTHER, People
from tests.services.furnishing import APPROVER, READER, refused, rows_of


@pytest.fixture
def people(office) -> People:
    return People(office)


@pytest.fixture
def few(desk) -> People:
    return People(desk)


def state_of(people: People, number: int) -> AccountState:
    return people.tell(lambda s: account_of_user(s, s.get_one(User, number), people.now)).state


def test_the_first_admin_is_made_by_an_operator_with_a_password_of_his_own(people):
    number = people.admin()
    assert people.roles(number) == [Role.ADMIN]
    assert matches(people.user(number).password_hash, GOOD)
    assert people.audit("role_granted").actor == "operator"


def test_without_a_password_the_first_admin_gets_an_invitation(people):
    new = read_admin({"email": BOSS, "name": "Cora Hof", "initials": "CH"})
    user, secret = people.tell(lambda s: create_admin(s, people.operator, new, None))
    assert user.password_hash is None
    assert people.link_of("invitation", BOSS) == secret


def test_a_second_first_admin_needs_an_operator_who_means_it(few):
    few.admin()
    with refused("admin_exists"):
        few.admin(LEAD, "ML")
    assert few.roles(few.admin(LEAD, "ML", another=True)) == [Role.ADMIN]


def test_a_weak_password_makes_no_admin(few):
    new = read_admin({"email": BOSS, "name": "Cora Hof", "initials": "CH"})
    with refused("password_too_short"):
        few.tell(lambda s: create_admin(s, few.operator, new, "kurz"))
    assert rows_of(few.story, User) == []


@pytest.mark.parametrize("missing", ["name", "initials"])
def test_an_admin_is_somebody_with_name_and_initials(missing):
    raw = {"email": BOSS, "name": "Cora Hof", "initials": "CH"}
    with refused("missing_key", missing):
        read_admin({name: value for name, value in raw.items() if name != missing})


def test_a_person_on_record_becomes_admin_under_the_same_reference(few):
    new = read_admin({"email": CLERK, "person": "EB"})
    user, _ = few.tell(lambda s: create_admin(s, few.operator, new, None))
    assert few.act(id_of(user)).name == "EB"


def test_an_invitation_opens_an_account_with_its_roles_and_its_owner_chooses_the_password(people):
    boss = people.admin()
    number = people.invited(boss, CLERK, "staff", "lead", language="en")
    assert (people.roles(number), state_of(people, number)) == ([Role.LEAD, Role.STAFF], AccountState.INVITED)
    (mail,) = people.mails("invitation")
    assert (mail.recipient, mail.language, mail.subject) == (CLERK, "en", "Your access at ImmoInvent GmbH")
    secret = people.link_of("invitation", CLERK)
    people.accept(secret, OTHER)
    assert matches(people.user(number).password_hash, OTHER)
    assert state_of(people, number) is AccountState.ACTIVE


def test_an_invitation_is_used_once(people):
    people.joined(people.admin())
    secret = people.link_of("invitation", CLERK)
    with refused("link_unknown"):
        people.accept(secret, OTHER)


def test_an_invitation_holds_for_seven_days(few):
    few.invited(few.admin())
    secret = few.link_of("invitation", CLERK)
    few.later(days=7)
    with refused("link_unknown"):
        few.accept(secret)
    few.now -= timedelta(seconds=1)
    few.accept(secret)


def test_a_password_that_is_refused_leaves_the_invitation_as_it_was(few):
    few.invited(few.admin())
    secret = few.link_of("invitation", CLERK)
    with refused("password_too_short"):
        few.accept(secret, "zu kurz!")
    few.accept(secret)


def test_a_newer_invitation_replaces_the_older_one(few):
    number = few.invited(few.admin())
    old = few.link_of("invitation", CLERK)
    few.later(hours=1)
    few.tell(lambda s: send_invitation(s, few.operator, s.get_one(User, number)))
    with refused("link_unknown"):
        few.accept(old)
    secret = few.link_of("invitation", CLERK)
    assert secret != old
    few.accept(secret)


def test_who_is_in_needs_no_invitation(few):
    number = few.joined(few.admin())
    with refused("user_is_active"):
        few.tell(lambda s: send_invitation(s, few.operator, s.get_one(User, number)))


def test_a_contact_is_invited_by_the_address_on_record(people):
    number = people.joined(people.admin(), APPROVER, "controller_approver", controller="K-AVV-1")
    user = people.user(number)
    assert (user.person_id, user.contact_id is not None) == (None, True)
    assert people.act(number).name == f"contact:{user.contact_id}"


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        pytest.param({"roles": []}, "no_role_named", "roles", id="no role"),
        pytest.param({"roles": ["staff", "staff"]}, "listed_twice", "roles[1]", id="a role twice"),
        pytest.param({"roles": ["root"]}, "unknown_value", "roles[0]", id="a role there is not"),
        pytest.param({"reason": ""}, "text_is_empty", "reason", id="no reason"),
        pytest.param({"person": None}, "person_or_controller", "person", id="nobody"),
        pytest.param({"controller": "K-AVV-1"}, "person_or_controller", "person", id="a person and a controller"),
        pytest.param({"person": "XY"}, "unknown_person", "person", id="a person there is not"),
        pytest.param({"person": None, "controller": "K-9"}, "unknown_controller", "controller", id="no controller"),
        pytest.param(
            {"person": None, "controller": "K-AVV-1"}, "unknown_contact", "email", id="an address of no contact"
        ),
        pytest.param({"email": BOSS}, "user_exists", "email", id="an address that has an account"),
        pytest.param({"email": BOSS.upper()}, "user_exists", "email", id="the same address in capitals"),
        pytest.param({"person": "CH"}, "holder_has_account", "email", id="a second account of one person"),
        pytest.param({"roles": ["controller_reader"]}, "role_is_of_controller", None, id="staff as a controller"),
        pytest.param({"expires_at": "2026-11-01T00:00:00Z"}, "end_has_passed", "expires_at", id="an end that is over"),
        pytest.param({"expires_at": "2026-12-01T00:00"}, "time_without_offset", "expires_at", id="no offset"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_said_and_nobody_is_let_in(few, change, code, path):
    boss = few.admin()
    raw = {"email": CLERK, "person": "EB", "roles": ["staff"], "reason": "Aufgabe"} | change
    said = {name: value for name, value in raw.items() if value is not None}
    with refused(code, path):
        few.tell(lambda s: invite(s, few.act_in(s, boss), read_invitation(said)))
    assert [row.id for row in rows_of(few.story, User)] == [boss]


@pytest.mark.parametrize(
    ("email", "role", "code"),
    [
        pytest.param(APPROVER, "staff", "role_is_of_staff", id="a contact as staff"),
        pytest.param(APPROVER, "admin", "role_is_of_staff", id="a contact as admin"),
        pytest.param(READER, "controller_approver", "contact_is_no_approver", id="who may not approve as approver"),
    ],
)
def test_no_contact_gets_a_role_that_is_not_his(few, email, role, code):
    boss = few.admin()
    with refused(code):
        few.invited(boss, email, role, controller="K-AVV-1")


def test_one_person_invited_at_two_addresses_at_once_has_one_account(people):
    boss = people.admin()

    def one(email):
        try:
            people.invited(boss, email)
        except Problem as problem:
            return problem.code
        return "invited"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(one, [CLERK, LEAD]))
    assert outcomes == ["holder_has_account", "invited"]


def test_a_closed_account_is_opened_again_without_its_old_password(people):
    boss = people.admin()
    number = people.joined(boss, CLERK, "staff")
    people.close(boss, number)
    people.later(days=1)
    assert people.invited(boss, CLERK, "lead") == number
    user = people.user(number)
    assert (user.disabled_at, user.password_hash, state_of(people, number)) == (None, None, AccountState.INVITED)
    assert people.roles(number) == [Role.LEAD]


def test_the_address_of_a_closed_account_is_nobody_elses(few):
    boss = few.admin()
    few.close(boss, few.joined(boss))
    ref = few.add_staff("XY")
    with refused("user_exists", "email"):
        few.invited(boss, CLERK, person=ref)


def test_a_link_of_a_closed_account_opens_nothing(few):
    boss = few.admin()
    number = few.invited(boss)
    secret = few.link_of("invitation", CLERK)
    few.close(boss, number)
    with refused("link_unknown"):
        few.accept(secret)


def test_no_address_and_no_name_stands_in_the_logs(people):
    people.joined(people.admin())
    from billing.store.tables import AccessLog, AuditLog  # noqa: PLC0415 - for this one question

    written = " ".join(
        f"{row.subject} {row.details} {row.actor}"
        for table in (AuditLog, AccessLog)
        for row in rows_of(people.story, table)
    )
    for personal in (CLERK, BOSS, "Erika", "Person CH", "Aufgabe"):
        assert personal not in written.replace("Erika Beispiel", "")  # the story's clerk acts by name
