"""Stored files given out: only to who may see what they belong to, proved against their hash, and noted (T-25)."""

from collections.abc import Mapping
from datetime import date

from billing.errors import NotAllowed, NotFound
from billing.services.access.rights import Right
from billing.services.access.trail import note_access
from billing.services.access.visitor import Visitor
from billing.services.acting import Act, id_of
from billing.store.files import read_file
from billing.store.queries.files import FileUse, is_invoice_file_of, uses_of
from billing.store.session import TenantSession
from billing.store.tables import StoredFile

_NEEDS: Mapping[FileUse, Right] = {
    FileUse.RECEIPT: Right.READ_CASES,
    FileUse.PROOF: Right.READ_CASES,
    FileUse.CASE_FILE: Right.READ_CASES,
    FileUse.INVOICE: Right.READ_MONTHS,
    FileUse.PAYMENT_PROOF: Right.READ_MONTHS,
    FileUse.REMINDER: Right.READ_MONTHS,
    FileUse.EXPORT: Right.READ_MONTHS,
    FileUse.MAIL: Right.READ_CASES,
}


def give_file(session: TenantSession, act: Act, who: Visitor, file_id: int, today: date) -> StoredFile:
    """Give a file to a member of staff who may see one of the things it belongs to.

    NotFound: no such file, or it belongs to nothing. NotAllowed: the right to all of these is missing. Problem
    `file_damaged`: its bytes are not what was stored.
    """
    uses = uses_of(session, session.processor_id, file_id)
    uses = uses - {FileUse.MAIL} or uses  # that a file was mailed shows it to nobody who may not see its thing
    if not uses:
        raise NotFound("file_unknown", file=file_id)
    allowed = sorted(use for use in uses if _NEEDS[use] in who.rights)
    if not allowed:
        raise NotAllowed("right_missing", right=_NEEDS[min(uses)])
    who.require(_NEEDS[allowed[0]], today)
    return _given(session, act, file_id, allowed[0])


def give_portal_file(session: TenantSession, act: Act, controller_id: int | None, file_id: int) -> StoredFile:
    """Give a controller a file of a document that was issued to it; NotFound for every other one."""
    if controller_id is None or not is_invoice_file_of(session, session.processor_id, file_id, controller_id):
        raise NotFound("file_unknown", file=file_id)
    return _given(session, act, file_id, FileUse.INVOICE)


def give_own_file(session: TenantSession, act: Act, file_id: int, subject: str) -> StoredFile:
    """Give the file of a thing that the caller was found to may see; `subject` names that thing in the access log."""
    file = read_file(session, file_id)
    note_access(session, act, "file_downloaded", subject, file=file_id, sha256=file.sha256)
    return file


def _given(session: TenantSession, act: Act, file_id: int, use: FileUse) -> StoredFile:
    file = read_file(session, file_id)
    note_access(session, act, "file_downloaded", f"stored_file:{id_of(file)}", sha256=file.sha256, use=str(use))
    return file
