"""The supplement (Nachfreigabe) in one step: an estimate of the minutes beyond the approved ones (13(5)b, c)."""

from billing.clause import refs
from billing.clause.terms import RATE_CLASSES
from billing.errors import Conflict, Refused
from billing.services.acting import Act, id_of
from billing.services.budgets import Held, budget_of
from billing.services.estimates import EstimateRecord, NewEstimate, add_estimate
from billing.services.moments import processor_zone
from billing.store.queries.budgets import open_supplement
from billing.store.session import TenantSession
from billing.store.tables import Case, Contract, Controller
from billing.texts import name_of, wording


def propose_supplement(session: TenantSession, act: Act, case: Case) -> EstimateRecord:
    """Draft a supplement to a case's newest approved estimate: what is held beyond it, from its first minute on.

    Refused when nothing waits for one; Conflict `supplement_is_open` while an earlier one can be decided.
    """
    budget = budget_of(session, act, case)
    held = budget.beyond
    if not held:
        raise Refused("nothing_to_supplement", clause=refs.OVERRUN.number, value=case.ref)
    open_one = open_supplement(session, session.processor_id, id_of(case), act.at)
    if open_one is not None:
        raise Conflict("supplement_is_open", value=case.ref, estimate=open_one)
    minutes = _by_class(held)
    newest = budget.lines[-1].estimate
    new = NewEstimate(
        case=case.ref,
        contract=session.get_one(Contract, case.contract_id).ref,
        description=_description(session, case, newest, held, minutes),
        lines=[{"rate_class": code, "minutes": count} for code, count in minutes.items()],
        supplements=newest,
        covers_from=min(each.since for each in held),
    )
    return add_estimate(session, act, new)


def _by_class(held: list[Held]) -> dict[str, int]:
    minutes: dict[str, int] = {}
    for each in sorted(held, key=lambda one: RATE_CLASSES[one.rate_class]):
        minutes[each.rate_class] = minutes.get(each.rate_class, 0) + each.minutes
    return minutes


def _description(session: TenantSession, case: Case, estimate: str, held: list[Held], minutes: dict[str, int]) -> str:
    """Say to the controller, in his language, what was worked beyond the approved effort, and since when."""
    lang = session.get_one(Controller, case.controller_id).language
    since = min(each.since for each in held).astimezone(processor_zone(session))
    lines = [
        wording("estimate.line", lang, rate_class=name_of("rate_class", code, lang), minutes=str(count))
        for code, count in minutes.items()
    ]
    said = {"estimate": estimate, "case": case.ref, "title": case.title, "since": f"{since:%d.%m.%Y %H:%M}"}
    return wording("estimate.supplement", lang, **said, lines="\n".join(f"- {line}" for line in lines))
