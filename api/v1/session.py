"""Logging in and out: a session is a cookie that no page can read, and a token that proves a request is ours."""

from http import HTTPStatus
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.auth import csrf_token, ended_cookie, session_cookie
from api.service import Service
from api.v1.calls import Call, OpenCall, Reply
from api.v1.routing import delete, get, open_post, post
from billing.services.access.login import CODE, LOG_IN, LoggedIn, give_second_factor, log_in, log_out
from billing.services.access.myself import Myself, myself
from billing.services.access.visitor import Via

RoleName = Literal["staff", "lead", "accountant", "admin", "auditor", "controller_approver", "controller_reader"]
Step = Literal["second_factor", "second_factor_enrolment", "new_password"]
LOG_IN_EXAMPLE = {"email": "mia.lang@processor.example", "password": "blaue Pferde-tanzen", "processor": "immoinvent"}
CODE_EXAMPLE = {"code": "492039"}


class SessionOut(BaseModel):
    """Who is logged in where, and how. With `waits_for`, nothing but that step can be done yet."""

    user_id: int
    name: str
    language: Literal["de", "en"]
    processor: str = Field(description="Reference of the processor.")
    controller: str | None = Field(description="Reference of the controller, for a contact of one.")
    roles: list[RoleName]
    rights: list[str]
    via: Literal["session", "token"]
    waits_for: Step | None
    csrf_token: str | None = Field(description="Goes into the header X-CSRF-Token of all that is not a GET.")
    expires_at: AwareDatetime = Field(description="When it ends at the latest; earlier when nobody uses it.")


@open_post("/session", reads=LOG_IN, gives=SessionOut, example=LOG_IN_EXAMPLE)
def log_in_(call: OpenCall) -> Reply:
    """Log in with an address and a password.

    Whatever was wrong, the answer is 401 `login_failed`. 409 `processor_choice`: the password fits at the processors
    that `known` lists, please name one. 429 `door_locked`: too many different passwords were tried.
    """
    return begun(call.service, log_in(call.service.store, call.raw, call.address, call.service.now()))


@get("/session", right=None, half=True, gives=SessionOut)
def read_session(call: Call) -> Reply:
    """See who one is here, and what the log-in still waits for."""
    secret = call.credentials.secret if call.who.via is Via.SESSION else None
    return Reply(show_session(myself(call.session, call.who), secret))


@delete("/session", right=None, half=True)
def log_out_(call: Call) -> Reply:
    """Log out: the session opens nothing any more."""
    log_out(call.session, call.who, call.act)
    return Reply(cookies=[ended_cookie(call.service)])


@post(
    "/session/second-factor",
    right=None,
    half=True,
    in_steps=True,
    reads=CODE,
    least_keys=1,
    gives=SessionOut,
    status=HTTPStatus.OK,
    example=CODE_EXAMPLE,
)
def give_code(call: Call) -> Reply:
    """Complete a log-in with a code of the authenticator app, or with a recovery code; the session gets a new token."""
    given = give_second_factor(call.store, call.who, call.raw, call.address, call.act.at)
    return begun(call.service, given)


def begun(service: Service, logged_in: LoggedIn) -> Reply:
    """Answer with a session that has just begun or goes on under a new token."""
    who = logged_in.visitor
    with service.store.tenant(who.processor_id, read_only=True) as session:
        shown = show_session(myself(session, who), logged_in.token)
    return Reply(shown, cookies=[session_cookie(service, logged_in.token)])


def show_session(me: Myself, secret: str | None) -> SessionOut:
    """Give a session or token as the API shows it; `secret` is that of a session."""
    who: Any = me.who  # its words are those of the model
    return SessionOut(
        user_id=me.user_id,
        name=me.name,
        language=who.language,
        processor=me.processor,
        controller=me.controller,
        roles=sorted(who.roles),
        rights=sorted(who.rights),
        via=who.via,
        waits_for=who.waits_for,
        csrf_token=None if secret is None else csrf_token(secret),
        expires_at=me.expires_at,
    )
