"""A new password for who forgot his: asked for by address, chosen behind a link that was mailed."""

from pydantic import BaseModel

from api.v1.calls import OpenCall, Reply
from api.v1.invitations import PASSWORD_EXAMPLE, AcceptedOut
from api.v1.routing import open_post
from billing.services.access.grants import roles_of
from billing.services.access.invitations import PASSWORD
from billing.services.access.resets import RESET_REQUEST, complete_reset, request_reset
from billing.services.access.rights import SECOND_FACTOR_ROLES
from billing.services.access.user_links import at_reset
from billing.texts import sentence


class ResetRequestedOut(BaseModel):
    """The same answer for every address, whether or not it has an account."""

    message: str


@open_post(
    "/password-resets",
    reads=RESET_REQUEST,
    gives=ResetRequestedOut,
    status=202,
    example={"email": "mia.lang@processor.example"},
)
def request_password_reset(call: OpenCall) -> Reply:
    """Mail a link for a new password, if the address has an account; the answer does not tell."""
    request_reset(call.service.store, call.raw, call.address, call.service.now())
    return Reply(ResetRequestedOut(message=sentence("label.reset_requested", call.lang)))


@open_post("/password-resets/{token:str}/completion", reads=PASSWORD, gives=AcceptedOut, example=PASSWORD_EXAMPLE)
def complete_password_reset(call: OpenCall) -> Reply:
    """Choose a new password; the link is used up and all sessions end."""
    service, token = call.service, call.path["token"]
    with at_reset(service.store, token, call.address, service.now()) as opened:
        user = complete_reset(opened, call.raw)
        roles = roles_of(opened.session, user, opened.act.at)
        done = AcceptedOut(email=user.email or "", needs_second_factor=bool(SECOND_FACTOR_ROLES & set(roles)))
    return Reply(done)
