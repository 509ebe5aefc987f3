"""Files of a case: what the controller handed in with a request, and what we keep of it."""

from typing import Any

from billing.clause.reading import Reader
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_note
from billing.services.proofs import ProofFile, keep_proof, read_upload
from billing.store.queries.cases import case_files_of
from billing.store.session import TenantSession
from billing.store.tables import Case, CaseFile, StoredFile
from billing.store.tables.kinds import RetentionClass

CASE_FILE: dict[str, Reader] = {"file": read_upload, "note?": read_note}


def keep_case_file(
    session: TenantSession, act: Act, case: Case, file: ProofFile, note: str | None = None, *, path: str = "file"
) -> StoredFile:
    """Keep a file with a case; InvalidInput when it is empty, too large, damaged or of no known type."""
    stored = keep_proof(session, act, file, RetentionClass.LETTER, path)
    put(session, CaseFile(case_id=id_of(case), stored_file_id=id_of(stored), note=note, **act.record()))
    audit(session, act, "case_file_kept", f"case:{case.ref}", sha256=stored.sha256)
    return stored


def list_case_files(session: TenantSession, case: Case) -> list[Any]:
    """Give the files of a case without their bytes, in the order they came."""
    return list(case_files_of(session, session.processor_id, id_of(case)))
