"""Files that nobody should take: torn, mislabelled, two things at once, bombs; each follows from a seed."""

import random
import zlib
from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from tests.support.papers import jpeg, pdf, png

Upload = dict[str, str]
_WHOLE: tuple[Callable[[str], bytes], ...] = (pdf, png, jpeg)
_WAYS_OUT = ("../{}", "../../etc/{}", "..\\{}", "/etc/{}", "C:\\{}", "a/{}", "{}\0.pdf", "{}\n.pdf")
_PIECE = 10 * 1024 * 1024
_XML = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/{}">]><x>&e;</x>'
_LAUGHS = '<!DOCTYPE x [<!ENTITY a0 "{}">{}]><x>&a9;</x>'


def bomb(gibibytes: int) -> bytes:
    """Make a gzip file of so many gibibytes of zeros: the same thousandth again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = packer.compress(bytes(_PIECE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + piece * (gibibytes * 1024**3 // _PIECE) + b"\x03\0" + bytes(8)


def _zipped(text: str) -> bytes:
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as file:
        file.writestr(f"../{text}", text)
    return archive.getvalue()


def _torn(chance: random.Random, text: str) -> Upload:
    whole = chance.choice(_WHOLE)(text)
    return _upload(f"{text}.pdf", whole[: chance.randrange(1, len(whole) - 8)])


def _changed(chance: random.Random, text: str) -> Upload:
    """Change one byte of a PNG behind its signature: each is under a checksum, or is one."""
    whole = bytearray(png(text))
    whole[chance.randrange(8, len(whole))] ^= 1 << chance.randrange(8)
    return _upload(f"{text}.png", bytes(whole))


def _mislabelled(chance: random.Random, text: str) -> Upload:
    content = (b"MZ\x90\0" + text.encode(), b"\x7fELF" + text.encode(), f"<html>{text}</html>".encode(), _zipped(text))
    return _upload(f"{text}.{chance.choice(('pdf', 'png', 'txt'))}", chance.choice(content))


def _two_in_one(chance: random.Random, text: str) -> Upload:
    return _upload(f"{text}.pdf", chance.choice(_WHOLE)(text) + _zipped(text))


def _xml(chance: random.Random, text: str) -> Upload:
    entities = "".join(f'<!ENTITY a{one + 1} "{f"&a{one};" * 10}">' for one in range(9))
    return _upload(f"{text}.txt", chance.choice((_XML.format(text), _LAUGHS.format(text, entities))).encode())


def _empty(_chance: random.Random, text: str) -> Upload:
    return _upload(f"{text}.pdf", b"")


def _way_out(chance: random.Random, text: str) -> Upload:
    return _upload(chance.choice(_WAYS_OUT).format(text), pdf(text))


def _noise(chance: random.Random, text: str) -> Upload:
    return _upload(f"{text}.pdf", b"\0" + chance.randbytes(chance.randrange(1, 200_000)))


def _not_encoded(chance: random.Random, text: str) -> Upload:
    whole = b64encode(pdf(text)).decode()
    place = chance.randrange(1, len(whole) - 4)
    return {"name": f"{text}.pdf", "content": whole[:place] + chance.choice("#\n=ä ") + whole[place:]}


def _upload(name: str, content: bytes) -> Upload:
    return {"name": name, "content": b64encode(content).decode()}


KINDS = (_torn, _changed, _mislabelled, _two_in_one, _xml, _empty, _way_out, _noise, _not_encoded)


def bad_files(seed: int, count: int) -> list[tuple[str, Upload]]:
    """Make so many, of each kind about as many, and say of which kind each is."""
    chance = random.Random(seed)  # noqa: S311 - no secret, and the same on every machine
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    return [(kind.__name__.strip("_"), kind(chance, f"n{number}")) for number, kind in enumerate(kinds)]
