"""Who works with the demo service: an account for each role, made through the same use cases as anybody's.

Passwords, second factors and tokens are random and new at each start.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyotp

from billing.services.access.authentication import Found, visitor_in
from billing.services.access.grants import NewGrant, grant_role
from billing.services.access.invitations import open_account
from billing.services.access.links import make_link
from billing.services.access.passwords import set_password
from billing.services.access.rights import SECOND_FACTOR_ROLES
from billing.services.access.second_factor import confirm_second_factor, propose_second_factor
from billing.services.access.sessions import start_session
from billing.services.access.tokens import make_token
from billing.services.access.visitor import Via
from billing.services.acting import Act, id_of
from billing.services.estimates import find_estimate
from billing.services.parties import add_contact, find_contact, find_controller, find_person, read_contact
from billing.store.session import TenantSession
from billing.store.tables import Contact, Person, User
from billing.store.tables.kinds import LinkPurpose, Role

_STAFF = {
    Role.STAFF: ("ML", "mia.lang@immoinvent.example"),
    Role.LEAD: ("JT", "jonas.thal@immoinvent.example"),
    Role.ACCOUNTANT: ("CH", "carla.hartmann@immoinvent.example"),
    Role.ADMIN: ("NK", "nora.keller@immoinvent.example"),
    Role.AUDITOR: ("RP", "rolf.prinz@immoinvent.example"),
}
_CONTROLLER = "K-101"
_APPROVER = "kern@wohnbau-filderland.example"
_READER = {"controller": _CONTROLLER, "name": "Timo Reuter", "email": "reuter@wohnbau-filderland.example"}
_OPEN_ESTIMATE = ("KVA-140", "AVV-101")
_TOKEN_DAYS = 7
_LINK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Access:
    """How somebody gets in: with a password and, where the role asks for it, a second factor; or with a token."""

    email: str
    password: str
    totp_secret: str | None
    token: str

    @property
    def login(self) -> dict[str, str]:
        """What the log-in asks for."""
        second = {} if self.totp_secret is None else {"totp_secret": self.totp_secret}
        return {"email": self.email, "password": self.password, **second}


def furnish_people(session: TenantSession, act: Act) -> dict[str, Access]:
    """Open an account for each role and give how to get in."""
    access: dict[str, Access] = {}
    for role, (initials, email) in _STAFF.items():
        access[role] = _furnish(session, act, role, find_person(session, initials), email)
    controller_id = id_of(find_controller(session, _CONTROLLER))
    add_contact(session, act, read_contact(_READER))
    for role, email in ((Role.CONTROLLER_APPROVER, _APPROVER), (Role.CONTROLLER_READER, _READER["email"])):
        access[role] = _furnish(session, act, role, find_contact(session, controller_id, email), email)
    return access


def decision_link(session: TenantSession, act: Act) -> str:
    """Make a link to an estimate that waits for its decision; gives the link's secret."""
    record = find_estimate(session, *_OPEN_ESTIMATE)
    contact = find_contact(session, record.estimate.controller_id, _APPROVER)
    about: dict[str, Any] = {"subject_table": "estimate_version", "subject_id": id_of(record.version)}
    return make_link(
        session, act, purpose=LinkPurpose.DECIDE, contact=contact, valid_for=timedelta(days=_LINK_DAYS), **about
    )


def portal_link(session: TenantSession, act: Act) -> str:
    """Make a link to all that concerns one controller, as its person would get it by mail; gives the link's secret."""
    record = find_estimate(session, *_OPEN_ESTIMATE)
    contact = find_contact(session, record.estimate.controller_id, _APPROVER)
    about: dict[str, Any] = {"subject_table": "contact", "subject_id": id_of(contact)}
    return make_link(
        session, act, purpose=LinkPurpose.PORTAL, contact=contact, valid_for=timedelta(days=_LINK_DAYS), **about
    )


def _furnish(session: TenantSession, act: Act, role: Role, who: Person | Contact, email: str) -> Access:
    user = open_account(session, act, who, email, "de")
    grant_role(session, act, user, NewGrant(role=role, reason="Demo", expires_at=None))
    password = f"{secrets.token_urlsafe(15)}!"
    set_password(session, act, user, password)
    totp_secret = _enrol(session, act, user) if role in SECOND_FACTOR_ROLES else None
    return Access(email, password, totp_secret, _token(session, act, user))


def _enrol(session: TenantSession, act: Act, user: User) -> str:
    """Enrol a second factor with the code of a while ago, so that the one of now is still to be used."""
    before = Act(act.name, act.at - timedelta(minutes=2))
    proposal = propose_second_factor(session, user, before.at)
    confirm_second_factor(session, before, user, proposal.sealed, pyotp.TOTP(proposal.secret).at(before.at))
    return proposal.secret


def _token(session: TenantSession, act: Act, user: User) -> str:
    """Make a token with all the rights that its owner has, out of a session as anybody would."""
    begun = start_session(session, user, act.at, second_factor=True)
    who = visitor_in(session, Found(Via.SESSION, session.processor_id, id_of(begun.row)), act.at)
    assert who is not None  # noqa: S101 - it was begun a moment ago
    until: datetime = act.at + timedelta(days=_TOKEN_DAYS)
    raw = {
        "label": "Demo",
        "scopes": sorted(who.rights),
        "expires_at": until.replace(second=0, microsecond=0).isoformat(),
    }
    made = make_token(session, act, who, raw)
    begun.row.ended_at = act.at
    session.flush()
    return made.token
