"""The first admin of a processor, made by an operator on the command line: no default password exists anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.clause.reading import Reader, read_date, read_object
from billing.errors import InvalidInput, Refused
from billing.services.access.grants import SECURITY, NewGrant, grant_role
from billing.services.access.invitations import open_account, send_invitation
from billing.services.access.passwords import set_password
from billing.services.acting import Act
from billing.services.fields import read_email, read_initials, read_language, read_line
from billing.services.parties import NewPerson, add_person, find_person
from billing.store.queries.users import has_admin, lock_admins
from billing.store.session import TenantSession
from billing.store.tables import Person, User
from billing.store.tables.kinds import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAdmin:
    """Who becomes admin: a person on record (`person`), or a new one with name and initials."""

    email: str
    name: str | None = None
    initials: str | None = None
    person: str | None = None
    language: str = "de"
    confidentiality_pledged_on: date | None = None


ADMIN: dict[str, Reader] = {
    "email": read_email,
    "name?": read_line,
    "initials?": read_initials,
    "person?": read_line,
    "language?": read_language,
    "confidentiality_pledged_on?": read_date,
}


def read_admin(raw: Mapping[str, Any]) -> NewAdmin:
    """Read who becomes admin; InvalidInput when neither a person on record nor name and initials are named."""
    new = NewAdmin(**read_object(raw, "", ADMIN))
    for name in ("name", "initials"):
        if new.person is None and getattr(new, name) is None:
            raise InvalidInput("missing_key", path=name, value=None)
    return new


def create_admin(
    session: TenantSession, act: Act, new: NewAdmin, password: str | None, *, another: bool = False
) -> tuple[User, str | None]:
    """Make a person an admin, with a password he typed himself or, without one, by an invitation; gives its secret.

    Refused `admin_exists` when there is an admin, unless an operator says that this is `another`.
    """
    lock_admins(session, session.processor_id)
    if not another and has_admin(session, session.processor_id, act.at):
        raise Refused("admin_exists", clause=SECURITY)
    user = open_account(session, act, _person(session, act, new), new.email, new.language)
    reason = "Weitere Administration" if another else "Erste Administration"
    grant_role(session, act, user, NewGrant(role=Role.ADMIN, reason=reason))
    if password is None:
        return user, send_invitation(session, act, user)
    set_password(session, act, user, password)
    return user, None


def _person(session: TenantSession, act: Act, new: NewAdmin) -> Person:
    if new.person is not None:
        return find_person(session, new.person)
    assert new.name is not None  # noqa: S101 - `read_admin` asked for it
    assert new.initials is not None  # noqa: S101 - as above
    pledged_on = new.confidentiality_pledged_on
    return add_person(
        session, act, NewPerson(name=new.name, initials=new.initials, confidentiality_pledged_on=pledged_on)
    )
