"""Issuing makes an electronic invoice: checked before it takes a number, kept with the check; on both databases."""

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from billing import outbox
from billing.errors import Conflict, IncompleteInvoice
from billing.services.acting import Act
from billing.store.session import TenantSession
from billing.store.tables import (
    Invoice,
    InvoiceCheck,
    InvoiceFile,
    NumberSeries,
    ProcessorVersion,
    StoredFile,
)
from billing.store.tables.kinds import CheckOutcome, CheckStage, InvoiceFileKind
from billing.texts import problem_sentence
from invoices.einvoice.checking import Check, require_valid
from invoices.einvoice.findings import Finding, Level
from invoices.einvoice.rules import FILES, SETTING, find_rules
from invoices.render import RenderPool
from invoices.run.approving import broken_rules
from invoices.run.deliverable import check_deliverable
from invoices.run.files import FileMaker
from invoices.run.keeping import keep_check
from tests.invoices.einvoice.reading import AGREEMENT, DOCUMENT, texts
from tests.months.facts import at
from tests.months.story import Story, refusal
from tests.months.test_issuing import add_letter

XML, PDF, CSV = InvoiceFileKind.XML, InvoiceFileKind.PDF, InvoiceFileKind.ACTIVITY_RECORD_CSV
WHEN = "2026-11-02 09:00"


def file_of(story: Story, number: str, kind: InvoiceFileKind = XML) -> StoredFile:
    query = (
        select(StoredFile)
        .join(InvoiceFile, col(InvoiceFile.stored_file_id) == col(StoredFile.id))
        .join(Invoice, col(Invoice.id) == col(InvoiceFile.invoice_id))
        .where(Invoice.number == number, InvoiceFile.kind == kind)
    )
    return story.tell(lambda session: session.exec(query).one())


def checks(story: Story) -> list[InvoiceCheck]:
    query = select(InvoiceCheck).order_by(col(InvoiceCheck.id))
    return story.tell(lambda session: list(session.exec(query)))


def counters(story: Story) -> list[int]:
    return story.tell(lambda session: list(session.exec(select(NumberSeries.last_sequence))))


def print_files(story: Story) -> None:
    act = Act("printer", at(WHEN))
    with RenderPool(1) as pool:
        handlers = FileMaker(pool, act).handlers
        done = list(outbox.run_pending(story.store, story.processor_id, handlers, lambda: act.at))
    assert [one.error for one in done] == [""] * len(done)


def release(story: Story) -> None:
    story.run("2026-10", WHEN)
    story.approve("2026-10", WHEN)


def test_an_invoice_is_kept_as_xml_with_the_check_that_let_it_pass(simple: Story) -> None:
    simple.bill("2026-10", WHEN)
    file, (check,), rules = file_of(simple, "RE-2026-0001"), checks(simple), find_rules()
    assert (file.name, file.media_type) == ("RE-2026-0001.xml", "application/xml")
    assert file.sha256 == sha256(file.content).hexdigest() == check.xml_sha256
    assert (check.rules_version, check.rules_sha256) == (rules.version, rules.sha256)
    assert (check.stage, check.outcome) == (CheckStage.ISSUE, CheckOutcome.PASSED)
    assert json.loads(check.report) == {"findings": []}
    assert texts(file.content, f"{DOCUMENT}/ram:ID") == ["RE-2026-0001"]
    assert texts(file.content, f"{DOCUMENT}/ram:IssueDateTime/*") == ["20261102"]


def test_a_cancellation_names_what_it_takes_back(simple: Story) -> None:
    simple.bill("2026-10", WHEN)
    simple.cancel("RE-2026-0001", "2026-11-03 09:00")
    (number,) = [one for one in simple.numbers() if one != "RE-2026-0001"]
    xml = file_of(simple, number).content
    assert texts(xml, f"{DOCUMENT}/ram:TypeCode") == ["381"]
    assert texts(xml, "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == ["RE-2026-0001"]
    assert texts(xml, "//ram:AttachmentBinaryObject") == []
    assert [check.outcome for check in checks(simple)] == [CheckOutcome.PASSED] * 2


def test_the_format_of_the_controller_is_frozen_with_the_document(story: Story) -> None:
    story.contract(invoice_format="xrechnung", leitweg_id="991-03730-19")
    story.case("C1")
    story.estimate("Q1", "C1", regular=600)
    story.work("E1", "C1", "2026-10-06 09:00", 90)
    story.bill("2026-10", WHEN)
    xml = file_of(story, "RE-2026-0001").content
    (profile,) = texts(xml, "//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID")
    assert profile.endswith("xrechnung_3.0")
    assert texts(xml, f"{AGREEMENT}/ram:BuyerReference") == ["991-03730-19"]
    assert texts(xml, "//ram:BuyerTradeParty//ram:URIID/@schemeID") == ["0204"]
    assert story.invoice("RE-2026-0001").buyer.invoice_format == "xrechnung"


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        pytest.param({"iban": None}, ["seller.iban"], id="no IBAN"),
        pytest.param({"iban": "DE02120300000000202052"}, ["seller.iban"], id="an IBAN with a wrong digit"),
        pytest.param({"phone": None}, ["seller.contact_phone"], id="no phone of the contact"),
        pytest.param({"vat_id": "136695976"}, ["seller.vat_id"], id="a VAT id without its country: found by the rules"),
        pytest.param(
            {"email": None, "contact_person": " "},
            ["seller.contact_name", "seller.contact_email", "seller.electronic_address"],
            id="nobody to ask",
        ),
    ],
)
def test_what_breaks_the_rules_takes_no_number(simple: Story, changes: dict[str, Any], missing: list[str]) -> None:
    complete = simple.tell(lambda session: session.exec(select(ProcessorVersion)).one())
    add_letter(simple, complete, **changes)
    release(simple)
    problem = refusal(simple.issue("2026-10", WHEN)["AVV-1"])
    assert isinstance(problem, IncompleteInvoice)
    assert problem.fields["missing"] == missing
    assert (simple.numbers(), simple.closings(), checks(simple), counters(simple)) == ([], 0, [], [])
    assert simple.draft_states() == ["approved"]
    add_letter(simple, complete)
    assert simple.bill("2026-10", "2026-11-02 10:00") == {"AVV-1": "RE-2026-0001"}


def test_an_authority_without_leitweg_id_has_the_contract_s_number_as_reference(story: Story) -> None:
    story.contract(invoice_format="xrechnung")
    story.case("C1")
    story.estimate("Q1", "C1", regular=600)
    story.work("E1", "C1", "2026-10-06 09:00", 90)
    story.bill("2026-10", WHEN)
    assert texts(file_of(story, "RE-2026-0001").content, f"{AGREEMENT}/ram:BuyerReference") == ["AVV-1"]


def test_a_client_without_an_address_for_invoices_gets_none(story: Story) -> None:
    story.contract(invoice_email=None)
    story.case("C1")
    story.estimate("Q1", "C1", regular=600)
    story.work("E1", "C1", "2026-10-06 09:00", 90)
    release(story)
    problem = refusal(story.issue("2026-10", WHEN)["AVV-1"])
    assert problem.fields["missing"] == ["buyer.electronic_address"]
    assert counters(story) == []


def test_nothing_is_issued_without_the_official_rules(
    simple: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(simple)
    monkeypatch.setenv(SETTING, str(tmp_path))
    with pytest.raises(Conflict, match="einvoice_rules_missing"):
        simple.issue("2026-10", WHEN)
    assert (simple.numbers(), simple.closings()) == ([], 0)
    (told,) = broken_rules(simple.review("2026-10", WHEN), "en")
    assert "mehraufwand rules install" in told
    monkeypatch.delenv(SETTING)
    assert simple.issue("2026-10", WHEN).keys() == {"AVV-1"}


def test_rules_of_another_release_are_named_in_the_check(
    simple: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((find_rules().folder / name).read_bytes() + b"\n")
    old = find_rules().sha256
    monkeypatch.setenv(SETTING, str(tmp_path))
    simple.bill("2026-10", WHEN)
    assert [check.rules_sha256 == old for check in checks(simple)] == [False]


def test_a_review_tells_rules_that_are_broken_though_nothing_is_missing(simple: Story) -> None:
    complete = simple.tell(lambda session: session.exec(select(ProcessorVersion)).one())
    add_letter(simple, complete, vat_id="136695976")
    simple.run("2026-10", WHEN)
    review = simple.review("2026-10", WHEN)
    assert review.missing == ()
    assert [rule.split("]")[0] for rule in broken_rules(review, "de")] == ["[BR-CO-09"]


def test_a_broken_rule_that_nobody_can_fill_in_is_told_in_its_own_words(simple: Story) -> None:
    simple.bill("2026-10", WHEN)
    document = simple.invoice("RE-2026-0001")
    odd = Finding("own.line", Level.ERROR, "1 cents instead of 2", "line 1")
    with pytest.raises(Conflict) as refused:
        require_valid(Check(find_rules(), "0" * 64, (odd,)), document)
    assert "own.line: 1 cents instead of 2" in problem_sentence(refused.value, "de")


def test_the_xml_is_inside_the_pdf_and_the_record_inside_the_xml(paper_story: Story) -> None:
    paper_story.contract()
    paper_story.case("C1", kind="other")
    paper_story.estimate("Q1", "C1", regular=600)
    paper_story.work("E1", "C1", "2026-10-06 09:00", 90)
    paper_story.bill("2026-10", WHEN)
    print_files(paper_story)
    xml = file_of(paper_story, "RE-2026-0001").content
    assert [b64decode(text) for text in texts(xml, "//ram:AttachmentBinaryObject")] == [
        file_of(paper_story, "RE-2026-0001", CSV).content
    ]
    assert deliverable(paper_story).findings == ()


def deliverable(story: Story, number: str = "RE-2026-0001") -> Check:
    def look(session: TenantSession) -> Check | None:
        return check_deliverable(session, session.exec(select(Invoice).where(Invoice.number == number)).one())

    found = story.tell(look)
    assert found is not None
    return found


def test_what_goes_out_is_checked_again_and_the_check_is_kept(simple: Story) -> None:
    simple.bill("2026-10", WHEN)
    check = deliverable(simple)
    assert check.passed

    def keep(session: TenantSession) -> None:
        invoice = session.exec(select(Invoice)).one()
        keep_check(session, invoice, check, CheckStage.DELIVERY, Act("clerk", at(WHEN)))

    simple.tell(keep)
    assert [row.stage for row in checks(simple)] == [CheckStage.ISSUE, CheckStage.DELIVERY]
    assert {row.xml_sha256 for row in checks(simple)} == {file_of(simple, "RE-2026-0001").sha256}
