"""Each group of EN 16931 as it is written, business term by business term."""

from base64 import b64decode
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from invoices.document import Document, Kind, VatCategory, VatGroup
from invoices.einvoice.enclosed import Attachment
from invoices.einvoice.invoice_xml import invoice_xml, with_number
from invoices.parties import Address, InvoiceFormat
from tests.invoices.einvoice.reading import AGREEMENT, DOCUMENT, LINES, SETTLEMENT, as_format, texts, xrechnung
from tests.invoices.samples import BUYER, SELLER, cancellation, document, expense, line

SELLER_PATH, BUYER_PATH = f"{AGREEMENT}/ram:SellerTradeParty", f"{AGREEMENT}/ram:BuyerTradeParty"
SUMS = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
TAX = f"{SETTLEMENT}/ram:ApplicableTradeTax"
MEANS = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans"
LINE = f"{LINES}[1]"
INVOICE = document((line(1, 5), line(2, 3, "travel")), (expense(3, 10_050),))


def abroad(category: VatCategory, **seller: object) -> Document:
    untaxed = document((line(1, 4, vat_category=category, vat_rate=Fraction(0)),))
    return replace(
        untaxed,
        buyer=replace(BUYER, vat_id="ATU13585627", address=replace(BUYER.address, postcode="6020", country="AT")),
        seller=replace(SELLER, **seller),  # type: ignore[arg-type]
    )


CORRECTION = replace(
    cancellation(document((line(1, -5),), (expense(2, -10_050),))), kind=Kind.CORRECTION, number="KR-2026-0001"
)
THREE_LINES = replace(BUYER, address=replace(BUYER.address, lines=("A", "B", "C", "D")))
SEVEN_MINUTES = line(1, 7, unit_minutes=1, unit_price=Fraction(5, 3), hours=Fraction(7, 60), net_cents=1167)
CANCELLED = (
    "Der Betrag der Rechnung RE-2026-0042 ist damit nicht mehr zu zahlen. "
    "Haben Sie schon gezahlt, erstatten wir den Betrag oder rechnen ihn auf Ihren Wunsch an."
)
BASIS = (
    "V-2026-001 · Auskunft nach Art. 15 DSGVO\nGeschäftszeiten\n12.–15.10.2026\nerfasst 1:10\u00a0h\n"
    "Kostenvoranschlag KVA-7, freigegeben am 09.10.2026\n"
    "Ziff.\u00a013\u00a0Abs.\u00a03\u00a0lit.\u00a0a, Abs.\u00a04\u00a0lit.\u00a0a"
)
NOWHERE: tuple[str, ...] = ()

ROWS: list[tuple[str, Document, str, tuple[str, ...]]] = [
    ("BT-1 number", INVOICE, f"{DOCUMENT}/ram:ID", ("RE-2026-0042",)),
    ("BT-2 issue date", INVOICE, f"{DOCUMENT}/ram:IssueDateTime/udt:DateTimeString", ("20261102",)),
    ("BT-3 of an invoice", INVOICE, f"{DOCUMENT}/ram:TypeCode", ("380",)),
    ("BT-3 of a cancellation", cancellation(INVOICE), f"{DOCUMENT}/ram:TypeCode", ("381",)),
    ("BT-3 of a correction", CORRECTION, f"{DOCUMENT}/ram:TypeCode", ("384",)),
    ("BT-5 currency", INVOICE, f"{SETTLEMENT}/ram:InvoiceCurrencyCode", ("EUR",)),
    ("BT-9 is never written", INVOICE, "//ram:DueDateDateTime", NOWHERE),
    ("BT-10 buyer reference", INVOICE, f"{AGREEMENT}/ram:BuyerReference", ("04011000-12345-67",)),
    (
        "BT-12 contract",
        INVOICE,
        f"{AGREEMENT}/ram:ContractReferencedDocument/ram:IssuerAssignedID",
        ("AVV-2026-017",),
    ),
    (
        "BT-20 says in words when to pay",
        INVOICE,
        f"{SETTLEMENT}/ram:SpecifiedTradePaymentTerms/ram:Description",
        ("Der Rechnungsbetrag ist zahlbar innerhalb von 14 Tagen nach Zugang ohne Abzug.",),
    ),
    (
        "BT-20 of a cancellation says what becomes of the money",
        cancellation(INVOICE),
        "//ram:SpecifiedTradePaymentTerms/ram:Description",
        (CANCELLED,),
    ),
    (
        "BT-22 of a cancellation gives the reason as one",
        cancellation(INVOICE, "Doppelt"),
        f"{DOCUMENT}/ram:IncludedNote[ram:SubjectCode='ACD']/ram:Content",
        ("Doppelt",),
    ),
    (
        "BT-25 preceding invoice",
        cancellation(INVOICE),
        "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID",
        ("RE-2026-0042",),
    ),
    ("BT-26 its date", cancellation(INVOICE), "//ram:InvoiceReferencedDocument//qdt:DateTimeString", ("20261102",)),
    ("BG-3 of an invoice is not there", INVOICE, "//ram:InvoiceReferencedDocument", NOWHERE),
    ("BT-27 seller", INVOICE, f"{SELLER_PATH}/ram:Name", ("ImmoInvent GmbH",)),
    ("BT-30 register", INVOICE, f"{SELLER_PATH}/ram:SpecifiedLegalOrganization/ram:ID", ("HRB 123456",)),
    ("BT-31 VAT id", INVOICE, f"{SELLER_PATH}//ram:ID[@schemeID='VA']", ("DE123456788",)),
    (
        "BT-32 tax number",
        replace(INVOICE, seller=replace(SELLER, tax_number="99/815/08150")),
        f"{SELLER_PATH}//ram:ID[@schemeID='FC']",
        ("99/815/08150",),
    ),
    (
        "BT-33 legal details of a company (§ 35a GmbHG)",
        INVOICE,
        f"{SELLER_PATH}/ram:Description",
        ("Sitz Aichtal\nAmtsgericht Stuttgart, HRB 123456\nGeschäftsführung: Dr. Katharina Weiß, Jörg Österle",),
    ),
    (
        "BT-34 electronic address",
        INVOICE,
        f"{SELLER_PATH}//ram:URIID[@schemeID='EM']",
        ("rechnung@immoinvent.example",),
    ),
    ("BT-35 street", INVOICE, f"{SELLER_PATH}/ram:PostalTradeAddress/ram:LineOne", ("Sommerrain 1/1",)),
    (
        "BG-5 in its order",
        INVOICE,
        f"{SELLER_PATH}/ram:PostalTradeAddress/*",
        ("72631", "Sommerrain 1/1", "Aichtal", "DE"),
    ),
    (
        "BG-6 name, phone and mail",
        INVOICE,
        f"{SELLER_PATH}/ram:DefinedTradeContact//*[not(*)]",
        ("Tobias Reimer", "07127 9876-50", "datenschutz@immoinvent.example"),
    ),
    ("BT-44 buyer", INVOICE, f"{BUYER_PATH}/ram:Name", ("Klinikum Filder gGmbH",)),
    ("BT-46 customer number", INVOICE, f"{BUYER_PATH}/ram:ID", ("K-1007",)),
    ("BT-48 VAT id", abroad(VatCategory.REVERSE_CHARGE), f"{BUYER_PATH}//ram:ID[@schemeID='VA']", ("ATU13585627",)),
    ("BT-49 with its scheme", INVOICE, f"{BUYER_PATH}//ram:URIID/@schemeID", ("EM",)),
    (
        "BG-8 of more lines than there are fields",
        document(buyer=THREE_LINES),
        f"{BUYER_PATH}//ram:LineThree",
        ("C, D",),
    ),
    ("BT-72 last day", INVOICE, "//ram:ActualDeliverySupplyChainEvent//udt:DateTimeString", ("20261031",)),
    (
        "BG-14 period",
        INVOICE,
        f"{SETTLEMENT}/ram:BillingSpecifiedPeriod//udt:DateTimeString",
        ("20261001", "20261031"),
    ),
    ("BT-81 SEPA transfer", INVOICE, f"{MEANS}/ram:TypeCode", ("58",)),
    ("BT-83 purpose", INVOICE, f"{SETTLEMENT}/ram:PaymentReference", ("RE-2026-0042",)),
    ("BT-84 IBAN", INVOICE, f"{MEANS}//ram:IBANID", ("DE02120300000000202051",)),
    ("BT-85 payee", INVOICE, f"{MEANS}//ram:AccountName", ("ImmoInvent GmbH",)),
    ("BT-86 BIC", INVOICE, f"{MEANS}//ram:BICID", ("BYLADEM1001",)),
    (
        "BG-22 totals, each with two decimals",
        INVOICE,
        f"{SUMS}/*",
        ("263.00", "263.00", "49.97", "312.97", "312.97"),
    ),
    ("BT-110 in its currency", INVOICE, f"{SUMS}/ram:TaxTotalAmount/@currencyID", ("EUR",)),
    ("BG-22 of a cancellation is positive", cancellation(INVOICE), f"{SUMS}/ram:GrandTotalAmount", ("312.97",)),
    ("BG-22 of a correction is negative", CORRECTION, f"{SUMS}/ram:GrandTotalAmount", ("-268.35",)),
    (
        "BG-23 base, VAT, category, rate",
        INVOICE,
        f"{TAX}/*[not(self::ram:TypeCode)]",
        ("49.97", "263.00", "S", "19.00"),
    ),
    ("BT-126 positions", INVOICE, f"{LINES}//ram:LineID", ("1", "2", "3")),
    ("BT-129 hours in quarter steps", INVOICE, f"{LINES}//ram:BilledQuantity", ("1.25", "0.75", "1.00")),
    ("BT-130 hours, and pieces of expenses", INVOICE, f"{LINES}//@unitCode", ("HUR", "HUR", "C62")),
    ("BT-131 net of each line", INVOICE, f"{LINES}//ram:LineTotalAmount", ("125.00", "37.50", "100.50")),
    ("BT-146 the full price of an hour", INVOICE, f"{LINES}//ram:ChargeAmount", ("100.00", "50.00", "100.50")),
    ("BT-149 of one hour is not said", INVOICE, "//ram:BasisQuantity", NOWHERE),
    ("BT-129 of a correction is negative", CORRECTION, f"{LINES}//ram:BilledQuantity", ("-1.25", "-1.00")),
    ("BT-146 of a correction is positive", CORRECTION, f"{LINES}//ram:ChargeAmount", ("100.00", "100.50")),
    (
        "BG-26 first and last day of the work",
        INVOICE,
        f"{LINE}//ram:BillingSpecifiedPeriod//udt:DateTimeString",
        ("20261012", "20261015"),
    ),
    (
        "BG-26 of an expense is its day",
        INVOICE,
        f"{LINES}[3]//ram:BillingSpecifiedPeriod//udt:DateTimeString",
        ("20261014", "20261014"),
    ),
    ("BT-151, BT-152 of a line", INVOICE, f"{LINE}//ram:ApplicableTradeTax/*", ("VAT", "S", "19.00")),
    (
        "BT-153 the service",
        INVOICE,
        f"{LINE}//ram:SpecifiedTradeProduct/ram:Name",
        ("Bearbeitung einer Betroffenenanfrage",),
    ),
    (
        "BT-154 case, rate class, days, time, approval and clause in words",
        INVOICE,
        f"{LINE}//ram:SpecifiedTradeProduct/ram:Description",
        (BASIS,),
    ),
    (
        "BG-32 names",
        INVOICE,
        f"{LINE}//ram:ApplicableProductCharacteristic/ram:Description",
        ("Vorgang", "Leistung", "Klausel", "Satz"),
    ),
    (
        "BG-32 case",
        INVOICE,
        f"{LINE}//ram:ApplicableProductCharacteristic[ram:Description='Vorgang']/ram:Value",
        ("V-2026-001",),
    ),
    (
        "BG-32 receipt of an expense",
        INVOICE,
        f"{LINES}[3]//ram:ApplicableProductCharacteristic[ram:Description='Beleg']/ram:Value",
        ("B-2026-118",),
    ),
    ("there are no allowances or charges", INVOICE, "//ram:SpecifiedTradeAllowanceCharge", NOWHERE),
    ("nothing is empty", INVOICE, "//*[not(*) and not(text())]", NOWHERE),
    (
        "outside the scope of VAT a line has no rate, and the group a rate of 0",
        abroad(VatCategory.OUTSIDE_SCOPE),
        "//ram:RateApplicablePercent",
        ("0.00",),
    ),
    (
        "outside the scope of VAT no VAT id stands in its field",
        abroad(VatCategory.OUTSIDE_SCOPE),
        "//ram:ID[@schemeID='VA']",
        NOWHERE,
    ),
    (
        "but among the seller's details, where the law finds it",
        abroad(VatCategory.OUTSIDE_SCOPE, registration=None),
        f"{SELLER_PATH}/ram:Description",
        ("USt-IdNr. DE123456788",),
    ),
    (
        "who is in no register is told by his tax number there",
        abroad(VatCategory.OUTSIDE_SCOPE, registration=None, tax_number="99/815/08150"),
        f"{SELLER_PATH}/ram:ID",
        ("99/815/08150",),
    ),
    (
        "single minutes are billed in minutes at the price of 60",
        document((SEVEN_MINUTES,)),
        f"{LINE}//ram:BilledQuantity | {LINE}//ram:ChargeAmount | {LINE}//ram:BasisQuantity",
        ("100.00", "60", "7.00"),
    ),
]


@pytest.mark.parametrize(("made", "path", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_business_term_is_written(made: Document, path: str, expected: tuple[str, ...]) -> None:
    assert tuple(texts(xrechnung(made), path)) == expected


@pytest.mark.parametrize(
    ("invoice_format", "profile"),
    [
        (InvoiceFormat.ZUGFERD, "urn:cen.eu:en16931:2017"),
        (InvoiceFormat.XRECHNUNG, "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"),
    ],
)
def test_the_format_of_the_controller_is_the_profile(invoice_format: InvoiceFormat, profile: str) -> None:
    xml = invoice_xml(as_format(INVOICE, invoice_format))
    assert texts(xml, "//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID") == [profile]


@pytest.mark.parametrize(
    ("category", "reason", "code"),
    [
        (VatCategory.REVERSE_CHARGE, "Steuerschuldnerschaft des Leistungsempfängers", "VATEX-EU-AE"),
        (VatCategory.EXEMPT, "Kein Ausweis von Umsatzsteuer", ""),
    ],
)
def test_a_missing_tax_is_explained_in_words_and_by_code(category: VatCategory, reason: str, code: str) -> None:
    group = VatGroup(
        category=category, rate=Fraction(0), net_cents=10_000, vat_cents=0, exemption_reason=reason, exemption_code=code
    )
    xml = xrechnung(replace(abroad(category), vat_groups=(group,)))
    assert texts(xml, f"{TAX}/ram:ExemptionReason") == [reason]
    assert texts(xml, f"{TAX}/ram:ExemptionReasonCode") == ([code] if code else [])


def test_a_file_travels_inside() -> None:
    table = Attachment("Nachweis.csv", "Tätigkeitsnachweis", "text/csv", "a;ß\r\n".encode())
    xml = invoice_xml(INVOICE, (table,))
    inside = f"{AGREEMENT}/ram:AdditionalReferencedDocument"
    assert texts(xml, f"{inside}/*[not(self::ram:AttachmentBinaryObject)]") == [
        "Nachweis.csv",
        "916",
        "Tätigkeitsnachweis",
    ]
    assert texts(xml, f"{inside}//@mimeCode | {inside}//@filename") == ["text/csv", "Nachweis.csv"]
    assert [b64decode(text) for text in texts(xml, f"{inside}/ram:AttachmentBinaryObject")] == [table.content]


def test_equal_documents_give_equal_bytes() -> None:
    assert xrechnung(INVOICE) == xrechnung(Document.from_json(INVOICE.to_json()))


def test_only_number_and_date_of_a_document_come_late() -> None:
    before, after = xrechnung(INVOICE), xrechnung(replace(INVOICE, number="X", issue_date=date(2027, 1, 2)))
    assert after == before.replace(b"RE-2026-0042", b"X").replace(b"20261102", b"20270102")


def test_what_xml_can_not_hold_is_left_out() -> None:
    xml = xrechnung(document((line(1, case_title="Aus\x0bkunft\ud800"),), buyer=replace(BUYER, name="\x00Klinik")))
    assert "V-2026-001 · Auskunft" in texts(xml, f"{LINE}//ram:SpecifiedTradeProduct/ram:Description")[0]
    assert texts(xml, f"{BUYER_PATH}/ram:Name") == ["Klinik"]


def test_an_address_of_one_line_has_one_line() -> None:
    address = Address(lines=(" ", "Weg 1"), postcode="1", city="B", country="AT")
    assert texts(xrechnung(document(buyer=replace(BUYER, address=address))), f"{BUYER_PATH}//ram:LineOne") == ["Weg 1"]


@pytest.mark.parametrize("invoice_format", list(InvoiceFormat), ids=str)
@pytest.mark.parametrize("made", [INVOICE, CORRECTION, cancellation(INVOICE)], ids=["invoice", "correction", "cancel"])
@pytest.mark.parametrize("number", ["RE-2026-0043", "R&D/26$%*+-1"])
def test_a_number_put_in_later_gives_the_xml_that_would_be_written_with_it(
    made: Document, number: str, invoice_format: InvoiceFormat
) -> None:
    probe = as_format(replace(made, number="R&D-2026-0000"), invoice_format)
    table = (Attachment("Taetigkeitsnachweis-2026-10.csv", "Nachweis", "text/csv", b"R&D-2026-0000"),)
    final = invoice_xml(replace(probe, number=number), table)
    assert with_number(invoice_xml(probe, table), "R&D-2026-0000", number) == final


def test_a_number_is_put_in_for_the_placeholder_only() -> None:
    with pytest.raises(ValueError, match="RE-2026-0000 does not stand once"):
        with_number(invoice_xml(INVOICE), "RE-2026-0000", "RE-2026-0043")
