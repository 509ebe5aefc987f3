"""Contracts and what was agreed from which month on; every version of the terms is kept whole and never edited."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from billing.canonical import canonical, fingerprint
from billing.clause.reading import Reader, one_of, read_date, read_month, read_object, refuse, shape_of, shaped
from billing.clause.term_sets import DEFAULT, NAMES, term_set
from billing.clause.terms import BY_NAME, TERMS, Terms, changed_terms
from billing.errors import Conflict, NotFound, Refused
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_line
from billing.services.parties import find_controller
from billing.services.references import References, one_of_ref, ref_exists, row_of_id, rows_of_ref
from billing.store.queries.contracts import contracts_of, contracts_page, terms_versions
from billing.store.session import TenantSession
from billing.store.tables import Contract, TermsVersion
from billing.timespan import format_month, month_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContract:
    """A contract: `number` is what invoices print, `terms` the agreed values that differ from the term set's."""

    controller: str
    starts_on: date
    ref: str | None = None
    number: str | None = None
    term_set: str = DEFAULT
    signed_on: date | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)


@shaped(type="object", properties={spec.name: dict(shape_of(spec.read)) for spec in TERMS}, additionalProperties=False)
def read_agreed(value: Any, path: str) -> dict[str, Any]:
    """Take single terms by name; that they fit together is asked once the terms they change are known."""
    if not isinstance(value, dict):
        raise refuse("not_terms", path, value)
    return value


CONTRACT: dict[str, Reader] = {
    "controller": read_line,
    "starts_on": read_date,
    "ref?": read_line,
    "number?": read_line,
    "term_set?": one_of(*NAMES),
    "signed_on?": read_date,
    "terms?": read_agreed,
}


AGREED: dict[str, Reader] = {"valid_from": read_month, "terms": read_agreed}
"""What a change of terms says (`agree_terms`)."""
CONTRACT_CHANGES: dict[str, Reader] = {"ended_on": read_date}


def read_contract(raw: Mapping[str, Any]) -> NewContract:
    """Read a contract out of a JSON object."""
    return NewContract(**read_object(raw, "", CONTRACT))


def add_contract(session: TenantSession, act: Act, new: NewContract) -> Contract:
    """Take in a contract with the first version of its terms, in force from the month it starts in.

    Refused: another VAT than the statutory one, which the law sets by the date of service and no contract can.
    """
    controller = find_controller(session, new.controller)
    named = term_set(new.term_set, "term_set")
    if changed_terms(named.terms, dict(new.terms), "terms").vat != named.terms.vat:
        raise Refused("vat_is_statutory", clause=BY_NAME["vat"].clause.number, path="terms.vat", value=new.terms["vat"])
    ref = new.ref or new.number or References(session, Contract, "AVV-").next()
    if ref_exists(session, Contract, ref):
        raise Conflict("contract_exists", path="ref", value=ref)
    contract = Contract(
        ref=ref,
        controller_id=id_of(controller),
        number=new.number or ref,
        term_set=named.name,
        signed_on=new.signed_on,
        starts_on=new.starts_on,
        **act.record(),
    )
    put(session, contract)
    terms = dict(named.raw_terms) | dict(new.terms)
    version = terms_row(id_of(contract), format_month(month_of(new.starts_on)), terms, act.record())
    put(session, version)
    subject, changed = f"contract:{ref}", sorted(new.terms)
    audit(session, act, "contract_added", subject, term_set=named.name, terms_sha256=version.sha256, changed=changed)
    return contract


def end_contract(session: TenantSession, act: Act, contract: Contract, ended_on: date) -> Contract:
    """Record the last day of a contract. Work can still be logged and billed after it: what was asked for is owed.

    Conflict when an end is on record; InvalidInput for one before the start.
    """
    if contract.ended_on is not None:
        raise Conflict("contract_has_ended", value=contract.ref, ended_on=contract.ended_on)
    if ended_on < contract.starts_on:
        raise refuse("ends_before_start", "ended_on", ended_on, starts_on=contract.starts_on)
    contract.ended_on = ended_on
    put(session, contract)
    audit(session, act, "contract_ended", f"contract:{contract.ref}", ended_on=ended_on.isoformat())
    return contract


def require_changeable(standing: Terms, changed: Terms, changes: Mapping[str, Any]) -> None:
    """Refuse a change of what can't change within a contract: Refused `term_is_fixed`, with the term's clause."""
    for name, value in changes.items():
        spec = BY_NAME[name]
        if (not spec.changes or name == "vat") and getattr(changed, name) != getattr(standing, name):
            raise Refused("term_is_fixed", clause=spec.clause.number, path=f"terms.{name}", value=value, term=name)


def terms_row(
    contract_id: int, month: str, terms: Mapping[str, Any], record: Mapping[str, Any], version_no: int = 1
) -> TermsVersion:
    """Give the row of one version: all terms as canonical JSON, so that no later default shows through."""
    text = canonical(dict(terms))
    return TermsVersion(
        contract_id=contract_id,
        valid_from=month,
        version_no=version_no,
        terms=text,
        sha256=fingerprint(text),
        **record,
    )


def find_contract(session: TenantSession, ref: str, path: str = "contract") -> Contract:
    """Give the contract of a reference; InvalidInput when there is none."""
    contract: Contract = one_of_ref(rows_of_ref(session, Contract, ref), "unknown_contract", ref, path)
    return contract


def contract_by_id(session: TenantSession, number: int, controller_id: int | None = None) -> Contract:
    """Give the contract of an id; NotFound when there is none, or not with the controller who asks."""
    contract: Contract = row_of_id(session, Contract, "contract_not_found", number)
    if controller_id is not None and contract.controller_id != controller_id:
        raise NotFound("contract_not_found", value=number)
    return contract


def contracts_after(session: TenantSession, controller_id: int | None, after: int, most: int) -> list[Any]:
    """Give a part of all contracts, or of one controller's, by id; with the controller's reference and name."""
    return list(contracts_page(session, session.processor_id, controller_id, after, most))


def list_contracts(session: TenantSession) -> list[Any]:
    """Give all contracts with the controller's reference and name, by reference."""
    return list(contracts_of(session, session.processor_id))


def list_terms(session: TenantSession, contract: Contract) -> list[Any]:
    """Give every version of a contract's terms, by month and number."""
    return list(terms_versions(session, session.processor_id, id_of(contract))())
