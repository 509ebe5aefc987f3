"""The activity record on request (13(10)): of a closed month as it was frozen, of an open one as it stands now."""

from dataclasses import dataclass
from datetime import datetime

from billing.clause.reading import read_month
from billing.errors import Conflict, InvalidInput, NotFound
from billing.services.access.trail import note_access
from billing.services.acting import Act, id_of
from billing.store.session import TenantSession
from billing.store.tables import Contract
from billing.store.tables.kinds import InvoiceFileKind
from invoices.activity_record import ActivityRecord
from invoices.run.closings import closing_of_month, invoice_of_closing
from invoices.run.drafts import begin_of
from invoices.run.files import record_of_month
from invoices.run.overview import invoice_file_id
from invoices.run.preparing import prepare
from invoices.run.records import ask_initials, build_record


@dataclass(frozen=True, slots=True)
class RequestedRecord:
    """The record of a month, and whether the month is closed, so that it will say the same tomorrow."""

    record: ActivityRecord
    is_final: bool


def record_on_request(session: TenantSession, act: Act, contract: Contract, month: str) -> RequestedRecord:
    """Give the activity record of any month (`2026-10`) and note who got it; who worked is told by initials.

    An open month is settled with the facts known now: it shows all work up to its end that no closing decided.
    InvalidInput for a month that has not begun: there is nothing to record.
    """
    if begin_of(session, read_month(month, "month")) > act.at:
        raise InvalidInput("month_to_come", path="month", value=month)
    found = _record(session, contract, month, act.at)
    note_given(session, act, contract.ref, month, found)
    return found


def note_given(session: TenantSession, act: Act, contract: str, month: str, found: RequestedRecord) -> None:
    """Note in the access log that somebody got a contract's record of a month, and which."""
    details = {"month": month, "sha256": found.record.sha256, "final": found.is_final}
    note_access(session, act, "activity_record_given", f"contract:{contract}", **details)


def record_pdf_of(session: TenantSession, contract: Contract, month: str) -> int | None:
    """Give the file of the record that went out with a month's invoice; None while there is none, or it is not made."""
    try:
        invoice = invoice_of_closing(session, closing_of_month(session, contract.ref, month))
        return (
            None if invoice is None else invoice_file_id(session, id_of(invoice), InvoiceFileKind.ACTIVITY_RECORD_PDF)
        )
    except (NotFound, Conflict):
        return None


def _record(session: TenantSession, contract: Contract, month: str, at: datetime) -> RequestedRecord:
    try:
        return RequestedRecord(record_of_month(session, contract.ref, month), is_final=True)
    except NotFound:
        prepared = prepare(session, contract, read_month(month, "month"), at)
        initials = dict(ask_initials(session, id_of(contract))())
        return RequestedRecord(build_record(initials, prepared, month, at), is_final=False)
