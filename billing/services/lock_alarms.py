"""Tells the admins that an account was locked (law.md T-14): afterwards, out of the access log.

At the door itself a lock costs no more time for an account there is than for one there is not.
"""

import json
from datetime import timedelta

from billing.services.acting import Act
from billing.services.alarms import alert_admins
from billing.store.queries.access import locks_since
from billing.store.queries.mails import name_of_user
from billing.store.session import TenantSession
from billing.store.tables import User

_LOOK_BACK = timedelta(hours=2)
"""Longer than the duty's pause, so that none is missed while the worker rests; each is told once all the same."""


def alert_lockouts(session: TenantSession, act: Act) -> int:
    """Raise one alarm for each lock of the last two hours that was not told yet; gives how many messages are new."""
    told = 0
    for lock in locks_since(session, session.processor_id, act.at - _LOOK_BACK):
        user_id = int(lock.subject.removeprefix("user:"))
        told += alert_admins(
            session,
            act,
            "lockout",
            about=("user", user_id),
            once=f"lock:{lock.day}:{lock.seq}",
            account=name_of_user(session, session.get_one(User, user_id)),
            network=json.loads(lock.details)["network"],
        )
    return told
