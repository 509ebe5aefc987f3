"""What the tests of the use cases share: a furnished office, and how a refusal is expected."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlmodel import col, select

from billing.errors import Problem
from billing.services.parties import add_contact, add_person, read_contact, read_person
from billing.store.audit import verify_audit
from billing.store.session import Store, TenantSession
from billing.store.tables import AuditLog
from tests.months.story import Story

NOW = "2026-11-02 09:00"
APPROVER, READER = "kern@wohnbau.example", "leser@wohnbau.example"


class Desk(Story):
    """A story that goes on where a copied file left off."""

    def __init__(self, store: Store, processor_id: int) -> None:
        """Take the processor that is there already."""
        self.store, self.processor_id, self.ref = store, processor_id, "immoinvent"


def furnish(story: Story) -> Story:
    """Agree a contract, open a case, name two contacts and a person."""
    story.contract("AVV-1")
    story.case("V-1")
    act = story.act("2026-01-05 09:00")

    def take_in(session: TenantSession) -> None:
        for name, email, may_approve in (("Eva Kern", APPROVER, True), ("Lea Leser", READER, False)):
            raw = {"controller": "K-AVV-1", "name": name, "email": email, "may_approve": may_approve}
            add_contact(session, act, read_contact(raw))
        add_person(session, act, read_person({"name": "Erika Beispiel", "initials": "EB"}))

    story.tell(take_in)
    return story


@contextmanager
def refused(code: str, path: str | None = None) -> Iterator[pytest.ExceptionInfo[Problem]]:
    """Expect a problem of this code, about the value at this path."""
    with pytest.raises(Problem) as caught:
        yield caught
    assert caught.value.code == code, caught.value
    if path is not None:
        assert caught.value.fields["path"] == path, caught.value


def last_event(story: Story) -> tuple[str, str, str]:
    """Give action, subject and actor of the newest row of the audit log, whose chain must be whole."""

    def look(session: TenantSession) -> tuple[str, str, str]:
        assert verify_audit(session).broken_at is None
        row = session.exec(select(AuditLog).order_by(col(AuditLog.seq).desc())).first()
        assert row is not None
        return row.action, row.subject, row.actor

    return story.tell(look)


def rows_of(story: Story, table: type[Any]) -> list[Any]:
    """Give all rows of a table, by id."""
    return story.tell(lambda session: list(session.exec(select(table).order_by(table.id))))
