"""Prove rows by what was frozen or written beside them: documents, their files, and people's roles."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from billing.canonical import fingerprint
from billing.store.queries.issued_files import (
    checked_at_issue,
    documents,
    files_there,
    issued_documents,
    issued_statements,
    made_for,
)
from billing.store.queries.logs import Told, audit_begins_at, events_of, gone_until
from billing.store.queries.users import all_grants
from billing.store.session import TenantSession
from billing.store.tables.kinds import InvoiceFileKind, InvoiceKind

_PRINTED = (InvoiceFileKind.PDF, InvoiceFileKind.ACTIVITY_RECORD_PDF)
_OF_STATEMENT = {name: name for name in ("number", "issue_date", "total_cents")}
_OF_INVOICE = {name: name for name in ("number", "issue_date", "kind", "net_cents", "vat_cents", "gross_cents")} | {
    "service_from": "period_from",
    "service_to": "period_to",
}
"""Columns that say what the document says, each with its name there."""
_GRANTED, _REVOKED, _DEACTIVATED = "role_granted", "role_revoked", "user_deactivated"


def check_documents(session: TenantSession) -> Iterator[tuple[str, str | None]]:
    """Prove every issued document, statements of pass-through money included, and its row by the document.

    Lists, open items and the portal go by the row: what it owes, whose it is, what it takes back.
    """
    for row in issued_documents(session):
        yield row.number, _document_fault(row, _OF_INVOICE)
    for row in issued_statements(session):
        yield row.number, _document_fault(row, _OF_STATEMENT)


def _document_fault(row: Any, columns: Mapping[str, str]) -> str | None:
    if fingerprint(row.document) != row.document_sha256:
        return "hash_differs"
    said = json.loads(row.document)
    is_same = all(str(getattr(row, column)) == str(said[name]) for column, name in columns.items())
    is_whose = (row.contract_id, row.controller_id) == (row.closed_contract_id, row.contract_controller_id)
    taken_back = (said.get("preceding") or {}).get("number")
    return None if is_same and is_whose and taken_back == row.cancels_number else "row_differs"


def check_issued_files(session: TenantSession) -> Iterator[tuple[str, str | None]]:
    """Prove that every document has its files, and the very XML that was checked as it was issued.

    The activity record as CSV came with the XML. A printed file is there once the outbox says that it was made.
    """
    gone = gone_until(session, {"invoice_file", "invoice_check"})
    for some in documents(session):
        ids = [row.id for row in some]
        there = {(row.invoice_id, str(row.kind)): row for row in files_there(session, ids)}
        checked, made = checked_at_issue(session, ids), made_for(session, ids, _PRINTED)
        for row in some:
            must = {kind for number, kind in made if number == row.id}
            xml = there.get((row.id, InvoiceFileKind.XML))
            if row.id in checked:
                must.add(InvoiceFileKind.XML)
            if xml is not None and xml.made_with is not None and row.kind == InvoiceKind.INVOICE:
                must.add(InvoiceFileKind.ACTIVITY_RECORD_CSV)
            missing = row.issue_date.year > gone and any((row.id, kind) not in there for kind in must)
            other = xml is not None and row.id in checked and checked[row.id] != xml.sha256
            yield row.number, "file_missing" if missing else "xml_differs" if other else None


def check_grants(session: TenantSession) -> Iterator[tuple[str, str | None]]:
    """Prove that every role was granted as the audit log tells, and that none that was taken back holds again."""
    told = events_of(session, (_GRANTED, _REVOKED, _DEACTIVATED))
    given = {event.details.get("grant"): event for event in told if event.action == _GRANTED}
    ended = {event.details.get("grant") for event in told if event.action == _REVOKED}
    closed = {event.subject: event.seq for event in told if event.action == _DEACTIVATED}
    is_whole = audit_begins_at(session) == 1
    for grant in all_grants(session, session.processor_id):
        event, user = given.get(grant.id), f"user:{grant.user_id}"
        if event is None:  # it may have gone with the log's first rows
            right = not is_whole
        else:
            is_over = grant.id in ended or closed.get(user, 0) > event.seq
            right = event.subject == user and _is_told(grant, event) and (grant.revoked_at is not None or not is_over)
        yield f"{user} {grant.role}", None if right else "not_granted"


def _is_told(grant: Any, event: Told) -> bool:
    """Tell whether this role came with the event, until the same moment."""
    before, after = event.details["roles"]
    until = event.details["expires_at"]
    is_new = grant.role in after and grant.role not in before
    return is_new and grant.expires_at == (None if until is None else datetime.fromisoformat(until))
