"""What logging a piece of work would do, settled before it is written: its parts, what it adds to the case, the budget.

Nothing is stored. The contract is settled twice by the one settlement, without and with the work, and the difference is
told: so a preview says what the month's run would say, rounding to units of the case and approvals included.
"""

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from billing.clause.terms import Price, RateClass
from billing.money import line_net
from billing.rating.decisions import Settlement
from billing.rating.facts import Entry as EntryFacts
from billing.rating.facts import Facts
from billing.rating.settle import settle
from billing.services.acting import Act
from billing.services.budgets import Budget, budget_in
from billing.services.notices import Notice
from billing.services.overruns import notices_of
from billing.services.standing import Stand, stand_of
from billing.services.text_notices import about_text
from billing.services.weeks import Part, parts_of
from billing.services.work_bounds import about_bounds, bounds_of
from billing.services.work_done import WorkDone
from billing.store.session import TenantSession
from billing.store.tables import Case
from billing.timespan import instant_of

_NEW = "\U0010ffff"
"""Stands for the reference that the work would get: the last of those that begin at the same minute."""
_OVER = frozenset({"estimate_exceeded", "rate_class_not_approved"})


class AddedUnits(NamedTuple):
    """Units of one price that the work adds to its case, or takes away if below zero; `net` in cents.

    `surcharge` is on the hourly rate, as `Part` has it.
    """

    price: Price
    units: int
    net: int
    surcharge: Fraction


@dataclass(frozen=True, slots=True)
class Preview:
    """What the work would become: its parts, the units and net amount it adds, and the case's budget before and after.

    `over_minutes` are those of the case that would come to wait because approved effort runs out.
    """

    parts: list[Part]
    added: list[AddedUnits]
    unit_minutes: int
    before: Budget
    after: Budget
    notices: list[Notice]

    @property
    def minutes(self) -> int:
        """How long the work took."""
        return sum(part.minutes for part in self.parts)

    @property
    def net(self) -> int:
        """What it adds to the case, in cents."""
        return sum(line.net for line in self.added)

    @property
    def over_minutes(self) -> int:
        """How many minutes more of the case are beyond what was approved."""
        return max(0, _over(self.after) - _over(self.before))


def preview_work(
    session: TenantSession, act: Act, case: Case, done: WorkDone, instead_of: str | None = None
) -> Preview:
    """Give what work on a case would do if it were logged now, or took the place of an entry (its reference).

    Urgent work is taken as declared: it is only logged together with the declaration (13(5)b).
    """
    stand = stand_of(session, case.contract_id, act.at)
    after = _with_work(stand, act, case, done, instead_of)
    name = instead_of or _NEW
    mine = [stretch for stretch in after.settlement.stretches if stretch.entry == name]
    budget = budget_in(after, act.at, case.ref)
    about = about_bounds(bounds_of(session, case), done.start, done.end, stand.loaded.agreement.zone)
    about += [*notices_of(budget), *about_text(done.note), *_about_company(stand.facts, case.ref, done, name)]
    return Preview(
        parts=parts_of(stand.loaded.agreement, mine),
        added=_added(stand, case.ref, after.settlement),
        unit_minutes=after.settlement.unit_minutes,
        before=budget_in(stand, act.at, case.ref),
        after=budget,
        notices=about,
    )


def _about_company(facts: Facts, case: str, done: WorkDone, name: str) -> list[Notice]:
    """Say that others worked on the case at the same time: each one's minutes count."""
    start, end = instant_of(done.start), instant_of(done.end)
    others = [one for one in facts.entries if one.case == case and one.id != name]
    if any(one.start < end and one.end > start for one in others):
        return [Notice("person_minutes", {"value": case})]
    return []


def _with_work(stand: Stand, act: Act, case: Case, done: WorkDone, instead_of: str | None) -> Stand:
    facts = stand.facts
    entry = EntryFacts(
        id=instead_of or _NEW,
        case=case.ref,
        service=done.service,
        start=instant_of(done.start),
        end=instant_of(done.end),
        document=done.document,
        travel=done.travel,
        onsite=done.onsite,
        urgent=done.urgent,
        remedies_processor_defect=done.remedies_processor_defect,
    )
    known = facts.cases[case.ref]
    if done.urgent and known.urgent_notice_at is None:
        known = known._replace(urgent_notice_at=instant_of(act.at))
    changed = replace(
        facts,
        cases={**facts.cases, case.ref: known},
        entries=[*(one for one in facts.entries if one.id != instead_of), entry],
    )
    return Stand(stand.loaded, changed, _settled(stand, changed))


def _settled(stand: Stand, facts: Facts) -> Settlement:
    loaded = stand.loaded
    return settle(loaded.agreement, facts, loaded.ledger(), stand.settlement.month, loaded.timeline)


def _added(stand: Stand, case: str, after: Settlement) -> list[AddedUnits]:
    units = _units(case, after)
    units.subtract(_units(case, stand.settlement))
    factors = stand.loaded.agreement.terms_at(after.month).factors
    return [
        AddedUnits(price, count, _net(price, count), factors[price.rate_class] / factors[RateClass.REGULAR] - 1)
        for price, count in sorted(units.items(), key=lambda item: item[0].order)
        if count
    ]


def _net(price: Price, units: int) -> int:
    return line_net(units, price.euros) if units > 0 else -line_net(-units, price.euros)


def _units(case: str, settlement: Settlement) -> Counter[Price]:
    return Counter({line.price: line.units for line in settlement.lines if line.case == case})


def _over(budget: Budget) -> int:
    return sum(held.minutes for held in budget.held if held.code in _OVER)
