"""Opening balances: what happened before this product kept the record, so that one can move in during a year."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import col, select

from billing.clause import refs
from billing.clause.reading import (
    LAST_YEAR,
    Reader,
    object_shape,
    one_of,
    read_count,
    read_month,
    read_object,
    refuse,
    shaped,
)
from billing.clause.terms import RATE_CLASSES
from billing.errors import Refused
from billing.services.acting import Act, audit, id_of, put
from billing.services.contracts import find_contract
from billing.services.estimates import find_estimate
from billing.services.fields import read_line, read_series
from billing.services.processors import current_processor
from billing.store.queries.contracts import opening_rows
from billing.store.queries.decisions import has_closings
from billing.store.session import TenantSession
from billing.store.tables import OpeningBalance
from billing.store.tables.kinds import OpeningKind, RateClass
from billing.timespan import format_month

_FIRST_YEAR = 2000


@shaped(type="integer", minimum=_FIRST_YEAR, maximum=LAST_YEAR)
def read_year(value: Any, path: str) -> int:
    """Take a calendar year."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise refuse("not_a_whole_number", path, value)
    if not _FIRST_YEAR <= value <= LAST_YEAR:
        raise refuse("year_out_of_range", path, value, least=_FIRST_YEAR, most=LAST_YEAR)
    return value


@shaped(type="integer", minimum=1, maximum=10_000_000)
def _read_number(value: Any, path: str) -> int:
    number = read_count(value, path)
    if number == 0:
        raise refuse("number_out_of_range", path, value, least=1, most=10_000_000)
    return number


_KIND: dict[str, Reader] = {"kind": one_of(*OpeningKind)}
OPENINGS: dict[OpeningKind, dict[str, Reader]] = {
    OpeningKind.NEXT_NUMBER: {"year": read_year, "number": _read_number, "series?": read_series},
    OpeningKind.DOCUMENT_TAKEN: {"contract": read_line, "year": read_year, "document": read_line},
    OpeningKind.AUDIT_GIVEN: {"contract": read_line, "year": read_year, "site": read_line},
    OpeningKind.ALLOWANCE_USED: {"contract": read_line, "month": read_month, "minutes": read_count},
    OpeningKind.APPROVAL_USED: {
        "contract": read_line,
        "estimate": read_line,
        "rate_class": one_of(*RATE_CLASSES),
        "minutes": read_count,
    },
}
"""What each kind of opening balance says."""
OPENING_SHAPE: dict[str, Any] = {
    "type": "object",
    "oneOf": [object_shape({"kind": one_of(kind), **readers}) for kind, readers in OPENINGS.items()],
}
"""The JSON Schema of an opening balance of any kind."""


def set_opening(session: TenantSession, act: Act, raw: Mapping[str, Any], today: date) -> OpeningBalance:
    """Record an opening balance; one of the same thing recorded before is withdrawn.

    Refused once a closing of the contract (for the next number: of the processor) was issued: from then on we keep the
    record. InvalidInput: an unknown contract or estimate, or more used than was approved.
    """
    kind = OpeningKind(read_object({key: raw[key] for key in raw if key == "kind"}, "", _KIND)["kind"])
    said = read_object(dict(raw), "", _KIND | OPENINGS[kind])
    contract_id = None if kind is OpeningKind.NEXT_NUMBER else id_of(find_contract(session, said["contract"]))
    if has_closings(session, session.processor_id, contract_id):
        raise Refused("opening_too_late", clause=refs.INVOICING.number, path="kind", value=str(kind))
    columns = _columns(session, kind, said, today)
    for known in _same(session, kind, contract_id, columns):
        known.withdrawn_by_name = act.name
        put(session, known)
    balance = OpeningBalance(kind=kind, contract_id=contract_id, **columns, **act.record())
    put(session, balance)
    details = {name: value for name, value in columns.items() if name != "subject"}
    audit(session, act, "opening_set", f"opening:{kind}", contract=said.get("contract"), **details)
    return balance


def _columns(session: TenantSession, kind: OpeningKind, said: Mapping[str, Any], today: date) -> dict[str, Any]:
    match kind:
        case OpeningKind.NEXT_NUMBER:
            series = said.get("series") or current_processor(session, today).invoice_series
            return {"series": series, "year": said["year"], "value": said["number"]}
        case OpeningKind.DOCUMENT_TAKEN:
            return {"year": said["year"], "subject": said["document"], "value": 1}
        case OpeningKind.AUDIT_GIVEN:
            return {"year": said["year"], "subject": said["site"], "value": 1}
        case OpeningKind.ALLOWANCE_USED:
            return {"month": format_month(said["month"]), "value": said["minutes"]}
        case OpeningKind.APPROVAL_USED:
            return _approval_used(session, said)


def _approval_used(session: TenantSession, said: Mapping[str, Any]) -> dict[str, Any]:
    estimate = find_estimate(session, said["estimate"], said["contract"])
    lines = [line["minutes"] for line in estimate.lines if line["rate_class"] == said["rate_class"]]
    if said["minutes"] > sum(lines):
        raise refuse("more_used_than_approved", "minutes", said["minutes"], most=sum(lines))
    return {
        "subject": estimate.estimate.ref,
        "rate_class": RateClass(said["rate_class"]),
        "value": said["minutes"],
    }


def _same(
    session: TenantSession, kind: OpeningKind, contract_id: int | None, columns: Mapping[str, Any]
) -> list[OpeningBalance]:
    """Give the balances in force that speak of the same thing."""
    query = select(OpeningBalance).where(
        OpeningBalance.processor_id == session.processor_id,
        OpeningBalance.kind == kind,
        OpeningBalance.contract_id == contract_id,
        col(OpeningBalance.withdrawn_by_name).is_(None),
        *(col(getattr(OpeningBalance, name)) == value for name, value in columns.items() if name != "value"),
    )
    return list(session.exec(query))


def list_openings(session: TenantSession, contract: str | None = None) -> list[Any]:
    """Give the opening balances in force with the contract's reference: all, or those of one contract."""
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    return list(opening_rows(session, session.processor_id, contract_id))
