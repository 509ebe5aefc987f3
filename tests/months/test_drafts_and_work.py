"""Who writes drafts and who logs work meanwhile don't wait for each other: neither long, nor in a circle."""

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.audit import verify_audit
from billing.store.tables import AuditLog
from invoices.run.approving import living_drafts, release_drafts
from tests.months.story import Story

only_postgresql = pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
_PATIENCE_SECONDS = 20


@pytest.fixture
def two(simple: Story) -> Story:
    """Work under two contracts."""
    simple.contract("AVV-2")
    simple.case("C2", contract="AVV-2")
    simple.estimate("Q2", "C2", regular=600)
    simple.work("E2", "C2", "2026-10-06 12:00", 15, person="P2")
    return simple


def _run(story: Story) -> None:
    story.run("2026-10", "2026-11-02 09:00")


def _approve(story: Story) -> None:
    drafts = story.tell(lambda session: living_drafts(session, "2026-10", []))
    seen = [(draft.contract_id, draft.facts_hash) for draft, _ in drafts]
    assert release_drafts(story.store, story.processor_id, "2026-10", seen, story.act("2026-11-02 10:00"))


#   work under AVV-2 is logged:  |-- contract locked, as each entry does it ------------------ its event in the log --|
#   drafts of AVV-1 and AVV-2:        |-- written, or released --|
@only_postgresql
@pytest.mark.parametrize("write_drafts", [pytest.param(_run, id="a run"), pytest.param(_approve, id="an approval")])
def test_drafts_are_written_while_work_is_being_logged(two: Story, write_drafts: Callable[[Story], None]) -> None:
    """They once left their first event before they locked their second contract, and one of the two was refused."""
    if write_drafts is _approve:
        _run(two)
    writing = threading.Thread(target=write_drafts, args=[two])
    with two.store.tenant(two.processor_id) as session:
        session.execute(sa.text("SELECT id FROM contract WHERE ref = 'AVV-2' FOR SHARE")).all()
        writing.start()
        writing.join(_PATIENCE_SECONDS)
        assert not writing.is_alive()
    states = {"AVV-1": two.draft_states("AVV-1"), "AVV-2": two.draft_states("AVV-2")}
    state = "approved" if write_drafts is _approve else "draft"
    assert states == {"AVV-1": [state], "AVV-2": [state]}


def test_each_draft_leaves_its_event_in_a_whole_chain(two: Story) -> None:
    _run(two)
    _approve(two)
    events = two.tell(lambda session: list(session.exec(select(AuditLog).order_by(col(AuditLog.seq)))))
    left = [(row.action, row.subject) for row in events if row.action.startswith("draft_")]
    assert left == [
        ("draft_new", "contract:AVV-1"),
        ("draft_new", "contract:AVV-2"),
        ("draft_approved", "contract:AVV-1"),
        ("draft_approved", "contract:AVV-2"),
    ]
    assert two.tell(verify_audit).broken_at is None
