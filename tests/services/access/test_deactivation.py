"""Who leaves is out at once, and what waited for him waits for somebody who is named; history keeps its authors."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from billing.services.access.sessions import start_session
from billing.services.acting import id_of
from billing.services.cases import find_case
from billing.services.estimates import add_estimate, read_estimate
from billing.services.parties import find_person
from billing.services.party_changes import change_person
from billing.services.work import find_entry
from billing.store.tables import ApiToken, Case, EstimateVersion, MailLink, Person, Proposal, Timer, User, UserSession
from billing.store.tables.kinds import LinkPurpose, ProposalKind, Role
from tests.services.access.people import CLERK, LEAD, People
from tests.services.furnishing import APPROVER, refused, rows_of


@pytest.fixture
def people(office) -> People:
    return People(office)


@pytest.fixture
def few(desk) -> People:
    return People(desk)


def look_after(people: People, ref: str, person: str | None, **columns) -> None:
    """Let a person look after a case."""

    def deed(session):
        case = find_case(session, ref)
        case.responsible_id = None if person is None else id_of(find_person(session, person))
        for name, value in columns.items():
            setattr(case, name, value)
        session.add(case)

    people.tell(deed)


def responsible(people: People) -> dict[str, int | None]:
    return {case.ref: case.responsible_id for case in rows_of(people.story, Case)}


def person_id(people: People, ref: str) -> int:
    return people.tell(lambda s: id_of(find_person(s, ref)))


def propose(people: People, by: int, entry: str) -> None:
    def deed(session):
        row = find_entry(session, entry)
        act = people.act_in(session, by)
        kind, reason = ProposalKind.WRITE_OFF, "Kulanz"
        session.add(Proposal(entry_id=id_of(row), kind=kind, reason=reason, **act.record()))

    people.tell(deed)


def draft(people: People, by: int, ref: str, case: str) -> None:
    lines = [{"rate_class": "regular", "minutes": 60}]
    raw = {"ref": ref, "case": case, "description": "Aufwand", "lines": lines}
    people.tell(lambda s: add_estimate(s, people.act_in(s, by), read_estimate(raw)))


def test_everything_that_lets_somebody_in_ends_at_once(people):
    boss = people.admin()
    number = people.joined(boss, CLERK, "staff", "lead")
    times = {"created_at": people.now, "expires_at": people.now + timedelta(days=9)}

    def open_doors(session):
        start_session(session, session.get_one(User, number), people.now)
        session.add(ApiToken(user_id=number, label="Skript", token_hash="b" * 64, scopes="read", **times))
        session.add(MailLink(user_id=number, token_hash="c" * 64, purpose=LinkPurpose.PASSWORD_RESET, **times))

    people.tell(open_doors)
    people.later(minutes=1)
    people.close(boss, number)
    ended = [row.ended_at for row in rows_of(people.story, UserSession)]
    revoked = [row.revoked_at for row in rows_of(people.story, ApiToken)]
    links = [row.revoked_at for row in rows_of(people.story, MailLink) if row.used_at is None]
    assert (ended, revoked, links) == ([people.now], [people.now], [people.now])
    assert people.roles(number) == []
    assert {(grant.revoked_at, grant.revoked_by_id) for grant in people.grants(number)} == {(people.now, boss)}
    assert people.user(number).disabled_at == people.now
    details = json.loads(people.audit("user_deactivated").details)
    assert (details["roles"], details["sessions_ended"], details["tokens_ended"]) == ([["lead", "staff"], []], 1, 1)


def test_links_mailed_to_a_contact_end_with_his_account(few):
    boss = few.admin()
    number = few.joined(boss, APPROVER, "controller_approver", controller="K-AVV-1")
    contact = few.user(number)
    times = {"created_at": few.now, "expires_at": few.now + timedelta(days=9)}
    whose = {"contact_id": contact.contact_id, "controller_id": contact.controller_id}
    few.tell(lambda s: s.add(MailLink(token_hash="c" * 64, purpose=LinkPurpose.DECIDE, **whose, **times)))
    few.close(boss, number)
    decide = [row.revoked_at for row in rows_of(few.story, MailLink) if row.purpose is LinkPurpose.DECIDE]
    assert decide == [few.now]


def test_open_cases_go_to_the_successor_and_closed_ones_stay(people):
    boss = people.admin()
    number = people.joined(boss)
    ref = people.add_staff("ML")
    people.joined(boss, LEAD, person=ref)
    for case in ("V-2", "V-3"):
        people.story.case(case)
    for case in ("V-1", "V-2"):
        look_after(people, case, "EB")
    look_after(people, "V-3", "EB", closed_at=people.now)
    handed = people.close(boss, number, hand_over_to=ref)
    assert handed.cases == ("V-1", "V-2")
    leaver, successor = person_id(people, "EB"), person_id(people, "ML")
    assert responsible(people) == {"V-1": successor, "V-2": successor, "V-3": leaver}
    (mail,) = people.mails("hand_over")
    assert mail.recipient == LEAD
    assert "V-1, V-2" in (mail.text or "")


def test_proposals_and_drafts_go_along_with_their_cases(people):
    """Nobody else can have written them, but the successor looks after the cases they belong to."""
    boss = people.admin()
    number = people.joined(boss)
    ref = people.add_staff("ML")
    people.joined(boss, LEAD, person=ref)
    people.story.case("V-2")
    people.story.work("E1", "V-1", "2026-10-06 09:00", 60)
    propose(people, number, "E1")
    draft(people, number, "KV-1", "V-2")
    look_after(people, "V-2", "CH")
    handed = people.close(boss, number, hand_over_to=ref)
    assert (handed.cases, handed.proposals, handed.estimates) == ((), ("E1",), ("KV-1",))
    assert responsible(people) == {"V-1": person_id(people, "ML"), "V-2": person_id(people, "CH")}
    (mail,) = people.mails("hand_over")
    assert "E1" in (mail.text or "")
    assert "KV-1" in (mail.text or "")
    proposal = people.tell(lambda s: s.exec(select(Proposal)).one())
    assert (proposal.recorded_by_id, proposal.decided_at) == (number, None)


@pytest.mark.parametrize(
    ("successor", "code"),
    [
        pytest.param(None, "hand_over_missing", id="nobody"),
        pytest.param("XX", "unknown_person", id="a person there is not"),
        pytest.param("EB", "successor_without_account", id="the leaver himself"),
        pytest.param("ML", "successor_without_account", id="a person without an account"),
    ],
)
def test_what_is_open_needs_somebody_who_can_take_it(few, successor, code):
    boss = few.admin()
    number = few.joined(boss)
    few.add_staff("ML")
    look_after(few, "V-1", "EB")
    said = {} if successor is None else {"hand_over_to": successor}
    with refused(code, "hand_over_to"):
        few.close(boss, number, **said)
    assert few.user(number).disabled_at is None
    assert few.roles(number) == [Role.STAFF]


def test_a_closed_account_takes_nothing_over(few):
    boss = few.admin()
    number = few.joined(boss)
    ref = few.add_staff("ML")
    few.close(boss, few.joined(boss, LEAD, person=ref))
    look_after(few, "V-1", "EB")
    with refused("successor_without_account"):
        few.close(boss, number, hand_over_to=ref)


def test_a_running_clock_keeps_no_account_open_and_its_time_is_told_to_the_successor(people):
    """Only its owner stops it in the browser: whoever let one run could not be locked out."""
    boss = people.admin()
    number = people.joined(boss)
    ref = people.add_staff("ML")
    people.joined(boss, LEAD, person=ref)
    case = people.tell(lambda s: id_of(find_case(s, "V-1")))
    clock = {"case_id": case, "person_id": person_id(people, "EB"), "service": "administration"}
    started = people.now - timedelta(minutes=90)
    people.tell(lambda s: s.add(Timer(started_at=started, **clock)))
    with refused("hand_over_missing") as caught:
        people.close(boss, number)
    assert caught.value.fields["open"] == "V-1"
    handed = people.close(boss, number, hand_over_to=ref)
    assert handed.clock is not None
    assert (handed.clock.case, handed.clock.started_at) == ("V-1", started)
    assert rows_of(people.story, Timer) == []
    (mail,) = people.mails("hand_over")
    assert "Eine Uhr lief für V-1, von " in mail.text
    assert json.loads(people.audit("timer_discarded").details)["minutes"] == 90
    told = json.loads(people.audit("user_deactivated").details)["timer"]
    assert told == ["V-1", started.isoformat(), people.now.isoformat()]


def test_the_last_admin_stays(people):
    boss = people.admin()
    people.joined(boss)
    with refused("last_admin"):
        people.close(boss, boss)
    assert people.user(boss).disabled_at is None


def test_a_last_day_is_no_way_out_for_the_last_admin_either(few):
    def leave(by: int, person: str) -> None:
        said = {"left_on": "2026-11-30"}
        few.tell(lambda s: change_person(s, few.act_in(s, by), find_person(s, person), said))

    boss = few.admin()
    with refused("last_admin"):
        leave(boss, person_of(few, boss))
    second = few.admin(LEAD, "ML", another=True)
    leave(second, person_of(few, boss))
    with refused("last_admin"):
        few.close(second, second)
    with refused("last_admin"):
        leave(second, person_of(few, second))


def person_of(people: People, user_id: int) -> str:
    return people.tell(lambda s: s.get_one(Person, s.get_one(User, user_id).person_id).ref)


def test_an_admin_goes_when_another_one_stays(few):
    boss = few.admin()
    second = few.admin(LEAD, "ML", another=True)
    few.close(boss, boss)
    assert few.user(boss).disabled_at == few.now
    with refused("last_admin"):
        few.close(second, second)


def test_an_account_is_closed_once(few):
    boss = few.admin()
    number = few.joined(boss)
    few.close(boss, number)
    with refused("user_is_disabled"):
        few.close(boss, number)


def test_what_the_leaver_recorded_stays_his(people):
    boss = people.admin()
    number = people.joined(boss)
    draft(people, number, "KV-1", "V-1")
    look_after(people, "V-1", "CH")
    people.close(boss, number, hand_over_to="CH")
    (version,) = rows_of(people.story, EstimateVersion)
    assert (version.recorded_by_id, version.recorded_by_name) == (number, "EB")
