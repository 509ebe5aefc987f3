"""What can be checked here of PDF/A-3a: no validator is in any package registry, so these are its checkable parts."""

import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from invoices.activity_page import activity_page
from invoices.invoice_page import invoice_page
from invoices.paper import Page
from invoices.pdf import Press
from tests.invoices.records import record
from tests.invoices.samples import cancellation, document, expense, line

PAGES: dict[str, Page] = {
    "invoice": invoice_page(document((line(1), line(2, 3, "travel")), (expense(3),))),
    "cancellation": invoice_page(cancellation(document())),
    "activity record": activity_page(record()),
    "text that the typeface lacks": invoice_page(document(notes=("Ελλάδα, Україна, שלום",))),
}
DATE = "2026-11-02"


@pytest.fixture(scope="module", params=PAGES)
def pdf(request: pytest.FixtureRequest, press: Press) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(BytesIO(press.print(PAGES[request.param]))) as opened:
        yield opened


@pytest.fixture
def xmp(pdf: pikepdf.Pdf) -> str:
    return pdf.Root["/Metadata"].read_bytes().decode()


def test_metadata_say_pdf_a_3a_in_exactly_one_rdf_block(xmp: str) -> None:
    assert xmp.count("<rdf:RDF") == xmp.count("</rdf:RDF>") == 1
    assert re.search(r'pdfaid:part="3"|<pdfaid:part>3<', xmp)
    assert re.search(r'pdfaid:conformance="A"|<pdfaid:conformance>A<', xmp)


def test_dates_are_the_issue_date_in_both_places(press: Press) -> None:
    with pikepdf.open(BytesIO(press.print(PAGES["invoice"]))) as pdf:
        assert pdf.Root["/Metadata"].read_bytes().decode().count(DATE) == 2
        assert str(pdf.docinfo["/CreationDate"]) == str(pdf.docinfo["/ModDate"]) == f"D:{DATE.replace('-', '')}"


def test_the_file_is_identified(pdf: pikepdf.Pdf) -> None:
    assert len(bytes(pdf.trailer["/ID"][0])) > 8


def test_colours_have_an_output_intent(pdf: pikepdf.Pdf) -> None:
    (intent,) = pdf.Root["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].read_bytes()[36:40] == b"acsp"  # the signature of an ICC profile


def test_it_is_tagged_and_says_its_language_and_title(pdf: pikepdf.Pdf) -> None:
    assert pdf.Root["/MarkInfo"]["/Marked"]
    assert str(pdf.Root["/Lang"]) == "de"
    assert pdf.Root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert str(pdf.docinfo["/Title"])


def elements(node: Any) -> Iterator[Any]:
    """All structure elements below a node of the structure tree."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from elements(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def test_headings_and_tables_are_tagged_as_such(pdf: pikepdf.Pdf) -> None:
    tags = Counter(str(element["/S"]) for element in elements(pdf.Root["/StructTreeRoot"]))
    assert tags["/H1"] == 1
    assert tags["/Table"] >= 1
    assert tags["/THead"] >= 1
    assert tags["/TH"] >= 5


def test_every_picture_has_words_for_it(pdf: pikepdf.Pdf) -> None:
    for element in elements(pdf.Root["/StructTreeRoot"]):
        if element["/S"] == "/Figure":
            assert "IBAN" in str(element["/Alt"])


def test_lists_hold_list_items_only(pdf: pikepdf.Pdf) -> None:
    for element in elements(pdf.Root["/StructTreeRoot"]):
        if element["/S"] == "/L":
            assert {str(child["/S"]) for child in elements(element["/K"]) if child["/P"] == element} <= {"/LI"}


def fonts(pdf: pikepdf.Pdf) -> dict[str, Any]:
    found = {}
    for page in pdf.pages:
        for font in page.Resources.get("/Font", {}).values():
            found[str(font["/BaseFont"])] = font
    return found


def test_all_fonts_are_embedded_and_their_text_can_be_read_back(pdf: pikepdf.Pdf) -> None:
    for font in fonts(pdf).values():
        assert "/ToUnicode" in font
        (descendant,) = font["/DescendantFonts"]
        assert "/FontFile2" in descendant["/FontDescriptor"] or "/FontFile3" in descendant["/FontDescriptor"]


@pytest.mark.parametrize("name", ["invoice", "cancellation", "activity record"])
def test_ordinary_papers_need_one_typeface_in_two_weights(name: str, press: Press) -> None:
    with pikepdf.open(BytesIO(press.print(PAGES[name]))) as pdf:
        names = sorted(font.split("+")[1] for font in fonts(pdf))
    assert names == ["Source-Sans-Pro", "Source-Sans-Pro-Semi-Bold"]


def test_nothing_active_encrypted_or_outside_is_in_it(pdf: pikepdf.Pdf) -> None:
    assert not pdf.is_encrypted
    for entry in pdf.objects:
        if not isinstance(entry, pikepdf.Dictionary | pikepdf.Stream):
            continue
        assert "/JS" not in entry
        assert entry.get("/S") not in ("/JavaScript", "/Launch", "/URI", "/GoToR")
        assert entry.get("/Filter") != "/LZWDecode"
        assert "/EmbeddedFiles" not in entry


def test_the_log_of_the_printer_stays_empty(caplog: pytest.LogCaptureFixture) -> None:
    # WeasyPrint logs what it does not understand: an unknown property or a missing file must not pass unseen.
    for page in PAGES.values():
        Press().print(page)
    assert [entry for entry in caplog.records if entry.name.startswith("weasyprint") and entry.levelno >= 30] == []


def test_a_page_can_load_nothing_from_elsewhere(press: Press) -> None:
    page = PAGES["invoice"]
    spoilt = page.html.replace("<main>", '<main><img src="http://127.0.0.1:9/x.png" alt="">')
    assert spoilt != page.html
    with pytest.raises(ValueError, match="from elsewhere"):
        press.print(Page(spoilt, page.styles, page.language, page.identifier))
