"""Which format is it, and by which delimiter? Told by the header alone, the same way every time.

The header is the first row, among the first ten, that has the marks of a format; some exports put a title above it, and
spreadsheets a line `sep=;`. Two formats or none: the person is told what was seen and chooses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from billing.errors import InvalidInput, UnreadableInput
from billing.importing.formats import FORMATS
from billing.importing.layout import Format, normal_header
from billing.importing.records import Record, open_text, records
from billing.importing.source import Source

DELIMITERS = (",", ";", "\t", "|")
HEADER_WITHIN = 10
_LONGEST_SHOWN = 40
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Header:
    """A header as it was understood: its format, the physical line it ends on, its names and our columns' places."""

    format: Format
    line: int
    names: tuple[str, ...]
    places: Mapping[str, int]
    delimiter: str


def find_header(source: Source, encoding: str, wanted: str | None) -> Header:
    """Find the header of a file; `wanted` is the name of a format that the person chose.

    Raises UnreadableInput with what was seen when no format fits, several do, a needed column is missing or stands
    there twice; InvalidInput when no format is called `wanted`.
    """
    formats = FORMATS if wanted is None else (_format_named(wanted, source),)
    heads = [(delimiter, _head(source, encoding, delimiter)) for delimiter in DELIMITERS]
    for place in range(HEADER_WITHIN):
        fitting = [
            Header(known, head[place].last_line, tuple(head[place].cells), places, delimiter)
            for delimiter, head in heads
            if place < len(head)
            for known in formats
            if known.recognises(places := known.locate(_names(head[place])))
        ]
        if fitting:
            return _the_one(fitting, source)
    raise _unknown(source, heads, formats if wanted else ())


def _format_named(name: str, source: Source) -> Format:
    for known in FORMATS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in FORMATS)
    raise InvalidInput("import_format_name_unknown", path=source.name, value=name, known=names)


def _head(source: Source, encoding: str, delimiter: str) -> list[Record]:
    with open_text(source, encoding) as stream:
        first = islice(records(stream, delimiter), HEADER_WITHIN)
        return [record for record in first if isinstance(record, Record)]


def _names(record: Record) -> list[str]:
    return [normal_header(cell) for cell in record.cells]


def _the_one(fitting: Sequence[Header], source: Source) -> Header:
    header = fitting[0]
    if len(fitting) > 1:
        names = ", ".join(one.format.name for one in fitting)
        raise UnreadableInput("import_format_ambiguous", path=source.name, value=names)
    missing = sorted(header.format.needs - header.places.keys())
    if missing:
        raise _missing(source, header.format, missing, header.names)
    normalised = [normal_header(name) for name in header.names]
    for place in header.places.values():
        if normalised.count(normalised[place]) > 1:
            raise UnreadableInput("import_column_twice", path=source.name, value=header.names[place].strip())
    return header


def _unknown(source: Source, heads: Sequence[tuple[str, list[Record]]], chosen: Sequence[Format]) -> UnreadableInput:
    """Say what was seen: the first row, cut at the delimiter that finds most columns in it."""
    rows = [head[0] for _, head in heads if head]
    seen = max((row.cells for row in rows), key=len, default=[])
    if not chosen:
        titles = ", ".join(known.title for known in FORMATS)
        return UnreadableInput("import_format_unknown", path=source.name, value=_shown(seen), known=titles)
    (known,) = chosen
    present = known.locate([normal_header(cell) for cell in seen]).keys()
    fewest = min((mark - present for mark in known.marks), key=len)
    return _missing(source, known, sorted(fewest | (known.needs - present)), seen)


def _missing(source: Source, known: Format, missing: Sequence[str], seen: Sequence[str]) -> UnreadableInput:
    names = ", ".join(known.columns[column][0] for column in missing)
    return UnreadableInput(
        "import_columns_missing", path=source.name, value=_shown(seen), format=known.title, missing=names
    )


def _shown(cells: Sequence[str]) -> str:
    """Cut what was seen to what a person can take in."""
    shown = [" ".join(cell.split())[:_LONGEST_SHOWN] for cell in cells if cell.strip()]
    return ", ".join(shown[:_MOST_SHOWN]) + (", …" if len(shown) > _MOST_SHOWN else "")
