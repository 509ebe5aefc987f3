"""Small whole files of each type that receipts may have; what differs in `text` differs in content."""

import struct
import zlib

from billing.services.proofs import ProofFile


def pdf(text: str = "Beleg") -> bytes:
    """A PDF of one empty page; `text` stands in it as a comment."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ]
    content, places = b"%PDF-1.7\n%" + text.encode() + b"\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = len(content)
    content += b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return content + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table


def png(text: str = "Beleg") -> bytes:
    """A PNG of one white dot."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"tEXt", b"Title\0" + text.encode()),
        (b"IDAT", zlib.compress(b"\0\xff")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def jpeg(text: str = "Beleg") -> bytes:
    """The segments of a JPEG, its picture of a few bytes."""
    comment = text.encode()
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
        b"\xff\xfe"
        + struct.pack(">H", len(comment) + 2)
        + comment
        + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
        + b"\x12\x34\x56\xff\xd9"
    )


def mail(text: str = "Freigegeben.") -> bytes:
    """A saved e-mail whose body is Latin-1."""
    head = (
        "From: Eva Kern <kern@wohnbau.example>\r\nTo: post@immoinvent.example\r\nDate: Mon, 5 Oct 2026 09:00:00 +0200"
    )
    return f"{head}\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n{text} Grüße\r\n".encode("latin-1")


def release_mail() -> ProofFile:
    """The mail by which a controller released something, as it is handed in."""
    return ProofFile("freigabe.eml", mail())
