"""How much of a case's approved effort is used, left, exceeded: as the core allots it, with running months."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from billing.clause.terms import RATE_CLASSES, RateClass
from billing.rating.decisions import Stretch, Verdict
from billing.rating.ledger import URGENT, Ledger, estimate_source
from billing.services.acting import Act
from billing.services.held_about import BEYOND, UNRELEASED, URGENT_BEYOND
from billing.services.moments import local_day
from billing.services.standing import Stand, stand_of
from billing.store.session import TenantSession
from billing.store.tables import Case
from billing.timespan import datetime_of, month_of


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

    @property
    def beyond(self) -> list[Held]:
        """What waits for a supplement; nothing where no estimate is approved that it could add to."""
        return [held for held in self.held if held.code in BEYOND] if self.lines else []

    @property
    def unreleased_since(self) -> datetime | None:
        """Since when work waits for a release: an estimate settles it only if it covers work from then on."""
        return min((held.since for held in self.held if held.code in UNRELEASED), default=None)

    @property
    def is_urgent_used_up(self) -> bool:
        """Whether the minutes without approval are used, and no approved ones are left to go on with."""
        waits = any(held.code == URGENT_BEYOND for held in self.held)
        return 0 < self.urgent_cap <= self.urgent_used and (waits or self.used >= self.approved)


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
