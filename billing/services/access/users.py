"""Personal accounts (law.md T-01): each of one member of staff or contact, found by its address, never deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import col

from billing.clause.reading import Reader, read_date, read_object
from billing.errors import Conflict, InvalidInput, NotAllowed, NotFound
from billing.services.acting import Act, audit, id_of, put
from billing.services.changing import Changes, read_changes
from billing.services.fields import read_email, read_language
from billing.services.mail_domains import in_letters
from billing.services.mails import Recipient, user_recipient, write_mail
from billing.services.parties import address_digest
from billing.store.queries.access import end_other_sessions, lock_user
from billing.store.queries.users import accounts, end_links, living_grants, user_of_address
from billing.store.session import TenantSession
from billing.store.tables import Contact, Controller, Person, User
from billing.store.tables.kinds import Role


class AccountState(StrEnum):
    """Where an account stands: nobody set a password yet, in use, or closed for good or until invited anew."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Account:
    """An account with whose it is and the roles that hold now."""

    user: User
    person: Person | None
    contact: Contact | None
    controller: Controller | None
    roles: tuple[Role, ...] = ()

    @property
    def id(self) -> int:
        """The number of the account, by which lists go on."""
        return id_of(self.user)

    @property
    def name(self) -> str:
        """The name of the person behind it."""
        holder = self.person or self.contact
        return "" if holder is None or holder.name is None else holder.name

    @property
    def ref(self) -> str:
        """How the logs name the person behind it."""
        return _named(self.person or self.contact)

    @property
    def state(self) -> AccountState:
        """Where the account stands."""
        if self.user.disabled_at is not None:
            return AccountState.DISABLED
        return AccountState.INVITED if self.user.password_changed_at is None else AccountState.ACTIVE

    @property
    def has_second_factor(self) -> bool:
        """Tell whether log-ins are asked for a second factor."""
        return self.user.totp_confirmed_at is not None


USER_CHANGES = Changes({"email?": read_email, "language?": read_language})
"""What an admin may change of an account."""
PLEDGE: dict[str, Reader] = {"pledged_on": read_date}


def user_by_id(session: TenantSession, user_id: int) -> User:
    """Give the account of a number; NotFound when this processor has none."""
    user = session.get(User, user_id)
    if user is None or user.processor_id != session.processor_id:
        raise NotFound("user_unknown", user=user_id)
    return user


def find_user(session: TenantSession, email: str, path: str = "user") -> User:
    """Give the account of an address, open or not; InvalidInput when there is none."""
    user = user_of_address(session, session.processor_id, address_digest(session, email))
    if user is None:
        raise InvalidInput("unknown_user", path=path, value=email)
    return user


def account_of_user(session: TenantSession, user: User, now: datetime) -> Account:
    """Give one account with its holder and roles."""
    return _with_roles(session, accounts(session, session.processor_id, col(User.id) == id_of(user)), now)[0]


def list_accounts(session: TenantSession, now: datetime, *, after: int = 0, most: int = 200) -> list[Account]:
    """Give accounts by id, those after a number first to come."""
    return _with_roles(session, accounts(session, session.processor_id, col(User.id) > after, most=most), now)


def change_user(session: TenantSession, act: Act, user: User, raw: Mapping[str, Any]) -> User:
    """Change address or language. NotAllowed: one's own address, Conflict: one in use.

    With another address all sessions end, and so does what was mailed to the old one; both are told. Password, second
    factor and tokens are the person's, not the address's, and stay: `reset_access` takes away what was lost or stolen.
    A contact's account and the contact itself have one address.
    """
    changes = read_changes(raw, USER_CHANGES)
    before = {"email": user.email_digest, "language": user.language}
    if "language" in changes:
        user.language = changes["language"]
    ended = _change_address(session, act, user, changes["email"]) if "email" in changes else {}
    put(session, user)
    after = {"email": user.email_digest, "language": user.language}
    changed = {name: [before[name], after[name]] for name in sorted(changes)}
    audit(session, act, "user_changed", f"user:{id_of(user)}", changed=changed, **ended)
    return user


def record_pledge(session: TenantSession, act: Act, user: User, raw: Mapping[str, Any]) -> Person:
    """Record the day on which a member of staff pledged confidentiality (10(2)-(3), T-31); who and when are audited."""
    pledged_on: date = read_object(raw, "", PLEDGE)["pledged_on"]
    if pledged_on > act.at.date():
        raise InvalidInput("pledge_in_future", path="pledged_on", value=pledged_on)
    if user.person_id is None:
        raise InvalidInput("pledge_of_contact", path="pledged_on", value=pledged_on)
    person = session.get_one(Person, user.person_id)
    before, person.confidentiality_pledged_on = person.confidentiality_pledged_on, pledged_on
    put(session, person)
    trail = [None if before is None else before.isoformat(), pledged_on.isoformat()]
    audit(session, act, "pledge_recorded", f"person:{person.ref}", pledged_on=trail)
    return person


def acts_as(session: TenantSession, user: User, at: datetime) -> Act:
    """Give the deed of the holder of an account, named as in every log: reference or number, never by name."""
    return Act(_named(_holder(session, user)), at, id_of(user))


def require_other(act: Act, user: User, code: str) -> None:
    """Refuse what nobody may do to his own account; NotAllowed with this code."""
    if act.user_id is not None and act.user_id == user.id:
        raise NotAllowed(code)


def _holder(session: TenantSession, user: User) -> Person | Contact:
    if user.person_id is not None:
        return session.get_one(Person, user.person_id)
    return session.get_one(Contact, user.contact_id)


def _named(holder: Person | Contact | None) -> str:
    assert holder is not None  # noqa: S101 - the database asks for one
    return holder.ref if isinstance(holder, Person) else f"contact:{id_of(holder)}"


def _change_address(session: TenantSession, act: Act, user: User, email: str) -> dict[str, int]:
    """Give an account another address; gives how many sessions and links ended."""
    require_other(act, user, "own_address")
    digest = address_digest(session, email)
    other = user_of_address(session, session.processor_id, digest)
    if other is not None and other.id != user.id:
        raise Conflict("user_exists", path="email", value=email)
    old, moved = user_recipient(session, user), digest != user.email_digest
    user.email, user.email_digest = email, digest
    holder = _holder(session, user)
    if isinstance(holder, Contact):
        holder.email, holder.email_digest = email, digest
        put(session, holder)
    put(session, user)
    if not moved:  # the same address in other capitals
        return {}
    lock_user(session, session.processor_id, id_of(user))
    ended = {
        "sessions_ended": end_other_sessions(session, session.processor_id, id_of(user), None, act.at),
        "links_ended": end_links(session, user, act.at),
    }
    for to in (old, user_recipient(session, user)):
        _tell(session, act, user, to, {"old": in_letters(old.email), "new": in_letters(email)})
    return ended


def _tell(session: TenantSession, act: Act, user: User, to: Recipient, fields: Mapping[str, Any]) -> None:
    about: dict[str, Any] = {"subject_table": "user", "subject_id": id_of(user)}
    write_mail(session, act, kind="address_changed", to=to, fields=fields, version=act.at.isoformat(), **about)


def _with_roles(session: TenantSession, rows: Sequence[Any], now: datetime) -> list[Account]:
    ids = [id_of(row[0]) for row in rows]
    roles: dict[int, set[Role]] = {number: set() for number in ids}
    for grant in living_grants(session, session.processor_id, ids, now):
        roles[grant.user_id].add(grant.role)
    return [
        Account(user, person, contact, controller, tuple(sorted(roles[id_of(user)])))
        for user, person, contact, controller in rows
    ]
