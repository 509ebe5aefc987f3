"""A DATEV booking batch: every field of every line parses, and means what the document says."""

import io
import re
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zipfile import ZipFile

import pytest
from lxml import etree

from billing.errors import Conflict
from billing.services.datev_accounts import accounts_of
from billing.store.tables.kinds import Chart
from invoices.datev.batch import Batch, write_batch
from invoices.datev.bookings import bookings_of, guid_of
from invoices.datev.columns import COLUMNS
from invoices.datev.papers import PaperFile, pack
from invoices.datev.text import fitting
from invoices.document import Document, Kind, VatCategory
from tests.invoices.papers import PAPERS
from tests.invoices.samples import BUYER, cancellation, document, line
from tests.support.extf import cents_of, day_of, read, split

DEBTOR = 10400
ACCOUNTS = accounts_of(Chart.SKR03, 4, {})
BATCH = Batch(
    consultant=1001,
    client=7,
    chart="03",
    account_length=4,
    fiscal_year_start=date(2026, 1, 1),
    from_day=date(2026, 11, 1),
    to_day=date(2026, 11, 30),
    label="Rechnungen 2026-11",
    created_at=datetime(2026, 11, 28, 14, 30, 5, 120_000, tzinfo=UTC),
    locked=False,
    service_dates=True,
)
# The lengths and forms that DATEV's description of format version 13 gives to the fields we fill.
FORMS = {
    1: r"(?!0{1,10},00)[0-9]{1,10},[0-9]{2}",
    2: "S|H",
    3: "EUR",
    7: "[0-9]{5}",
    8: "[0-9]{4}",
    10: "(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])",
    11: r"[A-Za-z0-9$&%*+/-]{1,36}",
    14: r"[^\x00-\x1f]{1,60}",
    40: "([A-Z]{2}[A-Z0-9]{1,13})?",
    114: "0|1",
    115: "(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])20[0-9]{2}",
    116: "(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])20[0-9]{2}",
    118: "0",
}
QUOTED = {2, 3, 9, 11, 12, 14, 20, 40, 118, 120, 121, 123}
BARE = {1, 4, 7, 8, 10, 13, 15, 114, 115, 116, 117, 122, 124, 125}


def booked(*documents: Document, chart: Chart = Chart.SKR03, **changes: Any):
    """Write a batch of these documents and read it back."""
    accounts = accounts_of(chart, 4, {})
    bookings = [(booking, None) for one in documents for booking in bookings_of(one, DEBTOR, accounts)]
    return read(write_batch(replace(BATCH, **changes), bookings))


def with_vat(category: VatCategory, **changes: Any) -> Document:
    """A document whose one line is taxed like this."""
    rate = Fraction(0) if category is not VatCategory.STANDARD else Fraction(19, 100)
    return document((line(1, vat_category=category, vat_rate=rate),), **changes)


class TestForm:
    def test_a_header_has_31_fields_and_125_columns_follow(self):
        found = booked(PAPERS["2 lines"])
        assert (len(found.header), len(found.columns), len(found.rows[0])) == (31, 125, 125)
        assert [cell.value for cell in found.header] == [
            *("EXTF", "700", "21", "Buchungsstapel", "13", "20261128143005120", "", "RE", "Mehraufwand", ""),
            *("1001", "7", "20260101", "4", "20261101", "20261130", "Rechnungen 2026-11", "", "1", "0", "0", "EUR"),
            *("", "", "", "", "03", "", "", "", ""),
        ]
        texts = {place for place, cell in enumerate(found.header, 1) if cell.quoted}
        assert texts == {1, 4, 8, 9, 10, 17, 18, 22, 24, 27, 30, 31}

    def test_columns_have_their_names_at_their_places(self):
        assert len(set(COLUMNS)) == 125
        named = {1: "Umsatz (ohne Soll/Haben-Kz)", 20: "Beleglink", 40: "EU-Land u. UStID (Bestimmung)", 87: "Zusatz"}
        named |= {114: "Festschreibung", 115: "Leistungsdatum", 116: "Datum Zuord. Steuerperiode"}
        newer = ("Abrechnungsreferenz", "BVV-Position", "EU-Land u. UStID (Ursprung)", "EU-Steuersatz (Ursprung)")
        named |= dict(enumerate((*newer, "Abw. Skontokonto"), 121))
        for place, name in named.items():
            assert COLUMNS[place - 1].startswith(name), place

    @pytest.mark.parametrize("name", sorted(PAPERS))
    def test_every_field_of_every_line_has_its_form(self, name):
        for row in booked(PAPERS[name]).rows:
            for place, cell in enumerate(row, 1):
                assert re.fullmatch(FORMS.get(place, ""), cell.value), (place, cell)
            assert {place for place in QUOTED if not row[place - 1].quoted} == set()
            assert {place for place in BARE if row[place - 1].quoted} == set()

    @pytest.mark.parametrize("name", sorted(PAPERS))
    def test_bookings_of_a_document_add_up_to_what_it_asks_for(self, name):
        made = PAPERS[name]
        owed = -made.gross_cents if made.kind is Kind.CANCELLATION else made.gross_cents
        assert sum(booked(made).cents()) == owed

    def test_the_same_documents_make_the_same_bytes(self):
        bookings = [(one, guid_of(PAPERS["2 lines"])) for one in bookings_of(PAPERS["2 lines"], DEBTOR, ACCOUNTS)]
        assert write_batch(BATCH, bookings) == write_batch(BATCH, bookings)


class TestMeaning:
    def test_an_invoice_is_owed_by_its_debtor_and_says_when_it_was_earned(self):
        made = PAPERS["2 lines"]
        ((amount, side, debtor, account, key, day, number, text, service, tax),) = booked(made).values(
            1, 2, 7, 8, 9, 10, 11, 14, 115, 116
        )
        assert amount == f"{made.gross_cents // 100},{made.gross_cents % 100:02}"
        assert (side, debtor, account, key) == ("S", "10400", "8400", "")
        assert (day, number) == (f"{made.issue_date:%d%m}", made.number)
        assert text == f"Rechnung {made.period_to:%m/%Y} {made.buyer.name}"
        last = max(item.last_day for item in made.lines)
        assert (day_of(service), day_of(tax)) == (last, last)

    @pytest.mark.parametrize("name", ["cancellation", "correction"])
    def test_what_takes_back_stands_on_the_other_side_and_in_the_period_of_the_change(self, name):
        made = PAPERS[name]
        assert made.preceding is not None
        ((side, number, text, service, tax, reversal),) = booked(made).values(2, 11, 14, 115, 116, 118)
        word = {"cancellation": "Storno", "correction": "Korrektur"}[name]
        assert (side, number, reversal) == ("H", made.number, "0")
        assert text.startswith(f"{word} {made.preceding.number} ")
        assert day_of(service) == max(item.last_day for item in made.lines)
        assert day_of(tax) == made.issue_date

    @pytest.mark.parametrize(
        ("category", "skr03", "skr04", "vat_id"),
        [
            pytest.param(VatCategory.STANDARD, "8400", "4400", "", id="at home"),
            pytest.param(VatCategory.REVERSE_CHARGE, "8336", "4336", "ATU36765808", id="reverse charge"),
            pytest.param(VatCategory.OUTSIDE_SCOPE, "8338", "4338", "", id="third country"),
            pytest.param(VatCategory.EXEMPT, "8195", "4185", "", id="small business"),
        ],
    )
    def test_revenue_goes_to_the_account_of_its_vat(self, category, skr03, skr04, vat_id):
        made = with_vat(category, buyer=replace(BUYER, vat_id="ATU36765808"))
        assert booked(made).values(8, 40) == [(skr03, vat_id)]
        assert booked(made, chart=Chart.SKR04).values(8, 40) == [(skr04, vat_id)]

    def test_every_group_of_vat_is_a_booking_of_its_own(self):
        made = PAPERS["VAT at several rates"]
        found = booked(made)
        assert sorted(found.values(8)) == [("8195",), ("8300",), ("8400",)]
        gross = sorted(group.net_cents + group.vat_cents for group in made.vat_groups)
        assert sorted(found.cents()) == gross

    def test_a_document_of_nothing_is_not_booked(self):
        assert booked(PAPERS["a line of zero"]).rows == []

    def test_a_rate_without_an_account_is_refused_with_the_document(self):
        with pytest.raises(Conflict) as refused:
            booked(document((line(1, vat_rate=Fraction(16, 100)),)))
        assert refused.value.code == "datev_rate_without_account"
        assert refused.value.fields["rate"].startswith("16")

    def test_locked_bookings_say_so_in_header_and_lines(self):
        found = booked(PAPERS["2 lines"], locked=True)
        assert (found.header[20].value, found.values(114)) == ("1", [("1",)])

    def test_without_dates_of_performance_both_fields_stay_empty(self):
        assert booked(PAPERS["2 lines"], service_dates=False).values(115, 116) == [("", "")]


class TestTexts:
    @pytest.mark.parametrize(
        ("name", "written"),
        [
            pytest.param("Müller & Söhne GmbH – Köln €", "Müller & Söhne GmbH – Köln €", id="umlauts and the euro"),
            pytest.param("Škoda Łódź Đorđe", "Škoda Lódz Dorde", id="letters that Windows-1252 has not"),
            pytest.param("株式会社 Ltd", "???? Ltd", id="another script"),
            pytest.param("A\nB\tC", "A B C", id="control characters"),
            pytest.param('Anna "die" Zweite; GmbH', 'Anna "die" Zweite; GmbH', id="quotes and semicolons"),
            pytest.param("u\u0308ber", "über", id="a letter in two characters"),
        ],
    )
    def test_a_name_is_written_with_letters_there_are(self, name, written):
        made = document((line(1),), buyer=replace(BUYER, name=name))
        ((text,),) = booked(made).values(14)
        assert text.endswith(written)
        assert fitting(fitting(name)) == fitting(name)

    def test_a_long_name_is_cut_to_sixty_characters(self):
        made = document((line(1),), buyer=replace(BUYER, name="Wohnungsbau" * 10))
        ((text,),) = booked(made).values(14)
        assert len(text) == 60
        assert text.endswith("…")

    @pytest.mark.parametrize("name", ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1"])
    def test_no_text_begins_like_a_formula(self, name):
        ((text,),) = booked(document((line(1),), buyer=replace(BUYER, name=name))).values(14)
        assert text.startswith("Rechnung ")

    def test_the_reader_of_these_tests_takes_quotes_apart(self):
        cells = split('1;"a;b";"say ""hi""";"";')
        assert [cell.value for cell in cells] == ["1", "a;b", 'say "hi"', "", ""]
        assert [cell.quoted for cell in cells] == [False, True, True, True, False]


class TestPapers:
    def test_a_booking_names_the_paper_that_the_package_holds(self):
        made = PAPERS["2 lines"]
        guid = guid_of(made)
        assert str(uuid.UUID(guid)) == guid
        (booking,) = bookings_of(made, DEBTOR, ACCOUNTS)
        (row,) = read(write_batch(BATCH, [(booking, guid)])).rows
        assert row[19].value == f'BEDI "{guid}"'
        assert cents_of(row) == made.gross_cents
        packed = pack([PaperFile(guid, "RE-1.pdf", b"%PDF")], BATCH.created_at)
        with ZipFile(io.BytesIO(packed)) as archive:
            assert archive.namelist() == ["document.xml", "RE-1.pdf"]
            assert archive.read("RE-1.pdf") == b"%PDF"
            index = etree.fromstring(archive.read("document.xml"))
        names = {"d": "http://xml.datev.de/bedi/tps/document/v06.0"}
        (found,) = index.findall("d:content/d:document", names)
        assert (found.get("guid"), found.get("type"), found.get("processID")) == (guid, "2", "1")
        (file,) = found.findall("d:extension", names)
        assert file.get("name") == "RE-1.pdf"
        assert file.get("{http://www.w3.org/2001/XMLSchema-instance}type") == "File"
        assert index.findtext("d:header/d:date", None, names) == "2026-11-28T14:30:05"

    def test_the_same_papers_make_the_same_bytes(self):
        papers = [PaperFile("g", "RE-1.pdf", b"%PDF")]
        assert pack(papers, BATCH.created_at) == pack(papers, BATCH.created_at)

    def test_two_documents_have_two_names(self):
        assert guid_of(PAPERS["2 lines"]) != guid_of(cancellation(PAPERS["2 lines"]))
