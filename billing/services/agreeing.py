"""A change of what was agreed: single terms from a month on, as a version of their own that is never edited."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from billing.clause.reading import read_month, refuse
from billing.clause.term_sets import term_set
from billing.clause.terms import changed_terms
from billing.services.acting import Act, audit, id_of, put
from billing.services.contracts import find_contract, require_changeable, terms_row
from billing.services.notices import Notice
from billing.services.overruns import overruns_of_cases
from billing.store.queries.cases import cases_of
from billing.store.queries.contracts import terms_versions
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract, TermsVersion


@dataclass(frozen=True, slots=True)
class Agreed:
    """A new version of the terms, and what to know about it."""

    version: TermsVersion
    notices: list[Notice]


def agree_terms(
    session: TenantSession, act: Act, contract_ref: str, valid_from: Any, changes: Mapping[str, Any]
) -> Agreed:
    """Record that single terms change from a month on (`2026-11`); the others stay as they stood in that month.

    A rate that was missing lets work be billed that waited; of effort it uses up the controller is told (13(5)c).

    Refused: a change of what can't change within a contract. InvalidInput: an unknown term or a value that is none.
    """
    contract = find_contract(session, contract_ref)
    month = read_month(valid_from, "valid_from")
    known = terms_versions(session, session.processor_id, id_of(contract))()
    before = [row for row in known if row.valid_from <= valid_from] or known[:1]
    standing = json.loads(before[-1].terms)
    if not changes:
        raise refuse("no_term_changed", "terms", {})
    named = term_set(contract.term_set)
    terms = changed_terms(changed_terms(named.terms, standing, "terms"), dict(changes), "terms", month)
    require_changeable(changed_terms(named.terms, standing, "terms"), terms, changes)
    same_month = [row for row in known if row.valid_from == valid_from]
    number = same_month[-1].version_no + 1 if same_month else 1
    version = terms_row(id_of(contract), valid_from, standing | dict(changes), act.record(), number)
    put(session, version)
    audit(
        session,
        act,
        "terms_agreed",
        f"contract:{contract.ref}",
        valid_from=valid_from,
        changed=sorted(changes),
        terms_sha256=version.sha256,
    )
    notices = _notices(session, contract, valid_from, [row.valid_from for row in known])
    cases = [case.id for case in cases_of(session, session.processor_id, id_of(contract))()]
    return Agreed(version, [*notices, *overruns_of_cases(session, act, id_of(contract), cases)])


def _notices(session: TenantSession, contract: Contract, valid_from: str, months: list[str]) -> list[Notice]:
    """Say what a new version leaves as it is: closed months, and versions that begin later."""
    closed = session.exec(
        select(Closing.month)
        .where(
            Closing.processor_id == session.processor_id,
            Closing.contract_id == id_of(contract),
            Closing.month >= valid_from,
            col(Closing.cancelled_by_id).is_(None),
        )
        .order_by(col(Closing.month).desc())
    ).first()
    later = sorted({month for month in months if month > valid_from})
    notices = []
    if closed is not None:
        notices.append(Notice("billed_months_stay", {"value": closed}))
    if later:
        notices.append(Notice("later_versions_stay", {"value": later[0]}))
    return notices
