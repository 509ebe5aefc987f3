"""Cases (Vorgänge): opened, described, and what became known of them, each fact a row of its own, never an edit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.clause.reading import Reader, read_object, refuse
from billing.errors import Conflict
from billing.services.acting import Act, audit, id_of, put
from billing.services.case_facts import CASE_FACTS, FACT_NAMES, CaseFacts, columns_of
from billing.services.case_notices import about_case, about_title
from billing.services.changing import Changes, read_changes
from billing.services.contracts import find_contract
from billing.services.fields import read_line
from billing.services.moments import processor_zone, read_datetime, require_past
from billing.services.notices import Notice
from billing.services.parties import find_person
from billing.services.proofs import ProofFile, keep_proof
from billing.services.references import References, one_of_ref, row_of_id, rows_of_ref
from billing.store.queries.cases import case_rows, case_versions_of, cases_after, known_facts
from billing.store.session import TenantSession
from billing.store.tables import Case, CaseVersion
from billing.store.tables.kinds import Cause, RetentionClass


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A matter of one contract; `kind` is free text, the usual kinds have names (`case_kind.*` of the texts).

    `responsible` is the reference of the person who looks after it.
    """

    contract: str
    kind: str
    title: str
    ref: str | None = None
    opened_at: datetime | None = None
    legal_deadline_at: datetime | None = None
    controller_reference: str | None = None
    responsible: str | None = None


CASE: dict[str, Reader] = {
    "contract": read_line,
    "kind": read_line,
    "title": read_line,
    "ref?": read_line,
    "opened_at?": read_datetime,
    "legal_deadline_at?": read_datetime,
    "controller_reference?": read_line,
    "responsible?": read_line,
}
DESCRIPTION = Changes(
    {
        "title?": read_line,
        "legal_deadline_at?": read_datetime,
        "controller_reference?": read_line,
        "responsible?": read_line,
        "closed_at?": read_datetime,
    },
    ("legal_deadline_at", "controller_reference", "responsible", "closed_at"),
)


def read_case(raw: Mapping[str, Any]) -> tuple[NewCase, CaseFacts]:
    """Read a new case, and what is known of it from the start, out of one JSON object."""
    values = read_object(raw, "", CASE | CASE_FACTS)
    facts = {name: values.pop(name) for name in list(values) if f"{name}?" in CASE_FACTS}
    return NewCase(**values), CaseFacts(**facts)


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case after something about it was recorded, and what to know about that."""

    case: Case
    notices: list[Notice]


def open_case(session: TenantSession, act: Act, new: NewCase, facts: CaseFacts | None = None) -> CaseRecord:
    """Open a case with what is known from the start; the controller caused it if not said otherwise (13(7)).

    Conflict when the contract has a case of this reference; InvalidInput as for `record_case_fact`, and for a legal
    deadline that had passed before.
    """
    contract = find_contract(session, new.contract)
    opened_at = new.opened_at or act.at
    require_past(act, opened_at, "opened_at")
    _require_deadline_after(opened_at, new.legal_deadline_at)
    year = opened_at.astimezone(processor_zone(session)).year
    ref = new.ref or References(session, Case, f"V-{year}-").next()
    if new.ref and rows_of_ref(session, Case, ref, id_of(contract)):
        raise Conflict("case_exists", path="ref", value=ref, contract=contract.ref)
    case = Case(
        ref=ref,
        contract_id=id_of(contract),
        controller_id=contract.controller_id,
        kind=new.kind,
        title=new.title,
        opened_at=opened_at,
        legal_deadline_at=new.legal_deadline_at,
        controller_reference=new.controller_reference,
        responsible_id=None if new.responsible is None else id_of(find_person(session, new.responsible, "responsible")),
        **act.record(),
    )
    put(session, case)
    audit(session, act, "case_opened", f"case:{contract.ref}/{ref}", kind=new.kind)
    notices = _record(session, act, case, facts, None) if facts and facts.said else []
    return CaseRecord(case, [*about_title(case.title), *notices])


def _require_deadline_after(opened_at: datetime, deadline: datetime | None) -> None:
    """Refuse a legal deadline that had passed before there was a case: a slip, most often of the year."""
    if deadline is not None and deadline < opened_at:
        raise refuse("deadline_before_opened", "legal_deadline_at", deadline, opened_at=opened_at)


def record_case_fact(
    session: TenantSession, act: Act, case: Case, facts: CaseFacts, evidence: ProofFile | None = None
) -> CaseRecord:
    """Record what is newly known of a case, with a file that proves it; runs see it from now on.

    InvalidInput: nothing said, a decision without its reason, a finding without an audit, a moment still to come.
    """
    return CaseRecord(case, _record(session, act, case, facts, evidence))


def _record(session: TenantSession, act: Act, case: Case, facts: CaseFacts, evidence: ProofFile | None) -> list[Notice]:
    known = known_facts(session, session.processor_id, id_of(case))
    columns = columns_of(act, facts, known)
    version = CaseVersion(case_id=id_of(case), **columns, **act.record())
    if evidence is not None:
        version.evidence_file_id = keep_proof(session, act, evidence, RetentionClass.LETTER, "evidence_file").id
    notices = about_case(session, act, case, facts, known)
    put(session, version)
    decided = {name: str(columns[name]) for name in ("cause", "audit_finding") if name in columns}
    audit(session, act, "case_fact_recorded", f"case:{case.ref}", changed=sorted(facts.said), **decided)
    return notices


def describe_case(session: TenantSession, act: Act, case: Case, raw: Mapping[str, Any]) -> CaseRecord:
    """Change what no rule asks: title, legal deadline, the controller's own reference, who looks after it, its end.

    Null empties a field; a case whose `closed_at` is emptied is open again. InvalidInput: nothing named, an end or a
    legal deadline before the case was opened.
    """
    values = read_changes(raw, DESCRIPTION)
    if values.get("closed_at") is not None:
        require_past(act, values["closed_at"], "closed_at")
        if values["closed_at"] < case.opened_at:
            raise refuse("closed_before_opened", "closed_at", values["closed_at"].astimezone(processor_zone(session)))
    _require_deadline_after(case.opened_at, values.get("legal_deadline_at"))
    notices = about_title(values["title"]) if values.get("title", case.title) != case.title else []
    if "responsible" in values:
        named = values.pop("responsible")
        case.responsible_id = None if named is None else id_of(find_person(session, named, "responsible"))
    for name, value in values.items():
        setattr(case, name, value)
    put(session, case)
    audit(session, act, "case_described", f"case:{case.ref}", changed=sorted(raw))
    return CaseRecord(case, notices)


def find_case(session: TenantSession, ref: str, contract: str | None = None, path: str = "case") -> Case:
    """Give the case of a reference; Conflict when several contracts have one and none is named."""
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    case: Case = one_of_ref(rows_of_ref(session, Case, ref, contract_id), "unknown_case", ref, path)
    return case


def require_known(session: TenantSession, wanted: Mapping[str, Any]) -> None:
    """Refuse the `contract` or `case` a list is narrowed to when there is none; several cases may have one name."""
    contract = find_contract(session, wanted["contract"]) if "contract" in wanted else None
    if "case" in wanted and not rows_of_ref(session, Case, wanted["case"], None if contract is None else contract.id):
        raise refuse("unknown_case", "case", wanted["case"])


def case_by_id(session: TenantSession, number: int) -> Case:
    """Give the case of an id; NotFound when the processor has none."""
    case: Case = row_of_id(session, Case, "case_unknown", number)
    return case


def case_row(session: TenantSession, case: Case) -> Any:
    """Give one case as `list_cases_after` does."""
    number = id_of(case)
    return cases_after(session, session.processor_id, number - 1, 1, case_id=number)[0]


def list_cases_after(session: TenantSession, after: int, most: int, chosen: Mapping[str, Any]) -> list[Any]:
    """Give a part of all cases, by id; `chosen`: a contract by its reference, a kind, and whether it is open."""
    wanted = dict(chosen)
    contract = wanted.pop("contract", None)
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    return list(cases_after(session, session.processor_id, after, most, contract_id=contract_id, **wanted))


def list_cases(session: TenantSession, contract: str | None = None) -> list[Any]:
    """Give all cases, or those of one contract, with how many entries each has, by contract and reference."""
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    return list(case_rows(session, session.processor_id, contract_id))


def case_facts(session: TenantSession, case: Case) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Give what is known of a case now, and every record that made it so: when, by whom, and what it said."""
    known = {"cause": Cause.CONTROLLER, **known_facts(session, session.processor_id, id_of(case))}
    changes = [
        {
            "recorded_at": version.recorded_at,
            "recorded_by": version.recorded_by_name,
            "facts": {name: getattr(version, name) for name in FACT_NAMES if getattr(version, name) is not None},
        }
        for version in case_versions_of(session, session.processor_id, id_of(case))
    ]
    return known, changes
