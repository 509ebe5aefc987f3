"""Work without clock times: listed, written out to be filled in, or given up; never rated with a guessed surcharge."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import select

from billing.errors import Conflict, InvalidInput
from billing.importing import UnclockedTime, Work, WorkRow
from billing.services.acting import Act, audit, put
from billing.services.fields import read_reason
from billing.store.queries.importing import open_incomplete
from billing.store.session import TenantSession
from billing.store.tables import IncompleteEntry


def list_incomplete(session: TenantSession) -> list[Any]:
    """Give the incomplete entries that still wait for their clock times, by day."""
    return list(open_incomplete(session, session.processor_id))


def incomplete_rows(session: TenantSession) -> Iterator[WorkRow]:
    """Give them as rows of our own CSV, each with the digest by which its completion is known (`write_work`)."""
    for row in open_incomplete(session, session.processor_id):
        work = Work(
            time=UnclockedTime(row.worked_on, row.duration_minutes),
            person=row.person_ref or "",
            contract=row.contract_ref or "",
            case=row.case_ref or "",
            service=row.service or "",
            document=row.document or "",
            note=row.note or "",
        )
        yield WorkRow(0, work, (), row.digest or "")


def discard_incomplete(session: TenantSession, act: Act, number: int, reason: str | None) -> IncompleteEntry:
    """Give up an incomplete entry, with the reason; it stays on record. Conflict when it was completed or given up."""
    said = read_reason(reason)
    query = select(IncompleteEntry).where(
        IncompleteEntry.processor_id == session.processor_id, IncompleteEntry.id == number
    )
    row = session.exec(query).one_or_none()
    if row is None:
        raise InvalidInput("unknown_incomplete", path="number", value=number)
    if row.completed_by_id is not None or row.discarded_at is not None:
        raise Conflict("incomplete_is_done", path="number", value=number)
    row.discarded_at = act.at
    put(session, row)
    audit(session, act, "incomplete_discarded", f"incomplete:{number}", reason=session.ring.digest(said))
    return row
