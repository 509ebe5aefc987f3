"""Cost estimates on the command line: changed, revised, questioned, answered, declined, withdrawn, supplemented."""

import shlex

import pytest

from tests.api.shell import Shell

ADD = "estimate add --ref KVA-2026-001 --case V-2026-001 --description 'Recherche und Export' --line regular=60"
SAID = "--channel phone --approver-name 'Frau Süd'"


def do(shell: Shell, *lines: str):
    """Type commands; gives the answer to the last one as JSON."""
    answers = [shell.ok(*shlex.split(line), "--json") for line in lines]
    return answers[-1].json


@pytest.fixture
def sent(ready: Shell) -> Shell:
    """An estimate went out by letter."""
    do(ready, ADD, "estimate send KVA-2026-001 --sent-at '2026-01-08 09:00'")
    return ready


def shown(shell: Shell):
    details = do(shell, "estimate show KVA-2026-001")
    return details["version"], details["state"]


def test_a_draft_is_changed(ready: Shell):
    changed = do(ready, ADD, "estimate change KVA-2026-001 --line travel=30")
    assert changed["lines"] == [{"rate_class": "travel", "minutes": 30}]
    assert "geändert" in ready.ok("estimate", "change", "KVA-2026-001", "--description", "anders").out


def test_a_sent_estimate_is_revised(sent: Shell):
    assert "neue Fassung" in sent.refused("estimate", "change", "KVA-2026-001", "--description", "anders")
    assert do(sent, "estimate revise KVA-2026-001 --line regular=90")["version"] == 2
    assert shown(sent) == (2, "draft")


def test_sending_writes_to_who_may_approve_and_says_when_there_is_nobody(ready: Shell):
    assert do(ready, ADD, "estimate send KVA-2026-001")["notices"] == []
    for line in (
        "controller add --name 'Still GmbH' --street 'Ring 2' --postcode 70173 --city Stuttgart",
        "contract add --controller K-002 --starts-on 2025-01-01 --ref AVV-2",
        "case add --contract AVV-2 --kind other --title Still --ref V-9",
        "estimate add --case V-9 --description x --line regular=60 --ref Q-9",
    ):
        do(ready, line)
    said = ready.ok("estimate", "send", "Q-9")
    assert "Q-9 ging an niemanden per E-Mail" in said.err


def test_a_question_that_came_by_phone_is_answered(sent: Shell):
    do(sent, f"estimate question KVA-2026-001 --asked-at '2026-01-08 10:00' {SAID} --message 'Warum?'")
    assert shown(sent) == (1, "questioned")
    assert "beantwortet" in sent.ok("estimate", "answer", "KVA-2026-001", "--message", "Drei Archive.").out
    assert shown(sent) == (1, "sent")
    assert "keine Rückfrage offen" in sent.refused("estimate", "answer", "KVA-2026-001", "--message", "Noch etwas")


def test_a_refusal_is_recorded_with_its_proof(sent: Shell):
    note = sent.home / "notiz.txt"
    note.write_text("Anruf von Frau Süd")
    decline = f"estimate decline KVA-2026-001 --declined-at '2026-01-08 10:00' {SAID} --reason teuer"
    do(sent, f"{decline} --evidence-file {shlex.quote(str(note))}")
    assert shown(sent) == (1, "declined")


@pytest.mark.parametrize("deed", ["approve KVA-2026-001 --approved-at", "decline KVA-2026-001 --declined-at"])
def test_a_decision_without_its_proof_is_not_put_on_record(sent: Shell, deed: str):
    told = sent.refused(*shlex.split(f"estimate {deed} '2026-01-08 10:00' {SAID}"))
    assert "eine Datei als Nachweis oder eine Notiz mit dem Wortlaut" in " ".join(told.split())
    assert shown(sent) == (1, "sent")


def test_what_is_withdrawn_is_told(sent: Shell):
    assert "zurückgezogen" in sent.ok("estimate", "withdraw", "KVA-2026-001", "--reason", "erledigt").out
    assert shown(sent) == (1, "withdrawn")


def test_work_beyond_the_approved_effort_is_seen_and_supplemented(sent: Shell):
    do(
        sent,
        f"estimate approve KVA-2026-001 --approved-at '2026-01-08 10:00' {SAID} --evidence-note 'Machen Sie das.'",
        "log add --case V-2026-001 --person ML --service other_support --start '2026-01-09 09:00' "
        "--end '2026-01-09 10:30'",
    )
    budget = do(sent, "estimate budget V-2026-001")
    assert [(line["used"], line["left"]) for line in budget["budget"]] == [(60, 0)]
    assert [(held["reason"], held["minutes"]) for held in budget["held"]] == [("estimate_exceeded", 30)]
    assert "Der freigegebene Aufwand ist ausgeschöpft." in " ".join(
        sent.ok("estimate", "budget", "V-2026-001").out.split()
    )
    supplement = do(sent, "estimate supplement V-2026-001")
    assert supplement["lines"] == [{"rate_class": "regular", "minutes": 30}]
    assert "mehr Aufwand entstanden" in sent.ok("estimate", "show", supplement["ref"]).out
