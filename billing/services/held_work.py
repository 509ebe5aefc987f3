"""The work list of everything held: what waits, why, for how long, what would settle it, and who looks after it.

It is what a run of the current month would find now, over all contracts; nothing is kept of it. Held is not lost
(13(9)): each minute here is billed or free once what is missing is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from billing.clause.reading import Reader, one_of
from billing.rating.decisions import Answer, Settlement, Verdict
from billing.rating.facts import Facts
from billing.rating.settle import settle
from billing.services.cases import require_known
from billing.services.contract_history import LoadedContract, load_contract
from billing.services.fields import read_line
from billing.services.held_about import Abouts, HeldAbout
from billing.services.moments import local_day, processor_zone
from billing.store.queries.held_work import cases_with_responsible, contract_names
from billing.store.session import TenantSession
from billing.texts import codes_of
from billing.timespan import datetime_of, instant_of, month_of

WANTED_HELD: dict[str, Reader] = {
    "contract?": read_line,
    "case?": read_line,
    "reason?": one_of(*codes_of("reason")),
}
"""What a list may be narrowed to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldItem:
    """Work (`kind` entry) or an expense that waits for one reason. `id` is its place in the list.

    `minutes` is 0 and `about` None for an expense, `net_cents` and `is_approved` None for work. `age_days` counts from
    the local day it began on. The `reason` names the sentences `reason.<code>` and `next_step.<code>`; responsible is
    who looks after the case. An expense that is approved may still wait: the approval came too late (13(4)d).
    """

    id: int = 0
    kind: str
    item: str
    item_id: int
    case: str
    case_id: int
    case_title: str
    contract: str
    contract_id: int
    minutes: int = 0
    net_cents: int | None = None
    reason: str
    clause: str
    happened_on: date
    age_days: int
    responsible: str | None
    responsible_id: int | None
    about: HeldAbout | None = None
    is_approved: bool | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """One contract as of the moment the list is asked for."""

    loaded: LoadedContract
    cases: Mapping[int, Any]
    today: date

    def item(self, kind: str, name: str, case_ref: str, answer: Answer, day: date) -> HeldItem:
        """Give what is held of an item for one reason, its minutes or amount still to be said."""
        ids, case = self.loaded.ids, self.cases[self.loaded.ids.cases[case_ref]]
        return HeldItem(
            kind=kind,
            item=name,
            item_id=(ids.entries if kind == "entry" else ids.expenses)[name],
            case=case_ref,
            case_id=case.id,
            case_title=case.title,
            contract=self.loaded.ref,
            contract_id=self.loaded.id,
            reason=answer.code,
            clause=answer.clause,
            happened_on=day,
            age_days=(self.today - day).days,
            responsible=case.responsible_ref,
            responsible_id=case.responsible_id,
        )

    def work(self, settlement: Settlement, facts: Facts) -> list[HeldItem]:
        """Give the held minutes of each entry, added up by reason; the first held minute is when it began."""
        abouts = Abouts(self.loaded, facts, settlement)
        held: dict[tuple[str, str], HeldItem] = {}
        for stretch in settlement.stretches:
            if stretch.answer.verdict is Verdict.HELD:
                key = (stretch.entry, stretch.answer.code)
                if key not in held:
                    day = local_day(datetime_of(stretch.start), self.loaded.agreement.zone)
                    item = self.item("entry", stretch.entry, stretch.case, stretch.answer, day)
                    held[key] = replace(item, about=abouts.of(stretch))
                held[key] = replace(held[key], minutes=held[key].minutes + stretch.minutes)
        return list(held.values())

    def expenses(self, settlement: Settlement, facts: Facts) -> list[HeldItem]:
        """Give the held expenses with their net amounts, and whether they were approved."""
        known = {expense.id: expense for expense in facts.expenses}
        return [
            replace(
                self.item("expense", one.expense, one.case, one.answer, known[one.expense].incurred_on),
                net_cents=one.net,
                is_approved=known[one.expense].approved_on is not None,
            )
            for one in settlement.expenses
            if one.answer.verdict is Verdict.HELD
        ]


def place_of(item: HeldItem) -> tuple[str, ...]:
    """Give where an item stands among all that is held: the oldest first."""
    return (item.happened_on.isoformat(), item.contract, item.case, item.item, item.reason, item.kind)


def held_work(session: TenantSession, now: datetime, wanted: Mapping[str, Any] | None = None) -> list[HeldItem]:
    """Give all that is held as of now, the oldest first; `wanted` is what `WANTED_HELD` read.

    InvalidInput for a contract or case there is not.
    """
    wanted, instant = wanted or {}, instant_of(now)
    require_known(session, wanted)
    today = local_day(now, processor_zone(session))
    cases = cases_with_responsible(session, session.processor_id)
    found: list[HeldItem] = []
    for row in contract_names(session, session.processor_id, wanted.get("contract")):
        loaded = load_contract(session, session.processor_id, row.id, instant)
        facts = loaded.history.seen_at(instant)
        settlement = settle(loaded.agreement, facts, loaded.ledger(), month_of(today), loaded.timeline)
        look = _Look(loaded, cases, today)
        found += look.work(settlement, facts) + look.expenses(settlement, facts)
    kept = [item for item in found if all(getattr(item, name) == value for name, value in wanted.items())]
    kept.sort(key=place_of)
    return [replace(item, id=position) for position, item in enumerate(kept, 1)]
