"""The package for a tax audit, read by one who knows the standard only: index.xml, then the files it names."""

import csv
import json
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from billing.store.rules.rows import is_sealed
from invoices.gobd.selection import OPENED, Sheet, sheets, unasked_tables
from invoices.gobd.sheets import described
from tests.api.clock import YEAR
from tests.api.shell import Shell

RECIPIENT = "Finanzamt Stuttgart"
EXPORT = ("export", "gobd", "--year", str(YEAR), "--recipient", RECIPIENT)


class Medium:
    """What a reader makes of a package: the description first, each file by it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        parser = etree.XMLParser(load_dtd=False, resolve_entities=False, no_network=True)
        self.root = etree.parse(str(folder / "index.xml"), parser).getroot()

    def tables(self) -> dict[str, etree._Element]:
        return {str(table.findtext("Name")): table for table in self.root.iterfind("Media/Table")}

    def columns(self, name: str) -> list[tuple[str, str]]:
        form = self.tables()[name].find("VariableLength")
        assert form is not None
        columns = [column for column in form if column.tag in ("VariablePrimaryKey", "VariableColumn")]
        return [(str(column.findtext("Name")), kind_of(column)) for column in columns]

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        table = self.tables()[name]
        form = table.find("VariableLength")
        assert form is not None
        assert form.findtext("RecordDelimiter") == "\r\n"
        path = self.folder / str(table.findtext("URL"))
        with path.open(encoding="utf-8", newline="") as stream:
            marks: Any = {"delimiter": form.findtext("ColumnDelimiter"), "quotechar": form.findtext("TextEncapsulator")}
            found = csv.reader(stream, **marks)
            skipped = int(str(table.findtext("Range/From"))) - 1
            names = [name for name, _ in self.columns(name)]
            for number, row in enumerate(found):
                assert len(row) == len(names), (path, number)
                if number >= skipped:
                    yield dict(zip(names, row, strict=True))
                else:
                    assert row == names


def kind_of(column: etree._Element) -> str:
    return next(kind for kind in ("AlphaNumeric", "Numeric", "Date") if column.find(kind) is not None)


def money(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


@pytest.fixture
def medium(issued: Shell, tmp_path: Path) -> Medium:
    issued.ok(*EXPORT, "--out", str(tmp_path / "paket"))
    return Medium(tmp_path / "paket")


def test_every_table_is_there_as_described(medium: Medium):
    tables = medium.tables()
    files = {path.name for path in medium.folder.glob("*.csv")}
    assert {str(table.findtext("URL")) for table in tables.values()} == files
    assert {
        "invoice",
        "invoice_line",
        "invoice_vat",
        "segment",
        "unit",
        "audit_log",
        "closing",
        "entry_version",
    } <= tables.keys()
    for name in tables:
        for row in medium.rows(name):
            for column, kind in medium.columns(name):
                value = row[column]
                if kind == "Numeric" and value:
                    assert money(value) == money(value), (name, column)
                if kind == "Date" and value:
                    assert len(value) == len("2026-01-01"), (name, column)


def test_elements_come_in_the_order_of_the_standard(medium: Medium):
    assert [child.tag for child in medium.root] == ["Version", "DataSupplier", "Media"]
    order = [
        "URL",
        "Name",
        "Description",
        "Validity",
        "UTF8",
        "DecimalSymbol",
        "DigitGroupingSymbol",
        "Range",
        "VariableLength",
    ]
    inner = [
        "ColumnDelimiter",
        "RecordDelimiter",
        "TextEncapsulator",
        "VariablePrimaryKey",
        "VariableColumn",
        "ForeignKey",
    ]
    for table in medium.tables().values():
        assert [child.tag for child in table] == order
        form = table.find("VariableLength")
        assert form is not None
        places = [inner.index(child.tag) for child in form]
        assert places == sorted(places)
    text = (medium.folder / "index.xml").read_text(encoding="utf-8")
    assert '<!DOCTYPE DataSet SYSTEM "gdpdu-01-09-2004.dtd">' in text


def test_lines_and_vat_add_up_to_the_invoices(medium: Medium):
    invoices = {row["id"]: row for row in medium.rows("invoice")}
    assert len(invoices) == 2
    for name, column in (("invoice_line", "net_eur"), ("invoice_vat", "net_eur"), ("invoice_vat", "vat_eur")):
        sums = dict.fromkeys(invoices, Decimal(0))
        for row in medium.rows(name):
            sums[row["invoice_id"]] += money(row[column])
        assert sums == {number: money(row[column]) for number, row in invoices.items()}
    for row in invoices.values():
        assert money(row["gross_eur"]) == money(row["net_eur"]) + money(row["vat_eur"])


def test_every_decided_minute_leads_to_its_entry_and_clause(medium: Medium):
    entries = {row["id"] for row in medium.rows("entry")}
    segments = list(medium.rows("segment"))
    assert {row["verdict"] for row in segments} == {"billed", "free"}
    assert {row["entry_id"] for row in segments} <= entries
    assert all(row["clause"] for row in segments)


def test_papers_and_receipts_are_there_with_their_hashes(medium: Medium):
    files = list(medium.rows("stored_file"))
    papers = {row["stored_file_id"] for row in medium.rows("invoice_file")}
    assert papers <= {row["id"] for row in files}
    sums = dict(line.split("  ")[::-1] for line in (medium.folder / "SHA256SUMS").read_text().splitlines())
    assert all(sums[row["path"]] == row["sha256"] for row in files)
    assert any((medium.folder / row["path"]).read_bytes().startswith(b"%PDF") for row in files)


def test_no_member_of_staff_is_named_but_in_the_log(medium: Medium):
    names = ("Person 1", "Person 2", "P1", "P2", "erika")
    people = list(medium.rows("person"))
    assert all(set(row) == {"id", "left_on", "pseudonym"} for row in people)
    for path in medium.folder.glob("*.csv"):
        if path.name not in ("audit_log.csv", "closing.csv"):
            told = path.read_text(encoding="utf-8")
            assert [name for name in names if f";{name};" in told] == [], path.name


def test_sha256sum_and_our_own_proof_find_it_whole(issued: Shell, medium: Medium):
    check = ["sha256sum", "-c", "--quiet", "SHA256SUMS"]
    checked = subprocess.run(check, cwd=medium.folder, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, b"")
    assert issued.ok("verify-package", str(medium.folder), "--json").json["is_whole"] is True


@pytest.mark.parametrize("name", ["invoice.csv", "index.xml", "SHA256SUMS", "SHA256SUMS.sig", "signatur.pem"])
def test_one_flipped_bit_fails(issued: Shell, medium: Medium, name: str):
    path = medium.folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    said = issued.run("verify-package", str(medium.folder))
    assert said.code != 0, said


def test_a_file_more_or_less_fails(issued: Shell, medium: Medium):
    (medium.folder / "unit.csv").unlink()
    (medium.folder / "neu.csv").write_text("x")
    said = issued.run("verify-package", str(medium.folder), "--json")
    assert said.code == 1
    assert {fault["file"] for fault in said.json["faults"]} == {"unit.csv", "neu.csv"}


def test_who_signs_anew_with_a_key_of_his_own_is_found_by_the_fingerprint(issued: Shell, medium: Medium):
    ours = issued.ok("verify-package", str(medium.folder), "--json").json["fingerprint"]
    assert issued.ok("verify-package", str(medium.folder), "--fingerprint", ours).code == 0
    said = issued.run("verify-package", str(medium.folder), "--fingerprint", "0" * 64, "--json")
    assert (said.code, [fault["file"] for fault in said.json["faults"]]) == (1, ["signatur.pem"])


def test_the_same_data_give_the_same_bytes(issued: Shell, medium: Medium, tmp_path: Path):
    issued.ok(*EXPORT, "--out", str(tmp_path / "noch-einmal"))
    again = tmp_path / "noch-einmal"
    changed = {
        path.relative_to(again).as_posix()
        for path in again.rglob("*")
        if path.is_file() and path.read_bytes() != (medium.folder / path.relative_to(again)).read_bytes()
    }
    # The first export is an event of the log itself, and the text counts its rows.
    assert changed == {"audit_log.csv", "LIESMICH.txt", "SHA256SUMS", "SHA256SUMS.sig"}


def test_who_took_it_is_on_record_and_for_whom_by_a_digest(issued: Shell, tmp_path: Path):
    done = issued.ok(*EXPORT, "--out", str(tmp_path / "paket"), "--json").json
    event = list(Medium(_exported(issued, tmp_path)).rows("audit_log"))[-1]
    assert (event["action"], event["subject"]) == ("gobd_exported", f"gobd:{YEAR}")
    assert RECIPIENT not in event["details"]
    assert done["sha256"] in event["details"]


def _exported(issued: Shell, tmp_path: Path) -> Path:
    issued.ok(*EXPORT, "--out", str(tmp_path / "danach"))
    return tmp_path / "danach"


def test_a_folder_that_holds_something_is_left_alone(issued: Shell, tmp_path: Path):
    (tmp_path / "voll").mkdir()
    (tmp_path / "voll" / "wichtig.txt").write_text("bleibt")
    assert "nicht leer" in issued.refused(*EXPORT, "--out", str(tmp_path / "voll"))
    assert [path.name for path in tmp_path.iterdir() if "unfertig" in path.name] == []


def test_a_damaged_file_leaves_no_package(issued: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("invoices.gobd.package.hash_of", fail)
    assert "der Datenträger ist voll" in issued.refused(*EXPORT, "--out", str(tmp_path / "paket"))
    assert not (tmp_path / "paket").exists()
    assert [path.name for path in tmp_path.iterdir() if "unfertig" in path.name] == []


def test_the_logs_know_who_gets_it_by_a_digest_only(issued: Shell, tmp_path: Path):
    issued.ok(*EXPORT, "--out", str(tmp_path / "paket"))
    queries = [f"SELECT details FROM {log} WHERE subject = 'gobd:{YEAR}'" for log in ("audit_log", "access_log")]  # noqa: S608
    with sqlite3.connect(next((issued.home / "data").glob("*.db"))) as database:
        told = [database.execute(query).fetchall() for query in queries]
    in_audit, in_access = (json.loads(row[0])["recipient"] for (row,) in told)
    assert in_audit == in_access
    assert re.fullmatch("[0-9a-f]{64}", in_audit)


def test_nothing_is_guessed(issued: Shell, tmp_path: Path):
    assert "recipient" in issued.refused("export", "gobd", "--year", str(YEAR), "--out", str(tmp_path / "x"))
    assert "kein vollständiges" in issued.refused("verify-package", str(tmp_path))


@pytest.mark.parametrize("sheet", sheets(), ids=lambda sheet: sheet.name)
def test_every_table_and_column_is_explained_in_german(sheet: Sheet):
    """A new table or column is explained in `invoices/gobd/words.de.toml`."""
    table = described(sheet)
    assert table.words
    assert all(column.words for column in table.columns)


def test_every_table_that_lasts_is_given_or_left_out_for_a_reason():
    assert unasked_tables() == set()


def test_no_sealed_text_leaves_that_nobody_allowed():
    opened = {f"{sheet.name}.{column.name}" for sheet in sheets() for column in sheet.columns if is_sealed(column)}
    assert opened == OPENED
