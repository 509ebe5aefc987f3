"""What each role may do (law.md T-08): one table, granular and by need. A route names the one right it asks for."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from billing.store.tables.kinds import Role


class Right(StrEnum):
    """One thing that somebody may do for a processor or, with `PORTAL_`, for a controller."""

    READ_CASES = "read_cases"
    """See cases, work, estimates, expenses, requests and their deadlines."""
    WORK = "work"
    """Log one's own work, keep cases up to date, propose a reclassification or write-off."""
    WORK_FOR_OTHERS = "work_for_others"
    ESTIMATE = "estimate"
    """Write, send and withdraw cost estimates, record how the controller decided."""
    CONFIRM = "confirm"
    """Be the second person of a proposal (four eyes)."""
    READ_MASTER_DATA = "read_master_data"
    MASTER_DATA = "master_data"
    """Keep controllers, contacts, contracts and their terms, the processor's letter."""
    READ_MONTHS = "read_months"
    """See drafts, invoices and their explanation."""
    RUN_MONTHS = "run_months"
    """Run, approve, issue and cancel months."""
    PEOPLE = "people"
    """Invite users, grant and take back rights, set the policy, keep staff."""
    READ_LOGS = "read_logs"
    """Read the audit log and verify it."""
    READ_ACCESS_LOG = "read_access_log"
    RETENTION = "retention"
    """Delete what has served its time."""
    HOLDS = "holds"
    """Set and lift legal holds, which stop all deleting."""
    PORTAL_READ = "portal_read"
    """See one's own controller's estimates, invoices, activity records; ask for support."""
    PORTAL_DECIDE = "portal_decide"
    """Approve, question or decline a cost estimate of one's own controller."""


_READ = {Right.READ_CASES, Right.READ_MASTER_DATA}
_STAFF = {*_READ, Right.WORK}
_LEAD = {*_STAFF, Right.WORK_FOR_OTHERS, Right.ESTIMATE, Right.CONFIRM, Right.READ_MONTHS}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.STAFF: frozenset(_STAFF),
    Role.LEAD: frozenset(_LEAD),
    Role.ACCOUNTANT: frozenset(
        {*_STAFF, Right.WORK_FOR_OTHERS, Right.CONFIRM, Right.MASTER_DATA, Right.READ_MONTHS, Right.RUN_MONTHS}
    ),
    Role.ADMIN: frozenset(
        {
            *(*_LEAD, Right.MASTER_DATA, Right.PEOPLE, Right.READ_LOGS, Right.READ_ACCESS_LOG),
            *(Right.RETENTION, Right.HOLDS),
        },
    ),
    Role.AUDITOR: frozenset({*_READ, Right.READ_MONTHS, Right.READ_LOGS}),  # reads, and changes nothing
    Role.CONTROLLER_APPROVER: frozenset({Right.PORTAL_READ, Right.PORTAL_DECIDE}),
    Role.CONTROLLER_READER: frozenset({Right.PORTAL_READ}),
}

STAFF_ROLES = frozenset({Role.STAFF, Role.LEAD, Role.ACCOUNTANT, Role.ADMIN, Role.AUDITOR})
CONTROLLER_ROLES = frozenset({Role.CONTROLLER_APPROVER, Role.CONTROLLER_READER})
SECOND_FACTOR_ROLES = frozenset({Role.CONTROLLER_APPROVER, Role.ACCOUNTANT, Role.ADMIN})
"""Whose password log-ins need a second factor (T-05)."""

_OF_CASES = (Right.READ_CASES, Right.WORK, Right.WORK_FOR_OTHERS, Right.ESTIMATE, Right.CONFIRM)
_OF_MONTHS = (Right.READ_MONTHS, Right.RUN_MONTHS)  # drafts and invoices tell of each case and each piece of work
NEED_PLEDGE = frozenset({*_OF_CASES, *_OF_MONTHS})
"""What a member of staff may do only with a confidentiality pledge on record (10(2)-(3), T-31)."""


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """Give all that these roles allow together."""
    return frozenset().union(*(RIGHTS[role] for role in roles))
