"""Invitations: written by the administration, accepted by whoever holds the link, with a password of his own."""

from contextlib import AbstractContextManager
from typing import Literal

from pydantic import AwareDatetime, BaseModel

from api.v1.calls import Call, OpenCall, Reply
from api.v1.routing import open_get, open_post, post
from api.v1.users import RoleName, UserOut, show_user
from billing.services.access.grants import roles_of
from billing.services.access.invitations import INVITATION, PASSWORD, accept_invitation, invite, read_invitation
from billing.services.access.rights import SECOND_FACTOR_ROLES, Right
from billing.services.access.user_links import AtLink, at_invitation
from billing.services.acting import id_of
from billing.services.moments import local_day, processor_zone
from billing.services.processors import current_processor

_EXAMPLE = {"email": "mia.lang@processor.example", "person": "ML", "roles": ["staff"], "reason": "Neue Kollegin"}
PASSWORD_EXAMPLE = {"password": "blaue Pferde-tanzen leise"}


class InvitationOut(BaseModel):
    """What an invitation offers: an account at a processor, with these roles."""

    processor: str
    email: str
    language: Literal["de", "en"]
    roles: list[RoleName]
    expires_at: AwareDatetime


class AcceptedOut(BaseModel):
    """What comes next: log in, and with some roles set up a second factor."""

    email: str
    needs_second_factor: bool


@post("/invitations", right=Right.PEOPLE, reads=INVITATION, gives=UserOut, example=_EXAMPLE)
def invite_(call: Call) -> Reply:
    """Open an account with its roles and mail the link to its owner; it holds for seven days and once."""
    user = invite(call.session, call.act, read_invitation(call.raw))
    return Reply(show_user(call, user), location=f"/users/{id_of(user)}")


@open_get("/invitations/{token:str}", gives=InvitationOut)
def open_invitation(call: OpenCall) -> Reply:
    """Show what an invitation offers; it stays unused, whoever looks at it."""
    with _at_link(call, read_only=True) as opened:
        day = local_day(opened.act.at, processor_zone(opened.session))
        invitation = InvitationOut(
            processor=current_processor(opened.session, day).company_name,
            email=opened.user.email or "",
            language="en" if opened.user.language == "en" else "de",
            roles=[role.value for role in roles_of(opened.session, opened.user, opened.act.at)],
            expires_at=opened.matter.expires_at,
        )
    return Reply(invitation)


@open_post("/invitations/{token:str}/acceptance", reads=PASSWORD, gives=AcceptedOut, example=PASSWORD_EXAMPLE)
def accept_invitation_(call: OpenCall) -> Reply:
    """Choose the password of a new account; the link is used up."""
    with _at_link(call) as opened:
        user = accept_invitation(opened, call.raw)
        roles = roles_of(opened.session, user, opened.act.at)
        accepted = AcceptedOut(email=user.email or "", needs_second_factor=bool(SECOND_FACTOR_ROLES & set(roles)))
    return Reply(accepted)


def _at_link(call: OpenCall, *, read_only: bool = False) -> AbstractContextManager[AtLink]:
    service, token = call.service, call.path["token"]
    return at_invitation(service.store, token, call.address, service.now(), read_only=read_only)
