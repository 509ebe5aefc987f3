"""Where things stand on a printed invoice: nothing clipped or overlapping, DIN 5008 kept, totals never alone."""

from functools import partial
from itertools import takewhile

import pytest
from fontTools.ttLib import TTFont

from billing.texts import wording
from invoices.invoice_page import invoice_page
from invoices.pdf import Press, font_files
from tests.invoices.looking import PAGE_HEIGHT, Prints, TextBox, inside, pages_of, squeezed, text_boxes
from tests.invoices.papers import PAPERS, of_lines
from tests.invoices.samples import document, line

each_paper = pytest.mark.parametrize("name", PAPERS)


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


NAMES_BESIDE_VALUES = {
    ("info", 8.5, 27): "number document_number issue_date document_date preceding period contract customer_number "
    "buyer_reference buyer_vat_id contact phone email due_on estimate_version estimate_case estimate_your_reference",
    ("transfer", 9.5, 38): "payee amount iban purpose bank bic",
}


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize(("points", "room", "names"), [(*key[1:], names) for key, names in NAMES_BESIDE_VALUES.items()])
def test_a_name_has_room_beside_its_value(points: float, room: float, names: str, lang: str) -> None:
    font = TTFont(font_files()[400])
    widths, glyphs, em = font["hmtx"], font.getBestCmap(), font["head"].unitsPerEm
    for name in names.split():
        drawn = sum(widths[glyphs[ord(character)]][0] for character in wording(f"label.{name}", lang))
        assert drawn / em * points * 25.4 / 72 < room - 1, name


def test_lines_of_one_case_stand_below_it_and_say_what_they_share_once(press: Press) -> None:
    made = document((line(1, case_ref="V-8"), line(2, 3, "travel", case_ref="V-8"), line(3, case_ref="V-9")))
    boxes = text_boxes(press.lay_out(invoice_page(made)))
    assert [box.text for box in inside(boxes, "position")][1:] == ["1", "2", "3"]
    headings = [box.text for box in inside(boxes, "about") if box.weight == 600]
    assert [text.split(" · ")[0] for text in headings] == ["V-8", "V-9"]
    approvals = [box for box in boxes if made.lines[0].approvals[0].estimate_ref in box.text]
    assert len(approvals) == 2


def test_lines_of_one_case_that_differ_each_say_their_own(press: Press) -> None:
    first = line(1, case_ref="V-8", services=("Auskunft",))
    made = document((first, line(2, case_ref="V-8", approvals=(), services=("Löschung",))))
    boxes = inside(text_boxes(press.lay_out(invoice_page(made))), "line")
    texts = [box.text for box in boxes if box.weight == 400]
    assert {"Auskunft", "Löschung"} <= set(texts)
    assert [text for text in texts if made.lines[0].approvals[0].estimate_ref in text]


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
