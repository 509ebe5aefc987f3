"""Ways to look at a printed page: its text, and the place of its boxes in millimetres."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

from pypdf import PdfReader

from invoices.paper import Page
from invoices.pdf import Press, written

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
_PIXELS_PER_MM = 96 / 25.4


class TextBox(NamedTuple):
    """A piece of text on a page, in millimetres from the top left."""

    page: int
    text: str
    left: float
    top: float
    right: float
    bottom: float
    weight: int
    path: tuple[str, ...]
    """Class names and tags of what it stands in, outermost first."""


class Prints:
    """Pages by name, each laid out and printed once, when first looked at."""

    def __init__(self, press: Press, pages: dict[str, Page]) -> None:
        self._press, self._pages = press, pages
        self._prints: dict[str, tuple[bytes, list[TextBox]]] = {}

    def pdf(self, name: str) -> bytes:
        return self._printed(name)[0]

    def text(self, name: str) -> str:
        return text_of(self.pdf(name))

    def boxes(self, name: str) -> list[TextBox]:
        return list(self._printed(name)[1])

    def _printed(self, name: str) -> tuple[bytes, list[TextBox]]:
        if name not in self._prints:
            laid_out = self._press.lay_out(self._pages[name])
            boxes = text_boxes(laid_out)
            self._prints[name] = written(laid_out, self._pages[name].identifier), boxes
        return self._prints[name]


def text_of(pdf: bytes) -> str:
    """All text, with every kind of space as one plain space."""
    return squeezed(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [squeezed(page.extract_text()) for page in PdfReader(BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def text_boxes(laid_out: Any) -> list[TextBox]:
    """All pieces of text of a laid-out document, margin boxes included."""
    found: list[TextBox] = []
    for number, page in enumerate(laid_out.pages, 1):
        found += _boxes_in(page._page_box, number, ())  # noqa: SLF001 - WeasyPrint shows its boxes nowhere else
    return found


def _boxes_in(box: Any, page: int, path: tuple[str, ...]) -> Iterator[TextBox]:
    element = getattr(box, "element", None)
    names = (element.get("class") or element.tag,) if element is not None and hasattr(element, "get") else ()
    path = (*path, *names)
    if hasattr(box, "text") and box.text.strip():
        edges = (box.position_x, box.position_y, box.position_x + box.width, box.position_y + box.height)
        left, top, right, bottom = (edge / _PIXELS_PER_MM for edge in edges)
        yield TextBox(page, box.text, left, top, right, bottom, box.style["font_weight"], path)
    for child in getattr(box, "children", ()):
        yield from _boxes_in(child, page, path)


def inside(boxes: list[TextBox], name: str) -> list[TextBox]:
    """The pieces of text that stand in an element of this class or tag."""
    return [box for box in boxes if any(name in step.split() for step in box.path)]
