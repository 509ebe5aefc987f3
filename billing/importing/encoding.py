"""What the bytes are: text or something else, and in which encoding. Decided from the whole file, once.

UTF-8 (with or without a byte order mark) and UTF-16 with one are taken as they are. Bytes that are not valid UTF-8 are
read as Windows-1252, what Excel writes in Germany, with a notice. Nothing else is guessed.
"""

import codecs
import hashlib
from dataclasses import dataclass, field
from typing import BinaryIO

from billing.errors import UnreadableInput
from billing.importing.source import Source

_HEAD = 4096
_CHUNK = 1 << 18
_KINDS = (
    (b"\xd0\xcf\x11\xe0", "Excel (xls)"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "GZIP"),
    (b"SQLite format 3", "SQLite"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"{\\rtf", "RTF"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """What one pass over the bytes found: the encoding, the line ends (for a progress bar), and the file's identity."""

    encoding: str
    line_ends: int
    sha256: str

    @property
    def notices(self) -> tuple[str, ...]:
        """Codes of what a person should know about the encoding."""
        return ("windows_1252",) if self.encoding == "cp1252" else ()


def examine(source: Source) -> TextFile:
    """Find the encoding of a source in one pass with bounded memory.

    Raises UnreadableInput for an empty file, a workbook, an archive, a picture or other binary data, and for bytes that
    no accepted encoding explains (with the line on which they stand).
    """
    with source.path.open("rb") as stream:
        head = stream.read(_HEAD)
        _refuse_what_is_no_text(source, head)
        stream.seek(0)
        return _pass(source, stream, _candidates(head))


def _refuse_what_is_no_text(source: Source, head: bytes) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise UnreadableInput("import_file_empty", path=source.name, value=len(head))
    kind = _kind(head)
    if kind:
        raise UnreadableInput("import_file_kind", path=source.name, value=kind)
    first_line = head.split(b"\n", 1)[0]
    if b"\0" in first_line and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableInput("import_file_binary", path=source.name, value=head[:16].hex(" "))


def _kind(head: bytes) -> str:
    """Name a file that people often choose by mistake; "" for anything else."""
    if head.startswith(b"PK\x03\x04"):
        return "Excel (xlsx)" if b"[Content_Types].xml" in head or b"xl/" in head else "ZIP"
    for magic, kind in _KINDS:
        if head.startswith(magic):
            return kind
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "HTML"
    return "JSON" if start.startswith((b'{"', b"[{", b"{\n", b"{\r\n")) else ""


@dataclass
class _Candidate:
    name: str
    failed_on: int | None = None
    decoder: codecs.IncrementalDecoder = field(init=False)

    def __post_init__(self) -> None:
        # Without "-sig", so that positions in an error count from the start of the file; a mark is valid UTF-8 anyway.
        self.decoder = codecs.getincrementaldecoder(self.name.removesuffix("-sig"))("strict")

    def take(self, chunk: bytes, lines_before: int, *, final: bool) -> None:
        if self.failed_on is not None:
            return
        try:
            self.decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            self.failed_on = lines_before + chunk.count(b"\n", 0, error.start) + 1


def _candidates(head: bytes) -> list[_Candidate]:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return [_Candidate(name)]  # the mark is a promise: no other encoding is tried
    return [_Candidate("utf-8"), _Candidate("cp1252")]


def _pass(source: Source, stream: BinaryIO, candidates: list[_Candidate]) -> TextFile:
    digest = hashlib.sha256()
    feeds, returns = 0, 0
    while True:
        chunk = stream.read(_CHUNK)
        digest.update(chunk)
        for candidate in candidates:
            candidate.take(chunk, feeds, final=not chunk)
        if not chunk:
            break
        feeds += chunk.count(b"\n")
        returns += chunk.count(b"\r")
    for candidate in candidates:
        if candidate.failed_on is None:
            return TextFile(candidate.name, max(feeds, returns), digest.hexdigest())
    raise UnreadableInput("import_encoding_unknown", path=source.name, value=candidates[0].failed_on)
