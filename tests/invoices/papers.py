"""The invoices that the tests of printing look at, from one line to forty, with names that hardly fit."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from billing.clause.term_sets import term_set
from invoices.document import Approval, Document, Kind, VatCategory
from invoices.parties import Address, Bank, Contact, Registration
from invoices.wording import explanations, payment_terms
from tests.invoices.samples import BUYER, SELLER, cancellation, document, expense, line

CLASSES = ("regular", "out_of_hours", "night_weekend", "travel")
TERMS = term_set("immoinvent-2026").terms
LONG_WORD = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzesänderungsdurchführungsverordnung"
LONG_NAME = "Gemeinnützige Krankenhausbetriebsgesellschaft Oberschwaben mbH"  # 62 characters


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
TWO_RATES = document(
    (line(1), line(2, vat_rate=Fraction(7, 100)), line(3, vat_category=VatCategory.EXEMPT, vat_rate=Fraction(0)))
)

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
