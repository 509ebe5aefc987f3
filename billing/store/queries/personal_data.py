"""What names one person, in any table: numbers, digests of addresses, names in logs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.session import TenantSession
from billing.store.tables import Contact, TenantRow, User, metadata


@dataclass(frozen=True, slots=True)
class HeldAddress:
    """An e-mail address by its keyed digest, and since and until when it was somebody's; None: always, still."""

    digest: str
    since: datetime | None = None
    until: datetime | None = None


def users_of(session: Session, processor_id: int, column: Any, value: int) -> Sequence[User]:
    """Give all accounts of a person or contact (`User.person_id`, `User.contact_id`), by id."""
    mine = (col(User.processor_id) == processor_id, col(column) == value)
    return session.scalars(sa.select(User).where(*mine).order_by(col(User.id))).all()


def contacts_of_address(
    session: Session, processor_id: int, email_digest: str, controller_id: int | None
) -> Sequence[Contact]:
    """Give the contacts of an address, at one controller or any."""
    statement = sa.select(Contact).where(
        col(Contact.processor_id) == processor_id, col(Contact.email_digest) == email_digest
    )
    if controller_id is not None:
        statement = statement.where(col(Contact.controller_id) == controller_id)
    return session.scalars(statement.order_by(col(Contact.id))).all()


def rows_about(
    session: Session, processor_id: int, table: type[TenantRow], by: str, values: Collection[Any], names: str
) -> Sequence[Any]:
    """Give columns of the rows in which a column has one of these values, by id."""
    statement = (
        sa.select(*columns(table, names))
        .where(col(table.processor_id) == processor_id, col(getattr(table, by)).in_(values))
        .order_by(col(table.id))
    )
    return all_rows(session, statement)


def rows_to_addresses(
    session: TenantSession, table: type[TenantRow], whose: tuple[str, str], held: Collection[HeldAddress], names: str
) -> Sequence[Any]:
    """Give columns of the rows about what went to addresses while they were somebody's, by id.

    `whose` are the columns of the address and of the moment.
    """
    by, moment = whose
    digest, at = col(getattr(table, by)), col(getattr(table, moment))
    while_held = [
        sa.and_(
            digest == address.digest,
            *([] if address.since is None else [at >= address.since]),
            *([] if address.until is None else [at <= address.until]),
        )
        for address in held
    ]
    statement = (
        sa.select(*columns(table, names))
        .where(col(table.processor_id) == session.processor_id, sa.or_(*while_held))
        .order_by(col(table.id))
    )
    return all_rows(session, statement)


def rows_recorded(
    session: Session, processor_id: int, table: str, user_ids: Collection[int], names: Collection[str]
) -> Sequence[Any]:
    """Give when these users recorded rows of a table, with the reference of each row if it has one, by id.

    Or somebody without an account under one of these names.
    """
    known = metadata.tables[table]
    user = known.columns["recorded_by_id"]
    by_name = sa.and_(user.is_(None), known.columns["recorded_by_name"].in_(names))
    shown = [known.columns[name] for name in ("id", "ref", "recorded_at") if name in known.columns]
    statement = (
        sa.select(*shown)
        .where(known.columns["processor_id"] == processor_id, sa.or_(user.in_(user_ids), by_name))
        .order_by(known.columns["id"])
    )
    return all_rows(session, statement)
