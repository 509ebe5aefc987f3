"""A cost estimate changed: a draft as it is, a sent one by a new version that takes its place (13(5)a)."""

import pytest

from billing.services.approvals import (
    approve_estimate,
    decline_estimate,
    read_approval,
    read_question,
    read_refusal,
    record_question,
)
from billing.services.estimate_content import estimate_content, without_texts
from billing.services.estimate_states import expire_estimates, send_estimate, withdraw_estimate
from billing.services.estimate_versions import add_version, change_estimate
from billing.services.estimates import add_estimate, estimate_by_id, find_estimate, read_estimate, version_by_id
from billing.services.proofs import ProofFile
from billing.store.tables import AuditLog, EstimateEvent, EstimateLine, EstimateVersion
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import APPROVER, last_event, refused, rows_of
from tests.services.test_estimates import APPROVED, NEW
from tests.support.papers import release_mail

WHEN = "2026-10-05 09:00"
TRAVEL = {"lines": [{"rate_class": "travel", "minutes": 60}]}
UNTIL = "2026-10-19T18:00:00+02:00"


def add(story: Story, **change) -> None:
    story.tell(lambda s: add_estimate(s, story.act(WHEN), read_estimate({**NEW, "ref": "Q-1"} | change)))


def send(story: Story, when: str = WHEN):
    return story.tell(lambda s: send_estimate(s, story.act(when), find_estimate(s, "Q-1"))).record


def revise(story: Story, change=None, when: str = WHEN):
    return story.tell(lambda s: add_version(s, story.act(when), find_estimate(s, "Q-1"), change or {}))


def change_draft(story: Story, change):
    return story.tell(lambda s: change_estimate(s, story.act(WHEN), find_estimate(s, "Q-1"), change))


def approve(story: Story, change=None, when: str = "2026-11-02 09:00"):
    new = read_approval(APPROVED | (change or {}))
    act = story.act(when)
    return story.tell(lambda s: approve_estimate(s, act, find_estimate(s, "Q-1"), new, release_mail())).approval


def states(story: Story) -> list[tuple[int, str]]:
    return [(row.version_no, row.state.value) for row in rows_of(story, EstimateVersion)]


def test_a_draft_is_changed_as_it_is(office: Story):
    add(office, valid_until=UNTIL)
    record = change_draft(office, {**TRAVEL, "description": "Anreise", "valid_until": None})
    assert (record.lines, record.version.description, record.version.valid_until) == (
        TRAVEL["lines"],
        "Anreise",
        None,
    )
    assert [(line.rate_class.value, line.minutes) for line in rows_of(office, EstimateLine)] == [("travel", 60)]
    assert states(office) == [(1, "draft")]
    assert last_event(office)[:2] == ("estimate_changed", "estimate:Q-1")


def test_the_hash_of_a_changed_draft_is_that_of_what_it_says_when_it_is_sent(desk: Story):
    add(desk)
    change_draft(desk, {**TRAVEL, "description": "Anreise", "covers_from": "2026-10-01T08:00:00+02:00"})
    said = ("Q-1", 1, "Anreise", TRAVEL["lines"])
    assert send(desk).version.sha256 == estimate_content(*said, at("2026-10-01 08:00"))[1]
    assert estimate_content(*said)[1] != estimate_content(*said, at("2026-10-01 08:00"))[1]


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        pytest.param({}, "nothing_said", "description", id="nothing"),
        pytest.param({"lines": None}, "may_not_be_empty", "lines", id="no lines at all"),
        pytest.param({"lines": []}, "list_is_empty", "lines", id="an empty list"),
        pytest.param({"ref": "Q-9"}, "unknown_key", "ref", id="what never changes"),
        pytest.param({"covers_from": "2026-10-05T10:00:00+02:00"}, "moment_in_future", "covers_from", id="the future"),
    ],
)
def test_a_draft_does_not_take_every_change(desk: Story, change, code, path):
    add(desk)
    with refused(code, path):
        change_draft(desk, change)


def test_what_was_sent_changes_by_a_new_version_only_and_the_old_one_is_superseded(office: Story):
    add(office)
    send(office)
    with refused("estimate_already_sent"):
        change_draft(office, TRAVEL)
    record = revise(office, TRAVEL)
    assert (record.version.version_no, record.lines, record.version.description) == (
        2,
        TRAVEL["lines"],
        NEW["description"],
    )
    assert states(office) == [(1, "superseded"), (2, "draft")]
    assert [event.state.value for event in rows_of(office, EstimateEvent)] == ["sent", "superseded"]


def test_versions_have_hashes_of_their_own(desk: Story):
    add(desk)
    first = send(desk).version.sha256
    revise(desk)
    assert send(desk).version.sha256 != first


def test_a_draft_needs_no_second_version(desk: Story):
    add(desk)
    with refused("estimate_is_draft"):
        revise(desk)


def test_what_is_approved_is_supplemented_not_revised(desk: Story):
    add(desk)
    send(desk)
    approve(desk)
    with refused("estimate_is_approved") as caught:
        revise(desk)
    assert caught.value.fields["clause"] == "13(5)c"


@pytest.mark.parametrize("end", ["declined", "withdrawn", "expired"])
def test_an_estimate_that_came_to_nothing_can_be_tried_again(office: Story, end):
    add(office, valid_until=UNTIL)
    send(office)
    late = office.act("2026-10-20 09:00")
    said = {
        "declined_at": "2026-10-06T09:00:00+02:00",
        "channel": "phone",
        "approver_name": "Frau Süd",
        "reason": "teuer",
    }
    deeds = {
        "declined": lambda s: decline_estimate(s, late, find_estimate(s, "Q-1"), read_refusal(said)),
        "withdrawn": lambda s: withdraw_estimate(s, late, find_estimate(s, "Q-1"), {"reason": "erledigt"}),
        "expired": lambda s: expire_estimates(s, late),
    }
    office.tell(deeds[end])
    record = revise(office, when="2026-10-20 09:00")
    assert record.version.valid_until is None  # the old end is over
    assert states(office) == [(1, end), (2, "draft")]


def test_a_refusal_by_phone_is_kept_with_who_said_it_and_its_proof(office: Story):
    add(office)
    send(office)
    said = read_refusal(
        {
            "declined_at": "2026-10-06T09:00:00+02:00",
            "channel": "phone",
            "approver_name": "Frau Süd",
            "reason": "Zu teuer",
        }
    )
    proof = ProofFile("notiz.txt", b"Anruf von Frau Sued")
    office.tell(lambda s: decline_estimate(s, office.act("2026-10-06 10:00"), find_estimate(s, "Q-1"), said, proof))
    event = rows_of(office, EstimateEvent)[-1]
    assert (event.state.value, event.message, event.happened_at) == (
        "declined",
        "Frau Süd: Zu teuer",
        at("2026-10-06 09:00"),
    )
    assert event.evidence_file_id is not None
    assert last_event(office)[0] == "estimate_declined"


# valid until 19 Oct 18:00      marked on the 20th       the letter of the 12th is opened on the 21st
def test_a_letter_written_in_time_counts_though_it_is_recorded_after_the_end(office: Story):
    add(office, valid_until=UNTIL)
    send(office)
    office.tell(lambda s: expire_estimates(s, office.act("2026-10-20 09:00")))
    with refused("estimate_expired"):
        approve(office, {"approved_at": "2026-10-19T18:01:00+02:00"}, when="2026-10-21 09:00")
    approve(office, {"approved_at": "2026-10-12T09:00:00+02:00", "channel": "letter"}, when="2026-10-21 09:00")
    assert states(office) == [(1, "approved")]


def test_an_approval_covers_the_work_that_the_estimate_asked_for(office: Story):
    add(office, covers_from="2026-10-01T08:00:00+02:00")
    send(office)
    assert approve(office).covers_from == at("2026-10-01 08:00")


def test_an_estimate_that_would_be_over_when_it_is_sent_stays_a_draft(desk: Story):
    add(desk, valid_until=UNTIL)
    with refused("estimate_ends_before_sent"):
        send(desk, "2026-10-19 18:01")
    assert states(desk) == [(1, "draft")]


@pytest.mark.parametrize("find", [estimate_by_id, version_by_id], ids=["estimate", "version"])
def test_a_number_of_nobody_is_not_found(desk: Story, find):
    with refused("estimate_not_found"):
        desk.tell(lambda s: find(s, 4711))


def test_the_contact_of_a_release_is_on_record(office: Story):
    add(office)
    send(office)
    assert approve(office, {"contact": APPROVER}).contact_id is not None


POSITIONS = [{"rate_class": "regular", "minutes": 120, "text": "Frau Kern anhören"}, *TRAVEL["lines"]]


def test_what_a_line_is_for_is_sealed_hashed_and_taken_over_by_a_new_version(desk: Story):
    add(desk, lines=POSITIONS)
    sent = send(desk)
    assert sent.lines == POSITIONS
    assert "Kern" not in sent.version.lines
    assert sent.version.sha256 != estimate_content("Q-1", 1, str(NEW["description"]), without_texts(POSITIONS))[1]
    assert revise(desk).lines == POSITIONS
    assert change_draft(desk, TRAVEL).lines == TRAVEL["lines"]


def test_the_log_never_says_what_a_line_is_for(desk: Story):
    add(desk, lines=POSITIONS)
    change_draft(desk, {"lines": POSITIONS})
    assert not any("Kern" in row.details for row in rows_of(desk, AuditLog))


@pytest.mark.parametrize(
    ("sent_at", "is_refused"),
    [
        pytest.param("2026-10-05 08:59", True, id="before the first version was"),
        pytest.param("2026-10-06 09:59", True, id="before he had asked about the first version"),
        pytest.param("2026-10-06 10:00", False, id="when he had asked"),
    ],
)
def test_a_new_version_is_not_sent_before_what_it_answers(desk: Story, sent_at, is_refused):
    add(desk)
    send(desk)
    said = {
        "asked_at": at("2026-10-06 10:00").isoformat(),
        "channel": "phone",
        "contact": APPROVER,
        "message": "Warum?",
    }
    asked = read_question(said)
    desk.tell(lambda s: record_question(s, desk.act("2026-10-06 11:00"), find_estimate(s, "Q-1"), asked))
    revise(desk, TRAVEL, "2026-10-07 09:00")
    act, moment = desk.act("2026-10-07 10:00"), at(sent_at)
    if is_refused:
        with refused("sent_before_earlier", "sent_at"):
            desk.tell(lambda s: send_estimate(s, act, find_estimate(s, "Q-1"), moment))
    else:
        assert (
            desk.tell(lambda s: send_estimate(s, act, find_estimate(s, "Q-1"), moment)).record.version.sent_at == moment
        )
