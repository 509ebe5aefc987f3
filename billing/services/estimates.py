"""Cost estimates (Kostenvoranschläge): drafted, sent, released. What was sent never changes (13(5)a)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.clause import refs
from billing.clause.reading import (
    Reader,
    list_of,
    object_of,
    one_of,
    read_count,
    read_object,
    refuse,
    shape_of,
    shaped,
)
from billing.clause.terms import RATE_CLASSES
from billing.errors import Conflict, InvalidInput, Refused
from billing.services.acting import Act, audit, id_of, put
from billing.services.cases import find_case
from billing.services.contracts import find_contract
from billing.services.estimate_content import estimate_content
from billing.services.fields import read_line, read_note
from billing.services.moments import processor_zone, read_datetime, require_past
from billing.services.references import References, one_of_ref, rows_of_ref
from billing.store.queries.estimates import estimate_rows, last_version
from billing.store.session import TenantSession
from billing.store.tables import Case, Estimate, EstimateEvent, EstimateLine, EstimateVersion
from billing.store.tables.kinds import EstimateState, RateClass


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEstimate:
    """A cost estimate of one case; `supplements` names the one whose effort it adds to (13(5)c)."""

    case: str
    description: str
    lines: list[dict[str, Any]]
    contract: str | None = None
    ref: str | None = None
    supplements: str | None = None
    valid_until: datetime | None = None


@shaped(type="integer", minimum=1, maximum=10_000_000)
def _read_minutes(value: Any, path: str) -> int:
    minutes = read_count(value, path)
    if minutes == 0:
        raise refuse("number_out_of_range", path, value, least=1, most=10_000_000)
    return minutes


_LINES = list_of(object_of({"rate_class": one_of(*RATE_CLASSES), "minutes": _read_minutes}))


@shaped(**shape_of(_LINES), minItems=1)
def _read_lines(value: Any, path: str) -> list[dict[str, Any]]:
    lines = _LINES(value, path)
    if not lines:
        raise refuse("list_is_empty", path, value)
    return lines


_ESTIMATE: dict[str, Reader] = {
    "case": read_line,
    "description": read_note,
    "lines": _read_lines,
    "contract?": read_line,
    "ref?": read_line,
    "supplements?": read_line,
    "valid_until?": read_datetime,
}


def read_estimate(raw: Mapping[str, Any]) -> NewEstimate:
    """Read a cost estimate out of a JSON object; at least one line, none of no minutes."""
    return NewEstimate(**read_object(raw, "", _ESTIMATE))


@dataclass(frozen=True, slots=True)
class EstimateRecord:
    """An estimate with its newest version and the case it is for."""

    estimate: Estimate
    version: EstimateVersion
    case: Case

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The estimated minutes by rate class."""
        lines: list[dict[str, Any]] = json.loads(self.version.lines)
        return lines


def add_estimate(session: TenantSession, act: Act, new: NewEstimate) -> EstimateRecord:
    """Draft a cost estimate; it releases nothing before it was sent and approved."""
    case = find_case(session, new.case, new.contract)
    supplements = find_estimate(session, new.supplements, new.contract, "supplements") if new.supplements else None
    if supplements is not None and supplements.case.id != case.id:
        raise InvalidInput("supplements_other_case", path="supplements", value=new.supplements)
    year = act.at.astimezone(processor_zone(session)).year
    ref = new.ref or References(session, Estimate, f"KVA-{year}-").next()
    if new.ref and rows_of_ref(session, Estimate, ref, case.contract_id):
        raise Conflict("estimate_exists", path="ref", value=ref)
    estimate = Estimate(
        ref=ref,
        case_id=id_of(case),
        contract_id=case.contract_id,
        controller_id=case.controller_id,
        supplements_id=None if supplements is None else supplements.estimate.id,
        **act.record(),
    )
    put(session, estimate)
    version = _draft(session, act, estimate, new)
    audit(session, act, "estimate_drafted", f"estimate:{ref}", case=case.ref, lines=new.lines)
    return EstimateRecord(estimate, version, case)


def _draft(session: TenantSession, act: Act, estimate: Estimate, new: NewEstimate) -> EstimateVersion:
    version = EstimateVersion(
        estimate_id=id_of(estimate),
        contract_id=estimate.contract_id,
        controller_id=estimate.controller_id,
        description=new.description,
        lines=estimate_content(estimate.ref, 1, new.description, new.lines)[0],
        valid_until=new.valid_until,
        **act.record(),
    )
    put(session, version)
    lines = [
        EstimateLine(
            estimate_version_id=id_of(version), rate_class=RateClass(line["rate_class"]), minutes=line["minutes"]
        )
        for line in new.lines
    ]
    put(session, *lines)
    return version


def send_estimate(
    session: TenantSession, act: Act, record: EstimateRecord, sent_at: datetime | None = None
) -> EstimateRecord:
    """Freeze an estimate as the controller has it; Refused when it is no draft any more."""
    version, ref = record.version, record.estimate.ref
    moment = sent_at or act.at
    require_past(act, moment, "sent_at")
    if version.state is not EstimateState.DRAFT:
        raise Refused("estimate_already_sent", clause=refs.ESTIMATE_AND_APPROVAL.number, value=ref)
    version.sha256 = estimate_content(ref, version.version_no, version.description, record.lines)[1]
    version.state, version.sent_at = EstimateState.SENT, moment
    put(session, version, event_of(act, record, EstimateState.SENT, moment))
    audit(session, act, "estimate_sent", f"estimate:{ref}", sha256=version.sha256)
    return record


def event_of(act: Act, record: EstimateRecord, state: EstimateState, moment: datetime) -> EstimateEvent:
    """Give the row of the trail that says a version came into a state."""
    return EstimateEvent(
        estimate_version_id=id_of(record.version),
        controller_id=record.version.controller_id,
        state=state,
        happened_at=moment,
        **act.record(),
    )


def find_estimate(
    session: TenantSession, ref: str, contract: str | None = None, path: str = "estimate"
) -> EstimateRecord:
    """Give the estimate of a reference with its newest version; Conflict when several contracts have one."""
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    estimate: Estimate = one_of_ref(rows_of_ref(session, Estimate, ref, contract_id), "unknown_estimate", ref, path)
    version = last_version(session, session.processor_id, id_of(estimate))
    case = session.get(Case, estimate.case_id)
    assert case is not None  # noqa: S101 - a foreign key holds it
    return EstimateRecord(estimate, version, case)


def list_estimates(session: TenantSession, contract: str | None = None) -> list[Any]:
    """Give all estimates, or those of one contract, with newest version, case and approval."""
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    return list(estimate_rows(session, session.processor_id, contract_id))
