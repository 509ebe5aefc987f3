"""What the form says of work that is not logged yet: how it would be billed, and what is used of the budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.v1.notices import told
from api.web.calls import PageCall
from api.web.charts.budget import Spent, budget_bar
from api.web.staff.work_form import read_typed
from billing.errors import Problem
from billing.services.budgets import Budget
from billing.services.weeks import Fate, Part, entry_at
from billing.services.work_previews import AddedUnits, preview_work

_MISSING = frozenset({"field_empty", "case_not_chosen", "work_start_missing", "work_end_missing"})
_OF_OTHERS = frozenset({"person_minutes"})
_TOLD_ABOVE = frozenset({"estimate_used_up"})


@dataclass(frozen=True, slots=True)
class PreviewView:
    """A preview with its sentences; `waits` are the reasons that some of it would wait for."""

    parts: Sequence[Part]
    added: Sequence[AddedUnits]
    unit_minutes: int
    minutes: int
    net: int
    before: Budget
    after: Budget
    over_minutes: int
    waits: Sequence[str]
    said: Sequence[str]
    overlap: Any | None
    """The row of an entry of the same person at the same time, with which it would be refused."""

    def bar(self, label: str) -> Markup:
        """Draw what is used of the approved effort, what the work adds, and what exceeds it."""
        this = max(0, self.after.used - self.before.used)
        spent = Spent(self.after.approved, self.after.used - this, this, self.over_minutes)
        return budget_bar(spent, label=label.strip())


@dataclass(frozen=True, slots=True)
class Previewed:
    """A preview, or what of the form could not be read; neither while something is still missing."""

    view: PreviewView | None = None
    unclear: tuple[Problem, ...] = ()


def preview_of(call: PageCall, instead_of: str | None = None) -> Previewed:
    """Settle what was typed, as if it were logged now or took the place of an entry."""
    try:
        typed = read_typed(call, declares=False)
    except Problem as problem:
        problems = getattr(problem, "problems", (problem,))
        return Previewed(unclear=tuple(one for one in problems if one.code not in _MISSING))
    found = preview_work(call.session, call.act, typed.case, typed.done, instead_of)
    own = call.who.person_id and entry_at(call.session, call.who.person_id, typed.done.start, typed.done.end)
    overlap = own if own and own.ref != instead_of else None
    hidden = {*(_TOLD_ABOVE if found.over_minutes else ()), *(_OF_OTHERS if overlap else ())}
    notices = [notice for notice in found.notices if notice.code not in hidden]
    view = PreviewView(
        parts=found.parts,
        added=found.added,
        unit_minutes=found.unit_minutes,
        minutes=found.minutes,
        net=found.net,
        before=found.before,
        after=found.after,
        over_minutes=found.over_minutes,
        waits=list(dict.fromkeys(part.code for part in found.parts if part.fate is Fate.HELD)),
        said=[notice.sentence for notice in told(call, notices)],
        overlap=overlap,
    )
    return Previewed(view)
