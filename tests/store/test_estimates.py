"""Cost estimates (13(5)a): what was sent never changes, states move one way, each version has one decision."""

import threading
from datetime import timedelta

import pytest

from billing.errors import Conflict
from billing.store.rules.estimates import TRANSITIONS
from billing.store.tables import EstimateLine, EstimateVersion
from billing.store.tables.kinds import EstimateState, RateClass
from tests.support import world as w
from tests.support.intruder import refusals

SENT_CONTENT = [
    "lines = 'x'",
    "sha256 = NULL",
    "sent_at = NULL",
    "valid_until = '2027-01-01 00:00:00.000000'",
    "covers_from = '2026-01-01 00:00:00.000000'",
]


@pytest.fixture
def sent(store, world) -> int:
    """A sent estimate's version."""
    with store.tenant(world.processor_id) as session:
        return w.number(w.send(session, w.add_estimate(session, world)))


@pytest.mark.parametrize("change", [*SENT_CONTENT, "description = NULL"])
def test_what_was_sent_never_changes(furnished, change):
    statement = f"UPDATE estimate_version SET {change} WHERE state <> 'draft'"  # noqa: S608
    assert refusals(furnished.people, statement) == {"estimate_is_sent"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE estimate_line SET minutes = 1",
        "UPDATE estimate_line SET rate_class = 'travel'",
        "DELETE FROM estimate_line",
        """INSERT INTO estimate_line (processor_id, estimate_version_id, rate_class, minutes)
            SELECT processor_id, id, 'travel', 60 FROM estimate_version WHERE state <> 'draft'""",
    ],
)
def test_lines_that_were_sent_never_change(furnished, statement):
    assert refusals(furnished.people, statement) == {"estimate_is_sent"}


def test_a_draft_changes_freely(store, world):
    with store.tenant(world.processor_id) as session:
        version = w.add_estimate(session, world)
        version.description, version.lines = "anders", "[1]"
        w.put(session, EstimateLine(estimate_version_id=w.number(version), rate_class=RateClass.TRAVEL, minutes=30))


@pytest.mark.parametrize("after", list(EstimateState))
def test_a_sent_version_moves_as_listed(store, world, sent, after):
    """Approval is the one that needs its record; every other listed state can be reached."""
    possible = ("sent", str(after)) in TRANSITIONS and after is not EstimateState.APPROVED

    def move():
        with store.tenant(world.processor_id) as session:
            session.get_one(EstimateVersion, sent).state = after

    if possible or after is EstimateState.SENT:
        move()
    else:
        with pytest.raises(Conflict, match=r"approval_missing|estimate_already_decided"):
            move()


@pytest.mark.parametrize("after", [state for state in EstimateState if state is not EstimateState.APPROVED])
def test_an_approved_version_stays_approved(store, world, sent, after):
    with store.tenant(world.processor_id) as session:
        w.approve(session, session.get_one(EstimateVersion, sent))
    with pytest.raises(Conflict, match="estimate_already_decided"), store.tenant(world.processor_id) as session:
        session.get_one(EstimateVersion, sent).state = after


@pytest.mark.parametrize(
    "state",
    [
        EstimateState.DRAFT,
        EstimateState.DECLINED,
        EstimateState.EXPIRED,
        EstimateState.SUPERSEDED,
        EstimateState.WITHDRAWN,
    ],
)
def test_only_what_is_open_can_be_approved(store, world, state):
    with store.tenant(world.processor_id) as session:
        version = w.add_estimate(session, world)
        if state is not EstimateState.DRAFT:
            w.send(session, version).state = state
            session.flush()
    with pytest.raises(Conflict, match="estimate_not_open"), store.tenant(world.processor_id) as session:
        w.approve(session, session.get_one(EstimateVersion, w.number(version)))


def test_a_version_starts_as_a_draft(store, world):
    with store.tenant(world.processor_id) as session:
        version = w.add_estimate(session, world)
    said = {"state": EstimateState.SENT, "sha256": w.HASH, "sent_at": w.NOW, "version_no": 2}
    with pytest.raises(Conflict, match="estimate_not_drafted"), store.tenant(world.processor_id) as session:
        w.put(session, w.next_version(version, **said))


def test_versions_count_up(store, world):
    with store.tenant(world.processor_id) as session:
        version = w.add_estimate(session, world)
        version.state = EstimateState.WITHDRAWN
        session.flush()
        w.put(session, w.next_version(version, version_no=2))
    with pytest.raises(Conflict, match="version_out_of_order"), store.tenant(world.processor_id) as session:
        w.put(session, w.next_version(version, version_no=4))


@pytest.mark.parametrize("state", ["draft", "sent", "questioned", "approved"])
def test_no_version_comes_beside_one_that_may_be_approved_or_was(store, world, state):
    with store.tenant(world.processor_id) as session:
        version = w.add_estimate(session, world)
        if state != "draft":
            w.send(session, version)
        if state == "questioned":
            version.state = EstimateState.QUESTIONED
            session.flush()
        if state == "approved":
            w.approve(session, version)
    with pytest.raises(Conflict, match="estimate_version_lives"), store.tenant(world.processor_id) as session:
        w.put(session, w.next_version(version, version_no=2))


@pytest.mark.parametrize(("valid_until", "counts"), [(w.NOW, True), (w.NOW - timedelta(minutes=1), False)])
def test_an_approval_given_in_time_counts_though_it_is_recorded_after_the_end(store, world, valid_until, counts):
    with store.tenant(world.processor_id) as session:
        version = w.add_estimate(session, world)
        version.valid_until = valid_until
        w.send(session, version).state = EstimateState.EXPIRED

    def approve():
        with store.tenant(world.processor_id) as session:
            w.approve(session, session.get_one(EstimateVersion, w.number(version)))

    if counts:
        approve()
    else:
        with pytest.raises(Conflict, match="estimate_not_open"):
            approve()


def test_many_clicks_at_once_make_one_decision(store, world, sent):
    outcomes: list[str] = []

    def decide(state: EstimateState):
        try:
            with store.tenant(world.processor_id) as session:
                version = session.get_one(EstimateVersion, sent, with_for_update=True)
                if state is EstimateState.APPROVED:
                    w.approve(session, version)
                version.state = state
            outcomes.append(str(state))
        except Conflict as conflict:
            outcomes.append(conflict.code)

    clicks = [EstimateState.APPROVED, EstimateState.DECLINED] * 4
    threads = [threading.Thread(target=decide, args=[state]) for state in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    decided = [outcome for outcome in outcomes if outcome in ("approved", "declined")]
    # Declining what is declined already changes nothing, so it is no conflict of its own.
    assert len(set(decided)) == 1
    assert decided.count("approved") <= 1
    assert len(outcomes) == len(clicks)
