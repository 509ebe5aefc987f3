"""Files that people hand in: whole ones of plain types are kept, all others refused, quickly and leaving nothing."""

import random
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from billing.errors import InvalidInput
from billing.services.file_types import FileType, NotWholeError, type_of
from billing.services.proofs import LARGEST, ProofFile, keep_proof, read_upload, read_uploads
from billing.store.files import read_file
from billing.store.tables import StoredFile
from billing.store.tables.kinds import RetentionClass
from tests.months.story import Story
from tests.services.furnishing import NOW, refused, rows_of
from tests.support.papers import jpeg, mail, pdf, png

ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
PNG_OF_MANY = png()[:33] + b"\0\0\0\0tEXt\x1c\xd1\xab\xb8" * 100_001


def zipped(size: int = 10_000_000) -> bytes:
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as file:
        file.writestr("a", bytes(size))
    return archive.getvalue()


def upload(name="bahn.pdf", content: bytes | str = b"", **more):
    encoded = content if isinstance(content, str) else b64encode(content).decode()
    return {"name": name, "content": encoded, **more}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(pdf(), FileType.PDF, id="a PDF"),
        pytest.param(pdf() + b"\r\n\0\0", FileType.PDF, id="a PDF with padding at its end"),
        pytest.param(png(), FileType.PNG, id="a PNG"),
        pytest.param(jpeg(), FileType.JPEG, id="a JPEG"),
        pytest.param(jpeg() + b"SEFT maker's notes", FileType.JPEG, id="a JPEG with what a telephone writes behind it"),
        pytest.param(jpeg()[:2] + b"\xff\xff" + jpeg()[2:], FileType.JPEG, id="a JPEG with fill bytes"),
        pytest.param(mail(), FileType.MAIL, id="a mail in Latin-1"),
        pytest.param(
            b"Received: by x\n\tfor y\nfrom: a@b.de\nDATE: today\n\n<b>ok</b>", FileType.MAIL, id="a mail of HTML"
        ),
        pytest.param("Grüße,\n\tgern.\r\n".encode(), FileType.TEXT, id="a text"),
        pytest.param("\ufeffFreigegeben".encode(), FileType.TEXT, id="a text with a byte order mark"),
        pytest.param("Frei\u00adgegeben nach §\u00a013.".encode(), FileType.TEXT, id="a text of a word processor"),
        pytest.param(b"Subject: ok\n\nFreigegeben.", FileType.TEXT, id="a text like a mail, but from nobody"),
    ],
)
def test_what_a_file_is_stands_in_its_bytes(content, kind):
    assert type_of(content) is kind


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"MZ\x90\0\3", id="a program"),
        pytest.param(zipped(1), id="an archive"),
        pytest.param(ENTITY, id="XML that names a file of ours"),
        pytest.param(b" \n<html><script>alert(1)</script>", id="a page"),
        pytest.param(b"<svg onload='alert(1)'/>", id="a drawing that runs"),
        pytest.param(b"text\0text", id="text with a zero byte"),
        pytest.param("Grüße".encode("utf-16"), id="text of another encoding"),
        pytest.param(b"\x1b[2J", id="text that steers a terminal"),
        pytest.param(b"RIFF\x1a\0\0\0WEBPVP8 ", id="WebP, which few programs will open in eight years"),
    ],
)
def test_what_is_no_plain_receipt_is_not_taken(content):
    assert type_of(content) is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(pdf()[:-7], id="a PDF without its last line"),
        pytest.param(pdf()[: len(pdf()) // 2], id="half a PDF"),
        pytest.param(pdf().replace(b"\n", b"\r\n"), id="a PDF sent as text"),
        pytest.param(pdf().replace(b"startxref\n", b"startxref\n9"), id="a PDF whose table is behind its end"),
        pytest.param(pdf() + b"<html>" + b" " * 2000, id="a PDF with a page behind it"),
        pytest.param(pdf()[:-6] + zipped(1) + b"\n%%EOF\n", id="a PDF with its end in an archive"),
        pytest.param(png()[:-1], id="a PNG without its last byte"),
        pytest.param(png() + b"x", id="a PNG with something behind it"),
        pytest.param(png().replace(b"Beleg", b"Belag"), id="a PNG with one letter changed"),
        pytest.param(png()[:8] + png()[33:], id="a PNG without its header"),
        pytest.param(PNG_OF_MANY, id="a PNG of a hundred thousand chunks"),
        pytest.param(jpeg()[:-2], id="a JPEG that broke off"),
        pytest.param(jpeg()[:30], id="a JPEG that broke off in its first part"),
        pytest.param(jpeg()[:2] + b"\xff" * 1_000_000, id="a JPEG of fill bytes"),
        pytest.param(jpeg() + zipped(1), id="a JPEG that is an archive too"),
        pytest.param(png()[:-12] + zipped(1), id="a PNG that ends as an archive"),
    ],
)
def test_what_is_only_partly_what_it_begins_as_is_refused(content):
    with pytest.raises(NotWholeError):
        type_of(content)


@pytest.mark.parametrize("name", ["bahn.pdf", "Screenshot 2026-10-05 at 9.41.05\u202fPM.png", "Art.\u00a035.pdf"])
def test_an_upload_is_read(name):
    assert read_upload(upload(name, pdf()), "receipt") == ProofFile(name, pdf())


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        pytest.param("x", "not_an_object", "receipt", id="a text"),
        pytest.param({"name": "a.pdf"}, "missing_key", "receipt.content", id="a name alone"),
        pytest.param(upload(content=b"x", size=1), "unknown_key", "receipt.size", id="one more key"),
        pytest.param(upload(name=7), "not_a_text", "receipt.name", id="a number for a name"),
        pytest.param(upload(name="../.."), "file_name_invalid", "receipt.name", id="a way up for a name"),
        pytest.param(upload(name="a\0b"), "file_name_invalid", "receipt.name", id="a name with a zero byte"),
        pytest.param(upload(name="x" * 256), "file_name_invalid", "receipt.name", id="a name of 256 characters"),
        pytest.param(upload(content="####"), "file_not_base64", "receipt.content", id="no base64"),
        pytest.param(upload(content="QUJ D"), "file_not_base64", "receipt.content", id="base64 with a blank"),
        pytest.param(upload(content="QUJDRA"), "file_not_base64", "receipt.content", id="base64 without its filling"),
        pytest.param(upload(content="QUI=QUI="), "file_not_base64", "receipt.content", id="two of them in one"),
        pytest.param(upload(content="QUJä"), "file_not_base64", "receipt.content", id="letters that are none"),
    ],
)
def test_an_upload_that_is_none_is_refused(value, code, path):
    with refused(code, path):
        read_upload(value, "receipt")


def test_an_upload_larger_than_any_may_be_is_refused():
    with refused("file_too_large", "receipt.content"):
        read_upload(upload(content="A" * (LARGEST * 4 // 3 + 8)), "receipt")


def test_a_request_brings_ten_files_at_most():
    assert len(read_uploads([upload(content=b"x")] * 10, "files")) == 10
    with refused("too_many_files", "files"):
        read_uploads([upload(content=b"x")] * 11, "files")
    with refused("file_not_base64", "files[1].content"):
        read_uploads([upload(content=b"x"), upload(content="x")], "files")


@pytest.mark.parametrize(
    ("given", "name", "kept"),
    [
        pytest.param("Attest Frau Müller.pdf", "A-2026-001", "A-2026-001.pdf", id="a name that tells too much"),
        pytest.param("../../etc/passwd", "A 1/2", "A-1-2.pdf", id="a path, and a reference with a slash"),
        pytest.param("rechnung.exe", "..\\", "voucher-{sha}.pdf", id="a false ending, and a reference of dots"),
        pytest.param("b.pdf", None, "voucher-{sha}.pdf", id="no reference"),
    ],
)
def test_a_file_is_kept_under_a_name_of_ours_and_proved_when_read(office: Story, given, name, kept):
    def keep(session):
        file = ProofFile(given, pdf())
        return keep_proof(session, office.act(NOW), file, RetentionClass.VOUCHER, "receipt", name=name).id

    number = office.tell(keep)
    row = office.tell(lambda session: read_file(session, number))
    assert row.name == kept.format(sha=row.sha256[:12])
    assert (row.content, row.media_type, row.retain_until.year) == (pdf(), "application/pdf", 2034)


class Damages:
    """What happens to files on their way, the same in every run."""

    def __init__(self) -> None:
        self.seed = random.Random(20261123)  # noqa: S311 - no secrets

    def whole(self) -> bytes:
        return self.seed.choice((pdf(), png(), jpeg()))

    def cut(self) -> bytes:
        whole = self.whole()
        return whole[: self.seed.randrange(len(b"%PDF-"), len(whole) - 10)]  # a shorter start may be a text as well

    def flip(self) -> bytes:
        place, bit = self.seed.randrange(8, len(png())), 1 << self.seed.randrange(8)
        return png()[:place] + bytes([png()[place] ^ bit]) + png()[place + 1 :]

    def hide(self) -> bytes:
        return self.whole() + self.seed.randbytes(self.seed.randrange(50)) + zipped(self.seed.randrange(100_000))

    def noise(self) -> bytes:
        return b"\0" + self.seed.randbytes(self.seed.randrange(5000))

    def foreign(self) -> bytes:
        other = self.seed.choice([ENTITY, zipped(self.seed.randrange(10)), b"MZ", b"\x7fELF", b"GIF89a"])
        return other + self.seed.randbytes(40) + b"\xff"

    def all(self, count: int) -> Iterator[tuple[str, bytes]]:
        kinds = (self.cut, self.flip, self.hide, self.noise, self.foreign)
        names = ("a.pdf", "../../a.png", "a.jpg.exe", "C:\\a.pdf")
        return ((self.seed.choice(names), kinds[number % len(kinds)]()) for number in range(count))


def test_of_five_hundred_damaged_files_none_is_taken_and_nothing_is_left(desk: Story):
    def keep(session, name: str, content: bytes) -> None:
        file = read_upload(upload(name, content), "receipt")
        keep_proof(session, desk.act(NOW), file, RetentionClass.VOUCHER, "receipt")

    def try_all(session):
        for number, (name, content) in enumerate(Damages().all(500)):
            with pytest.raises(InvalidInput) as caught:
                keep(session, name, content)
            assert caught.value.code in {"file_not_whole", "file_type_unknown"}, (number, content)

    desk.tell(try_all)
    assert rows_of(desk, StoredFile) == []


def test_what_would_unpack_to_gigabytes_is_never_unpacked():
    bomb = zipped(50_000_000)
    assert len(bomb) < 60_000
    assert type_of(bomb) is None
