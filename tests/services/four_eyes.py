"""What the tests of proposals share: two wishes about an hour of work, and people who propose, confirm and refuse."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlmodel import col, select

from billing.services.acting import Act, id_of
from billing.services.policies import set_policy
from billing.services.proposals import (
    confirm_proposal,
    proposal_row,
    propose,
    read_proposal,
    refuse_proposal,
    was_alone,
)
from billing.store.session import TenantSession
from billing.store.tables import AuditLog, Person, Proposal, User
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import NOW

RECLASSIFY = {
    "entry": "Z-1",
    "kind": "reclassify",
    "changes": {"service": "general_query", "travel": True},
    "reason": "Es war nur eine Frage.",
}
WRITE_OFF = {"entry": "Z-1", "kind": "write_off", "reason": "Kulanz nach dem Gespräch"}
ANNA, BERND = "Anna", "Bernd"


def wish(story: Story, raw: Any, who: str = ANNA, when: str = NOW, user_id: int | None = None) -> int:
    """Propose something; gives the proposal's number."""
    act = Act(who, at(when), user_id)
    return story.tell(lambda session: id_of(propose(session, act, read_proposal(raw))))


def confirm(story: Story, number: int, who: str = BERND, when: str = NOW, user_id: int | None = None) -> Proposal:
    """Confirm a proposal."""
    act = Act(who, at(when), user_id)
    return story.tell(lambda session: confirm_proposal(session, act, number)).proposal


def refuse(story: Story, number: int, who: str = BERND, reason: str | None = "Passt so") -> Proposal:
    """Refuse a proposal."""
    return story.tell(lambda session: refuse_proposal(session, Act(who, at(NOW)), number, reason))


def alone(story: Story, number: int) -> bool:
    """Tell whether no second person decided."""
    return story.tell(lambda session: was_alone(proposal_row(session, number)))


def firm_of_one(story: Story) -> None:
    """Switch four eyes off."""
    raw = {"four_eyes": False, "reason": "Ein-Personen-Betrieb"}
    story.tell(lambda session: set_policy(session, Act("chief", at(NOW)), raw))


def user_of(story: Story, person: str, address: int = 0) -> int:
    """Give a member of staff an account, or with another address another one; gives its number."""

    def add(session: TenantSession) -> int:
        number = session.exec(select(Person.id).where(Person.ref == person)).one()
        user = User(
            person_id=number, email_digest=f"{address:032d}{number:032d}", created_at=datetime(2026, 1, 5, tzinfo=UTC)
        )
        session.add(user)
        session.flush()
        return user.id or 0

    return story.tell(add)


def details(story: Story, action: str) -> dict[str, Any]:
    """Give what the audit log says of the last event of a kind."""
    query = select(AuditLog.details).where(AuditLog.action == action).order_by(col(AuditLog.seq).desc())
    said: dict[str, Any] = json.loads(story.tell(lambda session: session.exec(query).first()) or "")
    return said
