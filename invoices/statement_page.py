"""The statement of pass-through money as an HTML page, ready to print."""

from billing.texts import wording
from invoices import format as written
from invoices.invoice_page import is_dense, transfer_rows
from invoices.paper import Page, environment
from invoices.statement import PassThroughStatement


def statement_page(statement: PassThroughStatement) -> Page:
    """Lay out a statement of pass-through money."""
    lang, month = statement.language, written.month(statement.month, statement.language)
    html = (
        environment(lang)
        .get_template("pass_through.html")
        .render(
            statement=statement,
            title=f"{wording('label.pass_through', lang)} {month}",
            dense_address=is_dense(statement.buyer),
            language=lang,
            issue_date=statement.issue_date,
            seller=statement.seller,
            buyer=statement.buyer,
            info=[
                ("document_number", statement.number),
                ("document_date", written.day(statement.issue_date, lang)),
                ("contract", statement.contract_number),
                ("customer_number", statement.buyer.customer_number),
            ],
            intro=wording("label.statement_intro", lang, contract=statement.contract_number, month=month),
            terms=terms_of(statement),
            transfer=transfer_rows(statement.seller.bank, statement.total_cents, statement.number, lang),
        )
    )
    styles = ("paper.css", "letter.css", "invoice.css")
    return Page(html=html, styles=styles, language=lang, identifier=statement.number)


def terms_of(statement: PassThroughStatement) -> str:
    """Give the sentence that says until when the money is to be refunded."""
    if not statement.payment_days:
        return wording("label.statement_terms_at_once", statement.language)
    return wording("label.statement_terms", statement.language, days=str(statement.payment_days))
