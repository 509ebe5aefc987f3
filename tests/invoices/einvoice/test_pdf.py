"""ZUGFeRD: a PDF/A-3 with the XML inside, as far as that shows without a validator, and the same bytes each time."""

import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pdfua
import pikepdf
import pytest
from facturx import get_xml_from_pdf
from lxml import etree

from billing.texts import LANGUAGES
from invoices.document import Document
from invoices.einvoice.embedding import FILE_NAMES
from invoices.einvoice.enclosed import Attachment, Enclosed
from invoices.einvoice.invoice_xml import invoice_xml
from invoices.einvoice.picture import picture_findings
from invoices.paper import Paper
from invoices.parties import InvoiceFormat
from invoices.pdf import Press, print_paper
from tests.invoices.einvoice.reading import as_format
from tests.invoices.papers import PAPERS
from tests.invoices.records import record

RECORD = Attachment("Taetigkeitsnachweis-2026-10.csv", "Tätigkeitsnachweis", "text/csv", "a;ß\r\n".encode())
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
EXTENSION = "{http://www.aiim.org/pdfa/ns/property#}name"
MADE = as_format(PAPERS["lines and expenses"], InvoiceFormat.ZUGFERD)
DECLARATION = "UA-28-004"
"""That it does not call itself PDF/UA: whether it is can't be shown by the few rules that a program checks here."""
DATED = "D:20261102000000Z"


def enclosed(made: Document) -> Enclosed:
    return Enclosed(invoice_xml(made, (RECORD,)), made.buyer.invoice_format, made.issue_date, (RECORD,))


def printed(press: Press, made: Document) -> bytes:
    return print_paper(press, Paper.INVOICE, made.to_json(), enclosed(made))


@pytest.fixture(scope="module")
def made(press: Press) -> bytes:
    return printed(press, MADE)


@pytest.fixture
def pdf(made: bytes) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(BytesIO(made)) as opened:
        yield opened


@pytest.fixture
def xmp(pdf: pikepdf.Pdf) -> etree._Element:
    return etree.fromstring(pdf.Root["/Metadata"].read_bytes())


def test_the_xml_inside_is_the_xml_to_the_byte(pdf: pikepdf.Pdf) -> None:
    assert pdf.attachments["factur-x.xml"].get_file().read_bytes() == enclosed(MADE).xml
    assert pdf.attachments[RECORD.name].get_file().read_bytes() == RECORD.content


def test_a_reader_of_such_files_finds_it(made: bytes) -> None:
    assert get_xml_from_pdf(made, check_xsd=True) == ("factur-x.xml", enclosed(MADE).xml)


def test_it_stands_for_the_pdf_and_is_dated_and_typed(pdf: pikepdf.Pdf) -> None:
    said = {str(file["/UF"]): file for file in pdf.Root["/AF"]}
    assert len(pdf.Root["/AF"]) == len(said) == 2
    assert [said[name]["/AFRelationship"] for name in ("factur-x.xml", RECORD.name)] == ["/Alternative", "/Supplement"]
    for name, kind in (("factur-x.xml", "/text/xml"), (RECORD.name, "/text/csv")):
        stream = said[name]["/EF"]["/F"]
        assert (str(stream["/Subtype"]), str(stream["/Params"]["/ModDate"])) == (kind, DATED)


def test_the_metadata_name_the_file_and_its_level_in_one_rdf_block(pdf: pikepdf.Pdf, xmp: etree._Element) -> None:
    raw = pdf.Root["/Metadata"].read_raw_bytes()
    assert raw.count(b"<rdf:RDF") == raw.count(b"</rdf:RDF>") == 1
    said = {node.tag: node.text for node in xmp.iter(f"{FX}*")}
    assert said == {
        f"{FX}DocumentType": "INVOICE",
        f"{FX}DocumentFileName": "factur-x.xml",
        f"{FX}Version": "1.0",
        f"{FX}ConformanceLevel": "EN 16931",
    }


def test_every_property_is_declared_as_pdf_a_asks(xmp: etree._Element) -> None:
    declared = {node.text for node in xmp.iter(EXTENSION)}
    assert declared == {"DocumentType", "DocumentFileName", "Version", "ConformanceLevel"}


def test_it_is_still_pdf_a_3a(pdf: pikepdf.Pdf) -> None:
    raw = pdf.Root["/Metadata"].read_raw_bytes().decode()
    assert re.search(r'pdfaid:part="3"', raw)
    assert re.search(r'pdfaid:conformance="A"', raw)
    assert pdf.Root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in pdf.Root
    assert "/OutputIntents" in pdf.Root
    assert str(pdf.Root["/Lang"]) == "de"
    assert "/Filter" not in pdf.Root["/Metadata"]
    assert not pdf.is_encrypted
    assert len(pdf.trailer["/ID"]) == 2


def test_dates_say_the_same_everywhere(pdf: pikepdf.Pdf) -> None:
    raw = pdf.Root["/Metadata"].read_bytes().decode()
    assert re.findall(r"<xmp:(?:Create|Modify)Date>([^<]+)<", raw) == ["2026-11-02"] * 2
    assert {str(pdf.docinfo[name]) for name in ("/CreationDate", "/ModDate")} == {"D:20261102"}


@pytest.mark.parametrize("name", [name for name in PAPERS if name != "40 lines with long titles"])
def test_a_check_of_accessibility_finds_no_error(name: str, press: Press, tmp_path: Path) -> None:
    assert unsaid(printed(press, PAPERS[name]), tmp_path) == [DECLARATION]


def test_an_activity_record_is_as_accessible(press: Press, tmp_path: Path) -> None:
    for lang in LANGUAGES:
        paper = print_paper(press, Paper.ACTIVITY_RECORD, replace(record(), language=lang).to_json())
        assert unsaid(paper, tmp_path) == [DECLARATION]


def unsaid(pdf: bytes, folder: Path) -> list[str]:
    (folder / "paper.pdf").write_bytes(pdf)
    return [finding.rule_id for finding in pdfua.validate(str(folder / "paper.pdf")).findings]


@pytest.mark.parametrize("name", ["lines and expenses", "cancellation", "English"])
def test_two_printings_are_equal_to_the_byte(name: str, press: Press) -> None:
    assert printed(press, PAPERS[name]) == printed(Press(), PAPERS[name])


@pytest.mark.parametrize("invoice_format", InvoiceFormat)
@pytest.mark.parametrize("name", [name for name in PAPERS if "40" not in name])
def test_paper_and_xml_say_the_same_amounts(name: str, invoice_format: InvoiceFormat, press: Press) -> None:
    one = as_format(PAPERS[name], invoice_format)
    assert picture_findings(printed(press, one), enclosed(one).xml, one) == []


def test_an_xrechnung_is_named_as_such(press: Press) -> None:
    one = as_format(MADE, InvoiceFormat.XRECHNUNG)
    with pikepdf.open(BytesIO(printed(press, one))) as pdf:
        assert FILE_NAMES[InvoiceFormat.XRECHNUNG] == "xrechnung.xml"
        assert sorted(pdf.attachments) == [RECORD.name, "xrechnung.xml"]
        assert ">XRECHNUNG</fx:ConformanceLevel>" in pdf.Root["/Metadata"].read_bytes().decode()


def rules_of(pdf: bytes, xml: bytes, one: Document = MADE) -> list[str]:
    return [finding.rule for finding in picture_findings(pdf, xml, one)]


def test_another_xml_than_the_one_inside_is_found(made: bytes) -> None:
    other = enclosed(replace(MADE, number="RE-2026-0043")).xml
    assert rules_of(made, other) == ["own.pdf_xml"]


def test_a_pdf_without_xml_is_found(press: Press) -> None:
    plain = print_paper(press, Paper.INVOICE, MADE.to_json())
    assert rules_of(plain, enclosed(MADE).xml) == ["own.pdf_xml"]


def test_a_pdf_of_other_amounts_is_found(press: Press) -> None:
    xml = enclosed(MADE)
    other = print_paper(press, Paper.INVOICE, PAPERS["1 line"].to_json(), xml)
    assert set(rules_of(other, xml.xml)) == {"own.pdf_amount"}


def test_another_relationship_is_found(made: bytes) -> None:
    with pikepdf.open(BytesIO(made)) as pdf:
        pdf.attachments["factur-x.xml"].obj["/AFRelationship"] = pikepdf.Name.Data
        changed = BytesIO()
        pdf.save(changed)
    assert rules_of(changed.getvalue(), enclosed(MADE).xml) == ["own.pdf_relationship"]


def test_what_is_no_pdf_is_found() -> None:
    assert rules_of(b"no pdf", enclosed(MADE).xml) == ["own.pdf"]
