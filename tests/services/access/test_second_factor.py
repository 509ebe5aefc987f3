"""The second factor: codes of RFC 6238 with one step of drift, each taken once; how it is set up; recovery codes."""

import threading
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from billing.errors import InvalidInput
from billing.services.access.enrolment import begin_enrolment, complete_enrolment
from billing.services.access.login import give_second_factor
from billing.services.access.second_factor import (
    RECOVERY_CODES,
    confirm_second_factor,
    matching_step,
    propose_second_factor,
    read_code,
    read_recovery_code,
    remove_second_factor,
    use_code,
)
from billing.services.access.visitor import Visitor
from billing.services.acting import Act
from billing.store.tables import AuditLog, RecoveryCode, User, UserSession
from billing.store.tables.kinds import Role
from tests.services.access.door import GOOD, MINUTE, NETWORK, NOW, WRONG, House, build, code_at, raw_column
from tests.services.furnishing import refused

STEP = timedelta(seconds=30)
# RFC 6238, appendix B: the secret of its test vectors and their codes, cut to six digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105 - published


def enrol(house: House, at: datetime = NOW, **said: str) -> tuple[str, list[str], str]:
    """Set a second factor up as its owner does; gives secret, recovery codes and the session's new token."""
    begun = house.enter(at)
    who = begun.visitor
    proposal = begin_enrolment(house.store, who, said, NETWORK, at)
    raw = {"enrolment": proposal.sealed, "code": code_at(proposal.secret, at)}
    with house.store.tenant(house.processor_id) as session:
        codes, logged_in = complete_enrolment(session, who.act(at), who, raw, NETWORK)
    return proposal.secret, codes, logged_in.token


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        pytest.param(59, "287082", id="1970"),
        pytest.param(1111111109, "081804", id="2005"),
        pytest.param(1234567890, "005924", id="2009"),
        pytest.param(2000000000, "279037", id="2033"),
        pytest.param(20000000000, "353130", id="2603"),
    ],
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert matching_step(RFC_SECRET, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@pytest.mark.parametrize(
    ("steps", "taken"),
    [
        pytest.param(-2, False, id="two steps ago"),
        pytest.param(-1, True, id="the one before"),
        pytest.param(0, True, id="of now"),
        pytest.param(1, True, id="of a clock that is ahead"),
        pytest.param(2, False, id="of one far ahead"),
    ],
)
def test_a_clock_may_be_one_step_off(steps, taken):
    step = matching_step(RFC_SECRET, code_at(RFC_SECRET, NOW, steps), NOW)
    assert (step is not None) is taken


def test_a_code_is_never_taken_twice_nor_an_older_one_after_it(store):
    house = build(store, Role.ADMIN)
    secret = house.enrol()
    taken = []
    for steps in (0, 0, -1, 1, 1):
        with store.tenant(house.processor_id) as session:
            user = session.get_one(User, house.user_id)
            taken.append(use_code(session, user, code_at(secret, NOW, steps), NOW))
    assert taken == [True, False, False, True, False]


def test_of_many_who_show_the_same_code_at_once_one_gets_in(store):
    house = build(store, Role.ADMIN)
    code = code_at(house.enrol(), NOW)
    taken, barrier = [], threading.Barrier(6)

    def show() -> None:
        barrier.wait()
        with store.tenant(house.processor_id) as session:
            taken.append(use_code(session, session.get_one(User, house.user_id), code, NOW))

    threads = [threading.Thread(target=show) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 5 + [True]


def test_setting_up_gives_a_whole_session_under_a_new_token(store):
    house = build(store, Role.ADMIN)
    secret, codes, token = enrol(house)
    who = house.visit(token)
    assert who is not None
    assert who.waits_for is None
    assert len(set(codes)) == RECOVERY_CODES
    assert [row.ended_at is None for row in house.rows(UserSession)] == [False, True]
    assert [row.action for row in house.rows(AuditLog)] == ["second_factor_enrolled"]
    assert house.log()[-1][0] == "second_factor_enrolled"
    later = NOW + MINUTE
    assert house.enter_with(secret, later).visitor.waits_for is None


def test_the_address_of_the_qr_code_names_product_and_account(store):
    house = build(store, Role.ADMIN)
    proposal = begin_enrolment(store, house.enter().visitor, {}, NETWORK, NOW)
    parsed = pyotp.parse_uri(proposal.uri)
    assert (parsed.secret, parsed.issuer, parsed.name) == (proposal.secret, "Mehraufwand", "erika@immoinvent.example")


def test_nothing_changes_before_the_first_code_is_right(store):
    house = build(store, Role.ADMIN)
    who = house.enter().visitor
    proposal = begin_enrolment(store, who, {}, NETWORK, NOW)
    wrong = f"{(int(code_at(proposal.secret, NOW)) + 1) % 1_000_000:06d}"
    with refused("code_wrong", "code"), store.tenant(house.processor_id) as session:
        complete_enrolment(session, who.act(NOW), who, {"enrolment": proposal.sealed, "code": wrong}, NETWORK)
    (user,) = house.rows(User)
    assert (user.totp_secret, user.totp_confirmed_at) == (None, None)


def test_a_proposal_is_one_person_s_and_for_a_quarter_of_an_hour(store):
    house = build(store, Role.ADMIN)
    other = build(store, Role.ADMIN, ref="debtify")
    with store.tenant(house.processor_id) as session:
        user = session.get_one(User, house.user_id)
        proposal = propose_second_factor(session, user, NOW)
    with refused("enrolment_unknown", "enrolment"), store.tenant(other.processor_id) as session:
        stranger = session.get_one(User, other.user_id)
        confirm_second_factor(session, Act("x", NOW), stranger, proposal.sealed, code_at(proposal.secret, NOW))
    late = NOW + 15 * MINUTE
    for sealed, at in ((proposal.sealed, late), ("AAAA", NOW), ("no base64!", NOW)):
        with refused("enrolment_unknown", "enrolment"), store.tenant(house.processor_id) as session:
            user = session.get_one(User, house.user_id)
            confirm_second_factor(session, Act("x", at), user, sealed, code_at(proposal.secret, at))


def test_replacing_a_factor_asks_for_it_and_for_the_password(store):
    house = build(store, Role.ADMIN)
    secret, _, _ = enrol(house)
    half = house.enter(NOW + MINUTE)
    with refused("session_incomplete"):
        begin_enrolment(store, half.visitor, {}, NETWORK, NOW)
    whole = house.enter_with(secret, NOW + 2 * MINUTE)
    with refused("password_needed", "current_password"):
        begin_enrolment(store, whole.visitor, {}, NETWORK, NOW)
    with refused("password_wrong", "current_password"):
        begin_enrolment(store, whole.visitor, {"current_password": WRONG}, NETWORK, NOW)
    proposal = begin_enrolment(store, whole.visitor, {"current_password": GOOD}, NETWORK, NOW + 2 * MINUTE)
    assert house.enter_with(secret, NOW + 4 * MINUTE).visitor.waits_for is None  # the old one works until then
    with store.tenant(house.processor_id) as session:
        raw = {"enrolment": proposal.sealed, "code": code_at(proposal.secret, NOW + 5 * MINUTE)}
        complete_enrolment(session, whole.visitor.act(NOW + 5 * MINUTE), whole.visitor, raw, NETWORK)
    with refused("code_wrong"):
        house.enter_with(secret, NOW + 6 * MINUTE)
    assert house.enter_with(proposal.secret, NOW + 6 * MINUTE).visitor.waits_for is None


def test_a_recovery_code_opens_once_and_new_ones_replace_the_old(store):
    house = build(store, Role.ADMIN)
    _, codes, _ = enrol(house)
    shown = {"recovery_code": codes[0].lower().replace("-", " ")}
    first = house.enter(NOW + MINUTE)
    assert give_second_factor(store, first.visitor, shown, NETWORK, NOW + MINUTE).visitor.waits_for is None
    assert [action for action, _ in house.log()][-2:] == ["recovery_code_used", "second_factor_given"]
    with refused("code_wrong", "recovery_code"):
        give_second_factor(store, house.enter(NOW + MINUTE).visitor, shown, NETWORK, NOW + MINUTE)
    assert sum(row.used_at is None for row in house.rows(RecoveryCode)) == RECOVERY_CODES - 1
    stored = raw_column(house, "recovery_code", "code_hash")
    assert not {code.replace("-", "") for code in codes} & set(stored)
    house.change(totp_secret=None, totp_confirmed_at=None)
    _, fresh, _ = enrol(house, NOW + 2 * MINUTE)
    with refused("code_wrong"):
        at = NOW + 3 * MINUTE
        give_second_factor(store, house.enter(at).visitor, {"recovery_code": codes[1]}, NETWORK, at)
    assert not set(fresh) & set(codes)


def test_of_many_who_show_the_same_recovery_code_at_once_one_gets_in(store):
    house = build(store, Role.ADMIN)
    _, codes, _ = enrol(house)
    halves = [house.enter(NOW + MINUTE).visitor for _ in range(6)]
    ends, barrier = [], threading.Barrier(6)

    def show(who: Visitor) -> None:
        barrier.wait()
        try:
            whole = give_second_factor(store, who, {"recovery_code": codes[0]}, NETWORK, NOW + MINUTE)
            ends.append(whole.visitor.waits_for is None)
        except InvalidInput:
            ends.append(False)

    threads = [threading.Thread(target=show, args=[who]) for who in halves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == [False] * 5 + [True]


def test_the_secret_is_sealed_at_rest(store):
    house = build(store, Role.ADMIN)
    secret = house.enrol()
    (stored,) = raw_column(house, "user", "totp_secret")
    assert secret.encode() not in bytes(stored)


def test_taken_off_it_must_be_set_up_anew(store):
    house = build(store, Role.ADMIN)
    enrol(house)
    with store.tenant(house.processor_id) as session:
        remove_second_factor(session, Act("admin", NOW), session.get_one(User, house.user_id))
    assert house.rows(RecoveryCode) == []
    assert house.enter(NOW + MINUTE).visitor.waits_for == "second_factor_enrolment"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        pytest.param("123456", "123456", id="six digits"),
        pytest.param("123 456 ", "123456", id="with a blank"),
        pytest.param("12345", None, id="five"),
        pytest.param("١٢٣٤٥٦", None, id="digits of another script"),
        pytest.param("12345a", None, id="a letter"),
        pytest.param(123456, None, id="a number"),
    ],
)
def test_codes_are_read_as_people_type_them(typed, code):
    if code is None:
        with refused("code_unreadable", "code") as caught:
            read_code(typed, "code")
        assert caught.value.fields["value"] is None
    else:
        assert read_code(typed, "code") == code


def test_recovery_codes_hold_no_signs_that_are_taken_for_each_other():
    assert read_recovery_code("abcd-efgh jklm-npqr", "recovery_code") == "ABCDEFGHJKLMNPQR"
    for typed in ("ABCD-EFGH-JKLM-NPQ0", "ABCD-EFGH-JKLM-NPQI", "ABCD", ""):
        with refused("recovery_code_unreadable", "recovery_code"):
            read_recovery_code(typed, "recovery_code")
