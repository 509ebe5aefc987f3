"""Cost estimates (Kostenvoranschläge): drafted, found and listed; how they move on is in `estimate_states` (13(5)a)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.clause.reading import Reader, list_of, object_shape, one_of, read_count, read_object, refuse, shaped
from billing.clause.terms import RATE_CLASSES
from billing.errors import Conflict, InvalidInput, NotFound
from billing.services.acting import Act, audit, id_of, put
from billing.services.cases import find_case
from billing.services.contracts import find_contract
from billing.services.estimate_content import estimate_content, lines_of, planned_minutes, positions_of, without_texts
from billing.services.fields import read_line, read_note
from billing.services.moments import processor_zone, read_datetime
from billing.services.references import References, one_of_ref, rows_of_ref
from billing.store.queries.estimates import estimate_rows, last_version
from billing.store.session import TenantSession
from billing.store.tables import Case, Estimate, EstimateLine, EstimateVersion
from billing.store.tables.kinds import RateClass

_MOST_MINUTES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEstimate:
    """A cost estimate of one case; `supplements` names the one whose effort it adds to (13(5)c).

    `covers_from` asks the controller to release work done from then on as well.
    """

    case: str
    description: str
    lines: list[dict[str, Any]]
    contract: str | None = None
    ref: str | None = None
    supplements: str | None = None
    valid_until: datetime | None = None
    covers_from: datetime | None = None


@shaped(type="integer", minimum=1, maximum=_MOST_MINUTES)
def _read_minutes(value: Any, path: str) -> int:
    minutes = read_count(value, path)
    if minutes == 0:
        raise refuse("number_out_of_range", path, value, least=1, most=_MOST_MINUTES)
    return minutes


_LINE: dict[str, Reader] = {"rate_class": one_of(*RATE_CLASSES), "minutes": _read_minutes, "text?": read_line}


@shaped(**object_shape(_LINE))
def _read_line(value: Any, path: str) -> dict[str, Any]:
    return read_object(value, path, _LINE)


@shaped(type="array", items=object_shape(_LINE), minItems=1)
def _read_lines(value: Any, path: str) -> list[dict[str, Any]]:
    lines = list_of(_read_line)(value, path)
    if not lines:
        raise refuse("list_is_empty", path, value)
    return lines


CONTENT: dict[str, Reader] = {
    "description": read_note,
    "lines": _read_lines,
    "valid_until?": read_datetime,
    "covers_from?": read_datetime,
}
"""What one version of an estimate says."""
ESTIMATE: dict[str, Reader] = {
    "case": read_line,
    **CONTENT,
    "contract?": read_line,
    "ref?": read_line,
    "supplements?": read_line,
}


def read_estimate(raw: Mapping[str, Any]) -> NewEstimate:
    """Read a cost estimate out of a JSON object; at least one line, none of no minutes."""
    return NewEstimate(**read_object(raw, "", ESTIMATE))


@dataclass(frozen=True, slots=True)
class EstimateRecord:
    """An estimate with one of its versions (the newest, if not said otherwise) and the case it is for."""

    estimate: Estimate
    version: EstimateVersion
    case: Case

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The estimated minutes, each line with its class and, if that was said, what they are for (`text`)."""
        return lines_of(self.version)

    @property
    def minutes(self) -> int:
        """All estimated minutes."""
        return planned_minutes(self.version)

    @property
    def subject(self) -> str:
        """How logs name it."""
        return f"estimate:{self.estimate.ref}"


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
    content = {"description": new.description, "valid_until": new.valid_until, "covers_from": new.covers_from}
    version = draft_version(session, act, estimate, 1, lines=new.lines, **content)
    audit(session, act, "estimate_drafted", f"estimate:{ref}", case=case.ref, version=1, lines=without_texts(new.lines))
    return EstimateRecord(estimate, version, case)


def draft_version(
    session: TenantSession,
    act: Act,
    estimate: Estimate,
    version_no: int,
    *,
    lines: list[dict[str, Any]],
    **content: Any,
) -> EstimateVersion:
    """Write the draft of one version; `content` is its description, `valid_until` and `covers_from`."""
    require_covered_time_past(act, content["covers_from"])
    version = EstimateVersion(
        estimate_id=id_of(estimate),
        contract_id=estimate.contract_id,
        controller_id=estimate.controller_id,
        version_no=version_no,
        lines=estimate_content(estimate.ref, version_no, content["description"], lines)[0],
        positions=positions_of(lines),
        **content,
        **act.record(),
    )
    put(session, version)
    put(session, *line_rows(version, lines))
    return version


def line_rows(version: EstimateVersion, lines: list[dict[str, Any]]) -> list[EstimateLine]:
    """Give the rows of a version's lines, in their order."""
    return [
        EstimateLine(
            estimate_version_id=id_of(version), rate_class=RateClass(line["rate_class"]), minutes=line["minutes"]
        )
        for line in lines
    ]


def require_covered_time_past(act: Act, covers_from: datetime | None) -> None:
    """Refuse to ask for the release of work from a moment still to come: what is approved counts from then anyway."""
    if covers_from is not None and covers_from > act.at:
        raise InvalidInput("moment_in_future", path="covers_from", value=covers_from)


def find_estimate(
    session: TenantSession, ref: str, contract: str | None = None, path: str = "estimate"
) -> EstimateRecord:
    """Give the estimate of a reference with its newest version; Conflict when several contracts have one."""
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    estimate: Estimate = one_of_ref(rows_of_ref(session, Estimate, ref, contract_id), "unknown_estimate", ref, path)
    return _record(session, estimate, last_version(session, session.processor_id, id_of(estimate)))


def estimate_by_id(session: TenantSession, estimate_id: int) -> EstimateRecord:
    """Give an estimate of this processor with its newest version; NotFound for any other id."""
    estimate = session.get(Estimate, estimate_id)
    if estimate is None or estimate.processor_id != session.processor_id:
        raise NotFound("estimate_not_found", value=estimate_id)
    return _record(session, estimate, last_version(session, session.processor_id, estimate_id))


def version_by_id(session: TenantSession, version_id: int) -> EstimateRecord:
    """Give an estimate with the version of this id, be it the newest or not; NotFound for any other id."""
    version = session.get(EstimateVersion, version_id)
    if version is None or version.processor_id != session.processor_id:
        raise NotFound("estimate_not_found", value=version_id)
    return _record(session, session.get_one(Estimate, version.estimate_id), version)


def _record(session: TenantSession, estimate: Estimate, version: EstimateVersion) -> EstimateRecord:
    return EstimateRecord(estimate, version, session.get_one(Case, estimate.case_id))


def list_estimates(session: TenantSession, contract: str | None = None) -> list[Any]:
    """Give all estimates, or those of one contract, with newest version, case and approval."""
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    return list(estimate_rows(session, session.processor_id, contract_id))
