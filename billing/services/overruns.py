"""What to say, and to whom, once the effort of a case is nearly or wholly used.

Approved effort is said at 80 % and at 100 %; there is no tolerance (13(5)c). Where that of one rate is used and some of
a dearer one is left, its work goes on with that, so nobody is told yet that more takes a supplement. That the urgent
minutes without approval are used up is said as well (13(5)b).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from billing.clause.terms import RATE_CLASSES
from billing.services.acting import Act
from billing.services.addresses import lasting_address
from billing.services.budgets import Budget, BudgetLine, budget_in, budget_of
from billing.services.case_mails import recipients_of, tell_controller
from billing.services.estimate_mails import mail_overrun
from billing.services.held_about import URGENT_UNTOLD
from billing.services.notices import Notice
from billing.services.standing import stand_of
from billing.store.queries.budgets import approved_against_worked
from billing.store.session import TenantSession
from billing.store.tables import Case, Mail
from billing.store.wording import Later

NEARLY = 80
"""Per cent of the approved minutes of a class from which on an overrun is foreseeable."""
_ALL = 100
_SECONDS = 60
NEARLY_USED, USED_UP, URGENT_USED_UP = "estimate_nearly_used", "estimate_used_up", "urgent_used_up"
GOES_DEARER = "estimate_goes_dearer"


@dataclass(frozen=True, slots=True)
class Overrun:
    """A class of a case whose approved minutes, over all its estimates, are used so far; `estimate` is the newest.

    `left` are the minutes approved at a dearer rate that its work may take.
    """

    code: str
    estimate_id: int
    estimate: str
    rate_class: str
    approved: int
    used: int
    percent: int
    left: int


def ask_for_use(session: TenantSession, case_id: int) -> Later:
    """Ask how much of a case's approved effort may be used; `overrun_notices` reads it."""
    return approved_against_worked(session, session.processor_id, case_id)


def overrun_notices(
    session: TenantSession, act: Act, case_id: int, use: Later | None = None, *, urgent: bool = False
) -> list[Notice]:
    """Say which effort of a case is nearly or wholly used, and have the controller told of it at once.

    Ask it after each piece of work: while no more was worked than 80 % of the least approved class and the work was
    not `urgent`, it costs one statement and nothing is settled. The controller gets one mail for each estimate and
    threshold, however often this is asked. `use` is what `ask_for_use` asked after that work.

    Of `urgent` work that waits for its notice it is said that the controller is not informed yet (13(5)b).
    """
    is_near = _may_be_near((use or ask_for_use(session, case_id))())
    if not (is_near or urgent):
        return []
    session.take_time()
    case = session.get_one(Case, case_id)
    budget = budget_of(session, act, case)
    for overrun in _overruns_of(budget):
        _tell(session, act, case, overrun)
    if budget.is_urgent_used_up:
        _tell_urgent(session, act, case, budget)
    return [*notices_of(budget), *_untold(session, case, budget)]


def _untold(session: TenantSession, case: Case, budget: Budget) -> list[Notice]:
    if all(held.code != URGENT_UNTOLD for held in budget.held):
        return []
    return [Notice("urgent_not_declared" if recipients_of(session, case) else "controller_untold", {"value": case.ref})]


def overruns_of_cases(
    session: TenantSession, act: Act, contract_id: int, case_ids: Iterable[int], *, urgent: Iterable[int] = ()
) -> list[Notice]:
    """Say of many cases of a contract what becomes known of their effort, and have the controller told of it at once.

    For what changes many at the same time; the contract is settled once for all, if one of them may be near or had
    `urgent` work. What the controller was told before is not said again.
    """
    had_urgent = frozenset(urgent)
    near = [one for one in case_ids if one in had_urgent or _may_be_near(ask_for_use(session, one)())]
    if not near:
        return []
    stand, found = stand_of(session, contract_id, act.at), list[Notice]()
    for case in (session.get_one(Case, number) for number in near):
        budget = budget_in(stand, act.at, case.ref)
        overruns = [overrun for overrun in _overruns_of(budget) if _is_news(act, _tell(session, act, case, overrun))]
        found += [Notice(overrun.code, _fields(case.ref, overrun)) for overrun in overruns]
        if budget.is_urgent_used_up and _is_news(act, _tell_urgent(session, act, case, budget)):
            found.append(_urgent_notice(budget))
    return found


def _is_news(act: Act, mails: Sequence[Mail]) -> bool:
    """Tell whether the controller is told of something now; where there is nobody to write to it stays news."""
    return not mails or any(mail.created_at == act.at for mail in mails)


def release_notices(session: TenantSession, act: Act, case_id: int) -> list[Notice]:
    """Say which effort of a case a release leaves used up, and have the controller told, where more waits already.

    A release that covers earlier work may be smaller than that; one that covers all of it is no overrun yet.
    """
    if not _may_be_near(ask_for_use(session, case_id)()):
        return []
    case = session.get_one(Case, case_id)
    budget = budget_of(session, act, case)
    if not budget.beyond:
        return []
    for overrun in _overruns_of(budget):
        _tell(session, act, case, overrun)
    return notices_of(budget)


def notices_of(budget: Budget) -> list[Notice]:
    """Say which effort of a case is nearly or wholly used, and tell nobody else."""
    approved = [Notice(overrun.code, _fields(budget.case, overrun)) for overrun in _overruns_of(budget)]
    return [*approved, *([_urgent_notice(budget)] if budget.is_urgent_used_up else [])]


def _overruns_of(budget: Budget) -> list[Overrun]:
    """Give the classes of a case that have reached a threshold, the cheapest first."""
    of_class: dict[str, list[BudgetLine]] = defaultdict(list)
    for line in budget.lines:
        of_class[line.rate_class].append(line)
    found, dearer = list[Overrun | None](), 0
    for code in sorted(of_class, key=RATE_CLASSES.__getitem__, reverse=True):
        found.append(_overrun(of_class[code], dearer))
        dearer += sum(max(0, line.left) for line in of_class[code])
    return [overrun for overrun in reversed(found) if overrun is not None]


def _overrun(lines: list[BudgetLine], dearer: int) -> Overrun | None:
    approved, used = sum(line.approved for line in lines), sum(line.used for line in lines)
    if approved == 0 or used * _ALL < approved * NEARLY:
        return None
    newest = lines[-1]
    code = NEARLY_USED if used < approved else GOES_DEARER if dearer else USED_UP
    percent = used * _ALL // approved
    return Overrun(code, newest.estimate_id, newest.estimate, newest.rate_class, approved, used, percent, dearer)


def _may_be_near(rows: Sequence[Any]) -> bool:
    """Tell whether enough was worked at all for a class to have reached 80 %."""
    return any(
        row.approved > 0
        and (int(row.worked_seconds or 0) // _SECONDS + int(row.brought or 0)) * _ALL >= int(row.approved) * NEARLY
        for row in rows
    )


def _tell(session: TenantSession, act: Act, case: Case, overrun: Overrun) -> list[Mail]:
    page = lasting_address("p/kva", overrun.estimate_id)
    fields = {**_fields(case.ref, overrun), "title": case.title, "page": page}
    return mail_overrun(
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
        "left": overrun.left,
    }


def _urgent_notice(budget: Budget) -> Notice:
    return Notice(URGENT_USED_UP, {"value": budget.case, "minutes": budget.urgent_cap})


def _tell_urgent(session: TenantSession, act: Act, case: Case, budget: Budget) -> list[Mail]:
    """Tell the controller, whose approval is needed from now on; one mail a case."""
    said = {"minutes": budget.urgent_cap}
    return tell_controller(session, act, case, kind=URGENT_USED_UP, fields=said, version="", must_reach=False)
