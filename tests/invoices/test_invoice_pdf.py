"""The printed invoice: every amount on it, nothing clipped, totals never alone, the same bytes each time."""

from collections import Counter
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import partial
from io import BytesIO
from itertools import takewhile
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from billing.clause.term_sets import term_set
from invoices import format as written
from invoices.document import Approval, Document, Kind, VatCategory
from invoices.invoice_page import invoice_page
from invoices.parties import Address, Bank, Contact, Registration
from invoices.pdf import Press
from invoices.wording import explanations, payment_terms
from tests.invoices.looking import (
    PAGE_HEIGHT,
    PAGE_WIDTH,
    Prints,
    TextBox,
    inside,
    pages_of,
    squeezed,
    text_boxes,
    text_of,
)
from tests.invoices.samples import BUYER, SELLER, cancellation, document, expense, line

CLASSES = ("regular", "out_of_hours", "night_weekend", "travel")
TERMS = term_set("immoinvent-2026").terms
LONG_WORD = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzesänderungsdurchführungsverordnung"
LONG_NAME = "Gemeinnützige Krankenhausbetriebsgesellschaft Oberschwaben mbH"
assert len(LONG_NAME) >= 60


def explained(made: Document) -> Document:
    used = [item.rate_class for item in made.lines]
    return replace(made, explanations=explanations([TERMS], used, made.language, with_expenses=bool(made.expenses)))


def of_lines(count: int, **changes: Any) -> Document:
    return explained(document(tuple(line(at + 1, 1 + at % 9, CLASSES[at % 4], **changes) for at in range(count))))


LONG_SELLER = replace(
    SELLER,
    name="Gesellschaft für Datenverarbeitungsdienstleistungen Süddeutschland mbH",
    contact=Contact(
        name="Prof. Dr. Wolfgang-Maximilian von Hohenstauffen-Lichtenberg",
        phone="+49 (0) 7127 98 76 50-1234",
        email="datenschutzkoordination.unterstuetzung@datenverarbeitungsdienstleistungen.example",
    ),
    website="www.datenverarbeitungsdienstleistungen-sueddeutschland.example",
    registration=Registration(
        seat="Villingen-Schwenningen",
        court="Amtsgericht Freiburg im Breisgau",
        number="HRB 123456",
        managing_directors=(
            "Prof. Dr. Wolfgang-Maximilian von Hohenstauffen",
            "Dr. Anneliese Müller-Lüdenscheidt",
            "Friedrich Wilhelm Schmidt-Rottluff",
        ),
    ),
    bank=Bank(holder=LONG_NAME, iban="DE02120300000000202051", bic="BYLADEM1001", name="Landesbank Baden-Württemberg"),
)
LONG_BUYER = replace(
    BUYER,
    name=LONG_NAME,
    address=Address(
        lines=(
            "z. Hd. der Abteilung Datenschutz und Informationssicherheit",
            "Verwaltungsgebäude Haus 7, Eingang Nord, 3. Obergeschoss",
            "Bürgermeister-Doktor-Schwarzwälder-Gedächtnisstraße 123a",
        ),
        postcode="6020",
        city="Innsbruck",
        country="AT",
    ),
    reference="04011000-1234512345-06-ABCDEFGHIJKLMNOP",
    vat_id="ATU12345678",
)
THREE_APPROVALS = tuple(
    Approval(estimate_ref=f"KVA-2026-00000{at}", approved_on=date(2026, 10, at)) for at in (7, 8, 9)
)
TWO_RATES = document((line(1), line(2, vat_rate=Fraction(7, 100)), line(3, vat_category=VatCategory.EXEMPT)))

PAPERS: dict[str, Document] = {
    "1 line": of_lines(1),
    "2 lines": of_lines(2),
    "40 lines": of_lines(40),
    "40 lines with long titles": of_lines(40, case_title=f"{LONG_WORD} und {LONG_NAME}"),
    "expenses alone": explained(document((), (expense(1), expense(2, 123_456, kind="third_party")))),
    "lines and expenses": explained(document((line(1), line(2, 7, "travel")), (expense(3), expense(4, 0)))),
    "long names everywhere": explained(
        document(
            (line(1, 12_345, case_title=LONG_WORD, approvals=THREE_APPROVALS, urgent=True), line(2, 0)),
            (expense(3, description=LONG_WORD),),
            seller=LONG_SELLER,
            buyer=LONG_BUYER,
            contract_number="AVV-2026-017-GEMEINNUETZIGE-KRANKENHAUSBETRIEBSGESELLSCHAFT",
        )
    ),
    "a line of zero": document((line(1, 0),)),
    "VAT at several rates": TWO_RATES,
    "cancellation": cancellation(of_lines(3)),
    "correction": replace(
        cancellation(document((line(1, -5), line(2, -2, "travel")))), kind=Kind.CORRECTION, number="KR-2026-0001"
    ),
    "English": replace(
        of_lines(2, lang="en"),
        language="en",
        payment_terms=payment_terms(14, "en"),
        explanations=explanations([TERMS], CLASSES[:2], "en"),
    ),
    "hostile text": document(
        (line(1, case_title="<b>&amp;</b> <script>alert(1)</script> {{ 7 * 7 }}"),),
        notes=('<img src="https://example.org/x.png">',),
    ),
}


@pytest.fixture(scope="module")
def prints(press: Press) -> Prints:
    return Prints(press, {name: invoice_page(made) for name, made in PAPERS.items()})


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
        assert f"{item.units} × 15" in text
        assert squeezed(written.clause_list(item.clauses, made.language)) in text
        assert squeezed(written.span(item.first_day, item.last_day, made.language)) in text
        for approval in item.approvals:
            assert approval.estimate_ref in text
    for cost in made.expenses:
        assert cost.receipt_ref in text


@each_paper
def test_nothing_is_outside_the_page_or_its_text_margins(name: str, prints: Prints) -> None:
    for box in prints.boxes(name):
        assert box.left >= 24.9, box
        assert box.right <= 190.5, box
        assert box.top >= 10, box
        assert box.bottom <= PAGE_HEIGHT - 4, box


@each_paper
def test_no_two_texts_lie_on_each_other(name: str, prints: Prints) -> None:
    boxes = [box for box in prints.boxes(name) if box.text.strip("\u200b ")]
    boxes.sort(key=lambda box: (box.page, box.top))
    for at, one in enumerate(boxes):
        for other in takewhile(partial(_begins_beside, one), boxes[at + 1 :]):
            assert min(one.right, other.right) - max(one.left, other.left) <= 0.2, (one, other)


def _begins_beside(one: TextBox, other: TextBox) -> bool:
    """Whether `other` begins while `one` goes on; a text box is a little higher than its line."""
    return one.page == other.page and min(one.bottom, other.bottom) - other.top > 1.2


@each_paper
def test_the_address_stands_in_the_window_of_the_envelope(name: str, prints: Prints) -> None:
    address = inside(prints.boxes(name), "window-content")
    assert squeezed(" ".join(box.text for box in address)).count(PAPERS[name].buyer.address.postcode) >= 1
    for box in address:
        assert box.top >= 45, box
        assert box.bottom <= 90.5, box
        assert box.left >= 20, box
        assert box.right <= 105, box


@pytest.mark.parametrize("name", ["1 line", "2 lines", "cancellation", "English"])
def test_subject_and_information_stand_where_din_5008_puts_them(name: str, prints: Prints) -> None:
    boxes = prints.boxes(name)
    subject = inside(boxes, "h1")[0]
    assert 97 <= subject.top <= 101
    assert subject.weight == 600
    information = inside(boxes, "info")
    assert min(box.top for box in information) >= 49.9
    assert min(box.left for box in information) == pytest.approx(125, abs=0.1)
    assert max(box.bottom for box in information) <= subject.top


@pytest.mark.parametrize("count", [*range(1, 16), 40])
def test_the_totals_are_never_alone_on_a_page(count: int, press: Press) -> None:
    made = of_lines(count)
    boxes = text_boxes(press.lay_out(invoice_page(made)))
    totals = {box.page for box in inside(boxes, "totals")}
    assert len(totals) == 1
    assert [box for box in inside(boxes, "line") if box.page in totals]


@pytest.mark.parametrize("name", ["40 lines", "40 lines with long titles", "long names everywhere"])
def test_a_line_is_never_split_over_pages_and_headings_are_repeated(name: str, prints: Prints) -> None:
    boxes = prints.boxes(name)
    pages_by_position: dict[str, set[int]] = {}
    headings = inside(boxes, "section")
    lines = [box for box in inside(boxes, "line") if box not in headings]
    starts = [at for at, box in enumerate(lines) if "position" in box.path[-1] and box.text.isdigit()]
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        pages_by_position[lines[start].text] = {box.page for box in lines[start:end]}
    assert len(pages_by_position) == len(PAPERS[name].lines) + len(PAPERS[name].expenses)
    assert all(len(pages) == 1 for pages in pages_by_position.values())
    heading_pages = {box.page for box in inside(boxes, "thead")}
    assert heading_pages == {box.page for box in lines}


def test_pages_are_counted_and_named(prints: Prints) -> None:
    pages = pages_of(prints.pdf("40 lines"))
    assert len(pages) > 3
    for number, text in enumerate(pages, 1):
        assert f"Seite {number} von {len(pages)}" in text
        assert "Rechnung RE-2026-0042" in text
        assert "Amtsgericht Stuttgart, HRB 123456" in text
    assert "Page 1 of" in pages_of(prints.pdf("English"))[0]


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
TITLES += [("correction", "Rechnungsberichtigung KR-2026-0001"), ("English", "Invoice RE-2026-0042")]


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
    assert "Steuerbefreit als Kleinunternehmer nach § 19 UStG" in text


def test_taxation_on_receipt_is_said(press: Press) -> None:
    made = document(seller=replace(SELLER, taxed_on_receipt=True))
    assert "Versteuerung nach vereinnahmten Entgelten" in text_of(press.print(invoice_page(made)))
    assert "vereinnahmten" not in text_of(press.print(invoice_page(document())))


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
