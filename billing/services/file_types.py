"""What a file is, told from its bytes alone, and whether all of it is there; nothing is unpacked, run or rendered.

Receipts are kept for eight years and must open then, so only whole files of plain types are taken: a scan that broke
off, or a second format hidden behind the first, is seen from the file's own structure. Each check reads the bytes once.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from enum import StrEnum

from billing.services.legible import is_legible


class FileType(StrEnum):
    """The types that receipts and other proofs may have, by media type."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    MAIL = "message/rfc822"
    TEXT = "text/plain"


ENDINGS: Mapping[FileType, str] = {
    FileType.PDF: "pdf",
    FileType.PNG: "png",
    FileType.JPEG: "jpg",
    FileType.MAIL: "eml",
    FileType.TEXT: "txt",
}


class NotWholeError(Exception):
    """The file begins as one of the types, but something is missing, damaged or hidden behind it."""


_PDF_END = 1024
"""How far from the end `%%EOF` may stand (ISO 32000-1, annex H, as readers take it)."""
_PDF_TABLE = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF[\s\0]*\Z")
_PDF_TABLE_START = re.compile(rb"\s*(xref\b|\d{1,10}\s+\d{1,5}\s+obj\b)")
_PNG_START, _PNG_CHUNK = b"\x89PNG\r\n\x1a\n", 12
_PNG_HEADER = 13
_JPEG_START, _JPEG_SCAN, _JPEG_FILL, _JPEG_END = b"\xff\xd8\xff", 0xDA, 0xFF, b"\xff\xd9"
_MOST_PARTS = 100_000
"""Chunks or segments of one picture; no program writes so many, and following them all must not take long."""
_ZIP_END, _ZIP_END_SIZE, _ZIP_COMMENT = b"PK\x05\x06", 22, 65_535
_MAIL_HEADER = re.compile(rb"[!-9;-~]+:")
_MAIL_NEEDS = (b"from:", b"date:")
_LONGEST_HEADER = 65_536
_MARKUP = re.compile(r"\s*<[!?/a-zA-Z]")
_BETWEEN_WORDS = "\t\r\n\f"


def type_of(content: bytes) -> FileType | None:
    """Tell what a file is, or None for what we don't take; NotWholeError when it is only partly what it begins as."""
    for start, (kind, check) in _BINARY.items():
        if content.startswith(start):
            check(content)
            _require_no_archive(content)
            return kind
    if _is_mail(content):
        return FileType.MAIL
    return FileType.TEXT if _is_plain_text(content) else None


def _check_pdf(content: bytes) -> None:
    """Refuse a PDF that does not end by saying where its table of objects is, or has none there."""
    end = _PDF_TABLE.search(content[-_PDF_END:])
    if end is None or not _PDF_TABLE_START.match(content, int(end[1])):
        raise NotWholeError


def _check_png(content: bytes) -> None:
    """Refuse a PNG that is no chain of chunks with checksums, from the header to the very last bytes."""
    place, kind = len(_PNG_START), b""
    for _ in range(_MOST_PARTS):
        length, name = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        end = place + _PNG_CHUNK + length
        if end > len(content) or (not kind and (name, length) != (b"IHDR", _PNG_HEADER)):
            raise NotWholeError
        data = memoryview(content)[place + 4 : end - 4]
        if zlib.crc32(data) != int.from_bytes(content[end - 4 : end], "big"):
            raise NotWholeError
        place, kind = end, name
        if kind == b"IEND":
            break
    if kind != b"IEND" or place != len(content):
        raise NotWholeError


def _check_jpeg(content: bytes) -> None:
    """Refuse a JPEG that is no chain of segments up to a picture with an end; cameras may write something behind it."""
    place, marker = 2, 0
    for _ in range(_MOST_PARTS):
        if content[place : place + 1] != b"\xff" or place + 4 > len(content):
            raise NotWholeError
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        place += 1 if marker == _JPEG_FILL else 2 + length
        if marker == _JPEG_SCAN:
            break
    if marker != _JPEG_SCAN or content.find(_JPEG_END, place) < 0:
        raise NotWholeError


_BINARY: Mapping[bytes, tuple[FileType, Callable[[bytes], None]]] = {
    b"%PDF-": (FileType.PDF, _check_pdf),
    _PNG_START: (FileType.PNG, _check_png),
    _JPEG_START: (FileType.JPEG, _check_jpeg),
}


def _require_no_archive(content: bytes) -> None:
    """Refuse a file that is a ZIP archive as well: those are read from their end."""
    tail = content[-(_ZIP_END_SIZE + _ZIP_COMMENT) :]
    place = tail.rfind(_ZIP_END)
    while place >= 0:
        comment = int.from_bytes(tail[place + 20 : place + 22], "little")
        if place + _ZIP_END_SIZE + comment == len(tail):
            raise NotWholeError
        place = tail.rfind(_ZIP_END, 0, place)


def _is_mail(content: bytes) -> bool:
    """Whether this is a saved e-mail: header lines with sender and date, then a body of any character set."""
    if b"\0" in content:
        return False
    head = re.split(rb"\r?\n\r?\n", content[:_LONGEST_HEADER], maxsplit=1)[0]
    lines = [line for line in head.splitlines() if not line.startswith((b" ", b"\t"))]
    whole = all(_MAIL_HEADER.match(line) for line in lines)
    return whole and all(any(line.lower().startswith(name) for line in lines) for name in _MAIL_NEEDS)


def _is_plain_text(content: bytes) -> bool:
    """Whether this is text for people, in UTF-8; markup is not, for what it would load or run elsewhere."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if _MARKUP.match(text):
        return False
    for control in _BETWEEN_WORDS:
        text = text.replace(control, " ")
    return is_legible(text)
