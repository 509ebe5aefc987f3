"""People (law.md T-05, T-08, T-09): what the database itself refuses around rights, one-time codes and choices."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from billing.errors import Conflict
from billing.store.tables import Policy, RoleGrant, User
from tests.support import world as w


def add_user(session, world, letter: str = "b") -> User:
    said: dict[str, Any] = {
        "email_digest": letter * 64,
        "created_at": w.NOW,
        "totp_secret": "JBSWY3DP",
        "last_totp_step": 7,
    }
    return w.put(session, User(person_id=world.person_id, **said))


def test_nobody_grants_rights_to_himself(store, world):
    with store.tenant(world.processor_id) as session:
        user = w.number(add_user(session, world))
    grant: dict[str, Any] = {"role": "admin", "reason": "weil ich kann", "recorded_at": w.NOW, "recorded_by_id": user}
    with pytest.raises(Conflict, match="granted_to_oneself"), store.tenant(world.processor_id) as session:
        w.put(session, RoleGrant(user_id=user, **grant))


def test_an_earlier_code_counts_no_more(store, world):
    with store.tenant(world.processor_id) as session:
        user = add_user(session, world)
    user.last_totp_step = 6
    with pytest.raises(Conflict, match="code_used_before"), store.tenant(world.processor_id) as session:
        session.add(user)


def test_two_requests_at_once_take_a_code_once(store, world):
    """Both looked before either wrote; the second one's UPDATE meets the rule."""
    with store.tenant(world.processor_id) as session:
        user = add_user(session, world)
    used = sa.update(User).where(col(User.id) == user.id)
    with store.tenant(world.processor_id) as session:
        session.execute(used.values(last_totp_step=8, language="en"))
    with pytest.raises(Conflict, match="code_used_before"), store.tenant(world.processor_id) as session:
        session.execute(used.values(last_totp_step=7, language="de"))


def test_a_new_secret_counts_its_codes_anew(store, world):
    with store.tenant(world.processor_id) as session:
        user = add_user(session, world)
        user.totp_secret, user.last_totp_step = "KRSXG5CT", 1
        w.put(session, user)
        assert user.last_totp_step == 1


def test_versions_of_the_choices_count_up(store, world):
    with store.tenant(world.processor_id) as session:
        w.put(session, Policy(four_eyes=False, **w.recorded()))
    with pytest.raises(Conflict, match="version_out_of_order"), store.tenant(world.processor_id) as session:
        w.put(session, Policy(version_no=3, **w.recorded()))
