"""What an order to send comes to: the file that goes along and what its message says, once all was found sound."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from billing.canonical import fingerprint
from billing.errors import Problem
from billing.services.acting import id_of
from billing.store.files import read_file
from billing.store.queries.sendings import document_of_sending
from billing.store.session import TenantSession
from billing.store.tables import Invoice, PassThrough, Sending, StoredFile
from billing.texts import wording
from invoices import format as written
from invoices.document import Document
from invoices.einvoice.checking import Check
from invoices.run.deliverable import check_deliverable
from invoices.run.ordering import original_of
from invoices.run.overview import invoice_file_id
from invoices.run.pass_through import require_living_statement, statement_file_id
from invoices.statement import PassThroughStatement
from invoices.statement_page import terms_of


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules of electronic invoices say of a document today."""

    invoice: Invoice
    document: Document
    check: Check


@dataclass(frozen=True, slots=True)
class Parcel:
    """A document that is to be sent, with the stored file that it is.

    `text` names the message's texts (`mail.<text>_sent`, `mail.<text>_available`), `page` is where the portal has it.
    `checked` is None where those rules say nothing: of a statement, and of what was issued before there were any.
    """

    text: str
    language: str
    fields: Mapping[str, Any]
    page: str
    file: StoredFile
    checked: Checked | None


def pack(session: TenantSession, order: Sending) -> Parcel:
    """Read what is to be sent, and check it; NotFound while the file is not made.

    Problem `document_damaged` or `file_damaged`: it is not as it was issued. Conflict `pass_through_ended`.

    Also for the portal the file must be there: nobody is told of a document that can't be had yet.
    """
    document = document_of_sending(session, order)
    if isinstance(document, Invoice):
        return _pack_invoice(session, order, document)
    return _pack_statement(session, document)


def _pack_invoice(session: TenantSession, order: Sending, invoice: Invoice) -> Parcel:
    kind = order.file_kind or original_of(invoice)
    file = read_file(session, invoice_file_id(session, id_of(invoice), kind))
    check, document = check_deliverable(session, invoice), Document.from_json(invoice.document)
    return Parcel(
        text="document",
        language=document.language,
        fields=_told_of_invoice(document),
        page=f"/p/rechnungen/{quote(invoice.number, safe='')}",
        file=file,
        checked=None if check is None else Checked(invoice, document, check),
    )


def _pack_statement(session: TenantSession, row: PassThrough) -> Parcel:
    require_living_statement(session, row)
    file = read_file(session, statement_file_id(row))
    if fingerprint(row.document) != row.document_sha256:
        raise Problem("document_damaged", value=row.number)
    statement = PassThroughStatement.from_json(row.document)
    return Parcel(
        text="pass_through",
        language=statement.language,
        fields=_told_of_statement(statement),
        page="/p/rechnungen",
        file=file,
        checked=None,
    )


def _told_of_invoice(document: Document) -> dict[str, Any]:
    """Give what a message says of a document: never a day to pay by, for that hangs on the receipt (13(8))."""
    lang, before = document.language, document.preceding
    return {
        "document": wording(f"label.{document.kind}", lang),
        "number": document.number,
        "issue_date": document.issue_date,
        "period_from": document.period_from,
        "period_to": document.period_to,
        "contract": document.contract_number,
        "gross": written.money(document.gross_cents, lang),
        "payment_terms": document.payment_terms if document.is_payable else "",
        "preceding": before.number if before else "",
        "preceding_date": before.issue_date if before else "",
        "reason": document.reason,
    }


def _told_of_statement(statement: PassThroughStatement) -> dict[str, Any]:
    lang = statement.language
    return {
        "document": wording("label.pass_through", lang),
        "number": statement.number,
        "issue_date": statement.issue_date,
        "month": written.month(statement.month, lang),
        "contract": statement.contract_number,
        "total": written.money(statement.total_cents, lang),
        "terms": terms_of(statement),
        "note": wording("label.statement_note", lang),
    }
