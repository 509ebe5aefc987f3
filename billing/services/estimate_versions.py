"""A cost estimate changed: a draft as it is, a sent one by a new version that takes the old one's place (13(5)a, c)."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from billing.clause import refs
from billing.errors import Refused
from billing.services.acting import Act, audit, id_of, put
from billing.services.changing import changes_of, read_changes
from billing.services.estimate_content import estimate_content, positions_of, without_texts
from billing.services.estimate_states import OPEN, hold_version, supersede
from billing.services.estimates import (
    CONTENT,
    EstimateRecord,
    draft_version,
    line_rows,
    require_covered_time_past,
)
from billing.store.session import TenantSession
from billing.store.tables import EstimateLine
from billing.store.tables.kinds import EstimateState

CHANGES = changes_of(CONTENT, may_be_empty=("valid_until", "covers_from"))
"""What may be said anew; what is not named stays."""


def change_estimate(session: TenantSession, act: Act, record: EstimateRecord, raw: Mapping[str, Any]) -> EstimateRecord:
    """Change a draft; null empties what may be empty. Refused `estimate_already_sent` once the controller has it."""
    changes = read_changes(raw, CHANGES)
    version = hold_version(session, record)
    if version.state is not EstimateState.DRAFT:
        clause, ref = refs.ESTIMATE_AND_APPROVAL.number, record.estimate.ref
        raise Refused("estimate_already_sent", clause=clause, value=ref, state=version.state)
    require_covered_time_past(act, changes.get("covers_from"))
    lines = changes.pop("lines", None)
    for name, value in changes.items():
        setattr(version, name, value)
    if lines is not None:
        _replace_lines(session, record, lines)
    put(session, version)
    named = sorted([*changes, *(["lines"] if lines is not None else [])])
    bare = None if lines is None else without_texts(lines)
    audit(session, act, "estimate_changed", record.subject, version=version.version_no, changed=named, lines=bare)
    return record


def _replace_lines(session: TenantSession, record: EstimateRecord, lines: list[dict[str, Any]]) -> None:
    version = record.version
    mine = (
        col(EstimateLine.processor_id) == session.processor_id,
        col(EstimateLine.estimate_version_id) == id_of(version),
    )
    session.execute(sa.delete(EstimateLine).where(*mine))
    put(session, *line_rows(version, lines))
    version.lines = estimate_content(record.estimate.ref, version.version_no, version.description, lines)[0]
    version.positions = positions_of(lines)


def add_version(session: TenantSession, act: Act, record: EstimateRecord, raw: Mapping[str, Any]) -> EstimateRecord:
    """Draft a new version of an estimate that was sent; one that is still open is superseded in the same transaction.

    What `raw` does not name is taken over. Refused: a draft (change it), an approved one (a supplement adds to it).
    """
    changes = read_changes(raw, CHANGES) if raw else {}
    old, ref = hold_version(session, record), record.estimate.ref
    if old.state is EstimateState.DRAFT:
        raise Refused("estimate_is_draft", clause=refs.ESTIMATE_AND_APPROVAL.number, value=ref)
    if old.state is EstimateState.APPROVED:
        raise Refused("estimate_is_approved", clause=refs.OVERRUN.number, value=ref)
    if old.state in OPEN:
        supersede(session, act, record)
    still_to_come = old.valid_until is not None and old.valid_until > act.at
    kept: dict[str, Any] = {
        "description": old.description,
        "lines": record.lines,
        "valid_until": old.valid_until if still_to_come else None,
        "covers_from": old.covers_from,
    }
    content = kept | changes
    version = draft_version(session, act, record.estimate, old.version_no + 1, **content)
    number, lines = version.version_no, without_texts(content["lines"])
    audit(session, act, "estimate_drafted", record.subject, case=record.case.ref, version=number, lines=lines)
    return EstimateRecord(record.estimate, version, record.case)
