"""The shape of a format: which columns it has, by which header it is known, and how one row becomes work."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from billing.importing.records import Record
from billing.importing.rows import RowError, Work
from billing.importing.spans import FileClock

LONGEST_NAME = 200
LONGEST_NOTE = 4000
MOST_TAGS = 50

Cells: TypeAlias = Mapping[str, str]
"""The cells of a row by our name of the column, cleaned; a column that the file lacks is empty."""

Reader: TypeAlias = Callable[[Cells, FileClock], tuple[Work, tuple[str, ...]]]
"""One row's cells into its work and notices; RowError when it can't be taken."""

_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TOTAL = re.compile(r"(grand |sub)?total|gesamt(summe)?|(zwischen)?summe|insgesamt", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    `columns`: our name of a column -> the headers it may have, the preferred first. `marks`: a header that has all
    columns of any of these sets is of this format. `needs`: columns without which no row can be read. `days` and
    `stamps`: the columns whose cells are dates, and those whose cells may be full stamps or local times.
    """

    name: str
    title: str
    columns: Mapping[str, tuple[str, ...]]
    marks: tuple[frozenset[str], ...]
    needs: frozenset[str]
    days: tuple[str, ...]
    stamps: tuple[str, ...]
    read: Reader

    def recognises(self, present: Mapping[str, int]) -> bool:
        """Tell whether a header, as found by `locate`, is of this format."""
        return any(mark <= present.keys() for mark in self.marks)

    def locate(self, header: Sequence[str]) -> dict[str, int]:
        """Find each of our columns in a normalised header; the first header of its list that is there counts."""
        places: dict[str, int] = {}
        for column, names in self.columns.items():
            for name in names:
                if name in header:
                    places[column] = header.index(name)
                    break
        return places


def normal_header(cell: str) -> str:
    """Give the form in which headers are compared: case, underscores, outer and doubled blanks don't matter."""
    folded = unicodedata.normalize("NFKC", cell.replace("\ufeff", "").replace("_", " ")).casefold()
    return " ".join(folded.split())


def clean(cell: str) -> str:
    """Give the form in which text is kept and compared: composed letters, one kind of line end, no outer blanks."""
    if cell.isascii() and "\r" not in cell:
        return cell.strip()
    return unicodedata.normalize("NFC", cell.replace("\r\n", "\n").replace("\r", "\n")).strip()


def cells_of(record: Record, known: Format, names: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    """Cut a record into our columns. RowError for a totals row, cells without a header, and control characters."""
    _refuse_totals(record, [places[column] for column in (*known.days, *known.stamps) if column in places])
    extra = record.cells[len(names) :]
    if len(record.cells) < len(names) or any(cell.strip() for cell in extra):
        raise RowError("row_ragged", cells=len(record.cells), columns=len(names))
    cells: dict[str, str] = {}
    for column, place in places.items():
        cell = clean(record.cells[place])
        limit = LONGEST_NOTE if column in ("note", "tags") else LONGEST_NAME
        if len(cell) > limit:
            raise RowError("row_text_too_long", column=names[place], length=len(cell), limit=limit)
        if found := _CONTROL.search(cell):
            raise RowError("row_control_character", column=names[place], value=f"U+{ord(found[0]):04X}")
        cells[column] = cell
    return cells


def _refuse_totals(record: Record, times: Sequence[int]) -> None:
    """Refuse a row that sums others up: it begins with such a word and has no date and no clock time of its own."""
    first = next((cell.strip() for cell in record.cells if cell.strip()), "")
    if not _TOTAL.fullmatch(first.rstrip(": ")):
        return
    if all(record.cells[place].strip() in ("", first) for place in times if place < len(record.cells)):
        raise RowError("row_is_total", value=first)


def tags_of(cell: str) -> tuple[str, ...]:
    """Split a cell of tags at commas and semicolons; each once, in order."""
    tags = tuple(dict.fromkeys(tag.strip() for tag in re.split("[,;]", cell) if tag.strip()))
    if len(tags) > MOST_TAGS:
        raise RowError("row_too_many_tags", length=len(tags), limit=MOST_TAGS)
    return tags
