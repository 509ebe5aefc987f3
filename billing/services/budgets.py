"""How much of a case's approved effort is used, left, exceeded: as the core allots it, with the months still running.

Approved effort that is nearly or wholly used is said at 80 % and at 100 %; there is no tolerance (13(5)c).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.clause.terms import RATE_CLASSES, RateClass
from billing.rating.decisions import Stretch, Verdict
from billing.rating.ledger import URGENT, Ledger, estimate_source
from billing.services.acting import Act
from billing.services.addresses import page_address
from billing.services.estimate_mails import mail_overrun
from billing.services.moments import local_day
from billing.services.notices import Notice
from billing.services.standing import Stand, stand_of
from billing.store.queries.budgets import approved_against_worked
from billing.store.session import TenantSession
from billing.store.tables import Case
from billing.store.wording import Later
from billing.timespan import datetime_of, month_of

NEARLY = 80
"""Per cent of the approved minutes of a class from which on an overrun is foreseeable."""
_ALL = 100
_SECONDS = 60
NEARLY_USED, USED_UP = "estimate_nearly_used", "estimate_used_up"


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """What one approved estimate gives of one class, in minutes, and what of it is used."""

    estimate_id: int
    estimate: str
    rate_class: str
    approved: int
    used: int
    approved_at: datetime

    @property
    def left(self) -> int:
        """What may still be worked."""
        return self.approved - self.used


@dataclass(frozen=True, slots=True)
class Held:
    """Minutes of one class that wait, why (`reason.<code>`), and since when: the first of them began then."""

    code: str
    clause: str
    rate_class: str
    minutes: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Budget:
    """What a case may still use, line by line, what waits, and its minutes without approval (13(5)a, b, c)."""

    case: str
    as_of: datetime
    lines: list[BudgetLine]
    held: list[Held]
    urgent_used: int
    urgent_cap: int

    @property
    def approved(self) -> int:
        """Minutes approved over all estimates and classes."""
        return sum(line.approved for line in self.lines)

    @property
    def used(self) -> int:
        """Minutes used of them."""
        return sum(line.used for line in self.lines)


def budget_of(session: TenantSession, act: Act, case: Case) -> Budget:
    """Give what of a case is approved, used, left and held as of now; the whole contract is settled for it.

    Minutes are used in the order of the work, so an entry logged late can move them between estimates.
    """
    return budget_in(stand_of(session, case.contract_id, act.at), act.at, case.ref)


def budget_in(stand: Stand, at: datetime, case: str) -> Budget:
    """Give the budget of a case of a contract that stands so at a moment."""
    ledger, agreement = stand.loaded.ledger(), stand.loaded.agreement
    terms = agreement.terms_at(month_of(local_day(at, agreement.zone)))
    mine = [stretch for stretch in stand.settlement.stretches if stretch.case == case]
    urgent = sum(stretch.minutes for stretch in _billed(mine) if stretch.source == URGENT)
    return Budget(
        case=case,
        as_of=at,
        lines=list(_lines(stand, ledger, case, mine)),
        held=_held(mine),
        urgent_used=ledger.urgent_used.get(case, 0) + urgent,
        urgent_cap=terms.urgent_cap_minutes,
    )


def _billed(stretches: list[Stretch]) -> Iterator[Stretch]:
    return (stretch for stretch in stretches if stretch.answer.verdict is Verdict.BILLED)


def _lines(stand: Stand, ledger: Ledger, case: str, stretches: list[Stretch]) -> Iterator[BudgetLine]:
    used = defaultdict(int, ledger.estimate_used)
    for stretch in _billed(stretches):
        if stretch.source is not None and stretch.source != URGENT:
            used[stretch.source] += stretch.minutes
    approved = [estimate for estimate in stand.facts.estimates if estimate.case == case]
    for estimate in sorted(approved, key=lambda one: (one.approved_at, one.id)):
        of_class: dict[RateClass, int] = defaultdict(int)
        for rate_class, minutes in estimate.lines:
            of_class[rate_class] += minutes
        for rate_class, minutes in sorted(of_class.items()):
            yield BudgetLine(
                estimate_id=stand.loaded.ids.estimates[estimate.id],
                estimate=estimate.id,
                rate_class=rate_class.code,
                approved=minutes,
                used=used[estimate_source(estimate.id, rate_class.code)],
                approved_at=datetime_of(estimate.approved_at),
            )


def _held(stretches: list[Stretch]) -> list[Held]:
    """Add up what waits by reason and class, in the order the first minute of each was worked."""
    found: dict[tuple[str, str], Held] = {}
    for stretch in stretches:
        if stretch.answer.verdict is Verdict.HELD:
            code, rate_class = stretch.answer.code, stretch.rate_class.code
            known = found.get((code, rate_class))
            before, since = (known.minutes, known.since) if known else (0, datetime_of(stretch.start))
            held = Held(code, stretch.answer.clause, rate_class, before + stretch.minutes, since)
            found[code, rate_class] = held
    return sorted(found.values(), key=lambda held: (held.since, held.code, RATE_CLASSES[held.rate_class]))


@dataclass(frozen=True, slots=True)
class Overrun:
    """A class of a case whose approved minutes, over all its estimates, are used so far; `estimate` is the newest."""

    code: str
    estimate_id: int
    estimate: str
    rate_class: str
    approved: int
    used: int
    percent: int


def ask_for_use(session: TenantSession, case_id: int) -> Later:
    """Ask how much of a case's approved effort may be used; `overrun_notices` reads it."""
    return approved_against_worked(session, session.processor_id, case_id)


def overrun_notices(session: TenantSession, act: Act, case_id: int, use: Later | None = None) -> list[Notice]:
    """Say which approved effort of a case is nearly or wholly used, and have the controller told of it at once.

    Ask it after each piece of work: while no more was worked than 80 % of the least approved class, it costs one
    statement and nothing is settled. The controller gets one mail for each estimate and threshold, however often
    this is asked. `use` is what `ask_for_use` asked after that work.
    """
    if not _may_be_near((use or ask_for_use(session, case_id))()):
        return []
    session.take_time()
    case = session.get_one(Case, case_id)
    budget = budget_of(session, act, case)
    for overrun in _overruns_of(budget):
        _tell(session, act, case, overrun)
    return notices_of(budget)


def notices_of(budget: Budget) -> list[Notice]:
    """Say which approved effort of a case is nearly or wholly used, and tell nobody else."""
    return [Notice(overrun.code, _fields(budget.case, overrun)) for overrun in _overruns_of(budget)]


def _overruns_of(budget: Budget) -> list[Overrun]:
    """Give the classes of a case that have reached a threshold, the cheapest first."""
    of_class: dict[str, list[BudgetLine]] = defaultdict(list)
    for line in budget.lines:
        of_class[line.rate_class].append(line)
    found = (_overrun(of_class[code]) for code in sorted(of_class, key=RATE_CLASSES.__getitem__))
    return [overrun for overrun in found if overrun is not None]


def _overrun(lines: list[BudgetLine]) -> Overrun | None:
    approved, used = sum(line.approved for line in lines), sum(line.used for line in lines)
    if approved == 0 or used * _ALL < approved * NEARLY:
        return None
    newest = lines[-1]
    code = USED_UP if used >= approved else NEARLY_USED
    percent = used * _ALL // approved
    return Overrun(code, newest.estimate_id, newest.estimate, newest.rate_class, approved, used, percent)


def _may_be_near(rows: Sequence[Any]) -> bool:
    """Tell whether enough was worked at all for a class to have reached 80 %."""
    return any(
        row.approved > 0
        and (int(row.worked_seconds or 0) // _SECONDS + int(row.brought or 0)) * _ALL >= int(row.approved) * NEARLY
        for row in rows
    )


def _tell(session: TenantSession, act: Act, case: Case, overrun: Overrun) -> None:
    page = page_address("p/kva", overrun.estimate, overrun.estimate_id)
    fields = {**_fields(case.ref, overrun), "title": case.title, "page": page}
    mail_overrun(
        session,
        act,
        case.controller_id,
        kind=overrun.code,
        estimate_id=overrun.estimate_id,
        rate_class=overrun.rate_class,
        fields=fields,
    )


def _fields(case: str, overrun: Overrun) -> dict[str, Any]:
    return {
        "value": case,
        "estimate": overrun.estimate,
        "rate_class": overrun.rate_class,
        "used": overrun.used,
        "approved": overrun.approved,
        "percent": overrun.percent,
    }
