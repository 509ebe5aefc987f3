"""The whole package: written beside its place, and put there in one step when its last hash stands in it.

The same data give the same bytes: rows by their number, no time of making, a signature that is the same for the same
bytes. What is in memory is one row, or one file.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from billing.clause.reading import LAST_YEAR, Reader
from billing.errors import InvalidInput
from billing.money import format_cents
from billing.services.access.trail import note_access
from billing.services.acting import Act, audit
from billing.services.fields import count_between
from billing.services.processors import current_processor
from billing.store.files import read_file
from billing.store.session import TenantSession
from billing.store.tables import Invoice
from invoices.document import Document
from invoices.gobd.document_sheets import LINES, VATS, lines_of, vat_of
from invoices.gobd.index_xml import Described, Form, index_xml
from invoices.gobd.readme import readme
from invoices.gobd.selection import Sheet, sheets
from invoices.gobd.sheets import Row, described, pseudonyms, rows_of_ids, rows_of_year, text_of, texts, write_csv
from invoices.gobd.signing import fingerprint_of, public_pem, sign, signing_key
from invoices.gobd.verifying import PUBLIC_KEY, SIGNATURE, SUMS, hash_of

_FILES, _STORED = "dateien", "stored_file"
_EVIDENCE_OF = frozenset(("approval", "receipt", "expense", "correction"))
YEAR: Reader = count_between(2000, LAST_YEAR)
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Package:
    """What was given: to whom, rows by table, how many files, the hash of the list of hashes, and the key's."""

    year: int
    recipient: str
    rows: dict[str, int]
    files: int
    sha256: str
    fingerprint: str


@dataclass(slots=True)
class _Making:
    session: TenantSession
    year: int
    folder: Path
    progress: Progress
    rows: dict[str, int] = field(default_factory=dict)
    tables: list[Described] = field(default_factory=list)
    files: set[int] = field(default_factory=set)

    def table(self, table: Described, rows: Iterator[Sequence[str]]) -> None:
        self.progress(table.words)
        self.tables.append(table)
        self.rows[table.name] = write_csv(self.folder / table.file, table, rows)


def write_package(
    session: TenantSession,
    act: Act,
    year: int,
    recipient: str,
    out: Path,
    progress: Progress = lambda _: None,
) -> Package:
    """Write the package of a year into a folder that is new or empty; both logs say who took it.

    For whom they keep as a keyed digest: what somebody types may be a person's name, and they hold none.

    InvalidInput: a folder that holds something or can't be written to. Problem `file_damaged` when a stored file is not
    what it was: then there is no package.
    """
    beside = _beside(out)
    try:
        beside.mkdir(parents=True)
        making = _Making(session, year, beside, progress)
        _write(making)
        sums, key = _seal(session, making)
        os.replace(beside, out)  # noqa: PTH105 - takes the place of an empty folder, and of no other
    except OSError as error:
        raise InvalidInput("folder_not_writable", path="out", value=out, reason=error.strerror or "") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    package = Package(year, recipient, making.rows, len(making.files), sha256(sums).hexdigest(), key)
    digest = session.ring.digest(recipient)
    details = {"year": year, "recipient": digest, "sha256": package.sha256, "rows": sum(package.rows.values())}
    note_access(session, act, "exported", f"gobd:{year}", **details)
    audit(session, act, "gobd_exported", f"gobd:{year}", **details, files=package.files)
    return package


def _beside(out: Path) -> Path:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InvalidInput("folder_not_empty", path="out", value=out)
    return out.with_name(f".{out.name or 'gobd'}.{os.getpid()}.unfertig")


def _write(making: _Making) -> None:
    pseudonym = pseudonyms(making.session)
    for sheet in sheets():
        if sheet.name != _STORED:
            table = described(sheet)
            rows = rows_of_year(making.session, sheet, making.year)
            making.table(table, _texts_of(making, sheet, rows, pseudonym))
    _write_documents(making)
    (stored,) = [sheet for sheet in sheets() if sheet.name == _STORED]
    found = rows_of_ids(making.session, stored, sorted(making.files))
    making.table(described(stored), _files_of(making, stored, found, pseudonym))
    making.tables.sort(key=lambda table: table.name)
    supplier = current_processor(making.session, date(making.year, 12, 31))
    period = (f"{making.year}-01-01", f"{making.year}-12-31")
    place = f"{supplier.street}, {supplier.postcode} {supplier.city}"
    medium = f"Abrechnung {making.year}"
    described_all = index_xml((supplier.company_name, place), medium, period, making.tables)
    (making.folder / "index.xml").write_bytes(described_all)
    text = readme(supplier.company_name, making.year, making.tables, making.rows)
    (making.folder / "LIESMICH.txt").write_text(text, encoding="utf-8", newline="\r\n")


def _texts_of(
    making: _Making, sheet: Sheet, rows: Iterator[Row], pseudonym: Callable[[str], str]
) -> Iterator[list[str]]:
    names = [str(column.name) for column in sheet.columns]
    links = [at for at, name in enumerate(names) if _leads_to_file(sheet, name)]
    for row in rows:
        making.files.update(row[at] for at in links if row[at] is not None)
        found = texts(sheet, row, pseudonym)
        if sheet.name in ("person", "user"):
            person = row[0] if sheet.name == "person" else row[names.index("person_id")]
            found.append(pseudonym(f"user:{row[0]}" if person is None else f"person:{person}"))
        yield found


def _leads_to_file(sheet: Sheet, name: str) -> bool:
    """Tell whether a column names a file that is given along: papers and receipts, and what proves an approval."""
    if name == "evidence_file_id":
        return sheet.name in _EVIDENCE_OF
    return name in ("stored_file_id", "receipt_file_id", "documents_file_id")


def _write_documents(making: _Making) -> None:
    """Write lines and VAT of the documents; each is read twice, so that none of them waits in memory."""
    (sheet,) = [sheet for sheet in sheets() if sheet.name == Invoice.__tablename__]
    number, document = ([str(column.name) for column in sheet.columns].index(name) for name in ("id", "document"))
    for table, split in ((LINES, lines_of), (VATS, vat_of)):
        money = [column.form is Form.MONEY for column in table.columns]
        making.table(
            table,
            (
                [_text(value, is_money=is_money) for value, is_money in zip(values, money, strict=True)]
                for row in rows_of_year(making.session, sheet, making.year)
                for values in split(row[number], Document.from_json(row[document]))
            ),
        )


def _text(value: Any, *, is_money: bool) -> str:
    return format_cents(value).replace(".", ",") if is_money else text_of(value)


def _files_of(
    making: _Making, sheet: Sheet, rows: Iterator[Row], pseudonym: Callable[[str], str]
) -> Iterator[list[str]]:
    """Write each file's bytes, proved against its hash, and give its row with the path."""
    (making.folder / _FILES).mkdir()
    name = [str(column.name) for column in sheet.columns].index("name")
    for row in rows:
        path = f"{_FILES}/{row[0]}-{_plain(row[name])}"
        file = read_file(making.session, row[0])
        (making.folder / path).write_bytes(file.content)
        making.session.expunge(file)
        yield [*texts(sheet, row, pseudonym), path]


def _plain(name: str) -> str:
    """Give a file name that every system takes and none reads as a path."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name).lstrip(".")[-150:]


def _seal(session: TenantSession, making: _Making) -> tuple[bytes, str]:
    """Write key, hashes and signature, the hashes last but one: a package without them is none."""
    key = signing_key(session.ring.digest_key, session.processor_id)
    pem = public_pem(key)
    (making.folder / PUBLIC_KEY).write_bytes(pem)
    paths = sorted(path.relative_to(making.folder).as_posix() for path in making.folder.rglob("*") if path.is_file())
    sums = "".join(f"{hash_of(making.folder / path)}  {path}\n" for path in paths).encode()
    (making.folder / SUMS).write_bytes(sums)
    (making.folder / SIGNATURE).write_bytes(sign(key, sums))
    return sums, fingerprint_of(pem)
