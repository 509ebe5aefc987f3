"""Alarms by mail to who looks after the processor (law.md T-14), in the words of `mail.alarm_<kind>.*`.

| kind | raised when | its fields |
|---|---|---|
| `lockout` | different wrong secrets locked an account | `account`, `network` |
| `network_lockout` | wrong secrets of many people came from one network, which is shut out | `network` |
| `failed_run` | a month's run that nobody watched ended early | `month`, `problem` |
| `failed_step` | a step after a commit (a mail, a paper) keeps failing | `step`, `attempts`, `error` |
| `failed_delivery` | the same of a document on its way to its controller | `number`, `step`, `attempts`, `error` |
| `fault` | a log's chain or a stored hash is broken | `check`, `where`, `fault`, `count` |
| `old_key` | the key that seals new values is older than the policy wants | `days` |
"""

from collections.abc import Mapping
from typing import Any

from billing import outbox
from billing.services.access.trail import note_access
from billing.services.acting import Act, audit
from billing.services.log_retention import note_ended_days
from billing.services.mails import MAIL, user_recipient, write_mail
from billing.services.sendings import document_to_send
from billing.services.verification import Fault, Verification, verify
from billing.store.queries.mails import active_admins, is_alarm, was_noted_on
from billing.store.session import Store, TenantSession
from billing.texts import name_of

_TRIED = 3
"""After so many failed attempts a step no longer has a hiccup but a cause."""
_VERIFIED = "verified_unattended"
_CODES = ("check", "fault", "step")
"""Fields that are codes, told by their names in the language of who reads."""


def alert_admins(
    session: TenantSession, act: Act, kind: str, *, about: tuple[str, int] | None = None, once: str = "", **fields: Any
) -> int:
    """Mail an alarm to every active admin; gives how many messages are new.

    `about` is table and id of what it is about, the processor if not said. `once` names the trouble, which is then told
    only once; without it, the same in the same words is told once a day.
    """
    table, number = about or ("processor", session.processor_id)
    mails = [
        write_mail(
            session,
            act,
            kind=f"alarm_{kind}",
            to=user_recipient(session, admin),
            fields=_named(fields, admin.language),
            subject_table=table,
            subject_id=number,
            version=once or f"{act.at.date()} {sorted(fields.items())}",
        )
        for admin in active_admins(session, act.at)
    ]
    new = sum(mail.created_at == act.at for mail in mails)  # an older one was told before
    if new:
        audit(session, act, "alarm_raised", f"{table}:{number}", kind=kind, mails=new)
    return new


def alert_failed_steps(session: TenantSession, act: Act) -> int:
    """Raise one alarm for each step that keeps failing; a failing alarm raises none, as it would fail as well.

    Of a document that could not be delivered it is told by its number.
    """
    return sum(
        _alert_failed_step(session, act, step)
        for step in outbox.failing(session, _TRIED)
        if not (step.item.kind == MAIL and is_alarm(session, step.item.subject_id))
    )


def _alert_failed_step(session: TenantSession, act: Act, step: outbox.Done) -> int:
    about, once = ("outbox", step.item.id), "failing"
    told = {"step": step.item.kind, "attempts": step.item.attempts, "error": step.error}
    number = document_to_send(session, step.item.kind, step.item.subject_id)
    if number is None:
        return alert_admins(session, act, "failed_step", about=about, once=once, **told)
    return alert_admins(session, act, "failed_delivery", about=about, once=once, number=number, **told)


def alert_faults(session: TenantSession, act: Act, found: Verification) -> int:
    """Raise one alarm for each check that found faults, naming the first of them and how many there are.

    A fault stays until somebody looks at it; it is told once, not every day.
    """
    first: dict[str, Fault] = {}
    for fault in found.faults:
        first.setdefault(fault.check, fault)
    return sum(
        alert_admins(
            session,
            act,
            "fault",
            once=f"{check} {fault.subject} {fault.code}",
            check=check,
            where=fault.subject,
            fault=fault.code,
            count=sum(each.check == check for each in found.faults),
        )
        for check, fault in first.items()
    )


def verify_daily(store: Store, processor_id: int, act: Act) -> Verification | None:
    """Prove logs, numbers and hashes once a day (UTC), whichever worker comes first; None when it was done today."""
    today = act.at.date()
    with store.tenant(processor_id, read_only=True) as session:
        if was_noted_on(session, today, _VERIFIED):
            return None
        found = verify(session)
    with store.tenant(processor_id) as session:
        note_access(session, act, _VERIFIED, "processor", faults=len(found.faults), rows=sum(found.counts.values()))
        alert_faults(session, act, found)
        note_ended_days(session, act)
    return found


def _named(fields: Mapping[str, Any], lang: str) -> dict[str, Any]:
    return {name: name_of(name, value, lang) if name in _CODES else value for name, value in fields.items()}
