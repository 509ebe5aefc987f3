"""What a month asks of each contract is found by it: a processor with thousands reads no table from end to end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from billing.clause.reading import read_month
from billing.services.contracts import find_contract
from invoices.run.ahead import Ahead
from invoices.run.issuing import Issued, issue_month
from invoices.run.preparing import prepare
from tests.months.conftest import begin
from tests.months.facts import at
from tests.months.story import Story

WANTED_WHOLE = ("processor_version", "contract")
"""The letter as it changed, of which there is a handful, and the list of contracts that a run begins with."""


def settles(story: Story) -> None:
    month, as_of = read_month("2026-11", "month"), at("2026-12-02 09:00")
    story.tell(lambda session: prepare(session, find_contract(session, "AVV-1"), month, as_of))


def runs(story: Story) -> None:
    story.run("2026-11", "2026-12-02 09:00")


def releases(story: Story) -> None:
    runs(story)
    story.approve("2026-11", "2026-12-02 09:30")


def works_out_ahead(story: Story) -> None:
    ahead = Ahead(story.store, story.processor_id, "2026-11", story.act("2026-12-02 10:00"))
    ahead.look_at(["AVV-1"])
    ahead.work_out("AVV-1")


def issues(story: Story) -> None:
    (issued,) = issue_month(story.store, story.processor_id, "2026-11", ["AVV-1"], story.act("2026-12-02 10:00"))
    assert isinstance(issued, Issued)


ROWS: list[tuple[str, Callable[[Story], None], Callable[[Story], None]]] = [
    ("settling", lambda _: None, settles),
    ("a run", lambda _: None, runs),
    ("working out what will be issued", releases, works_out_ahead),
    ("issuing", releases, issues),
]


@pytest.fixture
def billed(paper_story: Story) -> Story:
    """One contract with an invoice of the month before, and new work that was not settled yet; on SQLite."""
    begin(paper_story).bill("2026-10", "2026-11-02 09:00")
    paper_story.work("E8", "C1", "2026-11-05 09:00", 45, when="2026-11-05 10:00")
    return paper_story


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """Every statement that any connection is asked, with its values."""
    found: list[str] = []

    def listen(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.set_trace_callback(found.append)

    sa.event.listen(sa.Pool, "checkout", listen)
    yield found
    sa.event.remove(sa.Pool, "checkout", listen)


@pytest.mark.parametrize(("before", "does"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_no_question_about_a_contract_reads_a_whole_table(
    billed: Story, asked: list[str], before: Callable[[Story], None], does: Callable[[Story], None]
) -> None:
    before(billed)
    asked.clear()
    does(billed)
    statements = [one for one in dict.fromkeys(asked) if one.startswith("SELECT")]
    assert len(statements) > 5
    with billed.store.engine.connect() as connection:
        plans = {
            one: [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.replace('%', '%%')}")]
            for one in statements
        }
    whole = [(step, one) for one, plan in plans.items() for step in plan if step.startswith("SCAN ")]
    assert [(step, one) for step, one in whole if step.split()[1] not in WANTED_WHOLE] == []
