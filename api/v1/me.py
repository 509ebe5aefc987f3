"""One's own account: who one is, the password, the second factor, and tokens for one's own programs."""

from http import HTTPStatus
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.auth import session_cookie
from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import delete, get, post
from api.v1.session import RoleName, SessionOut, begun, show_session
from billing.services.access.enrolment import CONFIRMATION, ENROLMENT, begin_enrolment, complete_enrolment
from billing.services.access.login import NEW_PASSWORD, change_password
from billing.services.access.myself import myself
from billing.services.access.tokens import TOKEN, make_token, own_tokens, revoke_token, token_by_id

PASSWORD_EXAMPLE = {"current_password": "blaue Pferde-tanzen", "new_password": "grüne Wolken; ziehen"}
CONFIRMATION_EXAMPLE = {"enrolment": "AWY0ZjhkZTEy...", "code": "492039"}
TOKEN_EXAMPLE = {"label": "Zeiterfassung im Editor", "scopes": ["work"], "expires_at": "2027-06-30T00:00:00Z"}


class MeOut(BaseModel):
    """One's own account."""

    id: int
    name: str
    email: str
    language: Literal["de", "en"]
    processor: str = Field(description="Reference of the processor.")
    person: str | None = Field(description="Reference of the member of staff one is.")
    contact_id: int | None = Field(description="The contact one is, at a controller.")
    controller: str | None = Field(description="Reference of the contact's controller.")
    roles: list[RoleName]
    rights: list[str]
    has_second_factor: bool
    recovery_codes_left: int
    password_changed_at: AwareDatetime | None


class EnrolmentOut(BaseModel):
    """A secret for an authenticator app; nothing changes before its first code is confirmed."""

    secret: str = Field(description="To be typed into the app.")
    uri: str = Field(description="The same as the content of a QR code (otpauth://).")
    enrolment: str = Field(description="To be sent along with the first code, within 15 minutes.")


class EnrolledOut(BaseModel):
    """Recovery codes, each for one log-in without the app, shown this once; and the session, which got a new token."""

    recovery_codes: list[str]
    session: SessionOut


class TokenOut(BaseModel):
    """A personal token, without the token itself."""

    id: int
    label: str
    scopes: list[str] = Field(description="Rights, or `read` for all that is only looked at.")
    created_at: AwareDatetime
    expires_at: AwareDatetime
    last_used_at: AwareDatetime | None


class NewTokenOut(TokenOut):
    """A personal token that has just been made; it can't be had again."""

    token: str = Field(description="For the header `Authorization: Bearer`.")


@get("/me", right=None, half=True, gives=MeOut)
def read_me(call: Call) -> Reply:
    """See one's own account."""
    me = myself(call.session, call.who)
    who: Any = call.who  # its words are those of the model
    return Reply(
        MeOut(
            id=me.user_id,
            name=me.name,
            email=me.email,
            language=who.language,
            processor=me.processor,
            person=who.person_ref,
            contact_id=who.contact_id,
            controller=me.controller,
            roles=sorted(who.roles),
            rights=sorted(who.rights),
            has_second_factor=me.has_second_factor,
            recovery_codes_left=me.recovery_codes_left,
            password_changed_at=me.password_changed_at,
        )
    )


@post(
    "/me/password",
    right=None,
    half=True,
    in_steps=True,
    reads=NEW_PASSWORD,
    gives=SessionOut,
    status=HTTPStatus.OK,
    example=PASSWORD_EXAMPLE,
)
def change_my_password(call: Call) -> Reply:
    """Change one's password: all other sessions end, and this one gets a new token."""
    return begun(call.service, change_password(call.store, call.who, call.raw, call.address, call.act.at))


@post(
    "/me/second-factor",
    right=None,
    half=True,
    in_steps=True,
    reads=ENROLMENT,
    gives=EnrolmentOut,
    status=HTTPStatus.OK,
    example={},
)
def propose_my_second_factor(call: Call) -> Reply:
    """Get a secret for an authenticator app; to replace one in use, the password is asked for."""
    proposal = begin_enrolment(call.store, call.who, call.raw, call.address, call.act.at)
    return Reply(EnrolmentOut(secret=proposal.secret, uri=proposal.uri, enrolment=proposal.sealed))


@post(
    "/me/second-factor/confirmation",
    right=None,
    half=True,
    reads=CONFIRMATION,
    gives=EnrolledOut,
    example=CONFIRMATION_EXAMPLE,
)
def confirm_my_second_factor(call: Call) -> Reply:
    """Take the secret into use by its first code; gives ten recovery codes, and the session a new token."""
    codes, logged_in = complete_enrolment(call.session, call.act, call.who, call.raw, call.address)
    shown = show_session(myself(call.session, logged_in.visitor), logged_in.token)
    cookie = session_cookie(call.service, logged_in.token)
    return Reply(EnrolledOut(recovery_codes=codes, session=shown), cookies=[cookie])


@get("/me/tokens", right=None, query=PAGING, gives=Page[TokenOut])
def list_my_tokens(call: Call) -> Reply:
    """List one's own tokens that were not revoked, also those that ran out."""
    return call.page(lambda after, most: own_tokens(call.session, call.who, after, most), _token_out)


@post("/me/tokens", right=None, reads=TOKEN, gives=NewTokenOut, example=TOKEN_EXAMPLE)
def make_my_token(call: Call) -> Reply:
    """Make a token for one's own programs, after a whole log-in; it never may more than oneself."""
    made = make_token(call.session, call.act, call.who, call.raw)
    shown = NewTokenOut(**_token_out(made.row).model_dump(), token=made.token)
    return Reply(shown, location=f"/me/tokens/{shown.id}")


@delete("/me/tokens/{token_id:int}", right=None)
def revoke_my_token(call: Call) -> Reply:
    """Take one of one's own tokens back: it opens nothing any more. A token of fewer rights may take back itself."""
    revoke_token(call.session, call.act, token_by_id(call.session, call.who, call.path["token_id"]))
    return Reply()


def _token_out(row: Any) -> TokenOut:
    return TokenOut.model_validate({**row.model_dump(), "scopes": row.scopes.split()})
