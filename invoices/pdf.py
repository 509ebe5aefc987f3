"""Pages printed as PDF/A-3a: tagged, fonts embedded, the same bytes for the same page.

This module imports WeasyPrint (most of a second, and it holds the interpreter lock while it lays out), so only the
rendering processes of `invoices.render` import it.
"""

import warnings
from copy import copy
from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from pikepdf import Array, ObjectStreamMode, Pdf, String
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from billing.texts import wording
from invoices.accessible import say_scopes
from invoices.activity_page import activity_page
from invoices.activity_record import ActivityRecord
from invoices.document import Document
from invoices.einvoice.embedding import embed
from invoices.einvoice.enclosed import Enclosed
from invoices.estimate import EstimateLetter
from invoices.estimate_page import estimate_page
from invoices.invoice_page import invoice_page
from invoices.laid_out import LaidOut
from invoices.paper import TEMPLATES, Page, Paper
from invoices.reminder import ReminderLetter
from invoices.reminder_page import reminder_page
from invoices.statement import PassThroughStatement
from invoices.statement_page import statement_page

VARIANT = "pdf/a-3a"
FAMILY = "Source Sans Pro"

# Weight -> file of the package font-source-sans-pro (SIL Open Font License 1.1). Its figures are tabular by default.
_FONT_PACKAGE = "font_source_sans_pro"
_FONT_FILES = {400: "SourceSansPro-Regular.ttf", 600: "SourceSansPro-Semibold.ttf"}


class Press:
    """Fonts and parsed style sheets of one process, shared by all it prints."""

    def __init__(self) -> None:
        """Load the fonts; style sheets are parsed when first needed."""
        # Nothing on a page may come from anywhere but this installation.
        self._fetcher = URLFetcher(allowed_protocols=("data", "file"), fail_on_errors=True)
        self._fonts = FontConfiguration()
        self._sheets: dict[tuple[tuple[str, ...], str], CSS] = {}
        self._parsed(font_faces())  # which puts them among the fonts
        self._blank = HTML(string="", url_fetcher=self._fetcher)

    def print(self, page: Page, enclosed: Enclosed | None = None) -> bytes:
        """Give the page as PDF, with what belongs inside; two calls with equal pages give equal bytes."""
        laid_out = self.lay_out(page)
        printed = written(laid_out, page.identifier, enclosed)
        laid_out.let_go()
        return printed

    def bare(self, page: Page) -> bytes:
        """Give the page as WeasyPrint alone writes it: what all the rest is measured by."""
        html = HTML(string=page.html, url_fetcher=self._fetcher)
        return bytes(html.render(**self._options(page)).write_pdf() or b"")

    def lay_out(self, page: Page) -> LaidOut:
        """Give the page laid out, with the place of every box."""
        try:
            return LaidOut.of(self._parsed_page(page.html), **self._options(page))
        except FatalURLFetchingError as error:  # a BaseException: it would end the rendering process
            message = f"the page wants something from elsewhere: {error}"
            raise ValueError(message) from error

    def _options(self, page: Page) -> dict[str, Any]:
        sheets = [self._sheet(page.styles, page.language)]
        return {"stylesheets": sheets, "font_config": self._fonts, "pdf_variant": VARIANT}

    def _parsed_page(self, html: str) -> HTML:
        """Parse a page as XML, as our templates write it, in C; WeasyPrint's parser of HTML takes 6 ms for an invoice.

        A text may hold what XML has no place for, as a control character; such a page is parsed as HTML.
        """
        try:
            root = ET.fromstring(html)  # noqa: S314 - our own template, values escaped, no entities declared
        except ET.ParseError:
            return HTML(string=html, url_fetcher=self._fetcher)
        page = copy(self._blank)
        page.wrapper_element = type(page.wrapper_element).from_html_root(root, content_language=None)
        page.etree_element = root
        return page

    def _sheet(self, styles: tuple[str, ...], language: str) -> CSS:
        """Give the styles as one sheet: every element is held against each rule of every sheet that there is."""
        key = (styles, language)
        if key not in self._sheets:
            text = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in styles)
            self._sheets[key] = self._parsed(text + page_numbers(language))
        return self._sheets[key]

    def _parsed(self, text: str) -> CSS:
        return CSS(string=text, font_config=self._fonts, url_fetcher=self._fetcher)


def print_paper(press: Press, paper: Paper, json: str, enclosed: Enclosed | None = None) -> bytes:
    """Print a paper from its JSON; an invoice with the XML that it is a picture of inside."""
    return press.print(page_of(paper, json), enclosed)


def page_of(paper: Paper, json: str) -> Page:
    """Give the page of a paper from its JSON, ready to be printed."""
    match paper:
        case Paper.INVOICE:
            return invoice_page(Document.from_json(json))
        case Paper.ACTIVITY_RECORD:
            return activity_page(ActivityRecord.from_json(json))
        case Paper.PASSED_THROUGH:
            return statement_page(PassThroughStatement.from_json(json))
        case Paper.REMINDER:
            return reminder_page(ReminderLetter.from_json(json))
        case Paper.ESTIMATE:
            return estimate_page(EstimateLetter.from_json(json))


def written(laid_out: LaidOut, identifier: str, enclosed: Enclosed | None = None) -> bytes:
    """Write a laid-out page as PDF with what belongs inside; equal input gives equal bytes.

    WeasyPrint would compress every stream twice, the second time to count it into its identifier; so pikepdf does both.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves its colour profile to the collector
        printed = laid_out.write_pdf(
            pdf_variant=VARIANT, pdf_identifier=False, uncompressed_pdf=True, finisher=say_scopes
        )
    with Pdf.open(BytesIO(printed)) as pdf:
        pdf.trailer.ID = Array([String(identifier)] * 2)  # the second is of the content, set when it is saved
        if enclosed is not None:
            embed(pdf, enclosed)
        done = BytesIO()
        pdf.save(done, deterministic_id=True, object_stream_mode=ObjectStreamMode.generate)
    return done.getvalue()


def page_numbers(language: str) -> str:
    """Give the rule that counts pages in words: `Seite 1 von 2`."""
    words = wording("label.page_of", language, page='" counter(page) "', pages='" counter(pages) "')
    return f'.page-number::before {{ content: "{words}" }}'


def font_faces() -> str:
    """Give the `@font-face` rules of the typeface, from the installed font package."""
    return "".join(
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; src: url("{path.as_uri()}") }}'
        for weight, path in font_files().items()
    )


@lru_cache
def font_files() -> dict[int, Path]:
    """Find the font files by weight; FileNotFoundError when the font package is not installed."""
    package = find_spec(_FONT_PACKAGE)
    if package is None or package.origin is None:
        message = f"font package {_FONT_PACKAGE} is not installed"
        raise FileNotFoundError(message)
    folder = Path(package.origin).parent / "files"
    return {weight: folder / name for weight, name in _FONT_FILES.items()}
