"""Tells the admins that an account was locked, or a network shut out (law.md T-14): afterwards, out of the access log.

At the door itself a lock costs no more time for an account there is than for one there is not.
"""

import json
from datetime import timedelta
from typing import Any

from billing.services.acting import Act
from billing.services.alarms import alert_admins
from billing.store.queries.access import SHUT_OUT, locks_since
from billing.store.queries.mails import name_of_user
from billing.store.session import TenantSession
from billing.store.tables import User

_LOOK_BACK = timedelta(hours=2)
"""Longer than the duty's pause, so that none is missed while the worker rests; each is told once all the same."""


def alert_lockouts(session: TenantSession, act: Act) -> int:
    """Raise one alarm for each lock of the last two hours that was not told yet; gives how many messages are new."""
    return sum(_alert(session, act, lock) for lock in locks_since(session, session.processor_id, act.at - _LOOK_BACK))


def _alert(session: TenantSession, act: Act, lock: Any) -> int:
    once, network = f"lock:{lock.day}:{lock.seq}", json.loads(lock.details)["network"]
    if lock.action == SHUT_OUT:
        return alert_admins(session, act, "network_lockout", once=once, network=network)
    user_id = int(lock.subject.removeprefix("user:"))
    account = name_of_user(session, session.get_one(User, user_id))
    return alert_admins(session, act, "lockout", about=("user", user_id), once=once, account=account, network=network)
