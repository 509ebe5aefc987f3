"""Cases: each fact a row of its own with who recorded it and why; decisions about money need their reason."""

import pytest

from billing.services.case_facts import read_case_facts
from billing.services.cases import (
    case_by_id,
    case_facts,
    describe_case,
    find_case,
    list_cases,
    open_case,
    read_case,
    record_case_fact,
)
from billing.services.proofs import ProofFile
from billing.store.files import read_file
from billing.store.tables import Case, CaseVersion
from billing.texts import has_sentence
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import NOW, last_event, refused, rows_of
from tests.support.papers import mail

NEW = {"contract": "AVV-1", "kind": "breach", "title": "Fehlversand"}
URGENT = {
    "urgent_deadline_reason": "72 Stunden nach Art. 33",
    "urgent_action_reason": "Daten waren noch abrufbar",
    "urgent_approval_reason": "niemand erreichbar, Sonntag",
}
AUDIT = {"audit_site": "Aichtal", "audit_mode": "onsite", "audit_date": "2026-10-14"}


def record(story: Story, facts, when: str = NOW, case: str = "V-1", evidence=None):
    known = read_case_facts(facts)
    return story.tell(
        lambda session: record_case_fact(session, story.act(when), find_case(session, case), known, evidence)
    )


def open_(story: Story, raw):
    return story.tell(lambda session: open_case(session, story.act(NOW), *read_case(raw)))


def known(story: Story, case: str = "V-1"):
    return story.tell(lambda session: case_facts(session, find_case(session, case)))[0]


def test_a_case_is_proposed_the_next_reference_of_its_year(office: Story):
    night = ({"opened_at": "2025-12-31T23:30:00Z"}, {"opened_at": "2025-12-31T22:30:00Z"})
    refs = [open_(office, NEW | when).case.ref for when in ({}, {}, *night)]
    # 23:30 UTC is half past midnight in Berlin, so in the new year.
    assert refs == ["V-2026-001", "V-2026-002", "V-2026-003", "V-2025-001"]
    assert last_event(office)[:2] == ("case_opened", "case:AVV-1/V-2025-001")


def test_what_is_known_from_the_start_is_recorded_with_the_case(office: Story):
    raw = NEW | {"cause": "undecided", "cause_reason": "Protokolle fehlen"} | AUDIT
    open_(office, raw | {"ref": "V-7"})
    facts = known(office, "V-7")
    assert (facts["cause"], facts["cause_reason"], facts["audit_site"]) == ("undecided", "Protokolle fehlen", "Aichtal")


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        pytest.param(NEW | {"contract": "X"}, "unknown_contract", "contract", id="a contract there is not"),
        pytest.param(NEW | {"ref": "V-1"}, "case_exists", "ref", id="a reference that is taken"),
        pytest.param(NEW | {"opened_at": "2027-01-01T00:00:00Z"}, "moment_in_future", "opened_at", id="still to come"),
        pytest.param(NEW | {"opened_at": "2026-10-01T08:00"}, "time_without_offset", "opened_at", id="a local time"),
        pytest.param(
            NEW | {"legal_deadline_at": "2020-11-30T12:00:00Z"},
            "deadline_before_opened",
            "legal_deadline_at",
            id="a deadline of another year",
        ),
        pytest.param(NEW | {"cause": "processor"}, "fact_reason_missing", "cause_reason", id="a cause without reason"),
        pytest.param(NEW | {"cause": "weather"}, "unknown_value", "cause", id="a cause there is not"),
    ],
)
def test_a_case_with_a_wrong_field_is_not_opened(desk: Story, raw, code, path):
    with refused(code, path):
        open_(desk, raw)
    assert len(rows_of(desk, Case)) == 1


@pytest.mark.parametrize(
    ("facts", "code", "path"),
    [
        pytest.param({}, "nothing_said", "cause", id="nothing"),
        pytest.param({"cause": "mixed"}, "fact_reason_missing", "cause_reason", id="a cause without its reason"),
        pytest.param({"cause_reason": "so"}, "reason_without_fact", "cause_reason", id="a reason without a cause"),
        pytest.param(
            {"controller_misconduct": True}, "fact_reason_missing", "misconduct_reason", id="misconduct without reason"
        ),
        pytest.param(
            {"urgent_notice_at": "2026-10-05T08:00:00Z"},
            "urgent_reason_missing",
            "urgent_deadline_reason",
            id="an emergency without its reasons",
        ),
        pytest.param(
            {name: text for name, text in URGENT.items() if name != "urgent_action_reason"},
            "urgent_reason_missing",
            "urgent_action_reason",
            id="two reasons of three",
        ),
        pytest.param(
            {"urgent_notice_at": "2026-11-02T08:01:00Z", **URGENT},
            "moment_in_future",
            "urgent_notice_at",
            id="a notice still to come",
        ),
        pytest.param({"audit_finding": "none"}, "update_without_audit", "audit_finding", id="a finding of no audit"),
        pytest.param({"audit_site": "Aichtal"}, "audit_incomplete", "audit_mode", id="half an audit"),
    ],
)
def test_a_fact_without_what_proves_it_is_not_recorded(desk: Story, facts, code, path):
    with refused(code, path):
        record(desk, facts)
    assert rows_of(desk, CaseVersion) == []


def test_every_fact_stays_with_who_recorded_it_and_why(office: Story):
    record(office, {"cause": "undecided", "cause_reason": "Protokolle fehlen"}, "2026-10-05 09:00")
    record(office, {"cause": "processor", "cause_reason": "eigener Fehler"}, "2026-10-07 09:00")
    facts, changes = office.tell(lambda session: case_facts(session, find_case(session, "V-1")))
    assert (facts["cause"], facts["cause_reason"]) == ("processor", "eigener Fehler")
    assert [(str(change["facts"]["cause"]), change["recorded_by"], change["recorded_at"]) for change in changes] == [
        ("undecided", "Erika Beispiel", at("2026-10-05 09:00")),
        ("processor", "Erika Beispiel", at("2026-10-07 09:00")),
    ]
    assert last_event(office)[:2] == ("case_fact_recorded", "case:V-1")


def test_a_second_notice_needs_no_reasons_again(office: Story):
    record(office, {"urgent_notice_at": "2026-10-05T08:00:00Z", **URGENT})
    record(office, {"urgent_notice_at": "2026-10-05T07:30:00Z"})
    assert known(office)["urgent_notice_at"] == at("2026-10-05 09:30")


def test_site_mode_and_date_of_an_audit_are_completed_from_what_is_known(office: Story):
    record(office, AUDIT | {"audit_finding": "pending"})
    record(office, {"audit_date": "2026-10-15"})
    facts = known(office)
    assert (facts["audit_site"], str(facts["audit_mode"]), facts["audit_date"].isoformat()) == (
        "Aichtal",
        "onsite",
        "2026-10-15",
    )
    assert facts["audit_finding"] == "pending"


@pytest.mark.parametrize(
    ("day", "finding", "told"),
    [
        pytest.param("2026-11-03", "none", ["finding_before_audit"], id="no finding of tomorrow's audit"),
        pytest.param("2026-11-03", "pending", [], id="a result that is awaited"),
        pytest.param("2026-11-02", "none", [], id="a result of today"),
    ],
)
def test_a_result_of_an_audit_that_is_still_to_come_is_said(desk: Story, day, finding, told):
    assert [
        notice.code for notice in record(desk, AUDIT | {"audit_date": day, "audit_finding": finding}).notices
    ] == told


def test_a_fact_comes_with_a_file_that_proves_it(office: Story):
    proof = ProofFile("../../wir/notiz.eml", mail("Wir waren es."))
    record(office, {"cause": "processor", "cause_reason": "siehe E-Mail"}, evidence=proof)
    (version,) = rows_of(office, CaseVersion)
    kept = office.tell(lambda session: read_file(session, version.evidence_file_id))
    assert kept.name == f"letter-{kept.sha256[:12]}.eml"  # a name of ours
    assert (kept.media_type, kept.retain_until.year) == ("message/rfc822", 2032)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        pytest.param(ProofFile("a.pdf", b""), "file_is_empty", id="no byte"),
        pytest.param(ProofFile("a.pdf", b"MZ\x00\x01\x02"), "file_type_unknown", id="a program named like a PDF"),
        pytest.param(ProofFile("..", b"%PDF-1.7"), "file_name_invalid", id="a name that is none"),
        pytest.param(lambda: ProofFile("a.pdf", b"%PDF-" + bytes(27_000_000)), "file_too_large", id="27 MB"),
    ],
)
def test_a_file_that_proves_nothing_is_refused_and_no_fact_recorded(desk: Story, file, code):
    with refused(code, "evidence_file"):
        proof = file() if callable(file) else file  # the large one is made when asked for
        record(desk, {"cause": "processor", "cause_reason": "siehe Datei"}, evidence=proof)
    assert rows_of(desk, CaseVersion) == []


def test_what_no_rule_asks_is_described_anew(office: Story):
    case = office.tell(
        lambda session: describe_case(
            session,
            office.act(NOW),
            find_case(session, "V-1"),
            {"title": "Auskunft", "closed_at": "2026-11-01T08:00:00Z"},
        )
    ).case
    assert (case.title, case.closed_at) == ("Auskunft", at("2026-11-01 09:00"))


def describe(story: Story, raw, when: str = NOW):
    return story.tell(lambda session: describe_case(session, story.act(when), find_case(session, "V-1"), raw))


def test_a_title_that_seems_to_name_somebody_is_said_when_it_becomes_that(desk: Story):
    def told(raw) -> list[str]:
        return [notice.code for notice in describe(desk, raw).notices]

    named = "Auskunft an max@muster.example"
    assert told({"title": named}) == ["title_names_email"]
    assert told({"title": named, "controller_reference": "Az. 1"}) == [], "it was said"
    assert told({"title": "Auskunft"}) == []


def test_a_case_is_looked_after_by_a_person_and_null_empties(office: Story):
    opened = open_(office, NEW | {"responsible": "EB"}).case
    assert opened.responsible_id is not None
    assert describe(office, {"responsible": "EB", "controller_reference": "Az. 1"}).case.responsible_id is not None
    emptied = describe(office, {"responsible": None, "controller_reference": None}).case
    assert (emptied.responsible_id, emptied.controller_reference) == (None, None)
    assert last_event(office)[:2] == ("case_described", "case:V-1")


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        pytest.param({}, "nothing_said", "title", id="nothing"),
        pytest.param({"title": None}, "may_not_be_empty", "title", id="no title"),
        pytest.param({"responsible": "XY"}, "unknown_person", "responsible", id="a person there is not"),
        pytest.param({"closed_at": "2027-01-01T00:00:00Z"}, "moment_in_future", "closed_at", id="closed tomorrow"),
        pytest.param(
            {"legal_deadline_at": "2025-11-30T12:00:00Z"},
            "deadline_before_opened",
            "legal_deadline_at",
            id="a deadline before there was a case",
        ),
        pytest.param({"kind": "audit"}, "unknown_key", "kind", id="what never changes"),
    ],
)
def test_what_can_t_be_so_is_not_described(desk: Story, raw, code, path):
    with refused(code, path):
        describe(desk, raw)


def test_a_case_is_found_by_its_number_at_its_own_processor_only(office: Story):
    number = open_(office, NEW).case.id
    assert office.tell(lambda session: case_by_id(session, number)).title == "Fehlversand"
    neighbour = Story(office.store, "nachbar")
    with refused("case_unknown"):
        neighbour.tell(lambda session: case_by_id(session, number))


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        pytest.param("Auskunft Mieterakte 12", [], id="a file number is fine"),
        pytest.param("Auskunft jo@x.example", ["title_names_email"], id="an e-mail address"),
        pytest.param("Löschung, geb. 3.4.1980", ["title_names_birth_date"], id="a date of birth"),
        pytest.param("Konto DE02120300000000202051", ["title_names_iban"], id="an IBAN"),
    ],
)
def test_a_title_that_names_people_is_taken_and_noted(desk: Story, title, codes):
    opened = open_(desk, NEW | {"title": title})
    assert [notice.code for notice in opened.notices] == codes
    assert all(has_sentence(f"notice.{code}") for code in codes)


def test_cases_of_two_contracts_may_share_a_reference_but_must_then_be_told_apart(office: Story):
    office.contract("AVV-2")
    office.case("V-1", contract="AVV-2")
    with refused("ref_ambiguous", "case"):
        office.tell(lambda session: find_case(session, "V-1"))
    first = office.tell(lambda session: find_case(session, "V-1", "AVV-1"))
    second = office.tell(lambda session: find_case(session, "V-1", "AVV-2"))
    assert first.contract_id != second.contract_id
    with refused("unknown_case", "case"):
        office.tell(lambda session: find_case(session, "V-2"))


def test_a_list_counts_the_living_work_of_each_case(office: Story):
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    office.work("Z-2", "V-1", "2026-10-07 09:00", 60)
    office.delete("Z-2", "2026-10-08 09:00")
    assert [(row.contract_ref, row.ref, row.entries) for row in office.tell(list_cases)] == [("AVV-1", "V-1", 1)]


def test_a_person_is_told_of_a_late_notice_a_new_site_and_billed_work(office: Story):
    office.estimate("Q-1", "V-1", regular=600)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60, urgent=True)
    late = record(office, {"urgent_notice_at": at("2026-10-07 09:01").isoformat(), **URGENT})
    office.case("V-2", kind="audit")
    first_site = record(office, AUDIT, case="V-2")
    new_site = record(office, AUDIT | {"audit_site": "Aichtahl"}, case="V-2")
    office.bill("2026-10", "2026-11-02 10:00")
    billed = record(office, {"cause": "processor", "cause_reason": "spät erkannt"}, "2026-11-03 09:00")
    told = [[notice.code for notice in answer.notices] for answer in (late, first_site, new_site, billed)]
    assert told == [["urgent_notice_late"], [], ["site_is_new"], ["case_already_billed"]]
