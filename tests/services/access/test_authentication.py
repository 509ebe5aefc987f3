"""Who is it? Sessions and tokens end, roles run out, accounts close: each request asks anew and gets today's answer."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from billing.services.access.authentication import find_tenant, hash_of, needs_touch, touch
from billing.services.access.rights import RIGHTS, Right
from billing.services.access.visitor import Credentials, Via
from billing.services.acting import Act
from billing.services.policies import set_policy
from billing.store.tables import ApiToken, Contact, Person, RoleGrant, UserSession
from billing.store.tables.kinds import Role
from tests.services.access.door import MINUTE, NOW, House, build
from tests.services.furnishing import refused

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
TOKEN = "mau_unter-uns"  # noqa: S105 - what such a test needs


def token(house: House, scopes: str = "read", **columns) -> str:
    row = {"user_id": house.user_id, "label": "x", "token_hash": hash_of(TOKEN), "scopes": scopes, "created_at": NOW}
    with house.store.tenant(house.processor_id) as session:
        session.add(ApiToken(**{**row, "expires_at": NOW + 24 * HOUR, **columns}))
    return TOKEN


def test_a_session_says_who_where_and_what(store):
    house = build(store, Role.STAFF)
    who = house.visit(house.enter().token)
    assert who is not None
    assert (who.processor_id, who.user_id, who.name, who.via) == (house.processor_id, house.user_id, "EB", Via.SESSION)
    assert (who.roles, who.rights, who.waits_for) == (frozenset({Role.STAFF}), RIGHTS[Role.STAFF], None)


# NOW |--- 14:59 ---|15 min idle: over          12 h: over, however busy
@pytest.mark.parametrize(
    ("later", "alive"),
    [
        pytest.param(15 * MINUTE - SECOND, True, id="a second before the idle limit"),
        pytest.param(15 * MINUTE, False, id="idle for 15 minutes"),
    ],
)
def test_a_session_ends_when_its_owner_is_away(store, later, alive):
    house = build(store, Role.STAFF)
    begun = house.enter()
    assert (house.visit(begun.token, NOW + later) is not None) is alive


def test_a_session_ends_after_its_hours_however_busy(store):
    house = build(store, Role.STAFF)
    begun = house.enter()
    for minutes in range(10, 12 * 60, 10):
        at = NOW + minutes * MINUTE
        who = house.visit(begun.token, at)
        assert who is not None
        with store.tenant(house.processor_id) as session:
            touch(session, who, at)
    assert house.visit(begun.token, NOW + 12 * HOUR - SECOND) is not None
    assert house.visit(begun.token, NOW + 12 * HOUR) is None


def test_limits_are_the_processor_s_choice(store):
    house = build(store, Role.STAFF)
    with store.tenant(house.processor_id) as session:
        set_policy(session, Act("admin", NOW), {"session_idle_minutes": 5, "session_hours": 1})
    begun = house.enter()
    assert begun.expires_at == NOW + HOUR
    assert house.visit(begun.token, NOW + 5 * MINUTE) is None


def test_use_is_noted_once_a_minute(store):
    house = build(store, Role.STAFF)
    begun = house.enter()
    early, later = house.visit(begun.token, NOW + 59 * SECOND), house.visit(begun.token, NOW + MINUTE)
    assert early is not None
    assert later is not None
    assert (needs_touch(early, NOW + 59 * SECOND), needs_touch(later, NOW + MINUTE)) == (False, True)
    with store.tenant(house.processor_id) as session:
        touch(session, later, NOW + MINUTE)
    assert [row.last_seen_at for row in house.rows(UserSession)] == [NOW + MINUTE]


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param("", id="nothing"),
        pytest.param("attackerfixed", id="one of the client's choice"),
        pytest.param(hash_of(TOKEN), id="what is stored of it"),
        pytest.param(f" {TOKEN}", id="nearly the same"),
        pytest.param("\udcff", id="no text at all"),
    ],
)
@pytest.mark.parametrize("via", Via)
def test_what_was_not_made_here_opens_nothing(store, forged, via):
    house = build(store, Role.STAFF)
    token(house)
    assert find_tenant(store, Credentials(via, forged)) is None


def test_a_session_is_no_token_and_a_token_no_session(store):
    house = build(store, Role.STAFF)
    assert house.visit(house.enter().token, via=Via.TOKEN) is None
    assert house.visit(token(house), via=Via.SESSION) is None


def test_only_a_hash_is_stored(store):
    house = build(store, Role.STAFF)
    begun = house.enter()
    (row,) = house.rows(UserSession)
    assert row.token_hash == hash_of(begun.token)
    assert len(begun.token) >= 43  # 256 bits


@pytest.mark.parametrize("via", [Via.SESSION, Via.TOKEN])
def test_a_closed_account_comes_in_no_way(store, via):
    house = build(store, Role.STAFF)
    secret = house.enter().token if via is Via.SESSION else token(house)
    assert house.visit(secret, via=via) is not None
    house.change(disabled_at=NOW)
    assert house.visit(secret, via=via) is None


def test_a_contact_who_left_the_controller_does_not_come_in(store):
    house = build(store, Role.CONTROLLER_READER)
    secret = house.enter().token
    who = house.visit(secret)
    assert who is not None
    assert (who.rights, who.controller_id, who.person_id) == (frozenset({Right.PORTAL_READ}), 1, None)
    with store.tenant(house.processor_id) as session:
        session.execute(sa.update(Contact).values(ended_at=NOW))
    assert house.visit(secret) is None


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        pytest.param({"expires_at": NOW + SECOND}, {Role.STAFF, Role.AUDITOR}, id="to run out"),
        pytest.param({"expires_at": NOW}, {Role.STAFF}, id="run out"),
        pytest.param({"revoked_at": NOW - HOUR}, {Role.STAFF}, id="taken back"),
    ],
)
def test_roles_count_while_they_hold(store, columns, roles):
    house = build(store, Role.STAFF)
    grant = house.grant(Role.AUDITOR, **{name: value for name, value in columns.items() if name == "expires_at"})
    if "revoked_at" in columns:
        with store.tenant(house.processor_id) as session:
            session.get_one(RoleGrant, grant.id).revoked_at = columns["revoked_at"]
    who = house.visit(house.enter().token)
    assert who is not None
    assert who.roles == roles


@pytest.mark.parametrize(
    ("scopes", "rights", "read_only"),
    [
        pytest.param("read", RIGHTS[Role.STAFF], True, id="all, to look at"),
        pytest.param("work", {Right.WORK}, False, id="one right"),
        pytest.param("run_months work", {Right.WORK}, False, id="what the owner has not counts nothing"),
        pytest.param("gone_with_version_2", set(), False, id="a right there is no more"),
    ],
)
def test_a_token_may_what_its_scopes_leave_of_its_owner_s_rights(store, scopes, rights, read_only):
    house = build(store, Role.STAFF)
    who = house.visit(token(house, scopes), via=Via.TOKEN)
    assert who is not None
    assert (who.rights, who.read_only, who.waits_for) == (rights, read_only, None)


def test_a_token_loses_what_its_owner_loses(store):
    house = build(store, Role.STAFF)
    secret = token(house, "work")
    with store.tenant(house.processor_id) as session:
        session.execute(sa.update(RoleGrant).values(revoked_at=NOW))
    who = house.visit(secret, via=Via.TOKEN)
    assert who is not None
    assert who.rights == frozenset()


@pytest.mark.parametrize(
    "columns",
    [pytest.param({"expires_at": NOW}, id="expired"), pytest.param({"revoked_at": NOW}, id="revoked")],
)
def test_a_token_that_ended_opens_nothing(store, columns):
    house = build(store, Role.STAFF)
    assert house.visit(token(house, **columns), via=Via.TOKEN) is None


def test_a_token_older_than_a_role_that_asks_for_a_second_factor_waits_for_one(store):
    house = build(store, Role.STAFF)
    secret = token(house)
    house.grant(Role.ADMIN)
    who = house.visit(secret, via=Via.TOKEN)
    assert who is not None
    assert who.waits_for == "second_factor_enrolment"
    house.enrol()
    who = house.visit(secret, via=Via.TOKEN)
    assert who is not None
    assert who.waits_for is None


@pytest.mark.parametrize(
    ("role", "enrolled", "waits_for"),
    [
        pytest.param(Role.STAFF, False, None, id="staff need none"),
        pytest.param(Role.LEAD, False, None, id="a lead needs none"),
        pytest.param(Role.STAFF, True, "second_factor", id="who has one is asked for it"),
        pytest.param(Role.ACCOUNTANT, False, "second_factor_enrolment", id="accountant"),
        pytest.param(Role.ADMIN, False, "second_factor_enrolment", id="admin"),
        pytest.param(Role.CONTROLLER_APPROVER, False, "second_factor_enrolment", id="approver"),
        pytest.param(Role.ADMIN, True, "second_factor", id="admin with one"),
        pytest.param(Role.CONTROLLER_READER, False, None, id="who only reads in the portal"),
        pytest.param(Role.AUDITOR, False, None, id="auditor"),
    ],
)
def test_a_password_alone_is_half_a_log_in_where_the_role_asks_for_more(store, role, enrolled, waits_for):
    house = build(store, role)
    if enrolled:
        house.enrol()
    begun = house.enter()
    assert begun.visitor.waits_for == waits_for
    who = house.visit(begun.token)
    assert who is not None
    assert who.waits_for == waits_for


def test_who_has_left_gets_in_no_more_from_the_day_after_the_last(store):
    house = build(store, Role.STAFF)
    midnight = datetime(2026, 11, 1, 23, tzinfo=UTC)  # of Berlin
    with store.tenant(house.processor_id) as session:
        session.exec(select(Person)).one().left_on = date(2026, 11, 1)
    begun, own = house.enter(midnight - MINUTE), token(house)
    assert house.visit(begun.token, midnight - MINUTE) is not None
    assert house.visit(own, midnight - MINUTE, Via.TOKEN) is not None
    assert house.visit(begun.token, midnight) is None
    assert house.visit(own, midnight, Via.TOKEN) is None
    with refused("login_failed"):
        house.enter(midnight)
    assert house.log()[-1] == ("login_failed", f"user:{house.user_id}")


def test_an_old_password_is_to_be_changed_where_the_processor_wants_that(store):
    house = build(store, Role.STAFF)
    secret = house.enrol()
    with store.tenant(house.processor_id) as session:
        set_policy(session, Act("admin", NOW), {"password_max_age_days": 30})
    at = NOW + timedelta(days=21)
    assert house.enter_with(secret, at - SECOND * 60).visitor.waits_for is None
    half = house.enter(at)
    assert half.visitor.waits_for == "second_factor"  # first things first
    assert house.enter_with(secret, at).visitor.waits_for == "new_password"


def test_another_processor_s_session_is_found_there_only(store):
    ours = build(store, Role.STAFF)
    theirs = build(store, Role.STAFF, ref="debtify")
    secret = ours.enter(processor="immoinvent").token
    found = find_tenant(store, Credentials(Via.SESSION, secret))
    assert found is not None
    assert found.processor_id == ours.processor_id != theirs.processor_id
