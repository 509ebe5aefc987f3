"""Requests out of the portal: a case, a confirmation at once, no invented work (13(2)b)."""

from dataclasses import replace

import pytest

from billing.services.case_files import list_case_files
from billing.services.cases import case_facts, find_case
from billing.services.contracts import add_contract, read_contract
from billing.services.proofs import ProofFile
from billing.services.support_requests import (
    KINDS,
    list_requests,
    newest_requests,
    read_request,
    request_files,
    request_row,
    request_support,
)
from billing.store.tables import Case, Entry, IncidentVersion, SupportRequest
from billing.texts import has_sentence
from tests.months.facts import at
from tests.services.casework import act, contact, mails_of, stands, utc
from tests.services.furnishing import APPROVER, READER, last_event, refused, rows_of

NEW = {"contract": "AVV-1", "kind": "data_subject_request", "description": "Auskunft zu Mietvertrag 4711"}


def ask(story, when="2026-10-05 09:30", by=APPROVER, files=(), **said):
    new = replace(read_request(NEW | said), files=files)
    return story.tell(lambda session: request_support(session, act(when), contact(session, by), new))


def test_a_request_opens_a_case_and_is_confirmed_at_once(office):
    received = ask(office, reference="Az. 12/26", wanted_by=utc("2026-10-16 12:00"))
    request, case = received.request, received.case
    assert (request.ref, case.kind, case.title) == (
        "ANF-2026-001",
        "data_subject_request",
        "Betroffenenanfrage ANF-2026-001",
    )
    assert (case.controller_reference, request.received_at) == ("Az. 12/26", at("2026-10-05 09:30"))
    assert request.confirmed_at == request.received_at
    facts = office.tell(lambda session: case_facts(session, find_case(session, case.ref)))[0]
    assert facts["cause"] == "controller"
    assert last_event(office)[:2] == ("support_requested", "support_request:ANF-2026-001")


def test_the_confirmation_goes_to_who_asked_and_says_what_was_received(office):
    ask(office, by=READER, reference="Az. 12/26")
    (mail,) = mails_of(office, "request_received")
    assert mail.recipient == READER
    for words in ("ANF-2026-001", "Az. 12/26", "05.10.2026, 09:30 Uhr", "> Auskunft zu Mietvertrag 4711", "kostenfrei"):
        assert words in mail.text
    assert "Gewünscht bis" not in mail.text, "nobody said until when"


def test_the_term_that_a_controller_sets_for_a_portable_data_set_is_tracked(office):
    raw = {"controller": "K-AVV-1", "ref": "AVV-D", "term_set": "debtify-2026", "starts_on": "2025-01-01"}
    office.tell(lambda session: add_contract(session, act(), read_contract(raw)))
    asked = {"contract": "AVV-D", "kind": "data_portability"}
    usual = ask(office, **asked).case.ref
    hurried = ask(office, **asked, wanted_by=utc("2026-10-08 12:00")).case.ref
    found = [stands(office, "2026-10-05 10:00", case)["D-09"] for case in (usual, hurried)]
    assert found == ["open 14.10. 23:59", "open 08.10. 12:00"]


def test_no_work_is_invented_for_the_receipt(desk):
    ask(desk)
    assert rows_of(desk, Entry) == []


def test_files_that_came_along_are_kept_with_the_case(office):
    files = (
        ProofFile("antrag.txt", b"Antrag auf Auskunft"),
        ProofFile("vollmacht.txt", "Vollmacht für E. Kern".encode()),
    )
    received = ask(office, files=files)

    def look(session):
        case = find_case(session, received.case.ref)
        row = request_row(session, received.request.id)
        return list_case_files(session, case), request_files(session, row)

    of_case, of_request = office.tell(look)
    assert [file.size for file in of_case] == [19, 22]
    assert [file.sha256 for file in of_request] == [file.sha256 for file in of_case]


def test_a_file_that_can_t_be_kept_stops_the_whole_request(desk):
    with refused("file_type_unknown", "files[1]"):
        ask(desk, files=(ProofFile("a.txt", b"gut"), ProofFile("b.exe", b"MZ\x00\x01\x02")))
    assert rows_of(desk, SupportRequest) == []
    assert len(rows_of(desk, Case)) == 1


def test_a_data_breach_the_controller_tells_of_is_known_from_then_on(office):
    received = ask(office, kind="data_breach", description="Fremde Daten im Portal gesehen")
    (version,) = rows_of(office, IncidentVersion)
    assert (version.known_at, version.nature) == (at("2026-10-05 09:30"), "Fremde Daten im Portal gesehen")
    found = stands(office, "2026-10-05 10:00", received.case.ref)
    assert "D-01" not in found, "the controller need not be told what it told us"
    assert found["D-02"] == "open 08.10. 09:30"


def test_fourteen_days_run_from_what_the_controller_asks(desk):
    received = ask(desk)
    assert stands(desk, "2026-10-05 10:00", received.case.ref) == {
        "D-06": "open 19.10. 23:59",
        "D-08": "open 05.11. 23:59",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_opens_a_case_of_a_kind_with_a_name(desk, kind):
    received = ask(desk, kind=kind)
    assert received.case.kind == KINDS[kind]
    assert has_sentence(f"case_kind.{received.case.kind}")


def test_a_contract_of_another_controller_is_unknown(desk):
    desk.contract("AVV-2")
    for ref in ("AVV-2", "AVV-3"):
        with refused("unknown_contract", "contract") as caught:
            ask(desk, contract=ref)
        assert caught.value.fields == {"path": "contract", "value": ref}
    assert rows_of(desk, SupportRequest) == []


@pytest.mark.parametrize(
    ("said", "code", "path"),
    [
        pytest.param({"kind": "breach"}, "unknown_value", "kind", id="a kind that can't be asked for"),
        pytest.param({"description": ""}, "text_is_empty", "description", id="nothing"),
        pytest.param({"wanted_by": "2026-10-16T12:00"}, "time_without_offset", "wanted_by", id="a local time"),
        pytest.param({"files": [{}] * 11}, "too_many_files", "files", id="eleven files"),
        pytest.param({"case": "V-1"}, "unknown_key", "case", id="a case of its choice"),
    ],
)
def test_what_is_no_request_is_refused(said, code, path):
    with refused(code, path):
        read_request(NEW | said)


def test_nothing_is_wanted_before_it_is_asked_for(desk):
    with refused("wanted_before_asked", "wanted_by"):
        ask(desk, wanted_by=utc("2025-10-16 12:00"))
    assert rows_of(desk, SupportRequest) == []


def test_a_controller_sees_its_own_requests_only(desk):
    first = ask(desk)

    def look(session, controller_id):
        return [row.ref for row in list_requests(session, 0, 10, {"controller_id": controller_id})]

    own = first.request.controller_id
    assert desk.tell(lambda session: look(session, own)) == ["ANF-2026-001"]
    assert desk.tell(lambda session: look(session, own + 1)) == []
    with refused("request_unknown"):
        desk.tell(lambda session: request_row(session, first.request.id, own + 1))


def test_where_not_all_fit_the_newest_are_shown(desk):
    first = ask(desk)
    ask(desk, kind="audit")
    ask(desk, kind="dpia")
    own = first.request.controller_id

    def look(controller_id):
        return [row.ref for row in desk.tell(lambda session: newest_requests(session, 2, controller_id))]

    assert look(own) == look(None) == ["ANF-2026-003", "ANF-2026-002"]
    assert look(own + 1) == []


def test_requests_are_listed_by_contract_and_kind(desk):
    ask(desk)
    ask(desk, kind="audit")

    def refs(**chosen):
        return [row.ref for row in desk.tell(lambda session: list_requests(session, 0, 10, chosen))]

    assert refs(kind="audit") == ["ANF-2026-002"]
    assert refs(contract="AVV-1") == ["ANF-2026-001", "ANF-2026-002"]
