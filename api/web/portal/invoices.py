"""Invoices in the portal: what was issued to the controller, its files, what is open, and a question about one."""

from typing import Any

from api.web.calls import Answer, Done, Download, OpenPageCall
from api.web.portal.frame import MOST, framed
from api.web.portal.visit import at_portal
from api.web.routing import open_deed, open_page
from billing.clause.reading import refuse
from billing.services.files import give_own_file
from billing.services.invoice_questions import ask_about_invoice
from billing.services.portal_visits import PortalVisit
from billing.services.receivables import Receivables
from invoices.document import Document
from invoices.run.overview import InvoiceRow, invoice_by_number, invoice_file_id, newest_invoices
from invoices.run.pass_through import newest_statements, statement_by_id, statement_file_id


@open_page("/p/rechnungen")
def portal_invoices(call: OpenPageCall) -> Answer:
    """List what was issued, the newest first."""
    return at_portal(call, _list)


@open_page("/p/rechnungen/{nr:str}")
def portal_invoice(call: OpenPageCall) -> Answer:
    """Show an invoice line by line, with its files."""
    return at_portal(call, _show)


@open_page("/p/rechnungen/{nr:str}/datei/{kind:str}")
def portal_invoice_file(call: OpenPageCall) -> Answer:
    """Send a file of an invoice; who got it is noted."""
    return at_portal(call, _file, changes=True)


@open_page("/p/durchlaufende-posten/{nr:int}")
def portal_statement_file(call: OpenPageCall) -> Answer:
    """Send a statement of pass-through money; who got it is noted."""
    return at_portal(call, _statement, changes=True)


@open_deed("/p/rechnungen/{nr:str}/frage", back=portal_invoice)
def ask_deed(call: OpenPageCall) -> Answer:
    """Send a question about an invoice to those who wrote it."""
    return at_portal(call, _ask, changes=True)


def _list(call: OpenPageCall, visit: PortalVisit) -> Answer:
    rows = newest_invoices(visit.session, MOST, controller_id=visit.controller_id)
    statements = newest_statements(visit.session, MOST, controller_id=visit.controller_id)
    return framed(call, visit, "portal/invoices.html", rows=_with_balances(visit, rows), statements=statements)


def _statement(call: OpenPageCall, visit: PortalVisit) -> Answer:
    row = statement_by_id(visit.session, call.path["nr"], controller_id=visit.controller_id)
    number, subject = statement_file_id(row.statement), f"pass_through:{row.statement.number}"
    file = give_own_file(visit.session, visit.act, number, subject)
    return Download(file.content, file.media_type, file.name)


def _show(call: OpenPageCall, visit: PortalVisit) -> Answer:
    row = _mine(call, visit)
    (stood,) = _with_balances(visit, [row])
    return framed(call, visit, "portal/invoice.html", **stood, document=Document.from_json(row.invoice.document))


def _file(call: OpenPageCall, visit: PortalVisit) -> Answer:
    row = _mine(call, visit)
    kinds = {str(kind): kind for kind in row.files}
    kind = kinds.get(call.path["kind"], "pdf")
    number = invoice_file_id(visit.session, row.id, kind)
    file = give_own_file(visit.session, visit.act, number, f"invoice:{row.invoice.number}")
    return Download(file.content, file.media_type, file.name)


def _ask(call: OpenPageCall, visit: PortalVisit) -> Answer:
    row, text = _mine(call, visit), call.form.text("frage")
    if not text:
        call.form.note(refuse("portal_question_missing", "frage", None))
    call.form.require_good()
    ask_about_invoice(visit.session, visit.act, visit.contact, row.id, text)
    return Done(f"/p/rechnungen/{row.invoice.number}", "portal_invoice_asked")


def _mine(call: OpenPageCall, visit: PortalVisit) -> InvoiceRow:
    return invoice_by_number(visit.session, call.path["nr"], controller_id=visit.controller_id)


def _with_balances(visit: PortalVisit, rows: list[InvoiceRow]) -> list[dict[str, Any]]:
    items = Receivables(visit.session, visit.act.at).of_all([row.id for row in rows])
    balances = {item.id: item.balance for item in items}
    return [{"row": row, "invoice": row.invoice, "balance": balances.get(row.id)} for row in rows]
