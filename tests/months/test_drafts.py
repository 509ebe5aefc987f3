"""Drafts never go stale silently (architecture 2.5): what a run does about facts that changed, or did not."""

import gc
from typing import Any

import pytest
from sqlmodel import select

from billing.clause.reading import read_month
from billing.errors import Conflict, NotFound, Refused
from billing.store.tables import AuditLog, Draft, Run
from invoices.run import drafts
from invoices.run.approving import living_drafts
from invoices.run.drafts import Outcome
from invoices.run.preparing import Prepared, settled
from tests.months.story import Story


def rows_of(story: Story) -> list[int]:
    """Count runs, drafts and events of the log."""
    return story.tell(
        lambda session: [len(list(session.exec(select(table)))) for table in (Run, Draft, AuditLog)],
    )


def test_a_run_twice_on_the_same_facts_changes_nothing_the_second_time(simple: Story) -> None:
    assert simple.changes("2026-10", "2026-11-02 09:00") == {"AVV-1": "new"}
    before = rows_of(simple)
    assert simple.changes("2026-10", "2026-11-02 10:00") == {"AVV-1": "unchanged"}
    assert rows_of(simple) == before


def test_a_dry_run_stores_nothing_and_shows_the_same(simple: Story) -> None:
    before = rows_of(simple)
    tried = simple.run("2026-10", "2026-11-02 09:00", dry_run=True)
    assert rows_of(simple) == before
    kept = simple.run("2026-10", "2026-11-02 09:00")
    assert hashes(tried) == hashes(kept)


def test_a_run_keeps_nothing_of_the_contracts_that_were_told_of(simple: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each outcome holds all that was ever known of its contract: thousands at once would fill the memory."""
    for ref in ("AVV-2", "AVV-3"):
        simple.contract(ref)
    alive: list[int] = []

    def counted(*given: Any) -> Prepared:
        gc.collect()
        alive.append(sum(type(one) is Prepared for one in gc.get_objects()))
        return settled(*given)

    monkeypatch.setattr(drafts, "_AT_ONCE", 1)
    monkeypatch.setattr(drafts, "settled", counted)
    act = simple.act("2026-11-02 09:00")
    order = drafts.RunOrder(simple.processor_id, read_month("2026-10", "month"), act.at, as_of_fixed=False, act=act)
    for _ in map(str, map(type, drafts.run_month(simple.store, order))):
        pass  # what was told is not kept here either
    assert [count - alive[0] for count in alive] == [0, 0, 0]


def hashes(outcomes: dict[str, Outcome]) -> list[str | None]:
    return [outcome.prepared.facts_hash if outcome.prepared else None for outcome in outcomes.values()]


def test_changed_facts_recompute_a_draft_that_nobody_approved(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    simple.work("E2", "C1", "2026-10-07 09:00", 30, when="2026-11-02 12:00")
    outcome = simple.run("2026-10", "2026-11-03 09:00")["AVV-1"]
    assert (outcome.change, outcome.changed) == ("recomputed", ("E2",))
    assert simple.draft_states() == ["draft"]
    assert simple.summary("2026-10", "2026-11-03 09:00")["net"] == "200.00"


def test_an_approval_lapses_when_facts_change_and_the_run_says_which(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    simple.approve("2026-10", "2026-11-02 10:00")
    simple.correct("E1", "2026-11-02 12:00", "2026-10-06 09:00", 60)
    outcome = simple.run("2026-10", "2026-11-03 09:00")["AVV-1"]
    assert (outcome.change, outcome.changed) == ("approval_lapsed", ("E1",))
    assert simple.draft_states() == ["discarded", "draft"]


def test_an_approval_holds_while_facts_change_that_the_month_does_not_ask(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    simple.approve("2026-10", "2026-11-02 10:00")
    simple.case("C2", "2026-11-02 11:00")
    simple.work("E9", "C1", "2026-11-02 11:00", 30)
    assert simple.changes("2026-10", "2026-11-03 09:00") == {"AVV-1": "unchanged"}
    assert simple.draft_states() == ["approved"]


def test_to_approve_twice_is_to_approve_once(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    assert simple.approve("2026-10", "2026-11-02 10:00") == [True]
    before = rows_of(simple)
    assert simple.approve("2026-10", "2026-11-02 11:00") == [False]
    assert rows_of(simple) == before


def test_an_approval_of_another_content_is_refused_by_its_hash(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    with pytest.raises(Conflict, match="draft_is_another"):
        simple.approve("2026-10", "2026-11-02 10:00", seen_hash="0" * 64)
    assert simple.draft_states() == ["draft"]


def test_a_stale_draft_cannot_be_approved_and_the_refusal_names_what_changed(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    simple.delete("E1", "2026-11-02 12:00")
    with pytest.raises(Conflict, match="draft_is_stale") as refused:
        simple.approve("2026-10", "2026-11-03 09:00")
    assert refused.value.fields["changed"] == ["E1"]


def test_a_run_as_of_a_fixed_moment_does_not_see_what_was_logged_later(simple: Story) -> None:
    simple.work("E2", "C1", "2026-10-07 09:00", 30, when="2026-11-02 12:00")
    simple.run("2026-10", "2026-11-03 09:00", as_of="2026-11-02 09:00")
    assert simple.summary("2026-10", "2026-11-03 10:00")["billed_minutes"] == 90
    assert simple.bill("2026-10", "2026-11-03 11:00", as_of="2026-11-02 09:00") == {"AVV-1": "RE-2026-0001"}


def test_a_draft_takes_the_moment_a_person_fixes_for_it_even_when_nothing_changed(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    assert simple.changes("2026-10", "2026-11-02 10:00", as_of="2026-11-02 09:00") == {"AVV-1": "unchanged"}
    simple.work("E2", "C1", "2026-10-07 09:00", 30, when="2026-11-02 12:00")
    assert simple.approve("2026-10", "2026-11-03 09:00") == [True]


def test_an_approval_lapses_when_a_moment_is_fixed_that_was_not_part_of_it(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    simple.approve("2026-10", "2026-11-02 10:00")
    outcome = simple.run("2026-10", "2026-11-03 09:00", as_of="2026-11-02 09:00")["AVV-1"]
    assert (outcome.change, outcome.changed) == ("approval_lapsed", ("as_of",))


def test_an_approval_as_of_a_fixed_moment_stays_when_a_run_asks_about_now(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00", as_of="2026-11-02 09:00")
    simple.approve("2026-10", "2026-11-02 10:00")
    assert simple.changes("2026-10", "2026-11-03 09:00") == {"AVV-1": "unchanged"}
    assert simple.draft_states() == ["approved"]


@pytest.mark.parametrize(
    ("as_of", "code"),
    [
        pytest.param("2026-11-02 09:01", "as_of_in_future", id="a moment still to come is refused"),
        pytest.param("2026-09-30 23:59", "as_of_before_month_begins", id="a moment before the month is refused"),
    ],
)
def test_as_of(simple: Story, as_of: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        simple.run("2026-10", "2026-11-02 09:00", as_of=as_of)
    assert simple.draft_states() == []


def test_a_month_may_be_run_from_its_first_minute_on(simple: Story) -> None:
    outcome = simple.run("2026-10", "2026-11-02 09:00", as_of="2026-10-01 00:00")["AVV-1"]
    assert outcome.prepared is not None
    assert outcome.prepared.net_cents == 0


def test_a_month_before_an_earlier_closing_is_skipped_even_after_that_one_was_cancelled(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    assert simple.changes("2026-09", "2026-11-03 09:00") == {"AVV-1": "later_month_closed"}
    simple.cancel("RE-2026-0001", "2026-11-03 10:00")
    assert simple.changes("2026-09", "2026-11-03 11:00") == {"AVV-1": "later_month_closed"}
    assert simple.draft_states() == ["issued"]


def test_a_draft_that_a_later_month_overtook_is_discarded_by_the_next_run(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    simple.bill("2026-11", "2026-12-01 09:00")
    assert simple.draft_states() == ["draft", "issued"]
    assert simple.changes("2026-10", "2026-12-02 09:00") == {"AVV-1": "later_month_closed"}
    assert simple.draft_states() == ["discarded", "issued"]


def test_contracts_come_in_the_order_of_their_references_whatever_the_database_sorts_by(story: Story) -> None:
    for ref in ("b", "Ä", "B", "a", "10", "9"):
        story.contract(ref)
    assert list(story.run("2026-10", "2026-11-02 09:00")) == ["10", "9", "B", "a", "b", "Ä"]
    drafts = story.tell(lambda session: living_drafts(session, "2026-10", []))
    assert [contract.ref for _, contract in drafts] == ["10", "9", "B", "a", "b", "Ä"]


def test_a_month_is_skipped_when_later_facts_were_closed_than_it_would_see(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-03 09:00")
    assert simple.changes("2026-11", "2026-12-01 09:00", as_of="2026-11-03 08:59") == {"AVV-1": "later_facts_closed"}
    assert simple.changes("2026-11", "2026-12-01 09:00", as_of="2026-11-03 09:00") == {"AVV-1": "new"}


def test_a_closing_remembers_the_moment_whose_facts_it_froze(simple: Story) -> None:
    """Drafted on the 2nd, issued on the 4th with the facts of the 4th: a later run can't go back behind that."""
    simple.run("2026-10", "2026-11-02 09:00")
    simple.approve("2026-10", "2026-11-02 10:00")
    simple.issue("2026-10", "2026-11-04 09:00")
    assert simple.changes("2026-11", "2026-12-01 09:00", as_of="2026-11-03 09:00") == {"AVV-1": "later_facts_closed"}


def test_a_closed_month_is_left_alone(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    before = rows_of(simple)
    assert simple.changes("2026-10", "2026-11-03 09:00") == {"AVV-1": "closed"}
    assert rows_of(simple) == before


def test_a_contract_without_a_draft_is_named(simple: Story) -> None:
    simple.run("2026-10", "2026-11-02 09:00")
    with pytest.raises(NotFound, match="draft_unknown") as refused:
        simple.approve("2026-10", "2026-11-02 10:00", contract="AVV-9")
    assert refused.value.fields["value"] == "AVV-9"


def test_processors_of_one_database_do_not_see_each_other(simple: Story) -> None:
    """Both have a contract AVV-1 and take the number RE-2026-0001; neither bills the other's work."""
    other = Story(simple.store, ref="immosolve")
    other.contract()
    other.case("C1")
    other.estimate("Q1", "C1", regular=600)
    other.work("E1", "C1", "2026-10-06 09:00", 15)
    assert simple.bill("2026-10", "2026-11-02 09:00") == {"AVV-1": "RE-2026-0001"}
    assert other.draft_states() == []
    assert other.bill("2026-10", "2026-11-01 09:00") == {"AVV-1": "RE-2026-0001"}
    assert simple.lines("RE-2026-0001") == ["C1 regular 6 × 25 = 150.00"]
    assert other.lines("RE-2026-0001") == ["C1 regular 1 × 25 = 25.00"]
