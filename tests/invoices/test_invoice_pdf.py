"""What a printed invoice says: every amount, what the law asks for, and the same bytes each time."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import pikepdf
import pytest
from pypdf import PdfReader
from weasyprint import HTML

from invoices import format as written
from invoices.document import Document, VatCategory
from invoices.invoice_page import invoice_page
from invoices.parties import Address, Bank, Contact
from invoices.pdf import Press
from invoices.words import tax_notes
from tests.invoices.looking import PAGE_HEIGHT, PAGE_WIDTH, Prints, inside, squeezed, text_boxes, text_of
from tests.invoices.papers import PAPERS
from tests.invoices.samples import BUYER, SELLER, document, expense, line

each_paper = pytest.mark.parametrize("name", PAPERS)


def amounts_of(made: Document) -> list[str]:
    lang = made.language
    cents = [made.net_cents, made.gross_cents, *(group.vat_cents for group in made.vat_groups)]
    cents += [item.net_cents for item in made.lines] + [item.net_cents for item in made.expenses]
    prices = [price for item in made.lines for price in (item.unit_price, item.hourly_price)]
    return [written.money(value, lang) for value in cents] + [written.price(price, lang) for price in prices]


@each_paper
def test_every_amount_is_on_the_paper_as_often_as_in_the_document(name: str, prints: Prints) -> None:
    text = prints.text(name)
    for amount, times in Counter(squeezed(amount) for amount in amounts_of(PAPERS[name])).items():
        assert text.count(amount) >= times, amount


@each_paper
def test_every_line_shows_case_quantity_period_approval_and_clause(name: str, prints: Prints) -> None:
    made, text = PAPERS[name], prints.text(name)
    for item in made.lines:
        assert item.case_ref in text
        assert squeezed(written.hours(item.hours, made.language)) in text
        assert f"{written.whole(item.units)} × 15" in text
        assert squeezed(written.clause_list(item.clauses, made.language)) in text
        assert squeezed(written.span(item.first_day, item.last_day, made.language)) in text
        for approval in item.approvals:
            assert approval.estimate_ref in text
    for cost in made.expenses:
        assert cost.receipt_ref in text


@each_paper
def test_every_explanation_is_on_the_paper_in_full(name: str, prints: Prints) -> None:
    text = _letters(prints.text(name))
    for explanation in PAPERS[name].explanations:
        assert _letters(explanation.title + explanation.text) in text


@each_paper
def test_the_letter_shows_what_35a_gmbhg_and_14_ustg_ask_for(name: str, prints: Prints) -> None:
    made, text = PAPERS[name], prints.text(name)
    seller, entry = made.seller, made.seller.registration
    assert entry is not None
    wanted = [seller.name, seller.vat_id, entry.seat, entry.court, entry.number, *entry.managing_directors]
    wanted += [*seller.address.lines, seller.address.postcode, seller.address.city, made.number]
    wanted += [written.day(made.issue_date, made.language), seller.contact.phone, made.buyer.address.postcode]
    wanted += [written.span(made.period_from, made.period_to, made.language)]
    for content in wanted:
        assert _letters(content) in _letters(text), content


def _letters(text: str) -> str:
    """Leave out spaces and the hyphens that break a word at the end of a line."""
    return "".join(character for character in text if character.isalnum())


def test_the_due_sentence_is_there_and_no_due_date(prints: Prints) -> None:
    text = prints.text("1 line")
    assert "zahlbar innerhalb von 14 Tagen nach Zugang ohne Abzug" in text
    assert "16.11.2026" not in text
    assert "Skonto" not in text
    assert "fällig" not in text


TITLES = [("1 line", "Rechnung RE-2026-0042"), ("cancellation", "Stornorechnung SR-2026-0003")]
TITLES += [("correction", "Rechnungskorrektur KR-2026-0001"), ("English", "Invoice RE-2026-0042")]


@pytest.mark.parametrize(("name", "title"), TITLES)
def test_the_title_says_what_it_is(name: str, title: str, prints: Prints) -> None:
    assert PdfReader(BytesIO(prints.pdf(name))).metadata["/Title"] == title  # type: ignore[index]
    assert inside(prints.boxes(name), "h1")[0].text == title
    assert "gutschrift" not in prints.text(name).lower()


def test_a_cancellation_names_the_invoice_its_reason_and_asks_for_nothing(prints: Prints) -> None:
    text = prints.text("cancellation")
    assert "stornieren wir unsere Rechnung RE-2026-0042 vom 02.11.2026 vollständig" in text
    assert "Grund: Leistung war bereits mit Rechnung RE-2026-0031 abgerechnet" in text
    assert "Stornierter Betrag" in text
    assert "nicht mehr zu zahlen" in text
    assert "zahlbar innerhalb" not in text
    assert "GiroCode" not in text


PAPERS_TO_PAY = [name for name, made in PAPERS.items() if made.is_payable]


@each_paper
def test_the_girocode_is_there_exactly_where_something_is_to_be_paid(name: str, prints: Prints) -> None:
    assert ("GiroCode" in prints.text(name)) == (name in PAPERS_TO_PAY)


def test_vat_of_several_rates_shows_each_base(prints: Prints) -> None:
    text = prints.text("VAT at several rates")
    assert "zzgl. 19 % Umsatzsteuer auf 125,00 € 23,75 €" in text
    assert "zzgl. 7 % Umsatzsteuer auf 125,00 € 8,75 €" in text
    assert "Steuerbefreit als Kleinunternehmer nach § 19 UStG (125,00 € netto) 0,00 €" in text
    assert "Umsatzsteuer gesamt 32,50 €" in text


WITHOUT_VAT = [
    (VatCategory.REVERSE_CHARGE, "Steuerschuldnerschaft des Leistungsempfängers"),
    (VatCategory.OUTSIDE_SCOPE, "Nicht steuerbar, Leistungsort nach § 3a Abs. 2 UStG beim Leistungsempfänger"),
    (VatCategory.EXEMPT, "Steuerbefreit als Kleinunternehmer nach § 19 UStG"),
]


@pytest.mark.parametrize(("category", "reason"), WITHOUT_VAT)
def test_why_there_is_no_vat_stands_in_the_totals_instead_of_a_rate(
    category: VatCategory, reason: str, press: Press
) -> None:
    made = document((line(1, vat_category=category, vat_rate=Fraction(0)),))
    text = text_of(press.print(invoice_page(made)))
    assert f"Summe netto 125,00 € {reason} 0,00 € Rechnungsbetrag 125,00 €" in text
    assert text.count(reason) == 1
    assert "Umsatzsteuer 0" not in text
    assert list(tax_notes(made)) == [f"{reason}."]


SUMMED = [
    (
        "units that fill each other",
        [(220, 15), (50, 3), (90, 6)],
        "zusammen erfasst 6:00 h, berechnet 24 × 15 Min. = 6:00 h",
    ),
    ("a unit begun", [(110, 8), (45, 3)], "zusammen erfasst 2:35 h, berechnet 11 × 15 Min. = 2:45 h"),
    ("missing units alone", [(20, 1), (0, 1)], "zusammen erfasst 0:20 h, berechnet 2 × 15 Min. = 0:30 h"),
    ("each line by itself", [(120, 8), (45, 3)], ""),
    ("one line", [(50, 4)], ""),
    ("taken back", [(110, -8), (45, -3)], ""),
]


@pytest.mark.parametrize(("lines", "said"), [row[1:] for row in SUMMED], ids=[row[0] for row in SUMMED])
def test_the_units_of_a_case_can_be_followed_where_its_lines_do_not_show_them(
    lines: list[tuple[int, int]], said: str
) -> None:
    classes = ("regular", "out_of_hours", "night_weekend")
    of_case = [
        line(at, units, rate, case_ref="V-193", worked_minutes=minutes)
        for at, ((minutes, units), rate) in enumerate(zip(lines, classes, strict=False), 1)
    ]
    html = invoice_page(document((*of_case, line(9)))).html.replace("\u00a0", " ")
    assert (f'<td colspan="4">{said}</td>' in html) == bool(said)
    assert html.count("zusammen erfasst") == bool(said)


def test_the_sum_of_a_long_case_is_said_once_after_its_last_line() -> None:
    made = document(tuple(line(at, case_ref="V-193", worked_minutes=70) for at in range(1, 8)))
    html = invoice_page(made).html.replace("\u00a0", " ")
    assert html.count("zusammen erfasst") == 1
    last = html.index('<td class="position">7</td>')
    assert last < html.index("zusammen erfasst 8:10 h, berechnet 35 × 15 Min. = 8:45 h")


def test_a_name_in_the_footer_stays_on_one_line(press: Press) -> None:
    boxes = inside(text_boxes(press.lay_out(invoice_page(document()))), "registered")
    assert [box.text.strip().replace(written.NO_BREAK, " ") for box in boxes][-2:] == [
        "Geschäftsführung: Dr. Katharina Weiß,",
        "Jörg Österle",
    ]


def test_taxation_on_receipt_is_said(press: Press) -> None:
    made = document(seller=replace(SELLER, taxed_on_receipt=True))
    assert "Versteuerung nach vereinnahmten Entgelten" in text_of(press.print(invoice_page(made)))
    assert "vereinnahmten" not in text_of(press.print(invoice_page(document())))


@each_paper
def test_a_page_read_as_xml_is_the_page_that_an_html_parser_reads(name: str) -> None:
    html = invoice_page(PAPERS[name]).html
    assert seen(ET.fromstring(html)) == seen(HTML(string=html).etree_element)  # noqa: S314 - our own page


def seen(root: ET.Element) -> list[Any]:
    return [(each.tag, each.attrib, (each.text or "").strip(), (each.tail or "").strip()) for each in root.iter()]


def test_a_page_with_what_xml_has_no_place_for_is_printed(press: Press) -> None:
    made = document(notes=("eins\x0czwei",))
    with pytest.raises(ET.ParseError):
        ET.fromstring(invoice_page(made).html)  # noqa: S314 - our own page
    notes = inside(text_boxes(press.lay_out(invoice_page(made))), "note")
    assert [box.text for box in notes][-1].endswith("zwei")


def test_text_is_text_and_never_markup(prints: Prints) -> None:
    text = prints.text("hostile text")
    assert "<b>&amp;</b> <script>alert(1)</script> {{ 7 * 7 }}" in text
    assert '<img src="https://example.org/x.png">' in text


@pytest.mark.parametrize("name", ["40 lines", "long names everywhere", "cancellation", "English"])
def test_the_same_document_gives_the_same_bytes(name: str, prints: Prints) -> None:
    assert Press().print(invoice_page(Document.from_json(PAPERS[name].to_json()))) == prints.pdf(name)


def test_another_number_gives_another_file_identifier(prints: Prints) -> None:
    first, second = (pikepdf.open(BytesIO(prints.pdf(name))).trailer["/ID"] for name in ("1 line", "cancellation"))
    assert bytes(first[0]) != bytes(second[0])


def test_paper_is_a4(prints: Prints) -> None:
    for page in PdfReader(BytesIO(prints.pdf("40 lines"))).pages:
        assert float(page.mediabox.width) == pytest.approx(PAGE_WIDTH / 25.4 * 72, abs=0.1)
        assert float(page.mediabox.height) == pytest.approx(PAGE_HEIGHT / 25.4 * 72, abs=0.1)


def test_a_draft_that_lacks_nearly_everything_can_be_looked_at(press: Press) -> None:
    nowhere = Address(lines=(), postcode="", city="", country="")
    nobody = Contact(name="", phone="", email="")
    no_account = Bank(holder="", iban="", bic="", name="")
    seller = replace(SELLER, address=nowhere, registration=None, vat_id="", contact=nobody, website="", bank=no_account)
    made = document(
        (line(1, case_title="", services=(), approvals=(), clauses=()),),
        (expense(2, description="", receipt_ref="", clauses=()),),
        seller=seller,
        buyer=replace(BUYER, name="", address=nowhere, customer_number="", reference=""),
        contract_signed_on=None,
        number="",
        payment_terms="",
    )
    text = text_of(press.print(invoice_page(made)))
    assert "148,75" not in text
    assert squeezed(written.money(made.gross_cents, "de")) in text
