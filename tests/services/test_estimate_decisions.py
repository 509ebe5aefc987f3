"""What a controller says to an estimate by himself: yes, no or a question; about the version he has, and once."""

from datetime import timedelta

import pytest

from billing.errors import Refused
from billing.services.access.visitor import Via
from billing.services.acting import id_of
from billing.services.estimate_decisions import Decider, answer_question, decide_estimate, read_decision
from billing.services.estimate_lists import newest_sent_estimates
from billing.services.estimate_states import expire_estimates, send_estimate, state_at, withdraw_estimate
from billing.services.estimate_versions import add_version
from billing.services.estimates import add_estimate, find_estimate, read_estimate, version_by_id
from billing.services.parties import address_digest, find_contact, find_person
from billing.services.party_changes import end_contact
from billing.store.session import TenantSession
from billing.store.tables import Approval, AuditLog, EstimateEvent, Mail, MailLink, User
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import APPROVER, READER, last_event, refused, rows_of
from tests.services.test_estimates import NEW

SENT, LATER = "2026-10-05 09:00", "2026-10-06 10:30"


def sent(story: Story, **change):
    """Draft and send an estimate; gives the id of its version."""
    act = story.act(SENT)

    def send(session):
        new = add_estimate(session, act, read_estimate({**NEW, "ref": "Q-1"} | change))
        return id_of(send_estimate(session, act, new).record.version)

    return story.tell(send)


def decide(story: Story, version: int, decision: str, message: str | None = None, *, by=APPROVER, when=LATER):
    def say(session):
        record = version_by_id(session, version)
        contact = find_contact(session, record.estimate.controller_id, by)
        decider = Decider(contact_id=id_of(contact), via=Via.LINK, credential_id=7, network="192.0.2.0/24")
        new = read_decision({"decision": decision, "message": message})
        return str(decide_estimate(session, story.act(when), record, decider, new).version.state)

    return story.tell(say)


def test_a_yes_is_a_release_that_names_who_when_how_and_what(office: Story):
    version = sent(office)
    assert decide(office, version, "approve") == "approved"
    (approval,) = rows_of(office, Approval)
    assert (approval.approved_at, approval.channel.value) == (at(LATER), "portal")
    assert approval.evidence_note == (
        "Freigegeben von Eva Kern am 06.10.2026 10:30:00, über den Link aus der E-Mail, aus dem Netz 192.0.2.0/24; "
        f"Fassung Q-1/1, SHA-256 {office.tell(lambda s: version_by_id(s, version)).version.sha256}."
    )
    assert [(event.state.value, event.contact_id) for event in rows_of(office, EstimateEvent)] == [
        ("sent", None),
        ("approved", approval.contact_id),
    ]


def test_the_log_holds_no_word_and_no_name_of_the_controller(office: Story):
    version = sent(office)
    decide(office, version, "ask", "Warum vier Stunden?")
    assert last_event(office)[:2] == ("estimate_questioned", "estimate:Q-1")
    written = " ".join(row.details for row in rows_of(office, AuditLog))
    assert "192.0.2.0/24" in written
    for secret in ("vier Stunden", "Kern", APPROVER):
        assert secret not in written


def test_a_question_is_answered_and_the_estimate_can_be_decided_again(office: Story):
    version = sent(office)
    assert decide(office, version, "ask", "Warum vier Stunden?") == "questioned"
    office.tell(
        lambda s: answer_question(s, office.act("2026-10-06 12:00"), find_estimate(s, "Q-1"), {"message": "Archive"})
    )
    assert decide(office, version, "approve", when="2026-10-06 13:00") == "approved"
    said = [(event.state.value, event.message) for event in rows_of(office, EstimateEvent)]
    assert said == [("sent", None), ("questioned", "Warum vier Stunden?"), ("sent", "Archive"), ("approved", None)]


def test_nobody_of_ours_decides_by_a_link_to_himself(office: Story):
    """Who is a contact by the address of his account here is one person, and on our side (T-09)."""
    version = sent(office)

    def join(session: TenantSession) -> None:
        person, digest = find_person(session, "EB"), address_digest(session, APPROVER.upper())
        session.add(User(person_id=id_of(person), email_digest=digest, created_at=at("2026-10-06 08:00")))

    office.tell(join)
    with refused("approver_is_staff"):
        decide(office, version, "approve")
    assert rows_of(office, Approval) == []


def test_a_question_does_not_stop_a_decision(office: Story):
    version = sent(office)
    decide(office, version, "ask", "Warum?")
    decide(office, version, "ask", "Und warum nachts?", when="2026-10-06 10:31")
    assert decide(office, version, "decline", "Zu teuer", when="2026-10-06 10:32") == "declined"
    assert rows_of(office, EstimateEvent)[-1].message == "Zu teuer"


def test_everybody_who_may_approve_is_mailed_a_link_for_just_this_version(desk: Story):
    version = sent(desk)
    (link,), (mail,) = rows_of(desk, MailLink), rows_of(desk, Mail)
    assert (link.purpose.value, link.subject_table, link.subject_id) == ("decide", "estimate_version", version)
    assert (mail.kind, mail.recipient) == ("estimate_sent", APPROVER)
    assert "Recherche" in mail.text
    assert "475,00" in mail.text  # 16 units of 25.00, and two at night of 37.50


def test_a_link_outlives_the_end_of_its_estimate_by_a_week(desk: Story):
    sent(desk, valid_until="2026-10-19T18:00:00+02:00")
    (link,) = rows_of(desk, MailLink)
    assert link.expires_at == at("2026-10-19 18:00") + timedelta(days=7)


@pytest.mark.parametrize(
    ("decision", "message", "code"),
    [
        pytest.param("ask", None, "missing_key", id="a question that asks nothing"),
        pytest.param("approve", "aber nur die Hälfte", "approval_with_message", id="a yes with a but"),
        pytest.param("maybe", None, "unknown_value", id="neither yes nor no"),
    ],
)
def test_a_word_that_is_no_decision_is_refused(decision, message, code):
    with refused(code):
        read_decision({"decision": decision, "message": message})


def test_who_may_not_approve_decides_nothing(office: Story):
    version = sent(office)
    with refused("contact_may_not_approve"):
        decide(office, version, "decline", by=READER)
    assert rows_of(office, EstimateEvent)[-1].state.value == "sent"


@pytest.mark.parametrize("decision", ["approve", "decline", "ask"])
@pytest.mark.parametrize("first", ["approve", "decline"])
def test_what_is_decided_stays_decided(desk: Story, first, decision):
    version = sent(desk)
    decide(desk, version, first)
    with refused("estimate_is_decided") as caught:
        decide(desk, version, decision, "Doch nicht" if decision == "ask" else None)
    assert isinstance(caught.value, Refused)
    assert len(rows_of(desk, EstimateEvent)) == 2


def test_a_superseded_version_can_t_be_approved_any_more(office: Story):
    old = sent(office)
    office.tell(lambda s: add_version(s, office.act(SENT), find_estimate(s, "Q-1"), {"description": "anders"}))
    with refused("estimate_superseded") as caught:
        decide(office, old, "approve")
    assert caught.value.fields["version"] == 1
    new = office.tell(lambda s: send_estimate(s, office.act(SENT), find_estimate(s, "Q-1"))).record.version
    assert decide(office, id_of(new), "approve") == "approved"


def test_who_may_decide_hears_of_it_at_once_whoever_sends_or_withdraws(office: Story):
    sent(office)
    assert [mail.kind for mail in rows_of(office, Mail)] == ["estimate_sent"]
    take_back = {"reason": "Die Anfrage hat sich erledigt."}
    notices = office.tell(lambda s: withdraw_estimate(s, office.act(LATER), find_estimate(s, "Q-1"), take_back))
    assert (notices, rows_of(office, Mail)[-1].kind) == ([], "estimate_withdrawn")
    assert "Die Anfrage hat sich erledigt." in (rows_of(office, Mail)[-1].text or "")


def test_what_went_out_by_other_ways_is_mailed_to_nobody(desk: Story):
    act, new = desk.act(SENT), read_estimate({**NEW, "ref": "Q-1"})
    desk.tell(lambda s: send_estimate(s, act, add_estimate(s, act, new), act.at))
    assert rows_of(desk, Mail) == []


def test_who_sends_or_withdraws_where_nobody_may_approve_is_told_so(office: Story):
    office.tell(lambda s: end_contact(s, office.act(SENT), find_contact(s, 1, APPROVER)))
    act, new = office.act(SENT), read_estimate({**NEW, "ref": "Q-1"})
    told = office.tell(lambda s: send_estimate(s, act, add_estimate(s, act, new))).notices
    told += office.tell(lambda s: withdraw_estimate(s, act, find_estimate(s, "Q-1"), {}))
    assert [notice.code for notice in told] == ["nobody_may_approve", "nobody_may_approve"]


def test_what_is_withdrawn_can_t_be_decided(desk: Story):
    version = sent(desk)
    desk.tell(lambda s: withdraw_estimate(s, desk.act(SENT), find_estimate(s, "Q-1"), {}))
    with refused("estimate_is_decided"):
        decide(desk, version, "approve")


# sent                valid until 18:00
# |--- may decide -----------|--- expired, marked or not ---
@pytest.mark.parametrize(
    ("when", "outcome"),
    [("2026-10-19 18:00", "approved"), ("2026-10-19 18:01", "estimate_expired")],
    ids=["at the very minute of its end it can be decided", "a minute later it can't"],
)
def test_an_estimate_can_be_decided_until_its_end(office: Story, when, outcome):
    version = sent(office, valid_until="2026-10-19T18:00:00+02:00")
    if outcome == "approved":
        assert decide(office, version, "approve", when=when) == outcome
    else:
        with refused(outcome):
            decide(office, version, "approve", when=when)


def test_what_nobody_decided_in_time_expires_by_a_duty_that_may_be_done_often(office: Story):
    sent(office, valid_until="2026-10-19T18:00:00+02:00")
    sent(office, ref="Q-2")

    def mark(when):
        return office.tell(lambda s: expire_estimates(s, office.act(when)))

    assert [mark(when) for when in ("2026-10-19 18:00", "2026-10-19 18:01", "2026-10-20 09:00")] == [0, 1, 0]
    event = rows_of(office, EstimateEvent)[-1]
    assert (event.state.value, event.happened_at) == ("expired", at("2026-10-19 18:00"))
    assert last_event(office)[:2] == ("estimate_expired", "estimate:Q-1")


def test_an_expired_estimate_reads_as_expired_before_the_duty_was_done(desk: Story):
    version = sent(desk, valid_until="2026-10-19T18:00:00+02:00")
    row = desk.tell(lambda s: version_by_id(s, version)).version
    assert [state_at(row, at(when)).value for when in ("2026-10-19 18:00", "2026-10-19 18:01")] == ["sent", "expired"]


def test_nothing_is_answered_that_was_not_asked(desk: Story):
    sent(desk)
    with refused("estimate_not_questioned"):
        desk.tell(lambda s: answer_question(s, desk.act(LATER), find_estimate(s, "Q-1"), {"message": "Ja"}))


def test_where_not_all_fit_the_controller_is_shown_the_newest(office: Story):
    for ref in ("Q-1", "Q-2", "Q-3"):
        sent(office, ref=ref)
    office.tell(lambda session: add_estimate(session, office.act(LATER), read_estimate({**NEW, "ref": "Q-4"})))
    client = office.tell(lambda session: find_estimate(session, "Q-1").estimate.controller_id)
    shown = office.tell(lambda session: newest_sent_estimates(session, client, 2))
    assert [row.ref for row in shown] == ["Q-3", "Q-2"], "and none that he was not sent"
    assert office.tell(lambda session: newest_sent_estimates(session, client + 1, 2)) == []
