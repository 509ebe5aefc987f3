"""Expenses: with their proofs, which may come later but are never exchanged; never refused for a fee reason."""

import json
from datetime import date

import pytest

from billing.services.contracts import end_contract, find_contract
from billing.services.expenses import (
    add_expense,
    add_receipt,
    approve_expense,
    expense_by_id,
    expenses_after,
    find_expense,
    list_expenses,
    read_expense,
    show_expense,
    withdraw_expense,
)
from billing.services.proofs import ProofFile
from billing.store.tables import AuditLog, Expense, StoredFile
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import NOW, last_event, refused, rows_of
from tests.support.papers import mail, pdf

NEW = {"case": "V-1", "kind": "travel", "incurred_on": "2026-10-14", "net": "84.50", "description": "Bahnfahrt"}
PDF = ProofFile("bahn.pdf", pdf())
PROOF = ProofFile("Freigabe Frau Kern.eml", mail())


def add(story: Story, change=None, file=None):
    new = read_expense(NEW | (change or {}))
    return story.tell(lambda session: add_expense(session, story.act(NOW), new, file)).expense


def test_an_expense_is_taken_in_with_its_receipt(office: Story):
    expense = add(office, {"person": "EB"}, PDF)
    assert (expense.ref, expense.net_cents) == ("A-2026-001", 84_50)
    (file,) = rows_of(office, StoredFile)
    assert (file.id, file.media_type, str(file.retention_class)) == (
        expense.receipt_file_id,
        "application/pdf",
        "voucher",
    )
    assert file.retain_until.year == 2034
    assert last_event(office)[:2] == ("expense_added", "expense:A-2026-001")


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        pytest.param({"case": "V-9"}, "unknown_case", "case", id="a case there is not"),
        pytest.param({"kind": "food"}, "unknown_value", "kind", id="a kind there is not"),
        pytest.param({"net": 84}, "money_not_a_string", "net", id="money as a number"),
        pytest.param({"net": "-1.00"}, "negative_money", "net", id="less than nothing"),
        pytest.param({"net": "1.005"}, "money_not_whole_cents", "net", id="half a cent"),
        pytest.param({"net": "9999999999.00"}, "number_out_of_range", "net", id="ten thousand million"),
        pytest.param({"incurred_on": "2026-11-03"}, "date_in_future", "incurred_on", id="tomorrow"),
        pytest.param({"incurred_on": "2026-02-30"}, "not_a_date", "incurred_on", id="a day there is not"),
        pytest.param({"person": "XX"}, "unknown_person", "person", id="nobody of ours"),
        pytest.param({"approved_at": "2026-10-13T12:00:00Z"}, "unknown_key", "approved_at", id="an approval only said"),
        pytest.param({"receipt": True}, "unknown_key", "receipt", id="a receipt that is only said to exist"),
        pytest.param({"description": ""}, "text_is_empty", "description", id="no word what for"),
    ],
)
def test_an_expense_with_a_wrong_field_is_not_taken_in(desk: Story, change, code, path):
    with refused(code, path):
        add(desk, change)
    assert rows_of(desk, Expense) == []


def test_a_bad_receipt_leaves_no_expense_behind(office: Story):
    with refused("file_type_unknown", "receipt_file"):
        add(office, file=ProofFile("bahn.pdf", b"\x00\x01"))
    assert rows_of(office, Expense) == []


def test_a_receipt_that_comes_later_is_attached_once(office: Story):
    add(office)

    def attach(session):
        return add_receipt(session, office.act(NOW), find_expense(session, "A-2026-001"), PDF)

    office.tell(attach)
    with refused("receipt_is_there"):
        office.tell(attach)
    assert len(rows_of(office, StoredFile)) == 1


def test_an_approval_is_recorded_once(office: Story):
    add(office, {"kind": "third_party", "ref": "X-1"})

    def approve(ref: str, when: str):
        return office.tell(
            lambda session: approve_expense(session, office.act(NOW), find_expense(session, ref), at(when), PROOF)
        ).expense

    assert approve("X-1", "2026-10-13 12:00").approved_at == at("2026-10-13 12:00")
    with refused("expense_already_approved"):
        approve("X-1", "2026-10-13 12:00")
    add(office, {"ref": "X-2"})
    with refused("moment_in_future", "approved_at"):
        approve("X-2", "2026-11-03 00:00")


def test_no_approval_without_what_proves_it(desk: Story):
    add(desk, {"kind": "third_party", "ref": "X-1"})
    act = desk.act(NOW)
    with refused("missing_key", "evidence_file"):
        on_expense(desk, lambda session, expense: approve_expense(session, act, expense, at("2026-10-13 12:00"), None))
    assert on_expense(desk, lambda _, expense: expense.approved_at) is None


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2024-12-31", ["expense_before_contract"]),
        ("2025-01-01", []),
        ("2026-10-20", []),
        ("2026-10-21", ["expense_after_contract"]),
    ],
)
def test_that_a_cost_is_of_no_day_of_its_contract_is_said(desk: Story, day, told):
    act = desk.act(NOW)
    desk.tell(lambda session: end_contract(session, act, find_contract(session, "AVV-1"), date(2026, 10, 20)))
    new = read_expense({**NEW, "ref": "X-1", "incurred_on": day})
    assert [notice.code for notice in desk.tell(lambda s: add_expense(s, act, new)).notices] == told


def test_an_approval_comes_with_what_proves_it(office: Story):
    add(office, {"kind": "third_party", "ref": "X-1"})

    def approve(session):
        expense = find_expense(session, "X-1")
        return approve_expense(session, office.act(NOW), expense, at("2026-10-13 12:00"), PROOF)

    expense = office.tell(approve).expense
    (kept,) = rows_of(office, StoredFile)
    assert (kept.id, kept.name, str(kept.retention_class)) == (expense.evidence_file_id, "X-1-approval.eml", "letter")
    (event,) = [row for row in rows_of(office, AuditLog) if row.action == "expense_approved"]
    assert json.loads(event.details)["sha256"] == kept.sha256


def on_expense(story: Story, deed):
    return story.tell(lambda session: deed(session, find_expense(session, "X-1")))


def test_a_withdrawn_expense_takes_nothing_more(desk: Story):
    add(desk, {"ref": "X-1"})
    desk.withdraw("X-1", NOW)
    act = desk.act(NOW)
    deeds = (
        lambda session, expense: add_receipt(session, act, expense, PDF),
        lambda session, expense: approve_expense(session, act, expense, at("2026-10-13 12:00"), PROOF),
        lambda session, expense: withdraw_expense(session, act, expense),
    )
    for deed in deeds:
        with refused("expense_is_withdrawn"):
            on_expense(desk, deed)
    assert rows_of(desk, StoredFile) == []


def test_lists_tell_what_a_closed_month_said_of_an_expense(office: Story):
    add(office, {"ref": "X-1", "person": "EB"}, PDF)
    add(office, {"ref": "X-2"})
    add(office, {"ref": "X-3", "remedies_processor_defect": True}, PDF)
    (number,) = office.bill("2026-10", "2026-11-02 10:00").values()

    def shown():
        rows = office.tell(lambda session: expenses_after(session, {"case_id": None}, 0, 9))
        return [(row.ref, row.person_ref, row.verdict and str(row.verdict), row.month, row.number) for row in rows]

    assert shown() == [
        ("X-1", "EB", "billed", "2026-10", number),
        ("X-2", None, None, None, None),
        ("X-3", None, "free", "2026-10", number),
    ]
    assert number is not None
    office.cancel(number, "2026-11-02 11:00")
    assert [row[2] for row in shown()] == [None, None, "free"]


def test_a_part_of_a_list_keeps_to_its_contract_and_goes_on_after_a_number(desk: Story):
    desk.contract("AVV-2")
    desk.case("W-1", contract="AVV-2")
    first, second = add(desk), add(desk, {"case": "W-1"})
    within = {"contract_id": second.contract_id, "case_id": None}
    assert [row.id for row in desk.tell(lambda session: expenses_after(session, within, 0, 9))] == [second.id]
    assert [row.id for row in desk.tell(lambda session: expenses_after(session, {}, first.id, 9))] == [second.id]
    assert [row.id for row in desk.tell(lambda session: expenses_after(session, {}, 0, 1))] == [first.id]


def test_a_number_of_another_processor_is_nobody_s(office: Story):
    add(office)
    neighbour = Story(office.store, "nachbar")
    with refused("expense_not_found"):
        neighbour.tell(lambda session: expense_by_id(session, 1))
    with refused("expense_not_found"):
        neighbour.tell(lambda session: show_expense(session, 1))


def test_an_expense_is_withdrawn_until_it_was_settled(office: Story):
    add(office, {"ref": "X-1"}, PDF)
    add(office, {"ref": "X-2"}, PDF)
    office.withdraw("X-1", NOW)
    office.bill("2026-10", "2026-11-02 10:00")
    with refused("expense_is_settled") as caught:
        office.tell(
            lambda session: withdraw_expense(
                session, office.act("2026-11-02 11:00"), find_expense(session, "X-2", "AVV-1")
            )
        )
    assert (caught.value.fields["month"], caught.value.fields["number"]) == ("2026-10", "RE-2026-0001")
    found = office.tell(lambda session: list_expenses(session, "AVV-1"))
    assert [(row.ref, row.withdrawn_at is None) for row in found] == [("X-1", False), ("X-2", True)]


def test_a_reference_that_is_taken_and_one_there_is_not(office: Story):
    add(office, {"ref": "X-1"})
    with refused("expense_exists", "ref"):
        add(office, {"ref": "X-1"})
    with refused("unknown_expense", "expense"):
        office.tell(lambda session: find_expense(session, "X-2"))
