"""What is asked of each piece of work before it is logged: its place, whether somebody was busy, the next reference."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from billing.store.queries.prepared import TENANT, at_most, insert_ahead, like, mine, number, say, table_of, text
from billing.store.session import TenantSession
from billing.store.tables import Case, Contract, Entry, EntryVersion, Person
from billing.store.wording import Later, Prepared

_CASE, _CONTRACT, _PERSON = table_of(Case), table_of(Contract), table_of(Person)
_ENTRY, _VERSION = table_of(Entry), table_of(EntryVersion)
_NOBODY = 0


def work_places(session: TenantSession, processor_id: int, case: str, contract: str | None, person: str) -> Later:
    """Ask for places, read later, two at most.

    Each has case_id, case_ref, contract_id, controller_id, contract_ref, person_id and person_ref, and the bounds
    closed_at, starts_on and ended_on.
    """
    named = {} if contract is None else {"contract": contract}
    return say(session, _places(with_contract=contract is not None), processor_id, case=case, person=person, **named)


@cache
def _places(*, with_contract: bool) -> Prepared:
    statement = (
        sa.select(
            *(_CASE.c.id.label("case_id"), _CASE.c.ref.label("case_ref"), _CASE.c.contract_id, _CASE.c.controller_id),
            _CONTRACT.c.ref.label("contract_ref"),
            _PERSON.c.id.label("person_id"),
            _PERSON.c.ref.label("person_ref"),
            *(_CASE.c.closed_at, _CONTRACT.c.starts_on, _CONTRACT.c.ended_on),
        )
        .select_from(_CASE)
        .join(_CONTRACT, _CONTRACT.c.id == _CASE.c.contract_id)
        .join(_PERSON, _PERSON.c.processor_id == _CASE.c.processor_id)
        .where(*mine(_CASE, _CONTRACT, _PERSON), _CASE.c.ref == text("case"), _PERSON.c.ref == text("person"))
        .limit(at_most(2))
    )
    return Prepared(statement.where(_CONTRACT.c.ref == text("contract")) if with_contract else statement)


def overlapping_work(
    session: TenantSession, processor_id: int, person_id: int, start: datetime, end: datetime, besides: int | None
) -> Callable[[], Any | None]:
    """Ask for the last other entry of a person that has a minute in `[start, end)`; the call reads it, or None.

    It has times, `ref` and `case_ref`. What one person did is apart, so only the last that begins before the end needs
    to be looked at.
    """
    rows = say(session, _LAST_BEFORE, processor_id, person=person_id, end=end, besides=besides or _NOBODY)
    return lambda: next((row for row in rows() if row.end_at > start), None)


def overlapping_work_of(
    session: TenantSession, processor_id: int, person: str, start: datetime, end: datetime
) -> Callable[[], Any | None]:
    """Ask as `overlapping_work` does, by the person's reference; of an unknown person there is none."""
    rows = say(session, _LAST_OF, processor_id, person=person, end=end, besides=_NOBODY)
    return lambda: next((row for row in rows() if row.end_at > start), None)


def _last_before(person: Any) -> sa.Select[Any]:
    """Ask for the last version alone, then for what it belongs to: a planner can't join all of a person's work first.

    One that has no statistics yet would, and keep that plan for as long as the connection lives.
    """
    last = (
        sa.select(_VERSION.c.start_at, _VERSION.c.end_at, _VERSION.c.entry_id)
        .where(
            *mine(_VERSION),
            _VERSION.c.person_id == person,
            _VERSION.c.start_at < like(_VERSION.c.start_at, "end"),
            _VERSION.c.superseded_at.is_(None),
            ~_VERSION.c.deleted,
            _VERSION.c.entry_id != number("besides"),
        )
        .order_by(_VERSION.c.start_at.desc())
        .limit(at_most(1))
        .subquery("last")
    )
    return (
        sa.select(last.c.start_at, last.c.end_at, _ENTRY.c.ref, _CASE.c.ref.label("case_ref"))
        .select_from(last)
        .join(_ENTRY, _ENTRY.c.id == last.c.entry_id)
        .join(_CASE, _CASE.c.id == _ENTRY.c.case_id)
        .where(*mine(_ENTRY, _CASE))
    )


_OF_REF = sa.select(_PERSON.c.id).where(*mine(_PERSON), _PERSON.c.ref == text("person")).scalar_subquery()
_LAST_BEFORE, _LAST_OF = Prepared(_last_before(number("person"))), Prepared(_last_before(_OF_REF))


def write_work(session: TenantSession, entry: dict[str, Any], version: dict[str, Any]) -> Callable[[], int]:
    """Write an entry and its first version; the call reads the entry's id.

    The version finds the entry by its reference, so that neither waits for the number that the other was given.
    """
    insert_ahead(session, Entry, entry)
    of_entry = {"tenant": session.processor_id, "ref": entry["ref"], "contract": entry["contract_id"]}
    rows = _FIRST_VERSION.say(session.line, {**_UNSAID, **version, **of_entry})
    return lambda: int(rows()[0].entry_id)


def _first_version() -> sa.Insert:
    same = (_ENTRY.c.ref == text("ref"), _ENTRY.c.contract_id == number("contract"))
    of_entry = sa.select(_ENTRY.c.id).where(*mine(_ENTRY), *same).scalar_subquery()
    known = {"entry_id": of_entry, "processor_id": TENANT}
    values = {name: known.get(name, sa.bindparam(name)) for name in _VERSION.columns.keys() if name != "id"}  # noqa: SIM118
    return sa.insert(_VERSION).values(values).returning(_VERSION.c.entry_id)


_FIRST_VERSION = Prepared(_first_version())
_UNSAID = dict.fromkeys(_VERSION.columns.keys())
