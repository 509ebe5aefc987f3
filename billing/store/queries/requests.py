"""What controllers asked for in the portal."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import Case, Contact, Contract, Controller, SupportRequest

_REQUEST = "id ref kind description wanted_by received_at confirmed_at recorded_at case_id contract_id controller_id"


def requests_after(session: Session, processor_id: int, after: int, most: int, **chosen: Any) -> Sequence[Any]:
    """Give requests by id, at most so many after one, with contract, case, controller and who asked; texts opened.

    `chosen`: `request_id`, `controller_id`, `contract_id`, `case_id`, `kind`; None chooses all.
    """
    statement = _requests(processor_id, chosen).where(col(SupportRequest.id) > after)
    return all_rows(session, statement.order_by(col(SupportRequest.id)).limit(most))


def newest_requests(session: Session, processor_id: int, most: int, **chosen: Any) -> Sequence[Any]:
    """Give at most so many requests as `requests_after` does, the newest first."""
    return all_rows(session, _requests(processor_id, chosen).order_by(col(SupportRequest.id).desc()).limit(most))


def _requests(processor_id: int, chosen: Mapping[str, Any]) -> sa.Select[Any]:
    statement = (
        sa.select(
            *columns(SupportRequest, _REQUEST),
            col(Contract.ref).label("contract_ref"),
            col(Controller.ref).label("controller_ref"),
            col(Controller.name).label("controller_name"),
            col(Contact.name).label("contact_name"),
            col(Case.ref).label("case_ref"),
            col(Case.title).label("case_title"),
            col(Case.controller_reference).label("controller_reference"),
            col(Case.closed_at).label("case_closed_at"),
        )
        .join(Contract, col(Contract.id) == col(SupportRequest.contract_id))
        .join(Controller, col(Controller.id) == col(SupportRequest.controller_id))
        .join(Contact, col(Contact.id) == col(SupportRequest.contact_id))
        .join(Case, col(Case.id) == col(SupportRequest.case_id))
        .where(col(SupportRequest.processor_id) == processor_id)
    )
    equal = {
        "request_id": col(SupportRequest.id),
        "controller_id": col(SupportRequest.controller_id),
        "contract_id": col(SupportRequest.contract_id),
        "case_id": col(SupportRequest.case_id),
        "kind": col(SupportRequest.kind),
    }
    for name, column in equal.items():
        if chosen.get(name) is not None:
            statement = statement.where(column == chosen[name])
    return statement


def request_of_case(session: Session, processor_id: int, case_id: int) -> SupportRequest | None:
    """Give the request that opened a case, or None."""
    statement = sa.select(SupportRequest).where(
        col(SupportRequest.processor_id) == processor_id, col(SupportRequest.case_id) == case_id
    )
    return session.scalars(statement.order_by(col(SupportRequest.id))).first()
