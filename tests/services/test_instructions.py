"""The register of instructions: in text form, confirmed at once, carried out by somebody, objected to when unlawful."""

import pytest

from billing.services.instructions import (
    carry_out_instruction,
    confirm_instruction,
    find_instruction,
    instruction_by_id,
    list_instructions,
    object_to_instruction,
    read_instruction,
    record_instruction,
)
from billing.services.proofs import ProofFile
from billing.store.tables import Instruction, Mail
from tests.months.facts import at
from tests.services.casework import CONTACTS, act, end_contacts, mails_of, stands, utc
from tests.services.furnishing import last_event, refused, rows_of

NEW = {
    "contract": "AVV-1",
    "content": "Bitte die Daten des Altsystems löschen.",
    "given_by": "Eva Kern",
    "channel": "mail",
    "given_at": utc("2026-10-05 09:00"),
}
DONE = {"person": "EB", "outcome": "gelöscht, Protokoll liegt bei"}


def record(story, when="2026-10-05 10:00", evidence=None, **said):
    raw = {name: value for name, value in (NEW | said).items() if value is not None}
    return story.tell(lambda session: record_instruction(session, act(when), read_instruction(raw), evidence))


def on(story, deed, said, when="2026-10-06 09:00", ref="W-2026-001"):
    return story.tell(lambda session: deed(session, act(when), find_instruction(session, ref), said))


def test_an_instruction_is_kept_with_who_gave_it_and_what_proves_it(office):
    mail = ProofFile("weisung.eml", b"Betreff: Weisung\n\nBitte das Altsystem leeren.")
    instruction = record(office, evidence=mail).instruction
    assert (instruction.ref, instruction.given_by, str(instruction.channel)) == ("W-2026-001", "Eva Kern", "mail")
    assert instruction.evidence_file_id is not None
    assert last_event(office)[:2] == ("instruction_recorded", "instruction:W-2026-001")


@pytest.mark.parametrize(
    ("channel", "notices"),
    [("mail", []), ("letter", []), ("portal", []), ("phone", ["spoken"]), ("in_person", ["spoken"])],
)
def test_a_spoken_one_is_kept_too_but_must_be_confirmed_at_once(desk, channel, notices):
    told = [notice.code for notice in record(desk, channel=channel).notices]
    assert told == ["instruction_not_in_text" for _ in notices]


def test_the_confirmation_quotes_it_to_the_controller(office):
    record(office, case="V-1")
    assert stands(office, "2026-10-05 11:00")["D-26"] == "open 06.10. 23:59"
    confirmed = on(office, confirm_instruction, {}, "2026-10-05 16:00").instruction
    assert confirmed.confirmed_at == at("2026-10-05 16:00")
    mails = mails_of(office, "instruction_confirmation")
    assert len(mails) == CONTACTS
    assert f"> {NEW['content']}" in mails[0].text
    assert stands(office, "2026-10-08 11:00")["D-26"] == "met 06.10. 23:59"
    assert last_event(office)[:2] == ("instruction_confirmed", "instruction:W-2026-001")


def test_one_that_was_confirmed_by_letter_gets_no_mail(desk):
    end_contacts(desk)
    record(desk)
    confirmed = on(desk, confirm_instruction, {"confirmed_at": utc("2026-10-05 12:00")}).instruction
    assert confirmed.confirmed_at == at("2026-10-05 12:00")
    assert rows_of(desk, Mail) == []


def test_what_we_hold_to_be_unlawful_is_told_at_once_and_may_wait(office):
    record(office)
    objected = on(office, object_to_instruction, {"reason": "Aufbewahrungspflicht nach § 147 AO"}).instruction
    assert (objected.objected_at, objected.objection) == (at("2026-10-06 09:00"), "Aufbewahrungspflicht nach § 147 AO")
    mails = mails_of(office, "instruction_objection")
    assert "> Aufbewahrungspflicht nach § 147 AO" in mails[0].text
    assert "setzen die Durchführung aus" in mails[0].text


def test_who_carried_it_out_and_with_which_outcome_is_on_record(office):
    record(office)
    on(office, confirm_instruction, {})
    done = on(office, carry_out_instruction, DONE | {"carried_out_at": utc("2026-10-06 08:00")})
    assert (done.instruction.carried_out_at, done.instruction.outcome) == (at("2026-10-06 08:00"), DONE["outcome"])
    assert done.notices == []
    rows = office.tell(lambda session: list_instructions(session, 0, 10, {}))
    assert [(row.ref, row.carried_out_by, row.contract_ref, row.case_ref) for row in rows] == [
        ("W-2026-001", "EB", "AVV-1", None)
    ]


def test_doubts_about_what_was_carried_out_are_said(desk):
    record(desk)
    on(desk, object_to_instruction, {"reason": "rechtswidrig"})
    told = [notice.code for notice in on(desk, carry_out_instruction, DONE).notices]
    assert told == ["instruction_not_confirmed", "instruction_was_objected_to"]


def test_the_register_shows_what_is_still_to_do_by_contract_and_case(desk):
    desk.contract("AVV-2")
    record(desk, case="V-1")
    record(desk)
    record(desk, contract="AVV-2")
    on(desk, carry_out_instruction, DONE, ref="W-2026-002")

    def refs(**chosen):
        return [row.ref for row in desk.tell(lambda session: list_instructions(session, 0, 10, chosen))]

    assert refs() == ["W-2026-001", "W-2026-002", "W-2026-003"]
    assert refs(is_open=True) == ["W-2026-001", "W-2026-003"]
    assert refs(is_open=False) == ["W-2026-002"]
    assert refs(contract="AVV-2") == ["W-2026-003"]
    assert refs(case="V-1") == ["W-2026-001"]


@pytest.mark.parametrize(
    ("said", "code", "path"),
    [
        pytest.param({"contract": "X"}, "unknown_contract", "contract", id="a contract there is not"),
        pytest.param({"case": "V-9"}, "unknown_case", "case", id="a case there is not"),
        pytest.param({"channel": "pigeon"}, "unknown_value", "channel", id="a way there is not"),
        pytest.param({"given_by": None}, "missing_key", "given_by", id="by nobody"),
        pytest.param({"content": " "}, "text_is_empty", "content", id="nothing"),
        pytest.param({"given_at": utc("2026-10-05 10:01")}, "moment_in_future", "given_at", id="still to come"),
    ],
)
def test_what_is_no_instruction_is_not_recorded(desk, said, code, path):
    with refused(code, path):
        record(desk, **said)
    assert rows_of(desk, Instruction) == []


def test_a_reference_names_one_instruction(desk):
    record(desk, ref="W-1")
    with refused("instruction_exists", "ref"):
        record(desk, ref="W-1")
    with refused("unknown_instruction", "instruction"):
        on(desk, confirm_instruction, {}, ref="W-2")
    with refused("instruction_unknown"):
        desk.tell(lambda session: instruction_by_id(session, 99))


@pytest.mark.parametrize(
    ("deed", "said", "code"),
    [
        pytest.param(confirm_instruction, {}, "instruction_is_confirmed", id="confirmed"),
        pytest.param(object_to_instruction, {"reason": "x"}, "instruction_is_objected_to", id="objected to"),
        pytest.param(carry_out_instruction, DONE, "instruction_is_carried_out", id="carried out"),
    ],
)
def test_each_of_its_steps_happens_once(desk, deed, said, code):
    record(desk)
    on(desk, deed, said)
    with refused(code):
        on(desk, deed, said)


@pytest.mark.parametrize(
    ("deed", "said", "path"),
    [
        pytest.param(confirm_instruction, {"confirmed_at": utc("2026-10-05 08:59")}, "confirmed_at", id="confirmed"),
        pytest.param(
            carry_out_instruction, DONE | {"carried_out_at": utc("2026-10-05 08:59")}, "carried_out_at", id="done"
        ),
    ],
)
def test_nothing_happens_before_the_instruction(desk, deed, said, path):
    record(desk)
    with refused("before_instruction", path):
        on(desk, deed, said)


@pytest.mark.parametrize(
    ("deed", "said"),
    [(confirm_instruction, {}), (object_to_instruction, {"reason": "x"})],
    ids=["confirmed", "objected to"],
)
def test_nobody_to_write_to_is_said(desk, deed, said):
    record(desk)
    end_contacts(desk)
    with refused("controller_has_no_contact"):
        on(desk, deed, said)
