"""Roles of an account: given with a reason and perhaps an end, taken back, never deleted (law.md T-08)."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.routing import delete, get, post
from api.v1.users import RoleName, user_of
from billing.services.access.grants import GRANT, grant_by_id, grant_role, list_grants, read_grant, revoke_grant
from billing.services.access.rights import Right
from billing.services.acting import id_of


class GrantOut(BaseModel):
    """A role that an account has or had."""

    id: int
    user_id: int
    role: RoleName
    reason: str
    granted_at: AwareDatetime
    granted_by: str | None = Field(description="Who gave it, as the logs name people.")
    expires_at: AwareDatetime | None
    revoked_at: AwareDatetime | None
    holds: bool = Field(description="Whether it holds now.")


class GrantsOut(BaseModel):
    """All roles of an account, in the order they were given."""

    items: list[GrantOut]


@get("/users/{user_id:int}/grants", right=Right.PEOPLE, gives=GrantsOut)
def list_user_grants(call: Call) -> Reply:
    """List the roles of an account, also those that ended."""
    grants = list_grants(call.session, user_of(call))
    return Reply(GrantsOut(items=[_show(call, grant) for grant in grants]))


@post(
    "/users/{user_id:int}/grants",
    right=Right.PEOPLE,
    reads=GRANT,
    gives=GrantOut,
    example={"role": "lead", "reason": "Vertretung", "expires_at": "2027-11-30T18:00:00+01:00"},
)
def grant_role_(call: Call) -> Reply:
    """Give a role; nobody gives one to himself, and none is given across the two sides."""
    user = user_of(call)
    grant = grant_role(call.session, call.act, user, read_grant(call.raw))
    return Reply(_show(call, grant), location=f"/users/{id_of(user)}/grants/{id_of(grant)}")


@get("/users/{user_id:int}/grants/{grant_id:int}", right=Right.PEOPLE, gives=GrantOut)
def get_grant(call: Call) -> Reply:
    """Give one role of an account."""
    return Reply(_show(call, _grant_of(call)))


@delete("/users/{user_id:int}/grants/{grant_id:int}", right=Right.PEOPLE)
def revoke_grant_(call: Call) -> Reply:
    """Take a role back at once; the last admin keeps his."""
    revoke_grant(call.session, call.act, _grant_of(call))
    return Reply()


def _grant_of(call: Call) -> Any:
    return grant_by_id(call.session, user_of(call), call.path["grant_id"])


def _show(call: Call, grant: Any) -> GrantOut:
    ended = grant.revoked_at is not None or (grant.expires_at is not None and grant.expires_at <= call.act.at)
    return GrantOut(
        id=id_of(grant),
        user_id=grant.user_id,
        role=grant.role.value,
        reason=grant.reason,
        granted_at=grant.recorded_at,
        granted_by=grant.recorded_by_name,
        expires_at=grant.expires_at,
        revoked_at=grant.revoked_at,
        holds=not ended,
    )
