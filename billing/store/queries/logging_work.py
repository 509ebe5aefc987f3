"""What is asked of each piece of work before it is logged: its place, whether somebody was busy, the next reference."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from billing.store.queries.prepared import ask, like, mine, number, table_of, text
from billing.store.session import TenantSession
from billing.store.tables import Case, Contract, Entry, EntryVersion, Person
from billing.store.wording import Prepared

_CASE, _CONTRACT, _PERSON = table_of(Case), table_of(Contract), table_of(Person)
_ENTRY, _VERSION = table_of(Entry), table_of(EntryVersion)
_NOBODY = 0


def work_places(
    session: TenantSession, processor_id: int, case: str, contract: str | None, person: str
) -> Sequence[Any]:
    """Give places, two at most: case_id, case_ref, contract_id, controller_id, contract_ref, person_id, person_ref."""
    named = {} if contract is None else {"contract": contract}
    return ask(session, _places(with_contract=contract is not None), processor_id, case=case, person=person, **named)


@cache
def _places(*, with_contract: bool) -> Prepared:
    statement = (
        sa.select(
            *(_CASE.c.id.label("case_id"), _CASE.c.ref.label("case_ref"), _CASE.c.contract_id, _CASE.c.controller_id),
            _CONTRACT.c.ref.label("contract_ref"),
            _PERSON.c.id.label("person_id"),
            _PERSON.c.ref.label("person_ref"),
        )
        .select_from(_CASE)
        .join(_CONTRACT, _CONTRACT.c.id == _CASE.c.contract_id)
        .join(_PERSON, _PERSON.c.processor_id == _CASE.c.processor_id)
        .where(*mine(_CASE, _CONTRACT, _PERSON), _CASE.c.ref == text("case"), _PERSON.c.ref == text("person"))
        .limit(2)
    )
    return Prepared(statement.where(_CONTRACT.c.ref == text("contract")) if with_contract else statement)


def overlapping_work(
    session: TenantSession, processor_id: int, person_id: int, start: datetime, end: datetime, besides: int | None
) -> Any | None:
    """Give the last other entry of a person that has a minute in `[start, end)`, with its times and its case.

    What one person did is apart, so only the last that begins before the end needs to be looked at.
    """
    rows = ask(session, _LAST_BEFORE, processor_id, person=person_id, end=end, besides=besides or _NOBODY)
    return rows[0] if rows and rows[0].end_at > start else None


_LAST_BEFORE = Prepared(
    sa.select(_VERSION.c.start_at, _VERSION.c.end_at, _ENTRY.c.ref, _CASE.c.ref.label("case_ref"))
    .select_from(_VERSION)
    .join(_ENTRY, _ENTRY.c.id == _VERSION.c.entry_id)
    .join(_CASE, _CASE.c.id == _ENTRY.c.case_id)
    .where(
        *mine(_VERSION, _ENTRY, _CASE),
        _VERSION.c.person_id == number("person"),
        _VERSION.c.start_at < like(_VERSION.c.start_at, "end"),
        _VERSION.c.superseded_at.is_(None),
        ~_VERSION.c.deleted,
        _VERSION.c.entry_id != number("besides"),
    )
    .order_by(_VERSION.c.start_at.desc())
    .limit(1)
)
