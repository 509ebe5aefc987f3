"""What a run is given: the facts it sees at its as-of, and what earlier runs, or the time before us, have decided."""

from dataclasses import replace
from datetime import date

import pytest

from billing.clause.term_sets import term_set
from billing.clause.terms import RateClass
from billing.public_holidays import public_holidays
from billing.rating.agreement import Agreement
from billing.rating.facts import Audit, Case, Entry, Estimate, Expense
from billing.rating.history import (
    ALWAYS,
    CaseChange,
    CaseHistory,
    EntryVersion,
    EstimateApproval,
    ExpenseRecord,
    History,
)
from billing.rating.ledger import Ledger
from billing.rating.settle import settle
from billing.timespan import month_index

OCTOBER = month_index(2026, 10)
NINE = 29_854_500  # Tue 6 Oct 2026, 09:00 in Berlin
DEFAULT = term_set("immoinvent-2026")
AGREED = Agreement((DEFAULT.terms,), DEFAULT.catalogue, public_holidays)


def work(minutes=60, service="other_support", name="E1", case="C1", **more):
    return Entry(name, case, service, NINE, NINE + minutes, **more)


def seen(as_of, **parts):
    return History(**{"cases": [], "entries": [], **parts}).seen_at(as_of)


# --- History ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "minutes"),
    [
        pytest.param(99, [], id="not recorded yet"),
        pytest.param(100, [60], id="recorded at the very as-of"),
        pytest.param(199, [60], id="before the correction"),
        pytest.param(200, [45], id="corrected at the very as-of"),
        pytest.param(300, [], id="deleted"),
    ],
)
def test_a_run_sees_the_version_of_an_entry_that_held(as_of, minutes):
    versions = [EntryVersion(work(60), 100, superseded_at=200), EntryVersion(work(45), 200, superseded_at=300)]
    assert [entry.end - entry.start for entry in seen(as_of, entries=versions).entries] == minutes


@pytest.mark.parametrize(("as_of", "known"), [(9, []), (10, ["C1"])])
def test_a_case_is_seen_once_it_is_recorded(as_of, known):
    assert list(seen(as_of, cases=[CaseHistory(Case("C1"), recorded_at=10)]).cases) == known


@pytest.mark.parametrize(
    ("approved_at", "recorded_at", "as_of", "is_seen"),
    [
        pytest.param(10, 20, 19, False, id="approved, not recorded yet"),
        pytest.param(10, 20, 20, True, id="approved and recorded"),
        pytest.param(20, 10, 19, False, id="recorded before it happened"),
        pytest.param(20, 10, 20, True, id="happened at the very as-of"),
    ],
)
def test_an_approval_is_seen_once_it_happened_and_was_recorded(approved_at, recorded_at, as_of, is_seen):
    estimate = Estimate("Q1", "C1", ((RateClass.REGULAR, 60),), approved_at, approved_at)
    assert bool(seen(as_of, approvals=[EstimateApproval(estimate, recorded_at)]).estimates) is is_seen


def test_an_approval_of_an_expense_is_seen_once_it_happened():
    record = ExpenseRecord(
        Expense("X1", "C1", "third_party", date(2026, 10, 6), 100, approved_on=date(2026, 10, 1)), 50, 10
    )
    assert seen(9, expenses=[record]).expenses == []
    assert seen(49, expenses=[record]).expenses[0].approved_on is None
    assert seen(50, expenses=[record]).expenses[0].approved_on == date(2026, 10, 1)


AUDIT = Audit("Aichtal", onsite=True, date=date(2026, 10, 14), finding="pending")


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        pytest.param(CaseChange(5, cause="mixed"), "cause", "mixed", id="cause"),
        pytest.param(CaseChange(5, urgent_notice_at=3), "urgent_notice_at", 3, id="notice"),
        pytest.param(CaseChange(5, urgent_notice_at=6), "urgent_notice_at", None, id="a notice of tomorrow"),
        pytest.param(CaseChange(5, onsite_agreed_at=3), "onsite_agreed_at", 3, id="agreement"),
        pytest.param(CaseChange(5, controller_misconduct=True), "controller_misconduct", True, id="misconduct"),
        pytest.param(CaseChange(5, finding="none"), "audit", AUDIT._replace(finding="none"), id="finding"),
        pytest.param(CaseChange(5, extra_agreed=True), "audit", AUDIT._replace(extra_agreed=True), id="extra audit"),
        pytest.param(
            CaseChange(5, audit=AUDIT._replace(site="Kiel"), finding="none"),
            "audit",
            AUDIT._replace(site="Kiel", finding="none"),
            id="another audit with a finding",
        ),
        pytest.param(CaseChange(5), "audit", AUDIT, id="nothing"),
    ],
)
def test_a_change_is_seen_from_when_it_was_recorded(change, field, value):
    known = [CaseHistory(Case("C1", audit=AUDIT), (change,))]
    assert seen(4, cases=known).cases["C1"] == Case("C1", audit=AUDIT)
    assert seen(5, cases=known).cases["C1"] == Case("C1", audit=AUDIT)._replace(**{field: value})


def test_an_audit_can_be_added_to_a_case():
    known = [CaseHistory(Case("C1"), (CaseChange(5, audit=AUDIT),))]
    assert seen(5, cases=known).cases["C1"].audit == AUDIT


def test_changes_of_one_minute_apply_as_written():
    changes = (CaseChange(7, cause="mixed"), CaseChange(5, cause="undecided"), CaseChange(7, cause="processor"))
    assert seen(9, cases=[CaseHistory(Case("C1"), changes)]).cases["C1"].cause == "processor"


def test_facts_recorded_always_are_seen_by_every_run():
    assert seen(ALWAYS, cases=[CaseHistory(Case("C1"))]).cases == {"C1": Case("C1")}


# --- Opening balances: what was used before we kept the record --------------------------------------------------------


def codes(entry, ledger, **facts):
    given = {"cases": [CaseHistory(Case("C1"))], "entries": [EntryVersion(entry, ALWAYS)], **facts}
    settlement = settle(AGREED, History(**given).seen_at(10**8), ledger, OCTOBER)
    return [f"{stretch.minutes} {stretch.answer.code}" for stretch in settlement.stretches]


def test_an_allowance_used_before_counts():
    ledger = Ledger("case")
    ledger.allowance_used[OCTOBER] = 50
    assert codes(work(60, "general_query"), ledger) == ["10 13.2.d", "50 no_approved_estimate"]


def test_a_document_given_before_counts():
    ledger = Ledger("case", documents_taken=[(2026, "toms", "")])
    assert codes(work(20, "standard_documents", document="toms"), ledger) == ["20 no_approved_estimate"]
    assert codes(work(20, "standard_documents", document="certificate"), ledger) == ["20 13.2.a"]


def test_approved_minutes_used_before_count():
    ledger = Ledger("case")
    ledger.add_opening_approval("Q1", "regular", 60)
    ledger.add_opening_approval("Q1", "regular", 40)
    estimate = Estimate("Q1", "C1", ((RateClass.REGULAR, 120),), 0, 0)
    assert codes(work(60), ledger, approvals=[EstimateApproval(estimate)]) == ["20 approved", "40 estimate_exceeded"]


def test_an_unknown_class_is_a_bug():
    with pytest.raises(ValueError, match="no rate class: cheap"):
        Ledger("case").add_opening_approval("Q1", "cheap", 100)


@pytest.mark.parametrize(
    ("site", "day", "code"),
    [
        pytest.param("Aichtal", date(2026, 3, 1), "second_onsite_audit", id="the same site and year"),
        pytest.param("Kiel", date(2026, 3, 1), "no_approved_estimate", id="another site"),
        pytest.param("Aichtal", date(2025, 3, 1), "no_approved_estimate", id="another year"),
    ],
)
def test_an_audit_given_before_counts(site, day, code):
    audited = [CaseHistory(Case("C1", audit=AUDIT._replace(finding="none")))]
    assert codes(work(60, "audit_support"), Ledger("case"), cases=audited, audits_given=((site, day),)) == [
        f"60 {code}"
    ]


# --- Closed runs ------------------------------------------------------------------------------------------------------


def closed():
    """One run over an hour of free, billed and held work and expenses each."""
    entries = [work(60, "request_intake", "E1"), work(60, name="E2"), work(60, name="E3", case="C3")]
    estimate = Estimate("Q1", "C1", ((RateClass.REGULAR, 60),), 0, 0)
    day = date(2026, 10, 6)
    expenses = [
        Expense("X1", "C1", "travel", day, 100, receipt=True),
        Expense("X2", "C1", "travel", day, 100, remedies_processor_defect=True),
        Expense("X3", "C1", "travel", day, 100),
    ]
    history = History(
        [CaseHistory(Case("C1")), CaseHistory(Case("C3"))],
        [EntryVersion(entry, ALWAYS) for entry in entries],
        [EstimateApproval(estimate)],
        [ExpenseRecord(expense) for expense in expenses],
    )
    return settle(AGREED, history.seen_at(10**8), Ledger("case"), OCTOBER)


def test_a_living_run_leaves_what_was_free_and_billed_and_nothing_that_was_held():
    ledger = Ledger("case")
    ledger.add(closed())
    assert {entry: minutes for entry, minutes in ledger.decided.items() if minutes} == {
        "E1": [(NINE, NINE + 60)],
        "E2": [(NINE, NINE + 60)],
    }
    assert ledger.expenses == {"X1", "X2"}
    assert ledger.estimate_used == {"estimate:regular:Q1": 60}
    assert [sum(group.units.values()) for group in ledger.groups.values()] == [4]
    assert [sum(group.minutes.values()) for group in ledger.groups.values()] == [60]


def test_a_cancelled_run_leaves_only_what_was_free():
    ledger = Ledger("case")
    ledger.add(closed(), living=False)
    assert ledger.decided == {"E1": [(NINE, NINE + 60)]}
    assert ledger.expenses == {"X2"}
    assert ledger.estimate_used == {}
    assert ledger.groups == {}


def test_expenses_wait_where_the_contract_bears_none():
    expense = Expense("X1", "C1", "travel", date(2026, 10, 6), 1, receipt=True)
    history = History([CaseHistory(Case("C1"))], [], expenses=[ExpenseRecord(expense)])
    settlement = settle(replace(AGREED, expenses_agreed=False), history.seen_at(0), Ledger("case"), OCTOBER)
    assert [decision.answer.code for decision in settlement.expenses] == ["rate_not_agreed"]
    assert (settlement.billed_expenses, settlement.gross) == ([], 0)
