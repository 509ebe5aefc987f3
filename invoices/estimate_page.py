"""The cost estimate as an HTML page, ready to print: a DIN 5008 letter that says what the portal's page says."""

from billing.texts import wording
from invoices import format as written
from invoices.estimate import EstimateLetter
from invoices.invoice_page import is_dense
from invoices.paper import Page, environment


def estimate_page(letter: EstimateLetter) -> Page:
    """Lay out one version of an estimate."""
    lang = letter.language
    html = (
        environment(lang)
        .get_template("estimate.html")
        .render(
            letter=letter,
            title=_title(letter),
            dense_address=is_dense(letter.buyer),
            language=lang,
            issue_date=letter.written_on,
            seller=letter.seller,
            buyer=letter.buyer,
            info=_info(letter),
            vat_rate=written.percent(letter.vat_rate, lang),
            unit=_unit(letter),
        )
    )
    styles = ("paper.css", "letter.css", "invoice.css", "reminder.css")
    return Page(html=html, styles=styles, language=lang, identifier=f"{letter.number}-{letter.version}")


def _unit(letter: EstimateLetter) -> str:
    minutes = letter.unit_minutes
    key = "label.estimate_unit_minute" if minutes == 1 else "label.estimate_unit"
    return wording(key, letter.language, minutes=str(minutes))


def _title(letter: EstimateLetter) -> str:
    key = "label.estimate_supplement" if letter.supplements else "label.estimate_title"
    return f"{wording(key, letter.language)} {letter.number}"


def _info(letter: EstimateLetter) -> list[tuple[str, str]]:
    lang = letter.language
    return [
        ("estimate_version", str(letter.version)),
        ("estimate_case", letter.case_ref),
        ("estimate_your_reference", letter.controller_reference),
        ("contract", letter.contract_number),
        ("customer_number", letter.buyer.customer_number),
        ("document_date", written.day(letter.written_on, lang)),
    ]
