"""Ways to read and to spoil an electronic invoice in tests."""

from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from invoices.document import Document
from invoices.einvoice.invoice_xml import invoice_xml
from invoices.parties import InvoiceFormat

NAMES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
DOCUMENT = "//rsm:ExchangedDocument"
AGREEMENT = "//ram:ApplicableHeaderTradeAgreement"
SETTLEMENT = "//ram:ApplicableHeaderTradeSettlement"
LINES = "//ram:IncludedSupplyChainTradeLineItem"
Element = etree._Element  # noqa: SLF001 - lxml has no other name for it
Spoil = Callable[[Element], None]


def as_format(made: Document, invoice_format: InvoiceFormat) -> Document:
    return replace(made, buyer=replace(made.buyer, invoice_format=invoice_format))


def xrechnung(made: Document) -> bytes:
    return invoice_xml(as_format(made, InvoiceFormat.XRECHNUNG))


def texts(xml: bytes, path: str) -> list[str]:
    """The text of each element, or the value of each attribute, that an XPath finds."""
    found = etree.fromstring(xml).xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return [str(one.text if isinstance(one, Element) else one) for one in found]


def spoilt(xml: bytes, spoil: Spoil) -> bytes:
    root = etree.fromstring(xml)
    spoil(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def write(path: str, text: str) -> Spoil:
    """Write another text where the first of an XPath is."""

    def spoil(root: Element) -> None:
        _first(root, path).text = text

    return spoil


def drop(path: str) -> Spoil:
    """Take away the first of an XPath."""

    def spoil(root: Element) -> None:
        gone = _first(root, path)
        parent = gone.getparent()
        assert parent is not None
        parent.remove(gone)

    return spoil


def mark(path: str, name: str, value: str) -> Spoil:
    """Give another attribute to the first of an XPath."""

    def spoil(root: Element) -> None:
        _first(root, path).set(name, value)

    return spoil


def _first(root: Element, path: str) -> Element:
    found = root.xpath(path, namespaces=NAMES)
    assert isinstance(found, list), path
    first = found[0]
    assert isinstance(first, Element), path
    return first
