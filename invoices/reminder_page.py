"""The reminder as an HTML page, ready to print: a DIN 5008 letter like the invoice it is about."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from billing.texts import wording
from invoices import format as written
from invoices.girocode import transfer_code
from invoices.invoice_page import is_dense
from invoices.paper import Page, environment, grouped
from invoices.reminder import ReminderLetter

_HUNDREDTHS_OF_ALL = 10_000


def reminder_page(letter: ReminderLetter) -> Page:
    """Lay out a reminder."""
    lang = letter.language
    html = (
        environment(lang)
        .get_template("reminder.html")
        .render(
            letter=letter,
            title=reminder_title(letter),
            dense_address=is_dense(letter.buyer),
            language=lang,
            issue_date=letter.written_on,
            seller=letter.seller,
            buyer=letter.buyer,
            info=_info(letter),
            intro=_intro(letter),
            amounts=_amounts(letter),
            interest=[(part, _percent(part.rate_hundredths, lang)) for part in letter.interest],
            transfer=_transfer(letter),
            girocode=transfer_code(letter.seller.bank, letter.total_cents, letter.number),
            girocode_alt=_girocode_alt(letter),
        )
    )
    styles = ("paper.css", "letter.css", "invoice.css", "reminder.css")
    return Page(html=html, styles=styles, language=lang, identifier=f"{letter.number}-{letter.level}")


def reminder_title(letter: ReminderLetter) -> str:
    """Name a reminder by its level and invoice: the first one is a friendly one by name, and a reminder by law."""
    key = "label.reminder_first" if letter.level == 1 else "label.reminder_further"
    return wording(key, letter.language, level=str(letter.level), number=letter.number)


def _info(letter: ReminderLetter) -> list[tuple[str, str]]:
    lang = letter.language
    return [
        ("number", letter.number),
        ("issue_date", written.day(letter.issue_date, lang)),
        ("due_on", written.day(letter.due_on, lang)),
        ("contract", letter.contract_number),
        ("customer_number", letter.buyer.customer_number),
        ("document_date", written.day(letter.written_on, lang)),
    ]


def _intro(letter: ReminderLetter) -> list[str]:
    lang = letter.language
    days = {name: written.day(getattr(letter, name), lang) for name in ("issue_date", "received_on", "due_on")}
    told = [wording("label.reminder_intro", lang, number=letter.number, days=str(letter.payment_days), **days)]
    if letter.earlier:
        told.append(wording("label.reminder_again", lang, dates=_days([one.sent_on for one in letter.earlier], lang)))
    return told


def _days(days: Sequence[date], lang: str) -> str:
    """Name days one after the other: `20.07.2026, am 01.08.2026 und am 15.08.2026`."""
    told = written.day(days[0], lang)
    for at, day in enumerate(days[1:], 2):
        key = "label.reminder_and_on" if at == len(days) else "label.reminder_then_on"
        told = wording(key, lang, before=told, day=written.day(day, lang))
    return told


def _amounts(letter: ReminderLetter) -> list[tuple[str, int, str]]:
    """Give the rows of the account: what, how many cents, and how the row looks."""
    lang = letter.language
    rows = [
        (wording("label.reminder_gross", lang), letter.gross_cents, ""),
        (wording("label.reminder_corrected", lang), -letter.corrected_cents, ""),
        (wording("label.reminder_paid", lang), -letter.paid_cents, ""),
        (wording("label.reminder_written_off", lang), -letter.written_off_cents, ""),
    ]
    left = [row for row in rows if row[1]]
    if len(left) > 1 or letter.costs_cents:
        left.append((wording("label.reminder_open", lang), letter.open_cents, "subtotal"))
    if letter.default_since is not None and letter.interest_cents:
        since = {"since": written.day(letter.default_since, lang), "until": written.day(letter.written_on, lang)}
        left.append((wording("label.reminder_interest", lang, **since), letter.interest_cents, ""))
    if letter.flat_fee_cents:
        left.append((wording("label.reminder_flat_fee", lang), letter.flat_fee_cents, ""))
    return [*left, (wording("label.reminder_total", lang), letter.total_cents, "grand")]


def _transfer(letter: ReminderLetter) -> list[tuple[str, str]]:
    bank = letter.seller.bank
    return [
        ("payee", bank.holder),
        ("amount", written.money(letter.total_cents, letter.language)),
        ("iban", grouped(bank.iban)),
        ("purpose", letter.number),
        ("bank", bank.name),
        ("bic", bank.bic),
    ]


def _percent(hundredths: int, lang: str) -> str:
    return written.percent(Fraction(hundredths, _HUNDREDTHS_OF_ALL), lang)


def _girocode_alt(letter: ReminderLetter) -> str:
    bank = letter.seller.bank
    amount = written.money(letter.total_cents, letter.language)
    fields = {"amount": amount, "payee": bank.holder, "iban": grouped(bank.iban), "purpose": letter.number}
    return wording("label.girocode_alt", letter.language, **fields)
