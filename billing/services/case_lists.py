"""Cases as a list to work with: looked for by words, of a client, of a kind, still open, or holding up the billing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from billing.clause.reading import Reader, read_flag
from billing.deadlines.rules import Nature
from billing.deadlines.tracking import State, Tracked
from billing.services.case_deadlines import deadlines_of_cases
from billing.services.fields import count_between, read_line
from billing.services.held_work import held_work
from billing.services.search import case_conditions, words_of
from billing.store.queries.search import found_cases
from billing.store.session import TenantSession
from billing.store.tables import Case, Controller
from billing.timespan import instant_of

WANTED_CASES: dict[str, Reader] = {
    "words?": read_line,
    "controller?": read_line,
    "kind?": read_line,
    "is_open?": read_flag,
    "is_held?": read_flag,
}
"""What the list may be narrowed to; held are those of which a minute or an expense waits."""
read_before = count_between(1, 2**63 - 1)
"""Reads the id that a further part of the list goes on below."""


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A row of the list: the case with contract and client, what is due next, and how many minutes are held."""

    row: Any
    next_deadline: Tracked | None
    held_minutes: int


def cases_listed(
    session: TenantSession, wanted: Mapping[str, Any], now: datetime, most: int, before: int | None = None
) -> list[ListedCase]:
    """Give the newest cases, below an id if one is named; `wanted` is what `WANTED_CASES` read."""
    held = _held_minutes(session, now) if "is_held" in wanted else {}
    conditions = [*case_conditions(words_of(wanted.get("words", ""))), *_conditions(wanted, held)]
    rows = found_cases(session, session.processor_id, conditions, most, before)
    due = _next_deadlines(session, rows, now)
    return [ListedCase(row, due.get(row.id), held.get(row.id, 0)) for row in rows]


def _conditions(wanted: Mapping[str, Any], held: Mapping[int, int]) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if "controller" in wanted:
        conditions.append(col(Controller.ref) == wanted["controller"])
    if "kind" in wanted:
        conditions.append(col(Case.kind) == wanted["kind"])
    if "is_open" in wanted:
        is_open = col(Case.closed_at).is_(None)
        conditions.append(is_open if wanted["is_open"] else ~is_open)
    if "is_held" in wanted:
        is_held = col(Case.id).in_(held)
        conditions.append(is_held if wanted["is_held"] else ~is_held)
    return conditions


def _held_minutes(session: TenantSession, now: datetime) -> dict[int, int]:
    """Add up what is held of each case; an expense counts as no minute, but names its case."""
    minutes: dict[int, int] = {}
    for item in held_work(session, now):
        minutes[item.case_id] = minutes.get(item.case_id, 0) + item.minutes
    return minutes


def _next_deadlines(session: TenantSession, rows: Sequence[Any], now: datetime) -> dict[int, Tracked]:
    """Give of each open case the deadline of ours that ends first, overdue or not."""
    instant = instant_of(now)
    ids = [row.id for row in rows if row.closed_at is None]
    found: dict[int, Tracked] = {}
    for of in deadlines_of_cases(session, ids):
        waiting = [
            one
            for one in of.tracked
            if one.due is not None
            and one.rule.nature is not Nature.INFORMATION
            and one.state(instant) in (State.OPEN, State.OVERDUE)
        ]
        if waiting:
            found[of.case.id] = min(waiting, key=lambda one: one.due.strict if one.due else 0)
    return found
