"""Rights have a grantor, a reason and perhaps an end (T-08); nobody gives himself one, and one admin always stays."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from billing.errors import Problem, Refused
from billing.services.access.grants import (
    GRANT,
    NewGrant,
    grant_by_id,
    grant_of_role,
    grant_role,
    read_grant,
    revoke_grant,
)
from billing.services.access.invitations import open_account
from billing.services.access.resets import reset_access
from billing.services.acting import id_of
from billing.services.parties import find_person
from billing.store.tables import RoleGrant, User
from billing.store.tables.kinds import Role
from tests.services.access.people import BOSS, CLERK, LEAD, People
from tests.services.furnishing import APPROVER, READER, refused


@pytest.fixture
def people(office) -> People:
    return People(office)


@pytest.fixture
def few(desk) -> People:
    return People(desk)


def revoke(people: People, by: int, user_id: int, role: Role) -> None:
    def deed(session):
        grant = grant_of_role(session, session.get_one(User, user_id), role, people.now)
        revoke_grant(session, people.act_in(session, by), grant)

    people.tell(deed)


def test_a_grant_names_grantor_reason_and_end(people):
    boss = people.admin()
    number = people.joined(boss)
    people.grant(boss, number, Role.LEAD, reason="Urlaub", expires_at=people.now + timedelta(days=14))
    _, grant = people.grants(number)
    assert (grant.role, grant.reason, grant.recorded_by_id, grant.recorded_by_name) == (
        Role.LEAD,
        "Urlaub",
        boss,
        "CH",
    )
    assert grant.expires_at == people.now + timedelta(days=14)


def test_the_log_shows_roles_before_and_after(people):
    boss = people.admin()
    number = people.joined(boss)
    people.grant(boss, number, Role.LEAD)
    assert '"roles":[["staff"],["lead","staff"]]' in people.audit("role_granted").details
    revoke(people, boss, number, Role.STAFF)
    assert '"roles":[["lead","staff"],["lead"]]' in people.audit("role_revoked").details
    assert people.audit("role_revoked").actor == "CH"


def test_a_role_ends_at_its_very_end_and_may_be_given_again(few):
    boss = few.admin()
    number = few.joined(boss)
    few.grant(boss, number, Role.LEAD, expires_at=few.now + timedelta(days=1))
    few.later(days=1, seconds=-1)
    assert few.roles(number) == [Role.LEAD, Role.STAFF]
    few.later(seconds=1)
    assert few.roles(number) == [Role.STAFF]
    few.grant(boss, number, Role.LEAD)
    assert few.roles(number) == [Role.LEAD, Role.STAFF]


def test_a_role_taken_back_is_gone_but_stays_on_record(people):
    boss = people.admin()
    number = people.joined(boss)
    revoke(people, boss, number, Role.STAFF)
    assert people.roles(number) == []
    (grant,) = people.grants(number)
    assert (grant.revoked_at, grant.revoked_by_id) == (people.now, boss)


def test_nobody_gives_himself_a_role(few):
    boss = few.admin()
    with refused("own_grant"):
        few.grant(boss, boss, Role.ACCOUNTANT)


def test_a_role_is_held_once(few):
    boss = few.admin()
    number = few.joined(boss)
    with refused("role_is_held", "role"):
        few.grant(boss, number, Role.STAFF)


@pytest.mark.parametrize("role", [Role.CONTROLLER_APPROVER, Role.CONTROLLER_READER])
def test_no_member_of_staff_stands_on_the_controllers_side(few, role):
    boss = few.admin()
    number = few.joined(boss)
    with refused("role_is_of_controller") as caught:
        few.grant(boss, number, role)
    assert caught.value.fields["clause"] == "13(5)a"


@pytest.mark.parametrize("role", [Role.STAFF, Role.LEAD, Role.ACCOUNTANT, Role.ADMIN, Role.AUDITOR])
def test_no_contact_becomes_staff(few, role):
    boss = few.admin()
    number = few.invited(boss, READER, "controller_reader", controller="K-AVV-1")
    with refused("role_is_of_staff"):
        few.grant(boss, number, role)


def test_who_may_not_approve_gets_no_approvers_role(few):
    boss = few.admin()
    reader = few.invited(boss, READER, "controller_reader", controller="K-AVV-1")
    approver = few.invited(boss, APPROVER, "controller_reader", controller="K-AVV-1")
    with refused("contact_is_no_approver"):
        few.grant(boss, reader, Role.CONTROLLER_APPROVER)
    few.grant(boss, approver, Role.CONTROLLER_APPROVER)


def test_a_closed_account_gets_no_role(few):
    boss = few.admin()
    number = few.joined(boss)
    few.close(boss, number)
    with refused("user_is_disabled"):
        few.grant(boss, number, Role.LEAD)


def test_a_grant_is_taken_back_once(few):
    boss = few.admin()
    number = few.joined(boss)
    revoke(few, boss, number, Role.STAFF)
    (grant,) = few.grants(number)
    with refused("grant_is_revoked"):
        few.tell(lambda s: revoke_grant(s, few.act_in(s, boss), s.get_one(RoleGrant, id_of(grant))))


def test_the_grant_of_somebody_else_is_not_found(few):
    boss = few.admin()
    number = few.joined(boss)
    (grant,) = few.grants(boss)
    with refused("grant_unknown"):
        few.tell(lambda s: grant_by_id(s, s.get_one(User, number), id_of(grant)))


def test_a_role_that_is_not_held_is_named(few):
    boss = few.admin()
    with refused("role_is_not_held", "role"):
        revoke(few, boss, boss, Role.AUDITOR)


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        pytest.param({"role": "root"}, "unknown_value", "role", id="a role there is not"),
        pytest.param({"reason": " "}, "text_is_empty", "reason", id="a reason of nothing"),
        pytest.param({"until": "2027-01-01"}, "unknown_key", "until", id="a field there is not"),
        pytest.param({"expires_at": "morgen"}, "not_a_moment", "expires_at", id="no moment"),
    ],
)
def test_a_wrong_field_of_a_grant_is_named(change, code, path):
    with refused(code, path):
        read_grant({"role": "lead", "reason": "Vertretung"} | change)
    assert path in GRANT or f"{path}?" in GRANT or code == "unknown_key"


class TestTheLastAdmin:
    """Somebody must be able to let the others in again."""

    def test_keeps_his_role(self, people):
        boss = people.admin()
        with refused("last_admin") as caught:
            revoke(people, boss, boss, Role.ADMIN)
        assert isinstance(caught.value, Refused)
        assert people.roles(boss) == [Role.ADMIN]

    def test_may_go_when_there_is_a_second_one(self, people):
        boss = people.admin()
        second = people.admin(LEAD, "ML", another=True)
        revoke(people, second, boss, Role.ADMIN)
        with refused("last_admin"):
            revoke(people, second, second, Role.ADMIN)

    @pytest.mark.parametrize("why", ["was only invited", "ends on a day", "is closed"])
    def test_a_second_one_does_not_count_who(self, few, why):
        boss = few.admin()
        if why == "was only invited":
            few.invited(boss, CLERK, "admin")
        elif why == "ends on a day":
            few.grant(boss, few.joined(boss), Role.ADMIN, expires_at=few.now + timedelta(days=300))
        else:
            few.close(boss, few.joined(boss, CLERK, "admin"))
        with refused("last_admin"):
            revoke(few, boss, boss, Role.ADMIN)

    def test_is_not_closed_after_a_reset_by_one_whose_role_ends(self, few):
        boss = few.admin()
        second = few.joined(boss)
        few.grant(boss, second, Role.ADMIN, expires_at=few.now + timedelta(days=3))
        few.tell(lambda s: reset_access(s, few.act_in(s, second), s.get_one(User, boss), {"password": True}))
        with refused("last_admin"):
            few.close(second, boss)

    def test_is_made_anew_by_the_operator_once_the_role_of_the_only_one_has_ended(self, few):
        account = few.tell(lambda s: id_of(open_account(s, few.operator, find_person(s, "EB"), CLERK, "de")))
        ending = NewGrant(role=Role.ADMIN, reason="Einrichtung", expires_at=few.now + timedelta(days=1))
        few.tell(lambda s: id_of(grant_role(s, few.operator, s.get_one(User, account), ending)))
        with refused("admin_exists"):
            few.admin(LEAD, "ML")
        few.later(days=1)
        assert few.roles(few.admin(LEAD, "ML")) == [Role.ADMIN]

    def test_an_admin_with_an_end_may_be_taken_back_when_another_one_stays(self, few):
        boss = few.admin()
        number = few.joined(boss)
        few.grant(boss, number, Role.ADMIN, expires_at=few.now + timedelta(days=3))
        revoke(few, boss, number, Role.ADMIN)
        assert few.roles(number) == [Role.STAFF]

    def test_two_who_take_each_others_role_at_once_leave_one(self, people):
        """A takes from B while B takes from A: whoever comes second finds himself the last."""
        one, two = people.admin(), people.admin(LEAD, "ML", another=True)

        def take(by_and_from):
            by, whom = by_and_from
            try:
                revoke(people, by, whom, Role.ADMIN)
            except Problem as problem:
                return problem.code
            return "taken"

        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(pool.map(take, [(one, two), (two, one)]))
        assert outcomes == ["last_admin", "taken"]
        assert sum(Role.ADMIN in people.roles(number) for number in (one, two)) == 1


def test_of_many_who_give_the_same_role_at_once_one_does(people):
    boss = people.admin()
    number = people.joined(boss)
    at_once = Barrier(6)

    def give(_: int) -> str:
        at_once.wait()
        try:
            people.grant(boss, number, Role.LEAD)
        except Problem as problem:
            return problem.code
        return "given"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(give, range(6)))
    assert outcomes == ["given"] + ["role_is_held"] * 5


def test_the_operator_of_the_command_line_has_no_account_to_name(few):
    boss = few.admin(BOSS)
    (grant,) = few.grants(boss)
    assert (grant.recorded_by_id, grant.recorded_by_name) == (None, "operator")
