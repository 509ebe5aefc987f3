"""The activity record on request (13(10)): of a closed month as it was frozen, of an open one as it stands now."""

from dataclasses import dataclass
from datetime import datetime

from billing.clause.reading import read_month
from billing.errors import NotFound
from billing.services.access.trail import note_access
from billing.services.acting import Act
from billing.store.session import TenantSession
from billing.store.tables import Contract
from invoices.activity_record import ActivityRecord
from invoices.run.files import record_of_month
from invoices.run.preparing import prepare
from invoices.run.records import build_record


@dataclass(frozen=True, slots=True)
class RequestedRecord:
    """The record of a month, and whether the month is closed, so that it will say the same tomorrow."""

    record: ActivityRecord
    is_final: bool


def record_on_request(session: TenantSession, act: Act, contract: Contract, month: str) -> RequestedRecord:
    """Give the activity record of any month (`2026-10`) and note who got it; who worked is told by initials.

    An open month is settled with the facts known now: it shows all work up to its end that no closing decided.
    """
    found = _record(session, contract, month, act.at)
    details = {"month": month, "sha256": found.record.sha256, "final": found.is_final}
    note_access(session, act, "activity_record_given", f"contract:{contract.ref}", **details)
    return found


def _record(session: TenantSession, contract: Contract, month: str, at: datetime) -> RequestedRecord:
    try:
        return RequestedRecord(record_of_month(session, contract.ref, month), is_final=True)
    except NotFound:
        prepared = prepare(session, contract, read_month(month, "month"), at)
        return RequestedRecord(build_record(session, prepared, month, at), is_final=False)
