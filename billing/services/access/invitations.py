"""How somebody gets an account: invited by mail with roles at once, by an admin.

The link of an invitation holds for seven days and once; behind it the person sets a password of his own (T-01, T-02).
No account ever has a password that somebody else chose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from billing.clause.reading import Reader, list_of, one_of, read_object, refuse, shape_of, shaped
from billing.errors import Conflict, InvalidInput
from billing.services.access.grants import NewGrant, grant_role, require_fitting
from billing.services.access.links import make_link, use_link
from billing.services.access.passwords import read_secret, set_password
from billing.services.access.trail import note_access
from billing.services.access.user_links import AtLink
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_email, read_language, read_line, read_note
from billing.services.mails import user_recipient, write_mail
from billing.services.moments import read_end
from billing.services.parties import address_digest, find_contact, find_controller, find_person
from billing.store.queries.users import account_of, end_links, lock_holder, user_of_address
from billing.store.session import TenantSession
from billing.store.tables import Contact, Person, User
from billing.store.tables.kinds import LinkPurpose, Role

VALID_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """Who is invited to do what, and why: a member of staff (`person`) or a contact of a `controller`, by address."""

    email: str
    roles: tuple[Role, ...]
    reason: str
    person: str | None = None
    controller: str | None = None
    language: str = "de"
    expires_at: datetime | None = None


_some_roles = list_of(one_of(*Role), unique=True)


@shaped(**shape_of(_some_roles), minItems=1)
def _read_roles(value: Any, path: str) -> list[str]:
    """Take one role at least, none twice."""
    roles = _some_roles(value, path)
    if not roles:
        raise refuse("no_role_named", path, value)
    return roles


INVITATION: dict[str, Reader] = {
    "email": read_email,
    "roles": _read_roles,
    "reason": read_note,
    "person?": read_line,
    "controller?": read_line,
    "language?": read_language,
    "expires_at?": read_end,
}
PASSWORD: dict[str, Reader] = {"password": read_secret}
"""What comes back with a link: the password that its owner chose."""


def read_invitation(raw: Mapping[str, Any]) -> NewInvitation:
    """Read an invitation; InvalidInput for a wrong field, or when not exactly one of person and controller is named."""
    values = read_object(raw, "", INVITATION)
    if ("person" in values) == ("controller" in values):
        raise InvalidInput("person_or_controller", path="person", value=values.get("person"))
    return NewInvitation(**values | {"roles": tuple(Role(role) for role in values["roles"])})


def invite(session: TenantSession, act: Act, new: NewInvitation) -> User:
    """Open an account with its roles and mail the link to its owner.

    InvalidInput: no such person or contact; Conflict: the address or the person has an account already; Refused: a role
    of the other side. An account that was closed is opened again, without its old password and second factor.
    """
    holder = _holder(session, new)
    user = open_account(session, act, holder, new.email, new.language)
    for role in new.roles:
        require_fitting(session, user, role)
    for role in new.roles:
        grant_role(session, act, user, NewGrant(role=role, reason=new.reason, expires_at=new.expires_at))
    send_invitation(session, act, user)
    return user


def open_account(session: TenantSession, act: Act, holder: Person | Contact, email: str, language: str) -> User:
    """Open an account without a password for somebody who has none; Conflict when he or the address has one."""
    column = User.person_id if isinstance(holder, Person) else User.contact_id
    lock_holder(session, holder)  # two invitations of one person at once make one account
    if account_of(session, session.processor_id, column, id_of(holder)) is not None:
        raise Conflict("holder_has_account", path="email", value=email)
    user = user_of_address(session, session.processor_id, address_digest(session, email))
    if user is None:
        user = User(
            **_whose(holder),
            email=email,
            email_digest=address_digest(session, email),
            language=language,
            created_at=act.at,
        )
    elif user.disabled_at is None or (user.person_id, user.contact_id) != _pair(holder):
        raise Conflict("user_exists", path="email", value=email)
    user.disabled_at = user.password_hash = user.password_changed_at = None
    user.totp_secret = user.totp_confirmed_at = user.last_totp_step = None
    user.language = language
    put(session, user)
    audit(session, act, "user_opened", f"user:{id_of(user)}", holder=_named(holder), email=user.email_digest)
    return user


def send_invitation(session: TenantSession, act: Act, user: User) -> str:
    """Mail the link by which the owner of an account sets his password; gives its secret, older ones open nothing.

    Conflict: the account is in use, or closed.
    """
    if user.disabled_at is not None:
        raise Conflict("user_is_disabled", path="user", value=id_of(user))
    if user.password_changed_at is not None:
        raise Conflict("user_is_active", path="user", value=id_of(user))
    end_links(session, user, act.at)
    about: dict[str, Any] = {"subject_table": "user", "subject_id": id_of(user)}
    raw = make_link(session, act, purpose=LinkPurpose.INVITATION, user=user, valid_for=VALID_FOR, **about)
    write_mail(
        session,
        act,
        kind="invitation",
        to=user_recipient(session, user),
        fields={"link": raw, "until": act.at + VALID_FOR},
        version=raw,
        **about,
    )
    audit(session, act, "user_invited", f"user:{id_of(user)}")
    return raw


def accept_invitation(opened: AtLink, raw: Mapping[str, Any]) -> User:
    """Set the first password of an account by the link of its invitation, once; InvalidInput for a weak password."""
    password = read_object(raw, "", PASSWORD)["password"]
    session, act, user = opened.session, opened.act, opened.user
    use_link(session, act, opened.matter)
    set_password(session, act, user, password)
    note_access(session, act, "invitation_accepted", f"user:{id_of(user)}")
    return user


def _holder(session: TenantSession, new: NewInvitation) -> Person | Contact:
    if new.person is not None:
        return find_person(session, new.person)
    controller = find_controller(session, new.controller or "")
    return find_contact(session, id_of(controller), new.email, "email")


def _whose(holder: Person | Contact) -> dict[str, Any]:
    if isinstance(holder, Person):
        return {"person_id": id_of(holder)}
    return {"contact_id": id_of(holder), "controller_id": holder.controller_id}


def _pair(holder: Person | Contact) -> tuple[int | None, int | None]:
    return (id_of(holder), None) if isinstance(holder, Person) else (None, id_of(holder))


def _named(holder: Person | Contact) -> str:
    return f"person:{holder.ref}" if isinstance(holder, Person) else f"contact:{id_of(holder)}"
