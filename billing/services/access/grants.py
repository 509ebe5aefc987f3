"""Rights by role (law.md T-08): each grant has a grantor, a reason and, if wanted, an end; taken back, never deleted.

Nobody grants to himself. The controller's people never hold a role of the processor's staff, nor the other way round:
who approves an estimate stands on the controller's side (13(5)a, T-09). One admin who can log in always stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.clause import refs
from billing.clause.reading import Reader, one_of, read_object
from billing.errors import Conflict, InvalidInput, NotFound, Refused
from billing.services.access.rights import CONTROLLER_ROLES, STAFF_ROLES
from billing.services.access.users import require_other
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_note
from billing.services.moments import read_end
from billing.store.queries.users import grants_of, lasting_admins, living_grants, lock_admins, unrevoked_grants
from billing.store.session import TenantSession
from billing.store.tables import Contact, RoleGrant, User
from billing.store.tables.kinds import Role

SECURITY = "Art. 32 Abs. 1 DSGVO"
"""The law that asks for rights by need, and that access can be restored at any time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """A role to give, why, and until when (None: until it is taken back)."""

    role: Role
    reason: str
    expires_at: datetime | None = None


GRANT: dict[str, Reader] = {"role": one_of(*Role), "reason": read_note, "expires_at?": read_end}


def read_grant(raw: Mapping[str, Any]) -> NewGrant:
    """Read a grant out of a JSON object."""
    values = read_object(raw, "", GRANT)
    return NewGrant(**values | {"role": Role(values["role"])})


def grant_role(session: TenantSession, act: Act, user: User, new: NewGrant) -> RoleGrant:
    """Give a role. NotAllowed: to oneself; Refused: a role of the other side; Conflict: one that holds already.

    InvalidInput: an end that has passed. A role with an end is prolonged by taking it back and giving it anew.
    """
    require_other(act, user, "own_grant")
    require_fitting(session, user, new.role)
    session.refresh(user, with_for_update=True)  # of two who give a role at once, one finds it held
    if user.disabled_at is not None:
        raise Conflict("user_is_disabled", path="user", value=id_of(user))
    if new.expires_at is not None and new.expires_at <= act.at:
        raise InvalidInput("end_has_passed", path="expires_at", value=new.expires_at)
    before = roles_of(session, user, act.at)
    if new.role in before:
        raise Conflict("role_is_held", path="role", value=new.role)
    grant = RoleGrant(user_id=id_of(user), role=new.role, reason=new.reason, expires_at=new.expires_at, **act.record())
    record_grant(session, act, grant, before)
    return grant


def record_grant(session: TenantSession, act: Act, grant: RoleGrant, before: Sequence[Role] = ()) -> None:
    """Write a grant and its event, beside the roles that were held before: `verify` wants one for each grant."""
    put(session, grant)
    until = None if grant.expires_at is None else grant.expires_at.isoformat()
    trail = _trail(before, [*before, grant.role])
    audit(session, act, "role_granted", f"user:{grant.user_id}", grant=id_of(grant), roles=trail, expires_at=until)


def revoke_grant(session: TenantSession, act: Act, grant: RoleGrant) -> RoleGrant:
    """Take a role back at once. Conflict: it was before; Refused: it is what the last admin has."""
    user = session.get_one(User, grant.user_id)
    before = roles_of(session, user, act.at)
    if grant.role == Role.ADMIN:
        require_another_admin(session, user)
    session.refresh(grant)  # another revocation may have come before this one while it waited
    if grant.revoked_at is not None:
        raise Conflict("grant_is_revoked", path="grant", value=id_of(grant))
    end_grant(session, act, grant)
    trail = _trail(before, roles_of(session, user, act.at))
    audit(session, act, "role_revoked", f"user:{grant.user_id}", grant=id_of(grant), roles=trail)
    return grant


def end_grant(session: TenantSession, act: Act, grant: RoleGrant) -> None:
    """Write down that a role ends, and by whom; an operator of the command line has no account to name."""
    grant.revoked_at, grant.revoked_by_id = act.at, act.user_id
    put(session, grant)


def require_another_admin(session: TenantSession, user: User) -> None:
    """Refuse what would leave no admin who can log in; waits for whoever is about to take another one's rights."""
    lock_admins(session, session.processor_id)
    lasting = lasting_admins(session, session.processor_id)
    if id_of(user) in lasting and lasting == {id_of(user)}:
        raise Refused("last_admin", clause=SECURITY, user=id_of(user))


def require_fitting(session: TenantSession, user: User, role: Role) -> None:
    """Refuse a role of the other side, and the approver's role for a contact who may not approve (13(5)a)."""
    if user.contact_id is None:
        if role not in STAFF_ROLES:
            raise Refused("role_is_of_controller", clause=refs.ESTIMATE_AND_APPROVAL.number, role=role)
        return
    if role not in CONTROLLER_ROLES:
        raise Refused("role_is_of_staff", clause=SECURITY, role=role)
    if role == Role.CONTROLLER_APPROVER and not session.get_one(Contact, user.contact_id).may_approve:
        raise Refused("contact_is_no_approver", clause=refs.ESTIMATE_AND_APPROVAL.number, role=role)


def roles_of(session: TenantSession, user: User, now: datetime) -> list[Role]:
    """Give the roles a user holds at a moment, by name."""
    living = living_grants(session, session.processor_id, [id_of(user)], now)
    return sorted({grant.role for grant in living})


def list_grants(session: TenantSession, user: User) -> list[RoleGrant]:
    """Give all grants of a user, also those that ended, in their order."""
    return list(grants_of(session, session.processor_id, id_of(user)))


def grant_by_id(session: TenantSession, user: User, grant_id: int) -> RoleGrant:
    """Give a grant of this user; NotFound when he has none of this number."""
    grant = session.get(RoleGrant, grant_id)
    if grant is None or grant.processor_id != session.processor_id or grant.user_id != user.id:
        raise NotFound("grant_unknown", grant=grant_id)
    return grant


def grant_of_role(session: TenantSession, user: User, role: str, now: datetime) -> RoleGrant:
    """Give the grant by which a user holds a role; InvalidInput when he does not."""
    living = living_grants(session, session.processor_id, [id_of(user)], now)
    grant = next((grant for grant in living if grant.role == role), None)
    if grant is None:
        raise InvalidInput("role_is_not_held", path="role", value=role)
    return grant


def end_all_grants(session: TenantSession, act: Act, user: User) -> list[Role]:
    """Take back all roles of a user; gives which they were."""
    grants = unrevoked_grants(session, session.processor_id, id_of(user))
    for grant in grants:
        end_grant(session, act, grant)
    return sorted({grant.role for grant in grants})


def _trail(before: Sequence[Role], after: Sequence[Role]) -> list[list[str]]:
    """Give roles before and after, as the audit log shows them (T-11)."""
    return [[str(role) for role in before], sorted(str(role) for role in after)]
