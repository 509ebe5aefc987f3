"""Personal tokens: never more than their owner, with an end, only hashed, and none that makes another one."""

from datetime import timedelta

import pytest

from billing.services.access.authentication import hash_of
from billing.services.access.tokens import make_token, own_tokens, revoke_token, token_by_id
from billing.services.access.visitor import Via, Visitor
from billing.store.tables import ApiToken, AuditLog
from billing.store.tables.kinds import Role
from tests.services.access.door import NOW, House, build
from tests.services.furnishing import refused

RAW = {"label": "Editor", "scopes": ["work"], "expires_at": "2027-06-30T00:00:00Z"}


def make(house: House, who: Visitor, **said):
    with house.store.tenant(house.processor_id) as session:
        return make_token(session, who.act(NOW), who, RAW | said)


def test_a_token_is_made_hashed_logged_and_opens(store):
    house = build(store, Role.STAFF)
    made = make(house, house.enter().visitor)
    assert made.token.startswith("mau_")
    assert made.row.token_hash == hash_of(made.token)
    who = house.visit(made.token, via=Via.TOKEN)
    assert who is not None
    assert ({str(right) for right in who.rights}, who.read_only) == ({"work"}, False)
    assert house.log()[-1] == ("token_made", f"api_token:{made.row.id}")
    (event,) = house.rows(AuditLog)
    assert made.token not in event.details


@pytest.mark.parametrize(
    ("said", "code", "path"),
    [
        pytest.param({"scopes": []}, "scopes_missing", "scopes", id="for nothing"),
        pytest.param({"scopes": ["read", "work"]}, "scope_read_alone", "scopes", id="read and more"),
        pytest.param({"scopes": ["fly"]}, "unknown_value", "scopes[0]", id="a right there is not"),
        pytest.param({"scopes": ["run_months"]}, "scope_not_yours", None, id="a right its maker has not"),
        pytest.param({"expires_at": "2026-11-02T08:00:00Z"}, "token_end_invalid", "expires_at", id="over at once"),
        pytest.param({"expires_at": "2027-11-03T08:01:00Z"}, "token_end_invalid", "expires_at", id="over a year"),
        pytest.param({"expires_at": None}, "not_a_moment", "expires_at", id="without an end"),
        pytest.param({"label": " "}, "text_is_empty", "label", id="without a label"),
    ],
)
def test_a_token_that_can_t_be_is_refused(store, said, code, path):
    house = build(store, Role.STAFF)
    with refused(code, path):
        make(house, house.enter().visitor, **said)
    assert house.rows(ApiToken) == []


def test_a_token_makes_no_token(store):
    house = build(store, Role.STAFF)
    who = house.visit(make(house, house.enter().visitor).token, via=Via.TOKEN)
    assert who is not None
    with refused("session_needed"):
        make(house, who)


def test_half_a_log_in_makes_no_token(store):
    house = build(store, Role.ADMIN)
    with refused("session_needed"):
        make(house, house.enter().visitor)
    secret = house.enrol()
    assert make(house, house.enter_with(secret).visitor).row.id is not None


def test_a_token_is_taken_back_by_its_owner_alone(store):
    house = build(store, Role.STAFF)
    owner = house.enter().visitor
    made = make(house, owner)
    other = build(store, Role.STAFF, ref="debtify", email="mia@debtify.example")
    stranger = other.enter(email="mia@debtify.example").visitor
    for place in (house, other):
        with refused("token_unknown"), store.tenant(place.processor_id) as session:
            token_by_id(session, stranger, made.row.id or 0)
    with store.tenant(house.processor_id) as session:
        revoke_token(session, owner.act(NOW), token_by_id(session, owner, made.row.id or 0))
    assert house.visit(made.token, via=Via.TOKEN) is None
    with refused("token_unknown"), store.tenant(house.processor_id) as session:
        token_by_id(session, owner, made.row.id or 0)


def test_one_s_tokens_are_listed_expired_ones_too_page_by_page(store):
    house = build(store, Role.STAFF)
    who = house.enter().visitor
    rows = [make(house, who, label=label).row for label in ("eins", "zwei", "drei")]
    with store.tenant(house.processor_id) as session:
        revoke_token(session, who.act(NOW), token_by_id(session, who, rows[1].id or 0))
    with store.tenant(house.processor_id, read_only=True) as session:
        assert [row.label for row in own_tokens(session, who)] == ["eins", "drei"]
        assert [row.label for row in own_tokens(session, who, after=rows[0].id or 0, most=1)] == ["drei"]
    later = house.visit(house.enter(NOW + timedelta(days=300)).token, NOW + timedelta(days=300))
    assert later is not None
    with store.tenant(house.processor_id, read_only=True) as session:
        assert len(own_tokens(session, later)) == 2
