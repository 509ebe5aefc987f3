"""The papers beside a batch: a document package (`document.xml`, version 6.0) that DATEV Belegtransfer takes.

Each paper has the GUID that its bookings name (Beleglink, `BEDI "GUID"`), so that a booking opens its invoice.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from lxml import etree

_DOCUMENT = "http://xml.datev.de/bedi/tps/document/v06.0"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_PREFIXES: Any = {None: _DOCUMENT, "xsi": _XSI}
_INDEX = "document.xml"
_OUTGOING = "2"
_PICTURES_ONLY = "1"
_UNDATED = (1980, 1, 1, 0, 0, 0)
"""The same papers make the same bytes."""


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A PDF under its name, and its GUID."""

    guid: str
    name: str
    content: bytes


def pack(papers: Sequence[PaperFile], created_at: datetime) -> bytes:
    """Make the ZIP of papers and their index; `created_at` by the processor's clock."""
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, content in [(_INDEX, _index(papers, created_at)), *((one.name, one.content) for one in papers)]:
            entry = ZipInfo(name, _UNDATED)
            entry.compress_type = ZIP_STORED  # PDFs are compressed already
            archive.writestr(entry, content)
    return packed.getvalue()


def _index(papers: Sequence[PaperFile], created_at: datetime) -> bytes:
    root = etree.Element(f"{{{_DOCUMENT}}}archive", nsmap=_PREFIXES)
    root.set(f"{{{_XSI}}}schemaLocation", f"{_DOCUMENT} Document_v060.xsd")
    root.set("version", "6.0")
    root.set("generatingSystem", "Mehraufwand")
    header = etree.SubElement(root, f"{{{_DOCUMENT}}}header")
    etree.SubElement(header, f"{{{_DOCUMENT}}}date").text = f"{created_at:%Y-%m-%dT%H:%M:%S}"
    content = etree.SubElement(root, f"{{{_DOCUMENT}}}content")
    for paper in papers:
        document = etree.SubElement(content, f"{{{_DOCUMENT}}}document")
        document.set("guid", paper.guid)
        document.set("processID", _PICTURES_ONLY)
        document.set("type", _OUTGOING)
        file = etree.SubElement(document, f"{{{_DOCUMENT}}}extension")
        file.set(f"{{{_XSI}}}type", "File")
        file.set("name", paper.name)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
