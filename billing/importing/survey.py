"""The whole file looked over once, before its first row: format, encoding, delimiter, order of dates, what to ask.

Nothing that belongs to the file is decided per row.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from billing.errors import InvalidInput, reason_of
from billing.importing.clock import day_part, has_offset
from billing.importing.date_order import OrderEvidence
from billing.importing.encoding import TextFile, examine
from billing.importing.header import Header, find_header
from billing.importing.layout import LONGEST_NAME
from billing.importing.records import Record, open_text, records
from billing.importing.rows import RefusedRow
from billing.importing.source import Source


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a file before its rows are read.

    `text.line_ends` tells a progress bar how many physical lines to expect; `text.sha256` names the file. `evidence`
    is what its dates say about their order, `needs_time_zone` whether any clock time stands there without an offset.
    """

    source: Source
    text: TextFile
    header: Header
    evidence: OrderEvidence
    needs_time_zone: bool

    @property
    def notices(self) -> tuple[str, ...]:
        """Codes of what a person should know about the file as a whole."""
        return self.text.notices + (("lines_before_header",) if self.header.line > 1 else ())


def survey_file(source: Source, wanted: str | None = None) -> Survey:
    """Look a file over in bounded memory; `wanted` names its format where the header doesn't tell.

    Raises UnreadableInput when it is no table that we know (the message lists what was seen), InvalidInput when it
    can't be read or no format is called `wanted`.
    """
    try:
        text = examine(source)
        header = find_header(source, text.encoding, wanted)
        evidence = OrderEvidence()
        needs_time_zone = False
        for record in body(source, text, header):
            if isinstance(record, Record):
                needs_time_zone |= _look_at(record, header, evidence)
    except OSError as error:
        raise InvalidInput("import_file_unreadable", path=source.name, value=reason_of(error)) from None
    return Survey(source, text, header, evidence, needs_time_zone)


def body(source: Source, text: TextFile, header: Header) -> Iterator[Record | RefusedRow]:
    """Give what stands below the header, record by record."""
    with open_text(source, text.encoding) as stream:
        for record in records(stream, header.delimiter):
            if record.line > header.line:
                yield record


def _look_at(record: Record, header: Header, evidence: OrderEvidence) -> bool:
    """Take a record's dates into the evidence; tell whether one of its clock times needs a time zone."""
    for text in _cells(record, header, header.format.days):
        evidence.see(record.line, text)
    local = False
    for text in _cells(record, header, header.format.stamps):
        evidence.see(record.line, day_part(text))
        local = local or not has_offset(text)
    return local


def _cells(record: Record, header: Header, columns: tuple[str, ...]) -> Iterator[str]:
    for column in columns:
        place = header.places.get(column, len(record.cells))
        text = record.cells[place].strip() if place < len(record.cells) else ""
        if 0 < len(text) <= LONGEST_NAME:
            yield text
