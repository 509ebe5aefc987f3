"""Money paid in the controller's name (§ 10 Abs. 1 Satz 5 UStG) is asked back apart: no invoice, no VAT, once only."""

from typing import Any

import pytest

from billing.errors import Conflict
from billing.store.session import TenantSession
from billing.store.tables import PassThrough
from invoices.run.explaining import explain_invoice
from invoices.run.pass_through import StatementRow, newest_statements, statements_after
from invoices.statement import PassThroughStatement
from invoices.statement_page import statement_page
from tests.months.conftest import work_once
from tests.months.story import Story


def statements(story: Story) -> list[StatementRow]:
    return story.tell(lambda session: statements_after(session, 0, 100))


def paper(row: StatementRow) -> PassThroughStatement:
    return PassThroughStatement.from_json(row.statement.document)


@pytest.fixture
def passed(simple: Story) -> Story:
    """90 minutes of work, a ticket of our own, and an official fee paid in the controller's name."""
    simple.expense("X1", "C1", "2026-10-06", "42.00")
    simple.expense("D1", "C1", "2026-10-07", "119.00", "ancillary", in_name_of_client=True)
    return simple


def test_it_stands_on_a_statement_of_its_own_and_not_in_the_base_of_the_vat(passed: Story) -> None:
    passed.bill("2026-10", "2026-11-02 09:00")
    assert passed.lines("RE-2026-0001") == ["C1 regular 6 × 25 = 150.00", "C1 X1.pdf 42.00"]
    assert passed.invoice("RE-2026-0001").gross_cents == 22848
    (row,) = statements(passed)
    shown = paper(row)
    assert (row.statement.number, row.contract, row.month, row.living) == ("DP-2026-10-AVV-1", "AVV-1", "2026-10", True)
    assert [(item.case_ref, item.receipt_ref, item.amount_cents) for item in shown.items] == [("C1", "D1.pdf", 11900)]
    assert (shown.total_cents, shown.issue_date.isoformat(), shown.payment_days) == (11900, "2026-11-02", 14)
    assert passed.numbers() == ["RE-2026-0001"]


def test_the_review_shows_it_apart(passed: Story) -> None:
    passed.run("2026-10", "2026-11-02 09:00")
    summary = passed.summary("2026-10", "2026-11-02 09:00")
    assert (summary["net"], summary["pass_through_total"]) == ("192.00", "119.00")
    assert summary["pass_through"] == [{"case": "C1", "expense": "D1", "amount": "119.00"}]
    assert [row["expense"] for row in summary["expenses"]] == ["X1"]


def test_the_explanation_of_the_invoice_names_it(passed: Story) -> None:
    passed.bill("2026-10", "2026-11-02 09:00")
    told = passed.tell(lambda session: explain_invoice(session, "RE-2026-0001"))
    assert [(row["expense"], row["code"], row["net"]) for row in told.pass_through] == [
        ("D1", "pass_through", "119.00")
    ]
    assert [line["decision"]["expense"] for line in told.lines if line["kind"] == "expense"] == ["X1"]
    assert [row.code for case in passed.record("2026-10").cases for row in case.expenses] == ["pass_through", "expense"]


def test_without_a_receipt_it_is_held_until_there_is_one(simple: Story) -> None:
    simple.expense("D1", "C1", "2026-10-07", "119.00", "ancillary", receipt=None, in_name_of_client=True)
    simple.bill("2026-10", "2026-11-02 09:00")
    assert [(row["item"], row["reason"]) for row in simple.settlement("AVV-1", "2026-10")["held"]] == [
        ("D1", "receipt_missing")
    ]
    assert statements(simple) == []


def test_third_party_costs_in_the_name_of_the_controller_need_its_approval_and_a_receipt(simple: Story) -> None:
    """13(4)d asks for approval in advance, in whose name soever; the receipt shows the name."""
    flags: dict[str, Any] = {"in_name_of_client": True, "approved_at": "2026-10-05T10:00:00+02:00"}
    simple.expense("D1", "C1", "2026-10-07", "10.00", "third_party", in_name_of_client=True)
    simple.expense("D2", "C1", "2026-10-07", "20.00", "third_party", receipt=None, **flags)
    simple.expense("D3", "C1", "2026-10-07", "40.00", "third_party", **flags)
    simple.bill("2026-10", "2026-11-02 09:00")
    held = {row["item"]: row["reason"] for row in simple.settlement("AVV-1", "2026-10")["held"]}
    assert held == {"D1": "third_party_not_approved", "D2": "receipt_missing"}
    assert [item.receipt_ref for item in paper(statements(simple)[0]).items] == ["D3.pdf"]


def test_what_our_own_breach_caused_is_not_asked_back(story: Story) -> None:
    story.contract()
    story.case("C1", cause="processor", cause_reason="eigener Fehler")
    story.expense("D1", "C1", "2026-10-07", "119.00", in_name_of_client=True)
    assert story.bill("2026-10", "2026-11-02 09:00") == {"AVV-1": None}
    assert statements(story) == []


def test_a_month_may_have_a_statement_and_no_invoice(story: Story) -> None:
    story.contract()
    story.case("C1")
    story.expense("D1", "C1", "2026-10-07", "119.00", in_name_of_client=True)
    assert story.bill("2026-10", "2026-11-02 09:00") == {"AVV-1": None}
    assert [row.statement.number for row in statements(story)] == ["DP-2026-10-AVV-1"]
    done = story.cancel_month("AVV-1", "2026-10", "2026-11-03 09:00")
    assert (done.number, done.cancels) == (None, None)
    story.bill("2026-10", "2026-11-04 09:00")
    assert [(row.statement.number, row.living) for row in statements(story)] == [
        ("DP-2026-10-AVV-1", False),
        ("DP-2026-10-AVV-1-2", True),
    ]


def test_it_is_asked_back_once(passed: Story) -> None:
    passed.bill("2026-10", "2026-11-02 09:00")
    passed.bill("2026-11", "2026-12-01 09:00")
    assert len(statements(passed)) == 1


def test_where_not_all_fit_the_controller_is_shown_the_newest(passed: Story) -> None:
    for month, issued in (
        ("2026-10", "2026-11-02 09:00"),
        ("2026-11", "2026-12-01 09:00"),
        ("2026-12", "2027-01-04 09:00"),
    ):
        passed.expense(f"D-{month}", "C1", f"{month}-07", "10.00", "ancillary", in_name_of_client=True)
        passed.bill(month, issued)
    client = statements(passed)[0].statement.controller_id
    found = passed.tell(lambda session: newest_statements(session, 2, controller_id=client))
    assert [row.statement.number for row in found] == ["DP-2026-12-AVV-1", "DP-2026-11-AVV-1"]
    assert passed.tell(lambda session: newest_statements(session, 2, controller_id=client + 1)) == []


def test_it_comes_back_with_the_month_and_not_with_a_correction_of_its_case(passed: Story) -> None:
    passed.bill("2026-10", "2026-11-02 09:00")
    passed.correct_invoice("RE-2026-0001", "C1", when="2026-11-03 09:00")
    assert passed.lines("ST-2026-0001") == ["C1 regular -6 × 25 = -150.00", "C1 X1.pdf -42.00"]
    assert [row.living for row in statements(passed)] == [True]
    passed.cancel_month("AVV-1", "2026-10", "2026-11-04 09:00")
    passed.bill("2026-10", "2026-11-05 09:00")
    assert [row.living for row in statements(passed)] == [False, True]


def test_the_paper_says_that_it_is_no_invoice(paper_story: Story) -> None:
    paper_story.contract()
    work_once(paper_story)
    paper_story.expense("D1", "C1", "2026-10-07", "1119.00", "ancillary", in_name_of_client=True)
    paper_story.bill("2026-10", "2026-11-02 09:00")
    html = statement_page(paper(statements(paper_story)[0])).html
    for words in ("Aufstellung durchlaufender Posten Oktober 2026", "keine Rechnung", "§ 10 Abs. 1 Satz 5 UStG"):
        assert words in html
    assert "1.119,00" in html
    assert "Umsatzsteuer fällt hier nicht an" in html


def wrong_total(session: TenantSession, first: PassThrough) -> None:
    """Write a second statement of the closing, of a cent more."""
    links = {name: getattr(first, name) for name in ("contract_id", "controller_id", "closing_id")}
    said = {name: getattr(first, name) for name in ("issue_date", "issued_at", "document", "document_sha256")}
    session.add(PassThrough(number="DP-X", total_cents=first.total_cents + 1, **links, **said))
    session.flush()


def test_the_database_keeps_its_total(passed: Story) -> None:
    passed.bill("2026-10", "2026-11-02 09:00")
    (row,) = statements(passed)
    with pytest.raises(Conflict, match="pass_through_differs"), passed.store.tenant(passed.processor_id) as session:
        wrong_total(session, row.statement)
