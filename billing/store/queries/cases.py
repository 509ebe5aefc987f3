"""Cases and the changes of their facts."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.prepared import CONTRACT, TENANT, say
from billing.store.queries.reading import all_rows, columns
from billing.store.session import TenantSession
from billing.store.tables import Case, CaseFile, CaseVersion, Contact, Contract, Entry, EntryVersion, Person, StoredFile
from billing.store.wording import Later, Prepared

RULED_FACTS = (
    "recorded_at cause controller_misconduct urgent_notice_at onsite_agreed_at"
    " audit_site audit_mode audit_date audit_finding audit_extra_agreed"
)
"""What rules ask of a case; the reasons beside them are sealed and stay where they are."""


_CASES = Prepared(
    sa.select(*columns(Case, "id ref kind title opened_at legal_deadline_at closed_at recorded_at"))
    .where(col(Case.processor_id) == TENANT, col(Case.contract_id) == CONTRACT)
    .order_by(col(Case.id))
)
_CHANGES = Prepared(
    sa.select(*columns(CaseVersion, f"id case_id {RULED_FACTS}"))
    .join(Case, (col(Case.id) == col(CaseVersion.case_id)) & (col(Case.processor_id) == TENANT))
    .where(col(CaseVersion.processor_id) == TENANT, col(Case.contract_id) == CONTRACT)
    .order_by(col(CaseVersion.recorded_at), col(CaseVersion.id))
)


def cases_of(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for a contract's cases, by id."""
    return say(session, _CASES, processor_id, contract=contract_id)


def case_changes_of(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for all changes of a contract's cases in the order they take effect."""
    return say(session, _CHANGES, processor_id, contract=contract_id)


_REASONS = "cause_reason misconduct_reason urgent_deadline_reason urgent_action_reason urgent_approval_reason"
_KNOWN_FACTS = f"{RULED_FACTS} {_REASONS}".replace("recorded_at ", "")


def known_facts(session: Session, processor_id: int, case_id: int) -> dict[str, Any]:
    """Give what is known of a case: of each column the last value that was said; nothing for one never said."""
    statement = (
        sa.select(*columns(CaseVersion, _KNOWN_FACTS))
        .where(col(CaseVersion.processor_id) == processor_id, col(CaseVersion.case_id) == case_id)
        .order_by(col(CaseVersion.recorded_at), col(CaseVersion.id))
    )
    known: dict[str, Any] = {}
    for row in session.execute(statement).mappings():
        known |= {name: value for name, value in row.items() if value is not None}
    return known


def case_versions_of(session: Session, processor_id: int, case_id: int) -> Sequence[CaseVersion]:
    """Give all recorded facts of a case in the order they take effect, with their reasons."""
    statement = (
        sa.select(CaseVersion)
        .where(col(CaseVersion.processor_id) == processor_id, col(CaseVersion.case_id) == case_id)
        .order_by(col(CaseVersion.recorded_at), col(CaseVersion.id))
    )
    return session.scalars(statement).all()


def case_rows(session: Session, processor_id: int, contract_id: int | None) -> Sequence[Any]:
    """Give cases with their contract's reference and their living entries counted, by contract and reference."""
    worked = (
        sa.select(sa.func.count())
        .select_from(Entry)
        .join(EntryVersion, col(EntryVersion.entry_id) == col(Entry.id))
        .where(
            col(Entry.processor_id) == processor_id,
            col(EntryVersion.processor_id) == processor_id,
            col(Entry.case_id) == col(Case.id),
            col(EntryVersion.superseded_at).is_(None),
            ~col(EntryVersion.deleted),
        )
        .scalar_subquery()
    )
    statement = (
        sa.select(
            *columns(Case, "id ref kind title opened_at legal_deadline_at closed_at"),
            col(Contract.ref).label("contract_ref"),
            worked.label("entries"),
        )
        .join(Contract, col(Contract.id) == col(Case.contract_id))
        .where(col(Case.processor_id) == processor_id, col(Contract.processor_id) == processor_id)
        .order_by(col(Contract.ref), col(Case.ref))
    )
    if contract_id is not None:
        statement = statement.where(col(Case.contract_id) == contract_id)
    return all_rows(session, statement)


def cases_after(session: Session, processor_id: int, after: int, most: int, **chosen: Any) -> Sequence[Any]:
    """Give cases by id, at most so many after one, with contract and who is responsible.

    `chosen`: `case_id`, `contract_id`, `kind`, and `is_open` (True: not closed, False: closed); None chooses all.
    """
    statement = (
        sa.select(
            *columns(
                Case,
                "id ref kind title contract_id opened_at legal_deadline_at controller_reference closed_at",
            ),
            col(Contract.ref).label("contract_ref"),
            col(Person.ref).label("responsible"),
        )
        .join(Contract, col(Contract.id) == col(Case.contract_id))
        .join(Person, col(Person.id) == col(Case.responsible_id), isouter=True)
        .where(col(Case.processor_id) == processor_id, col(Contract.processor_id) == processor_id)
        .where(col(Case.id) > after)
        .order_by(col(Case.id))
        .limit(most)
    )
    equal = {"case_id": col(Case.id), "contract_id": col(Case.contract_id), "kind": col(Case.kind)}
    for name, column in equal.items():
        if chosen.get(name) is not None:
            statement = statement.where(column == chosen[name])
    if chosen.get("is_open") is not None:
        closed = col(Case.closed_at).is_not(None)
        statement = statement.where(~closed if chosen["is_open"] else closed)
    return all_rows(session, statement)


def case_files_of(session: Session, processor_id: int, case_id: int) -> Sequence[Any]:
    """Give the files of a case without their bytes, in the order they came."""
    statement = (
        sa.select(
            *columns(CaseFile, "id stored_file_id note recorded_at recorded_by_name"),
            *columns(StoredFile, "name media_type size sha256"),
        )
        .join(StoredFile, col(StoredFile.id) == col(CaseFile.stored_file_id))
        .where(col(CaseFile.processor_id) == processor_id, col(StoredFile.processor_id) == processor_id)
        .where(col(CaseFile.case_id) == case_id)
        .order_by(col(CaseFile.id))
    )
    return all_rows(session, statement)


def living_contacts(session: Session, processor_id: int, controller_id: int) -> list[Contact]:
    """Give a controller's contacts who have an address and have not ended, in the order they were added."""
    statement = (
        sa.select(Contact)
        .where(col(Contact.processor_id) == processor_id, col(Contact.controller_id) == controller_id)
        .where(col(Contact.ended_at).is_(None))
        .order_by(col(Contact.id))
    )
    return [contact for contact in session.scalars(statement) if contact.email]
