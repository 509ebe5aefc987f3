"""Cost estimates: drafted, frozen when sent, released once by somebody who may (13(5)a, c)."""

import pytest

from billing.errors import Refused
from billing.services.approvals import approve_estimate, read_approval
from billing.services.estimate_states import send_estimate
from billing.services.estimates import add_estimate, find_estimate, list_estimates, read_estimate
from billing.services.parties import find_contact
from billing.services.party_changes import change_contact, end_contact
from billing.services.proofs import ProofFile
from billing.store.tables import Approval, Estimate, EstimateEvent, EstimateLine
from billing.texts import problem_sentence
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import APPROVER, NOW, READER, last_event, refused, rows_of
from tests.support.papers import release_mail

NEW = {
    "case": "V-1",
    "description": "Recherche\nund Export",
    "lines": [{"rate_class": "regular", "minutes": 240}, {"rate_class": "night_weekend", "minutes": 30}],
}
APPROVED = {"approved_at": "2026-10-05T09:30:00+02:00", "channel": "mail", "contact": APPROVER}
PROOF = release_mail()


def add(story: Story, change=None):
    return story.tell(lambda session: add_estimate(session, story.act(NOW), read_estimate(NEW | (change or {}))))


def send(story: Story, ref: str, when: str | None = "2026-10-05 09:00"):
    moment = None if when is None else at(when)
    return story.tell(
        lambda session: send_estimate(session, story.act(NOW), find_estimate(session, ref), moment)
    ).record


def approve(story: Story, ref: str, change=None, evidence=PROOF):
    new = read_approval(APPROVED | (change or {}))
    return story.tell(
        lambda session: approve_estimate(session, story.act(NOW), find_estimate(session, ref), new, evidence)
    ).approval


def state(story: Story, ref: str) -> str:
    return str(story.tell(lambda session: find_estimate(session, ref)).version.state)


def test_an_estimate_goes_from_draft_to_sent_to_approved(office: Story):
    record = add(office)
    assert (record.estimate.ref, state(office, "KVA-2026-001")) == ("KVA-2026-001", "draft")
    send(office, "KVA-2026-001")
    assert state(office, "KVA-2026-001") == "sent"
    approval = approve(office, "KVA-2026-001", {"covers_from": "2026-10-01T08:00:00+02:00"})
    assert (state(office, "KVA-2026-001"), approval.covers_from) == ("approved", at("2026-10-01 08:00"))
    assert [str(event.state) for event in rows_of(office, EstimateEvent)] == ["sent", "approved"]
    assert last_event(office)[:2] == ("estimate_approved", "estimate:KVA-2026-001")


@pytest.mark.parametrize(
    ("covers_from", "told"),
    [
        pytest.param(APPROVED["approved_at"], [], id="with the release"),
        pytest.param("2026-10-05T09:31:00+02:00", ["release_begins_later"], id="a minute after it"),
        pytest.param("2027-10-01T08:00:00+02:00", ["release_begins_later"], id="a slip of the year"),
    ],
)
def test_that_a_release_counts_only_later_is_said(office: Story, covers_from, told):
    add(office)
    send(office, "KVA-2026-001")
    new, act = read_approval(APPROVED | {"covers_from": covers_from}), office.act(NOW)
    released = office.tell(lambda s: approve_estimate(s, act, find_estimate(s, "KVA-2026-001"), new, PROOF))
    assert [notice.code for notice in released.notices] == told


def test_the_hash_of_a_sent_estimate_covers_what_the_controller_is_shown(office: Story):
    hashes = set()
    for ref, change in (("A", {}), ("B", {}), ("C", {"description": "anders"})):
        add(office, {"ref": ref, **change})
        hashes.add(send(office, ref).version.sha256)
    assert len(hashes) == 3


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        pytest.param({"case": "V-9"}, "unknown_case", "case", id="a case there is not"),
        pytest.param({"lines": []}, "list_is_empty", "lines", id="no line"),
        pytest.param(
            {"lines": [{"rate_class": "regular", "minutes": 0}]},
            "number_out_of_range",
            "lines[0].minutes",
            id="a line of no minutes",
        ),
        pytest.param(
            {"lines": [{"rate_class": "dear", "minutes": 1}]},
            "unknown_value",
            "lines[0].rate_class",
            id="no such class",
        ),
        pytest.param({"description": "\n "}, "text_is_empty", "description", id="a description of blanks"),
        pytest.param({"supplements": "Q-9"}, "unknown_estimate", "supplements", id="a supplement of nothing"),
    ],
)
def test_an_estimate_with_a_wrong_field_is_not_drafted(desk: Story, change, code, path):
    with refused(code, path):
        add(desk, change)
    assert rows_of(desk, Estimate) == []


def test_a_supplement_adds_to_an_estimate_of_the_same_case(office: Story):
    add(office, {"ref": "Q-1"})
    supplement = add(office, {"ref": "Q-2", "supplements": "Q-1"})
    assert supplement.estimate.supplements_id == rows_of(office, Estimate)[0].id
    office.case("V-2")
    with refused("supplements_other_case", "supplements"):
        add(office, {"case": "V-2", "supplements": "Q-1"})
    with refused("estimate_exists", "ref"):
        add(office, {"ref": "Q-1"})


def test_what_was_sent_is_not_sent_again(office: Story):
    add(office, {"ref": "Q-1"})
    send(office, "Q-1", None)
    with refused("estimate_already_sent") as caught:
        send(office, "Q-1")
    assert isinstance(caught.value, Refused)
    assert caught.value.fields["clause"] == "13(5)a"
    assert [(line.rate_class.value, line.minutes) for line in rows_of(office, EstimateLine)] == [
        ("regular", 240),
        ("night_weekend", 30),
    ]


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        pytest.param({"contact": READER}, "approver_lacks_right", None, id="a contact without that right"),
        pytest.param(
            {"contact": None, "approver_name": " lea  LESER"},
            "approver_lacks_right",
            None,
            id="a contact without that right, by its name",
        ),
        pytest.param(
            {"contact": None, "approver_name": READER}, "approver_lacks_right", None, id="by its address as a name"
        ),
        pytest.param({"contact": "x@y.example"}, "unknown_contact", "contact", id="a contact there is not"),
        pytest.param({"contact": None}, "approver_missing", "contact", id="nobody named"),
        pytest.param({"approver_name": "Eva Kern"}, "approver_missing", "contact", id="somebody named twice"),
        pytest.param({"channel": "fax"}, "unknown_value", "channel", id="a way there is not"),
        pytest.param(
            {"approved_at": "2026-10-05T06:59:00Z"}, "approved_before_sent", "approved_at", id="before it was sent"
        ),
        pytest.param(
            {"approved_at": "2026-11-02T08:01:00Z"}, "moment_in_future", "approved_at", id="a moment still to come"
        ),
        pytest.param({"approved_at": "2026-10-20T08:00:00Z"}, "estimate_expired", None, id="after it had expired"),
    ],
)
def test_a_release_that_is_none_changes_nothing(desk: Story, change, code, path):
    add(desk, {"ref": "Q-1", "valid_until": "2026-10-19T00:00:00Z"})
    send(desk, "Q-1")
    with refused(code, path):
        approve(desk, "Q-1", change)
    assert (state(desk, "Q-1"), rows_of(desk, Approval)) == ("sent", [])


def test_a_draft_can_t_be_released_and_a_release_not_repeated(office: Story):
    add(office, {"ref": "Q-1"})
    with refused("estimate_not_sent"):
        approve(office, "Q-1")
    send(office, "Q-1")
    approve(office, "Q-1", {"contact": None, "approver_name": "Eva Kern"})
    with refused("estimate_is_decided"):
        approve(office, "Q-1")
    assert len(rows_of(office, Approval)) == 1


def test_a_release_at_the_very_minute_of_sending_counts(office: Story):
    add(office, {"ref": "Q-1"})
    send(office, "Q-1", None)
    assert approve(office, "Q-1", {"approved_at": "2026-11-02T08:00:59Z"}).approved_at == at("2026-11-02 09:00")


def test_who_may_not_release_is_told_who_may_and_gets_no_right_by_a_name(office: Story):
    add(office, {"ref": "Q-1"})
    send(office, "Q-1")
    with refused("approver_lacks_right") as caught:
        approve(office, "Q-1", {"contact": None, "approver_name": "Lea Leser"})
    assert (caught.value.fields["value"], caught.value.fields["known"]) == ("Lea Leser", "Eva Kern")
    assert "Freigeben dürfen: Eva Kern." in problem_sentence(caught.value)


def leave(story: Story, when: str) -> None:
    story.tell(lambda s: end_contact(s, story.act(when), find_contact(s, 1, APPROVER)))


def lose_the_right(story: Story, when: str) -> None:
    change(story, when, APPROVER, may_approve=False)


@pytest.mark.parametrize(
    ("gone_at", "counts"),
    [
        pytest.param("2026-10-05 09:30", False, id="who had gone by then"),
        pytest.param("2026-10-05 09:31", True, id="who went a minute after"),
    ],
)
@pytest.mark.parametrize("named", [{"contact": APPROVER}, {"contact": None, "approver_name": "Eva Kern"}])
@pytest.mark.parametrize("go", [leave, lose_the_right])
def test_the_word_of_who_left_or_lost_the_right_counts_for_the_time_before(office: Story, go, named, gone_at, counts):
    add(office, {"ref": "Q-1"})
    send(office, "Q-1")
    go(office, gone_at)
    if counts:
        approve(office, "Q-1", named)
    else:
        with refused("contact_may_not_approve"):
            approve(office, "Q-1", named)
    assert state(office, "Q-1") == ("approved" if counts else "sent")


def test_the_word_of_who_lost_the_right_counts_also_under_another_address(desk: Story):
    add(desk, {"ref": "Q-1"})
    send(desk, "Q-1")
    lose_the_right(desk, "2026-10-05 09:31")
    change(desk, "2026-10-05 10:00", APPROVER, email="neu@wohnbau.example")
    approve(desk, "Q-1", {"contact": "neu@wohnbau.example"})
    assert state(desk, "Q-1") == "approved"


def change(story: Story, when: str, whom: str, **what) -> None:
    """Change a contact."""
    story.tell(lambda s: change_contact(s, story.act(when), find_contact(s, 1, whom), what))


def test_the_right_of_who_had_an_address_before_is_not_that_of_its_next_holder(desk: Story):
    add(desk, {"ref": "Q-1"})
    send(desk, "Q-1")
    change(desk, "2026-10-05 09:10", APPROVER, email="weg@wohnbau.example")
    change(desk, "2026-10-05 09:11", READER, email=APPROVER)
    with refused("approver_lacks_right"):
        approve(desk, "Q-1", {"contact": APPROVER})


@pytest.mark.parametrize("words", [None, "Freigegeben. Kern"])
def test_a_release_needs_the_mail_or_its_words(desk: Story, words):
    add(desk, {"ref": "Q-1"})
    send(desk, "Q-1")
    if words:
        assert approve(desk, "Q-1", {"evidence_note": words}, evidence=None).evidence_note == words
    else:
        with refused("proof_missing", "evidence"):
            approve(desk, "Q-1", evidence=None)
    assert state(desk, "Q-1") == ("approved" if words else "sent")


def test_the_mail_that_proves_a_release_is_kept(office: Story):
    add(office, {"ref": "Q-1"})
    send(office, "Q-1")
    approval = approve(office, "Q-1", evidence=ProofFile("freigabe.eml", b"Subject: ok\n\nFreigegeben."))
    assert approval.evidence_file_id is not None


def test_a_list_shows_the_state_and_the_release_of_each(office: Story):
    add(office, {"ref": "Q-1"})
    add(office, {"ref": "Q-2"})
    send(office, "Q-2")
    approve(office, "Q-2")
    found = office.tell(list_estimates)
    assert [(row.ref, str(row.state), row.approved_at) for row in found] == [
        ("Q-1", "draft", None),
        ("Q-2", "approved", at("2026-10-05 09:30")),
    ]
