"""Issue closes what was approved, and only that, one contract at a time (architecture 2.2 to 2.4)."""

from datetime import date

import pytest
from sqlmodel import select

from billing.errors import NotFound
from billing.services.acting import id_of
from billing.services.openings import set_opening
from billing.store.tables import Closing, Contract, ProcessorVersion
from invoices.run.issuing import issuable
from tests.months.facts import at
from tests.months.story import Story, refusal


def test_to_issue_twice_is_to_issue_once(simple: Story) -> None:
    assert simple.bill("2026-10", "2026-11-02 09:00") == {"AVV-1": "RE-2026-0001"}
    assert simple.issue("2026-10", "2026-11-02 10:00") == {}
    assert (simple.numbers(), simple.closings()) == (["RE-2026-0001"], 1)


def test_one_contract_that_is_refused_stops_no_other_and_takes_no_number(simple: Story) -> None:
    for ref in ("AVV-2", "AVV-3"):
        simple.contract(ref)
        simple.case(f"C-{ref}", contract=ref)
        simple.estimate(f"Q-{ref}", f"C-{ref}", regular=600)
        simple.work(f"E-{ref}", f"C-{ref}", "2026-10-06 12:00", 15, person=f"P{ref[-1]}")
    simple.run("2026-10", "2026-11-02 09:00")
    simple.approve("2026-10", "2026-11-02 10:00")
    simple.delete("E-AVV-2", "2026-11-02 12:00")
    outcomes = simple.issue("2026-10", "2026-11-03 09:00")
    assert [type(outcome).__name__ for outcome in outcomes.values()] == ["Issued", "NotIssued", "Issued"]
    assert simple.numbers() == ["RE-2026-0001", "RE-2026-0002"]


def test_an_incomplete_invoice_lists_all_that_is_missing_and_takes_no_number(simple: Story) -> None:
    complete = simple.tell(lambda session: session.exec(select(ProcessorVersion)).one())
    add_letter(simple, complete, contact_person=None, phone="", iban=None, register_court=None)
    simple.run("2026-10", "2026-11-02 09:00")
    assert simple.review("2026-10", "2026-11-02 09:30").missing == (
        "seller.contact_name",
        "seller.contact_phone",
        "seller.iban",
        "seller.register_court",
    )
    simple.approve("2026-10", "2026-11-02 10:00")
    problem = refusal(simple.issue("2026-10", "2026-11-03 09:00")["AVV-1"])
    assert problem.fields["missing"] == [
        "seller.contact_name",
        "seller.contact_phone",
        "seller.iban",
        "seller.register_court",
    ]
    assert (simple.closings(), simple.numbers()) == (0, [])
    add_letter(simple, complete)
    assert simple.bill("2026-10", "2026-11-03 10:00") == {"AVV-1": "RE-2026-0001"}


def add_letter(story: Story, known: ProcessorVersion, **changes: str | None) -> None:
    """Record the processor's letter data anew, from the same day on."""
    kept = known.model_dump(exclude={"id", "version_no"})

    def record(session):
        number = len(list(session.exec(select(ProcessorVersion.id)))) + 1
        session.add(ProcessorVersion(**{**kept, "version_no": number, **changes}))

    story.tell(record)


def test_a_month_with_nothing_to_bill_is_closed_without_an_invoice_and_its_record_exists(story: Story) -> None:
    story.contract()
    story.case("C1")
    story.work("E1", "C1", "2026-10-06 09:00", 20, "general_query")
    story.work("E2", "C1", "2026-10-06 10:00", 30)
    assert story.bill("2026-10", "2026-11-02 09:00") == {"AVV-1": None}
    assert (story.closings(), story.numbers()) == (1, [])
    assert story.issue("2026-10", "2026-11-02 10:00") == {}
    record = story.record("2026-10")
    assert (record.totals.free_minutes, record.totals.held_minutes, record.totals.billed_minutes) == (20, 30, 0)
    assert (record.invoice_number, record.allowance_used_minutes) == ("", 20)


def test_what_was_on_hold_is_billed_in_arrears_with_its_own_dates(simple: Story) -> None:
    """E2 of October waits for its release; November bills it and says that it was done in October."""
    simple.case("C2")
    simple.work("E2", "C2", "2026-10-09 17:00", 30)
    simple.bill("2026-10", "2026-11-02 09:00")
    assert simple.lines("RE-2026-0001") == ["C1 regular 6 × 25 = 150.00"]
    simple.estimate("Q2", "C2", "2026-11-10 09:00", covers_from="2026-10-01 08:00", out_of_hours=60)
    simple.work("E3", "C1", "2026-11-11 09:00", 30)
    assert simple.bill("2026-11", "2026-12-01 09:00") == {"AVV-1": "RE-2026-0002"}
    assert simple.lines("RE-2026-0002") == [
        "C1 regular 2 × 25 = 50.00",
        "C2 out_of_hours 2 × 125/4 = 62.50",
    ]
    document = simple.invoice("RE-2026-0002")
    assert [(line.first_day, line.last_day) for line in document.lines] == [
        (date(2026, 11, 11), date(2026, 11, 11)),
        (date(2026, 10, 9), date(2026, 10, 9)),
    ]
    assert (document.period_from, document.period_to) == (date(2026, 10, 9), date(2026, 11, 30))


def test_closings_freeze_document_terms_holidays_and_hash(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    closing = simple.tell(lambda session: session.exec(select(Closing)).one())
    assert len(closing.terms_sha256) == len(closing.facts_hash) == 64
    assert closing.holiday_set_id is not None
    assert closing.terms_version_ids != "[]"
    assert simple.settlement("AVV-1", "2026-10")["net"] == "150.00"
    assert simple.invoice("RE-2026-0001").gross_cents == 17850


def test_contracts_of_a_month_are_sorted_by_what_can_be_done(simple: Story) -> None:
    simple.contract("AVV-2")
    simple.contract("AVV-3")
    simple.run("2026-10", "2026-11-02 09:00")
    simple.approve("2026-10", "2026-11-02 10:00", contract="AVV-1")
    simple.issue("2026-10", "2026-11-02 11:00")
    simple.approve("2026-10", "2026-11-02 12:00", contract="AVV-2")
    found = simple.tell(lambda session: issuable(session, "2026-10", []))
    assert (found.approved, found.waiting, found.closed) == (["AVV-2"], ["AVV-3"], ["AVV-1"])
    found = simple.tell(lambda session: issuable(session, "2026-10", ["AVV-1"]))
    assert (found.approved, found.waiting, found.closed) == ([], [], ["AVV-1"])


@pytest.mark.parametrize(
    ("month", "contracts", "code"),
    [
        pytest.param("2026-10", ["AVV-9"], "draft_unknown", id="a contract that has neither draft nor closing"),
        pytest.param("2026-09", [], "no_drafts", id="a month that was never run"),
    ],
)
def test_nothing_to_issue_is_said(simple: Story, month: str, contracts: list[str], code: str) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    with pytest.raises(NotFound, match=code):
        simple.tell(lambda session: issuable(session, month, contracts))


def test_a_contract_of_another_processor_is_not_found(simple: Story) -> None:
    other = Story(simple.store, ref="immosolve")
    simple.run("2026-10", "2026-11-02 09:00")
    contract = simple.tell(lambda session: session.exec(select(Contract)).one())
    with pytest.raises(NotFound, match="contract_unknown"):
        other.tell(lambda session: other.store.lock_contract(session, id_of(contract)))
    with pytest.raises(NotFound, match="draft_unknown"):
        other.tell(lambda session: issuable(session, "2026-10", ["AVV-1"]))


def test_the_first_number_is_the_one_brought_along(simple: Story) -> None:
    opening = {"kind": "next_number", "year": 2026, "number": 118}
    act = simple.act("2026-10-01 09:00")
    simple.tell(lambda session: set_opening(session, act, opening, at("2026-10-01 09:00").date()))
    assert simple.bill("2026-10", "2026-11-02 09:00") == {"AVV-1": "RE-2026-0118"}
