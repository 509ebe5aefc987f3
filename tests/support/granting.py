"""Gives roles as tests need them, one that is over as well, and tells the audit log of it, as the product does."""

from billing.services.acting import Act, audit, id_of, put
from billing.store.session import TenantSession
from billing.store.tables import RoleGrant


def give(session: TenantSession, act: Act, grant: RoleGrant) -> None:
    """Write a grant and its event."""
    put(session, grant)
    until = None if grant.expires_at is None else grant.expires_at.isoformat()
    said = {"grant": id_of(grant), "roles": [[], [str(grant.role)]], "expires_at": until}
    audit(session, act, "role_granted", f"user:{grant.user_id}", **said)
