"""People with accounts, and how they come in: what the tests of the door share."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import sqlalchemy as sa
from sqlmodel import col, select

from billing.services.access.authentication import find_tenant, visitor_in
from billing.services.access.login import LoggedIn, give_second_factor, log_in
from billing.services.access.passwords import hash_password
from billing.services.access.visitor import Credentials, Via, Visitor
from billing.services.acting import id_of
from billing.store.session import Store
from billing.store.tables import AccessLog, Contact, Controller, Person, RoleGrant, User
from billing.store.tables.kinds import Role
from tests.support.processor import found_processor

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GOOD = "blaue Pferde-tanzen"
OTHER = "grüne Wolken; ziehen"
WRONG = "gelbe Vögel! singen {}"
EMAIL = "erika@immoinvent.example"
NETWORK = "203.0.113.0/24"
_HASHES = {GOOD: hash_password(GOOD), OTHER: hash_password(OTHER)}  # once, as each costs what a guess shall cost


@dataclass(frozen=True)
class House:
    """One processor and an account there."""

    store: Store
    processor_id: int
    user_id: int
    ref: str = "immoinvent"

    def change(self, **columns: Any) -> None:
        """Change the account behind the product's back."""
        with self.store.tenant(self.processor_id) as session:
            user = session.get_one(User, self.user_id)
            for name, value in columns.items():
                setattr(user, name, value)
            session.add(user)

    def grant(self, role: Role, **columns: Any) -> RoleGrant:
        """Give the account another role."""
        with self.store.tenant(self.processor_id) as session:
            row = grant_of(self.user_id, role, **columns)
            session.add(row)
        return row

    def enrol(self) -> str:
        """Give the account a second factor."""
        secret = pyotp.random_base32()
        self.change(totp_secret=secret, totp_confirmed_at=NOW - timedelta(days=1))
        return secret

    def log(self) -> list[tuple[str, str]]:
        """Give action and subject of the access log, oldest first."""
        with self.store.tenant(self.processor_id, read_only=True) as session:
            query = select(AccessLog.action, AccessLog.subject).order_by(col(AccessLog.day), col(AccessLog.seq))
            return list(session.exec(query))

    def enter(self, at: datetime = NOW, **said: str) -> LoggedIn:
        """Log in."""
        return log_in(self.store, {"email": EMAIL, "password": GOOD} | said, NETWORK, at)

    def enter_with(self, secret: str, at: datetime = NOW) -> LoggedIn:
        """Log in with the second factor."""
        begun = self.enter(at)
        return give_second_factor(self.store, begun.visitor, {"code": code_at(secret, at)}, NETWORK, at)

    def visit(self, token: str, at: datetime = NOW, via: Via = Via.SESSION) -> Visitor | None:
        """Come with a token, as each request does."""
        found = find_tenant(self.store, Credentials(via, token))
        if found is None:
            return None
        with self.store.tenant(found.processor_id, read_only=True) as session:
            return visitor_in(session, found, at)

    def rows(self, table: type[Any]) -> list[Any]:
        """Give all rows of a table."""
        with self.store.tenant(self.processor_id, read_only=True) as session:
            return list(session.exec(select(table).order_by(table.id)))


def code_at(secret: str, at: datetime, steps: int = 0) -> str:
    """Give what an authenticator app shows at a moment, or some steps of 30 seconds later."""
    return pyotp.TOTP(secret).at(at + timedelta(seconds=30 * steps))


def grant_of(user_id: int, role: Role, **columns: Any) -> RoleGrant:
    """Make a grant that began a day ago."""
    base = {"user_id": user_id, "role": role, "reason": "Aufgabe", "recorded_at": NOW - timedelta(days=1)}
    return RoleGrant(**{**base, "recorded_by_name": "test", **columns})


def build(store: Store, *roles: Role, ref: str = "immoinvent", email: str = EMAIL, password: str = GOOD) -> House:
    """Found a processor with one account: of a contact for the controller's roles, else of a member of staff."""
    processor_id = found_processor(store, NOW.date().replace(year=2000), ref)
    with store.tenant(processor_id) as session:
        digest = session.ring.digest(email)
        user = User(email=email, email_digest=digest, created_at=NOW - timedelta(days=9))
        if any(role.startswith("controller") for role in roles):
            controller = Controller(ref="K-1", name="Wohnbau Süd GmbH", street="Ring 1", postcode="70173", city="S")
            session.add(controller)
            session.flush()
            contact = Contact(controller_id=id_of(controller), name="Eva Kern", email=email, email_digest=digest)
            session.add(contact)
            session.flush()
            user.contact_id, user.controller_id = contact.id, contact.controller_id
        else:
            person = Person(
                ref="EB", initials="EB", name="Erika Beispiel", confidentiality_pledged_on=NOW.date().replace(year=2020)
            )
            session.add(person)
            session.flush()
            user.person_id = person.id
        user.password_hash, user.password_changed_at = _HASHES[password], NOW - timedelta(days=9)
        session.add(user)
        session.flush()
        session.add_all(grant_of(id_of(user), role) for role in roles)
        return House(store, processor_id, id_of(user), ref)


def raw_column(house: House, table: str, column: str) -> list[Any]:
    """Read a column as it lies in the database, of all rows that the tenant may see."""
    with house.store.tenant(house.processor_id, read_only=True) as session:
        return list(session.connection().execute(sa.text(f'SELECT {column} FROM "{table}"')).scalars())  # noqa: S608
