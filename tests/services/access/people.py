"""An office with accounts in it: what the tests of users, grants, invitations, resets and leaving share."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from sqlmodel import col, select

from billing.services.access.deactivation import HandedOver, deactivate_user
from billing.services.access.first_admin import create_admin, read_admin
from billing.services.access.grants import NewGrant, grant_role, roles_of
from billing.services.access.invitations import accept_invitation, invite, read_invitation
from billing.services.access.user_links import at_invitation
from billing.services.access.users import acts_as
from billing.services.acting import Act, id_of
from billing.services.parties import add_person, read_person
from billing.store.session import TenantSession
from billing.store.tables import AuditLog, Mail, RoleGrant, User
from billing.store.tables.kinds import Role
from tests.months.story import Story
from tests.services.furnishing import NOW

GOOD = "blaue Pferde-tanzen"
OTHER = "grüne Wolken; ziehen"
BOSS, CLERK, LEAD = "chefin@immoinvent.example", "eb@immoinvent.example", "mia@immoinvent.example"
NETWORK = "203.0.113.0/24"
_LINK = re.compile(r"/p/l/([\w-]+)")


Answer = TypeVar("Answer")


class People:
    """The accounts of a story's office."""

    def __init__(self, story: Story) -> None:
        self.story, self.now = story, story.act(NOW).at

    def tell(self, deed: Callable[[TenantSession], Answer]) -> Answer:
        return self.story.tell(deed)

    @property
    def operator(self) -> Act:
        """Somebody at the command line, who has no account."""
        return Act("operator", self.now)

    def act(self, user_id: int) -> Act:
        """The deed of who has an account."""
        return self.tell(lambda session: acts_as(session, session.get_one(User, user_id), self.now))

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def admin(self, email: str = BOSS, initials: str = "CH", *, another: bool = False) -> int:
        """Make an admin who can log in."""
        new = read_admin({"email": email, "name": f"Person {initials}", "initials": initials})
        user, _ = self.tell(lambda s: create_admin(s, self.operator, new, GOOD, another=another))
        return id_of(user)

    def invited(self, by: int, email: str = CLERK, *roles: str, **said: Any) -> int:
        """Invite the office's member of staff, or whom else is said."""
        raw = {"email": email, "roles": list(roles or ("staff",)), "reason": "Aufgabe", **said}
        if "controller" not in raw:
            raw.setdefault("person", "EB")
        return id_of(self.tell(lambda s: invite(s, self.act_in(s, by), read_invitation(raw))))

    def joined(self, by: int, email: str = CLERK, *roles: str, **said: Any) -> int:
        """Invite somebody who accepts."""
        number = self.invited(by, email, *roles, **said)
        self.accept(self.link_of("invitation", email))
        return number

    def accept(self, secret: str, password: str = GOOD) -> None:
        """Choose a password behind the link of an invitation."""
        with at_invitation(self.story.store, secret, NETWORK, self.now) as opened:
            accept_invitation(opened, {"password": password})

    def add_staff(self, initials: str) -> str:
        """Take in a member of staff."""
        raw = {"name": f"Person {initials}", "initials": initials}
        return self.tell(lambda s: add_person(s, self.operator, read_person(raw))).ref

    def grant(self, by: int, user_id: int, role: Role, **said: Any) -> int:
        new = NewGrant(role=role, reason=said.pop("reason", "Vertretung"), **said)
        return self.tell(lambda s: id_of(grant_role(s, self.act_in(s, by), s.get_one(User, user_id), new)))

    def act_in(self, session: Any, user_id: int) -> Act:
        return acts_as(session, session.get_one(User, user_id), self.now)

    def roles(self, user_id: int) -> list[Role]:
        return self.tell(lambda s: roles_of(s, s.get_one(User, user_id), self.now))

    def user(self, user_id: int) -> User:
        return self.tell(lambda s: s.get_one(User, user_id))

    def close(self, by: int, user_id: int, **said: Any) -> HandedOver:
        return self.tell(lambda s: deactivate_user(s, self.act_in(s, by), s.get_one(User, user_id), said))

    def mails(self, kind: str) -> list[Mail]:
        """All mail of a kind, oldest first."""
        return self.tell(lambda s: list(s.exec(select(Mail).where(Mail.kind == kind).order_by(col(Mail.id)))))

    def link_of(self, kind: str, email: str) -> str:
        """The secret of the newest link of this kind that went to an address, as its reader finds it."""
        texts = [mail.text or "" for mail in self.mails(kind) if mail.recipient == email]
        found = _LINK.search(texts[-1])
        assert found is not None, texts
        return found[1]

    def grants(self, user_id: int) -> list[RoleGrant]:
        query = select(RoleGrant).where(RoleGrant.user_id == user_id).order_by(col(RoleGrant.id))
        return self.tell(lambda s: list(s.exec(query)))

    def audit(self, action: str) -> AuditLog:
        """The newest event of a kind."""
        query = select(AuditLog).where(AuditLog.action == action).order_by(col(AuditLog.seq).desc())
        row = self.tell(lambda s: s.exec(query).first())
        assert row is not None, action
        return row
