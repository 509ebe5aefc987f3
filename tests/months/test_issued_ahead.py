"""What issue works out before holds as long as nobody writes; whatever somebody wrote meanwhile is seen."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from billing.errors import Conflict
from billing.store.engine import is_sqlite
from billing.store.session import Store
from billing.store.tables import Invoice
from invoices.activity_record import ActivityRecord
from invoices.run import ahead, freezing, issuing
from invoices.run.freezing import freeze_document
from invoices.run.issuing import Issued, NotIssued, issue_month
from invoices.run.preparing import Prepared
from invoices.run.records import build_record
from tests.months.story import Story, refusal
from tests.support.asked import awaited

REFS = [f"AVV-{number:02}" for number in range(2, 7)]
AT_ONCE = 3
NUMBERS = [f"RE-2026-{number:04}" for number in range(1, len(REFS) + 1)]


@pytest.fixture
def released(simple: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """Contracts with a released draft each, more than are worked out in one reading."""
    monkeypatch.setattr(ahead, "_AT_ONCE", AT_ONCE)
    for ref in REFS:
        simple.contract(ref)
        simple.case(f"C-{ref}", contract=ref)
        simple.estimate(f"Q-{ref}", f"C-{ref}", regular=600)
        simple.work(f"E-{ref}", f"C-{ref}", "2026-10-06 12:00", 15, person=f"P{ref[-2:]}")
    simple.run("2026-10", "2026-11-02 09:00")
    for ref in REFS:
        simple.approve("2026-10", "2026-11-02 10:00", ref)
    return simple


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The contracts in the order their months were settled again."""
    return counted(monkeypatch, ahead, "ask_review", lambda _session, _draft, contract: contract.ref)


def counted(
    monkeypatch: pytest.MonkeyPatch, module: object, name: str, told: Callable[..., str] = lambda *_: ""
) -> list[str]:
    """Note each call of a function, which still does its work."""
    calls: list[str] = []
    real = getattr(module, name)

    def noted(*given: object, **named: object) -> object:
        calls.append(told(*given))
        return real(*given, **named)

    monkeypatch.setattr(module, name, noted)
    return calls


def outcomes_of(story: Story, when: str) -> list[Issued | NotIssued]:
    return list(issue_month(story.store, story.processor_id, "2026-10", REFS, story.act(when)))


def numbers_of(outcomes: list[Issued | NotIssued]) -> list[str | None]:
    return [outcome.number if isinstance(outcome, Issued) else None for outcome in outcomes]


def test_each_month_is_settled_once_while_nobody_else_writes(released: Story, settled: list[str]) -> None:
    assert numbers_of(outcomes_of(released, "2026-11-03 09:00")) == NUMBERS
    assert settled == REFS


def test_what_was_worked_out_is_issued_by_prepared_statements_alone(
    released: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = []
    tenant = Store.tenant

    def noted(store: Store, processor_id: int, *, read_only: bool = False) -> object:
        if not read_only:
            others.append(processor_id)
        return tenant(store, processor_id, read_only=read_only)

    monkeypatch.setattr(Store, "tenant", noted)
    assert numbers_of(outcomes_of(released, "2026-11-03 09:00")) == NUMBERS
    assert len(others) == 1, "the first of the year brings its public holidays and the counter along"


def test_freezing_an_invoice_waits_for_three_answers_and_the_commit(released: Story) -> None:
    act, waits = released.act("2026-11-03 09:00"), list[str]()
    steps = issue_month(released.store, released.processor_id, "2026-10", REFS, act)
    for _ in REFS[:-1]:  # the first of them brought along what comes once a year
        next(steps)
    with awaited(waits.append):
        next(steps)
    gives_ids_at_once = is_sqlite(released.store.engine)
    asked = [said for said in waits if not (gives_ids_at_once and said.startswith("INSERT"))]
    assert [re.findall(r"FROM (\w+)", said)[0] for said in asked] == ["audit_log", "number_series", "audit_log"]


def test_what_is_withdrawn_between_two_contracts_is_not_billed(released: Story, settled: list[str]) -> None:
    steps = issue_month(released.store, released.processor_id, "2026-10", REFS, released.act("2026-11-03 09:00"))
    first = next(steps)
    released.delete("E-AVV-04", "2026-11-02 12:00")
    rest = list(steps)
    assert numbers_of([first, *rest[:1], *rest[2:]]) == NUMBERS[:-1]
    assert refusal(rest[1]).fields["changed"] == ["E-AVV-04"]
    # The second finds the log moved on, and with it those that were read in the same go are worked out again; what was
    # changed is so once more, by the transaction that refuses it.
    assert [settled.count(ref) for ref in REFS[:AT_ONCE]] == [1, 2, 3]


def test_what_is_withdrawn_while_all_is_worked_out_is_not_billed(
    released: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ahead.Ahead.work_out
    orders = iter([lambda: released.delete("E-AVV-02", "2026-11-02 12:00")])

    def disturbed(seen: ahead.Ahead, ref: str) -> None:
        real(seen, ref)
        next(orders, lambda: None)()

    monkeypatch.setattr(ahead.Ahead, "work_out", disturbed)
    outcomes = outcomes_of(released, "2026-11-03 09:00")
    assert refusal(outcomes[0]).fields["changed"] == ["E-AVV-02"]
    assert numbers_of(outcomes[1:]) == NUMBERS[:-1]


def test_work_on_another_contract_makes_nobody_ask_the_rules_again(
    released: Story, settled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = counted(monkeypatch, freezing, "check_xml")
    numbers = []
    for step, outcome in enumerate(
        issue_month(released.store, released.processor_id, "2026-10", REFS, released.act("2026-11-03 09:00"))
    ):
        numbers += numbers_of([outcome])
        released.work(f"L{step}", "C1", f"2026-11-02 {10 + step}:00", 15, person="P1", when="2026-11-03 08:00")
    assert numbers == NUMBERS
    assert len(asked) == len(REFS)
    assert len(settled) > len(REFS)


def test_a_month_that_cannot_be_settled_is_told_alone_and_those_around_it_are_issued(
    released: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(initials: dict[str, str], prepared: Prepared, *others: Any) -> ActivityRecord:
        if prepared.contract.ref == "AVV-04":
            raise Conflict("draft_is_stale", contract="AVV-04", changed=["E-AVV-04"], value="2026-10")
        return build_record(initials, prepared, *others)

    monkeypatch.setattr(ahead, "build_record", refused)
    outcomes = outcomes_of(released, "2026-11-03 09:00")
    assert refusal(outcomes[2]).fields["contract"] == "AVV-04"
    assert numbers_of(outcomes[:2] + outcomes[3:]) == NUMBERS[:-1]


def test_a_month_that_broke_off_while_the_next_was_asked_about_leaves_that_one_to_be_issued(
    released: Story, settled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = iter([Conflict("written_meanwhile")])

    def outrun(*given: Any) -> Invoice:
        invoice = freeze_document(*given)
        for problem in orders:
            raise problem
        return invoice

    monkeypatch.setattr(issuing, "freeze_document", outrun)
    outcomes = outcomes_of(released, "2026-11-03 09:00")
    assert isinstance(outcomes[0], NotIssued)
    assert numbers_of(outcomes[1:]) == NUMBERS[:-1]
    assert set(settled) == set(REFS)
