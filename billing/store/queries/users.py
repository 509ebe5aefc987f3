"""Accounts, their grants, what lets somebody in, what waits for a leaver, and the policy."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import (
    ApiToken,
    Case,
    Contact,
    Controller,
    Entry,
    Estimate,
    EstimateVersion,
    MailLink,
    Person,
    Policy,
    Proposal,
    RoleGrant,
    TenantRow,
    Timer,
    User,
)
from billing.store.tables.kinds import EstimateState, LinkPurpose, Role


def newest_policy(session: Session, processor_id: int) -> Policy | None:
    """Give the version of the policy that counts, or None when none was ever chosen."""
    return session.scalars(_policies(processor_id).limit(1)).first()


def policies_of(session: Session, processor_id: int) -> Sequence[Policy]:
    """Give all versions of the policy, the newest first."""
    return session.scalars(_policies(processor_id)).all()


def _policies(processor_id: int) -> sa.Select[Policy]:
    mine = col(Policy.processor_id) == processor_id
    return sa.select(Policy).where(mine).order_by(col(Policy.version_no).desc())


def accounts(session: Session, processor_id: int, *conditions: sa.ColumnElement[bool], most: int = 1) -> Sequence[Any]:
    """Give accounts by id, at most so many: rows of user, person or contact, and the contact's controller."""
    statement: Any = (
        sa.select(User, Person, Contact, Controller)
        .outerjoin(Person, (col(Person.id) == col(User.person_id)) & (col(Person.processor_id) == processor_id))
        .outerjoin(Contact, (col(Contact.id) == col(User.contact_id)) & (col(Contact.processor_id) == processor_id))
        .outerjoin(
            Controller, (col(Controller.id) == col(User.controller_id)) & (col(Controller.processor_id) == processor_id)
        )
        .where(col(User.processor_id) == processor_id, *conditions)
        .order_by(col(User.id))
        .limit(most)
    )
    return session.execute(statement).all()


def account_of(session: Session, processor_id: int, column: Any, value: int) -> User | None:
    """Give the open account of a person or contact (`User.person_id`, `User.contact_id`), or None."""
    open_account = (col(User.processor_id) == processor_id, col(User.disabled_at).is_(None))
    return session.scalars(sa.select(User).where(*open_account, col(column) == value)).first()


def lock_holder(session: Session, holder: Person | Contact) -> None:
    """Let one transaction at a time open an account for somebody; on SQLite the write transaction already does."""
    table = type(holder)
    session.execute(sa.select(col(table.id)).where(col(table.id) == holder.id).with_for_update()).all()


def user_of_address(session: Session, processor_id: int, email_digest: str) -> User | None:
    """Give the account of an address, open or not; a processor has at most one."""
    address = col(User.email_digest) == email_digest
    return session.scalars(sa.select(User).where(col(User.processor_id) == processor_id, address)).first()


def living_grants(
    session: Session, processor_id: int, user_ids: Collection[int], moment: datetime
) -> Sequence[RoleGrant]:
    """Give the grants of users that hold at a moment: not taken back, not run out."""
    statement = _unrevoked(processor_id).where(col(RoleGrant.user_id).in_(user_ids), _not_run_out(moment))
    return session.scalars(statement).all()


def grants_of(session: Session, processor_id: int, user_id: int) -> Sequence[RoleGrant]:
    """Give all grants of a user, by id: the history of what he might do."""
    mine = (col(RoleGrant.processor_id) == processor_id, col(RoleGrant.user_id) == user_id)
    return session.scalars(sa.select(RoleGrant).where(*mine).order_by(col(RoleGrant.id))).all()


def all_grants(session: Session, processor_id: int) -> Sequence[Any]:
    """Give what every grant of the processor says, those that ended as well, by id."""
    statement = sa.select(*columns(RoleGrant, "id user_id role expires_at revoked_at"))
    return all_rows(session, statement.where(col(RoleGrant.processor_id) == processor_id).order_by(col(RoleGrant.id)))


def unrevoked_grants(session: Session, processor_id: int, user_id: int) -> Sequence[RoleGrant]:
    """Give the grants of a user that were not taken back, also those that ran out."""
    return session.scalars(_unrevoked(processor_id).where(col(RoleGrant.user_id) == user_id)).all()


def _not_run_out(moment: datetime) -> sa.ColumnElement[bool]:
    return col(RoleGrant.expires_at).is_(None) | (col(RoleGrant.expires_at) > moment)


def _unrevoked(processor_id: int) -> sa.Select[RoleGrant]:
    living = (col(RoleGrant.processor_id) == processor_id, col(RoleGrant.revoked_at).is_(None))
    return sa.select(RoleGrant).where(*living).order_by(col(RoleGrant.id))


def lock_admins(session: Session, processor_id: int) -> None:
    """Let one transaction at a time take an admin's rights; on SQLite the write transaction already does."""
    admins = sa.select(col(RoleGrant.user_id)).where(
        col(RoleGrant.processor_id) == processor_id, col(RoleGrant.role) == Role.ADMIN
    )
    statement = sa.select(col(User.id)).where(col(User.processor_id) == processor_id, col(User.id).in_(admins))
    session.execute(statement.order_by(col(User.id)).with_for_update()).all()


def lasting_admins(session: Session, processor_id: int) -> set[int]:
    """Give who can log in as an admin without an end in sight: an open account that was used, a grant that stays.

    Nobody, though, whose last day is known.

    Who was reset counts: a link for a new password comes to his address whenever he asks.
    """
    person = (col(Person.id) == col(User.person_id)) & (col(Person.processor_id) == processor_id)
    statement = (
        _admins(processor_id)
        .join(Person, person)
        .where(
            col(User.password_changed_at).is_not(None),
            col(RoleGrant.expires_at).is_(None),
            col(Person.left_on).is_(None),
        )
    )
    return set(session.scalars(statement))


def has_admin(session: Session, processor_id: int, moment: datetime) -> bool:
    """Tell whether anybody is an admin at a moment, also one who was only invited."""
    return session.scalars(_admins(processor_id).where(_not_run_out(moment)).limit(1)).first() is not None


def _admins(processor_id: int) -> sa.Select[int]:
    return (
        sa.select(col(RoleGrant.user_id))
        .join(User, (col(User.id) == col(RoleGrant.user_id)) & (col(User.processor_id) == processor_id))
        .where(
            col(RoleGrant.processor_id) == processor_id,
            col(RoleGrant.role) == Role.ADMIN,
            col(RoleGrant.revoked_at).is_(None),
            col(User.disabled_at).is_(None),
        )
    )


def end_tokens(session: Session, user_id: int, moment: datetime) -> int:
    """Revoke all tokens of a user; gives how many there were."""
    return _end(session, ApiToken, "revoked_at", moment, col(ApiToken.user_id) == user_id)


def end_links(session: Session, user: User, moment: datetime, purpose: LinkPurpose | None = None) -> int:
    """Revoke the links, all or of one purpose, mailed to a user or to the contact he is; gives how many there were."""
    mine = col(MailLink.user_id) == user.id
    if user.contact_id is not None:
        mine = mine | (col(MailLink.contact_id) == user.contact_id)
    purposes = [] if purpose is None else [col(MailLink.purpose) == purpose]
    return _end(session, MailLink, "revoked_at", moment, mine, col(MailLink.used_at).is_(None), *purposes)


def _end(
    session: Session, table: type[TenantRow], column: str, moment: datetime, *conditions: sa.ColumnElement[bool]
) -> int:
    """Write a moment where none stands yet; the session adds its tenant."""
    statement = sa.update(table).where(*conditions, col(getattr(table, column)).is_(None)).values({column: moment})
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def running_timer(session: Session, processor_id: int, person_id: int) -> Any | None:
    """Give when a person's timer was started and for which case, or None."""
    statement = (
        sa.select(*columns(Timer, "started_at"), *columns(Case, "ref"))
        .join(Case, (col(Case.id) == col(Timer.case_id)) & (col(Case.processor_id) == processor_id))
        .where(col(Timer.processor_id) == processor_id, col(Timer.person_id) == person_id)
    )
    return session.execute(statement).first()


def open_cases_of(session: Session, processor_id: int, person_id: int) -> Sequence[Case]:
    """Give the open cases that a person looks after, by id."""
    statement = sa.select(Case).where(
        col(Case.processor_id) == processor_id, col(Case.responsible_id) == person_id, col(Case.closed_at).is_(None)
    )
    return session.scalars(statement.order_by(col(Case.id))).all()


def open_proposals_of(session: Session, processor_id: int, user_id: int) -> Sequence[Any]:
    """Give the undecided proposals a user made: the entry's reference and its case, by id."""
    statement = (
        sa.select(*columns(Entry, "ref case_id"))
        .select_from(Proposal)
        .join(Entry, (col(Entry.id) == col(Proposal.entry_id)) & (col(Entry.processor_id) == processor_id))
        .where(
            col(Proposal.processor_id) == processor_id,
            col(Proposal.recorded_by_id) == user_id,
            col(Proposal.decided_at).is_(None),
        )
        .order_by(col(Proposal.id))
    )
    return all_rows(session, statement)


def drafts_of(session: Session, processor_id: int, user_id: int) -> Sequence[Any]:
    """Give the cost estimates a user drafted and nobody sent yet: reference and case, by id."""
    on_estimate = (col(Estimate.id) == col(EstimateVersion.estimate_id)) & (col(Estimate.processor_id) == processor_id)
    statement = (
        sa.select(*columns(Estimate, "ref case_id"))
        .select_from(EstimateVersion)
        .join(Estimate, on_estimate)
        .where(
            col(EstimateVersion.processor_id) == processor_id,
            col(EstimateVersion.recorded_by_id) == user_id,
            col(EstimateVersion.state) == EstimateState.DRAFT,
        )
        .order_by(col(EstimateVersion.id))
    )
    return all_rows(session, statement)


def cases_of_ids(session: Session, processor_id: int, case_ids: Collection[int]) -> Sequence[Case]:
    """Give cases by their ids."""
    statement = sa.select(Case).where(col(Case.processor_id) == processor_id, col(Case.id).in_(case_ids))
    return session.scalars(statement.order_by(col(Case.id))).all()
