"""Accounts: who has one, with which roles; changed, invited again, reset and closed by the administration."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get, patch, post, put
from billing.services.access.deactivation import DEACTIVATION, deactivate_user
from billing.services.access.invitations import send_invitation
from billing.services.access.resets import RESET, reset_access
from billing.services.access.rights import Right
from billing.services.access.users import (
    PLEDGE,
    USER_CHANGES,
    Account,
    account_of_user,
    change_user,
    list_accounts,
    record_pledge,
    user_by_id,
)

RoleName = Literal["staff", "lead", "accountant", "admin", "auditor", "controller_approver", "controller_reader"]
EXAMPLE: dict[str, Any] = {
    "id": 7,
    "email": "mia.lang@processor.example",
    "name": "Mia Lang",
    "language": "de",
    "person": "ML",
    "contact_id": None,
    "controller": None,
    "state": "active",
    "roles": ["staff"],
    "has_second_factor": True,
    "confidentiality_pledged_on": "2026-01-15",
    "created_at": "2026-01-15T08:00:00Z",
    "disabled_at": None,
}


class UserOut(BaseModel):
    """A personal account, of a member of staff (`person`) or of a contact of a controller."""

    id: int
    email: str
    name: str
    language: Literal["de", "en"]
    person: str | None = Field(description="Reference of the member of staff.")
    contact_id: int | None
    controller: str | None = Field(description="Reference of the contact's controller.")
    state: Literal["invited", "active", "disabled"]
    roles: list[RoleName] = Field(description="The roles that hold now.")
    has_second_factor: bool
    confidentiality_pledged_on: date | None
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None


class EndedTimerOut(BaseModel):
    """A clock that ended with the account; nothing of its time is logged."""

    case: str
    started_at: AwareDatetime
    ended_at: AwareDatetime


class HandedOverOut(BaseModel):
    """What waited for somebody whose account was closed, by reference."""

    user: UserOut
    cases: list[str]
    proposals: list[str] = Field(description="Work entries whose proposal waits for a second person.")
    estimates: list[str] = Field(description="Cost estimates not sent yet.")
    timer: EndedTimerOut | None = Field(description="The clock that ran; its time is to be logged by who takes over.")


def show_account(account: Account) -> UserOut:
    """Give an account as the API shows it."""
    user, person = account.user, account.person
    return UserOut(
        id=account.id,
        email=user.email or "",
        name=account.name,
        language="en" if user.language == "en" else "de",
        person=None if person is None else person.ref,
        contact_id=user.contact_id,
        controller=None if account.controller is None else account.controller.ref,
        state=account.state.value,
        roles=[role.value for role in account.roles],
        has_second_factor=account.has_second_factor,
        confidentiality_pledged_on=None if person is None else person.confidentiality_pledged_on,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
    )


def show_user(call: Call, user: Any) -> UserOut:
    """Give an account as it stands now."""
    return show_account(account_of_user(call.session, user, call.act.at))


def user_of(call: Call) -> Any:
    """Give the account that the path names; NotFound when this processor has none of this number."""
    return user_by_id(call.session, call.path["user_id"])


@get("/users", right=Right.PEOPLE, query=PAGING, gives=Page[UserOut])
def list_users(call: Call) -> Reply:
    """List accounts by number, also closed ones."""
    now = call.act.at
    return call.page(lambda after, most: list_accounts(call.session, now, after=after, most=most), show_account)


@get("/users/{user_id:int}", right=Right.PEOPLE, gives=UserOut)
def get_user(call: Call) -> Reply:
    """Give an account."""
    return Reply(show_user(call, user_of(call)), etag=True)


@patch("/users/{user_id:int}", right=Right.PEOPLE, reads=USER_CHANGES, gives=UserOut, example={"language": "en"})
def change_user_(call: Call) -> Reply:
    """Change address or language. Nobody changes his own address.

    With another address all sessions of the account end, and so do links of invitations, new passwords and estimates
    that were mailed to the old one; both addresses are told. Password, second factor and tokens stay: to take them away
    there is `/users/{user_id}/reset`.
    """
    user = user_of(call)
    call.require_match(show_user(call, user))
    return Reply(show_user(call, change_user(call.session, call.act, user, call.raw)), etag=True)


@put(
    "/users/{user_id:int}/confidentiality-pledge",
    right=Right.PEOPLE,
    reads=PLEDGE,
    gives=UserOut,
    example={"pledged_on": "2026-01-15"},
    matches=True,
)
def record_pledge_(call: Call) -> Reply:
    """Record the day on which a member of staff pledged confidentiality; without it, no case is open to him."""
    user = user_of(call)
    call.require_match(show_user(call, user))
    record_pledge(call.session, call.act, user, call.raw)
    return Reply(show_user(call, user), etag=True)


@post("/users/{user_id:int}/invitation", right=Right.PEOPLE, gives=UserOut)
def invite_again(call: Call) -> Reply:
    """Mail the link of an invitation anew; the older one opens nothing any more."""
    user = user_of(call)
    send_invitation(call.session, call.act, user)
    return Reply(show_user(call, user))


@post(
    "/users/{user_id:int}/reset",
    right=Right.PEOPLE,
    reads=RESET,
    least_keys=1,
    gives=UserOut,
    example={"second_factor": True},
)
def reset_user(call: Call) -> Reply:
    """Take away a lost or stolen password or second factor; ends all sessions and tokens, and tells the person."""
    return Reply(show_user(call, reset_access(call.session, call.act, user_of(call), call.raw)))


@post(
    "/users/{user_id:int}/deactivation",
    right=Right.PEOPLE,
    reads=DEACTIVATION,
    gives=HandedOverOut,
    example={"hand_over_to": "CH"},
)
def deactivate_user_(call: Call) -> Reply:
    """Close an account at once; what waited for the person goes to another one, who is told by mail."""
    user = user_of(call)
    handed = deactivate_user(call.session, call.act, user, call.raw)
    timer = None
    if (clock := handed.clock) is not None:
        timer = EndedTimerOut(case=clock.case, started_at=clock.started_at, ended_at=call.act.at)
    shown = HandedOverOut(
        user=show_user(call, user),
        cases=list(handed.cases),
        proposals=list(handed.proposals),
        estimates=list(handed.estimates),
        timer=timer,
    )
    return Reply(shown)
