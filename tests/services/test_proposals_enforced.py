"""Four eyes (T-09) asked for by the database itself, whatever a program does past the use cases."""

from typing import Any

import pytest
from sqlmodel import select

from billing.errors import Conflict
from billing.services.acting import Act
from billing.services.policies import set_policy
from billing.services.work import find_entry
from billing.store.session import TenantSession
from billing.store.tables import Proposal, WrittenOff
from tests.months.facts import at
from tests.months.story import Story
from tests.services.four_eyes import ANNA, BERND, WRITE_OFF, firm_of_one, refuse, user_of, wish
from tests.services.furnishing import NOW


@pytest.fixture
def story(office: Story) -> Story:
    """The office with an hour of work that the clerk logged, on both databases."""
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    return office


def accept(story: Story, who: str, user_id: int | None = None) -> None:
    """Accept the only proposal past the use case."""

    def change(session: TenantSession) -> None:
        proposal = session.exec(select(Proposal)).one()
        proposal.decided_at, proposal.accepted = at(NOW), True
        proposal.decided_by_name, proposal.decided_by_id = who, user_id

    story.tell(change)


@pytest.mark.parametrize("who", [ANNA, "Erika Beispiel"], ids=["who proposed it", "who logged the work"])
def test_the_database_asks_for_the_second_person_too(story: Story, who):
    wish(story, WRITE_OFF)
    with pytest.raises(Conflict, match="second_person_missing"):
        accept(story, who)
    accept(story, BERND)


def test_the_database_knows_who_did_the_work(story: Story):
    worker = user_of(story, "EB")
    wish(story, WRITE_OFF)
    with pytest.raises(Conflict, match="second_person_missing"):
        accept(story, "Somebody", worker)


def test_the_database_lets_a_firm_of_one_alone_and_asks_again_once_it_grows(story: Story):
    wish(story, WRITE_OFF)
    firm_of_one(story)
    story.tell(lambda session: set_policy(session, Act("chief", at(NOW)), {"four_eyes": True}))
    with pytest.raises(Conflict, match="second_person_missing"):
        accept(story, ANNA)
    firm_of_one(story)
    accept(story, ANNA)


def give_up(story: Story, **more: Any) -> None:
    """Write goodwill past the use case."""

    def write(session: TenantSession) -> None:
        entry = find_entry(session, "Z-1")
        row = {"entry_id": entry.id, "reason": "so", "recorded_at": at(NOW), "recorded_by_name": ANNA, **more}
        session.add(WrittenOff(**row))

    story.tell(write)


def test_goodwill_without_a_confirmed_proposal_is_refused_by_the_database(story: Story):
    with pytest.raises(Conflict, match="second_person_missing"):
        give_up(story)
    wish(story, WRITE_OFF)
    with pytest.raises(Conflict, match="second_person_missing"):
        give_up(story)
    accept(story, BERND)
    with pytest.raises(Conflict, match="second_person_missing"):
        give_up(story, recorded_at=at("2026-11-01 09:00"))
    give_up(story)
    with pytest.raises(Conflict, match="written_meanwhile"):
        give_up(story)


def test_goodwill_for_billed_work_is_refused_by_the_database(story: Story):
    story.estimate("Q-1", "V-1", when="2026-10-02 08:00", regular=600)
    wish(story, WRITE_OFF, when="2026-10-07 09:00")
    accept(story, BERND)
    story.bill("2026-10", "2026-11-03 10:00")
    with pytest.raises(Conflict, match="entry_already_billed"):
        give_up(story)


def test_a_proposal_is_born_undecided_and_decided_once(story: Story):
    def born_decided(session: TenantSession) -> None:
        entry = find_entry(session, "Z-1")
        decision: dict[str, Any] = {"decided_at": at(NOW), "accepted": True, "decided_by_name": BERND}
        wished: dict[str, Any] = {"entry_id": entry.id, "kind": "write_off", "recorded_by_name": ANNA}
        session.add(Proposal(recorded_at=at(NOW), **wished, **decision))

    with pytest.raises(Conflict, match="born_ended"):
        story.tell(born_decided)
    refuse(story, wish(story, WRITE_OFF))
    with pytest.raises(Conflict, match="row_is_final"):
        accept(story, BERND)
