"""What the worker begins by itself when the processor wants it: the month's run, and a list of what to remind of.

Both prepare, and tell the accountants by mail. To approve, to issue and to send is a person's deed. What was missed
while no worker ran is caught up on by the next one.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, func, select

from billing.errors import Problem
from billing.services.acting import Act, audit
from billing.services.alarms import alert_admins
from billing.services.mails import user_recipient, write_mail
from billing.services.moments import processor_zone
from billing.services.policies import current_policy
from billing.store.queries.logs import was_logged
from billing.store.queries.mails import active_accountants
from billing.store.session import Store, TenantSession
from billing.store.tables import Draft
from billing.store.tables.kinds import DraftState
from billing.texts import problem_sentence
from billing.timespan import datetime_of, format_month, instant_of, month_of
from invoices.run.drafts import RunOrder, run_month
from invoices.run.reminders import remindable

_RAN, _PROPOSED = "month_run_on_time", "reminders_proposed"


def run_on_time(store: Store, processor_id: int, act: Act) -> bool:
    """Run the month before once its day and time have come, if nobody wants it otherwise; tells whether it did.

    A run that fails is told to the admins once a day, and begun again with the next look.
    """
    with store.tenant(processor_id, read_only=True) as session:
        month = _month_due(session, act.at)
        if month is None or was_logged(session, _RAN, f"month:{format_month(month)}"):
            return False
    order = RunOrder(processor_id, month, datetime_of(instant_of(act.at)), as_of_fixed=False, act=act)
    try:
        contracts = sum(1 for _ in run_month(store, order))
    except Problem as problem:
        with store.tenant(processor_id) as session:
            alert_admins(session, act, "failed_run", month=format_month(month), problem=problem_sentence(problem))
        raise
    with store.tenant(processor_id) as session:
        _tell_of_drafts(session, act, format_month(month))
        audit(session, act, _RAN, f"month:{format_month(month)}", contracts=contracts)
    return True


def propose_reminders(session: TenantSession, act: Act) -> bool:
    """Tell the accountants what could be reminded of, once the weekday and time have come; tells whether it did."""
    policy, zone = current_policy(session), processor_zone(session)
    if policy.reminders_weekday is None:
        return False
    day = _last(policy.reminders_weekday, policy.reminders_time, act.at, zone)
    if was_logged(session, _PROPOSED, f"day:{day}"):
        return False
    numbers = [item.row.number for item in remindable(session, act.at)]
    if numbers:
        fields = {"count": len(numbers), "numbers": ", ".join(numbers)}
        _tell(session, act, f"{day}", kind="reminders_ready", fields=fields)
    audit(session, act, _PROPOSED, f"day:{day}", invoices=len(numbers))
    return True


def _month_due(session: TenantSession, now: datetime) -> int | None:
    """Give the month to run, None before its time or when a person does it."""
    policy, zone = current_policy(session), processor_zone(session)
    if policy.run_day is None:
        return None
    today = now.astimezone(zone).date()
    if now < _at(today.replace(day=policy.run_day), policy.run_time, zone):
        return None
    return month_of(today) - 1


def _last(weekday: int, clock: str, now: datetime, zone: ZoneInfo) -> date:
    """Give the day on which a weekday and time came last."""
    today = now.astimezone(zone).date()
    day = today - timedelta(days=(today.isoweekday() - weekday) % 7)
    return day if now >= _at(day, clock, zone) else day - timedelta(days=7)


def _at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone)


def _tell_of_drafts(session: TenantSession, act: Act, month: str) -> None:
    waiting = select(func.count()).select_from(Draft).where(Draft.month == month, col(Draft.state) == DraftState.DRAFT)
    if count := session.exec(waiting).one():
        _tell(session, act, month, kind="run_ready", fields={"month": month, "count": count})


def _tell(session: TenantSession, act: Act, version: str, *, kind: str, fields: dict[str, Any]) -> None:
    for user in active_accountants(session, act.at):
        write_mail(
            session,
            act,
            kind=kind,
            to=user_recipient(session, user),
            fields=fields,
            subject_table="processor",
            subject_id=session.processor_id,
            version=version,
        )
