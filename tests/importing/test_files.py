"""What may be given as a file, and what every other file is told."""

import io
import os
import threading
import unicodedata
import zipfile
from pathlib import Path

import pytest

from billing.errors import InvalidInput, UnreadableInput
from billing.importing import ReadOptions, WorkRow, open_source, read_work, source, survey_file
from billing.texts import LANGUAGES, problem_sentence
from tests.importing.reader import BERLIN, OWN, SUMMARY, TOGGL, read, survey, work_row

ROW = "2026-10-05;09:00;10:00;Jörg;A;V;;;Prüfung für 5 €"

ENCODINGS = {
    "UTF-8": ("utf-8", ()),
    "UTF-8 with a byte order mark": ("utf-8-sig", ()),
    "UTF-16 with a byte order mark": ("utf-16", ()),
    "Windows-1252, with a notice": ("cp1252", ("windows_1252",)),
}


@pytest.mark.parametrize(("encoding", "notices"), ENCODINGS.values(), ids=ENCODINGS.keys())
def test_text_is_read_in_the_encoding_it_has(tmp_path, encoding, notices):
    content = f"{OWN}\r\n{ROW}\r\n".encode(encoding)
    work = work_row(tmp_path, content).work
    assert (work.person, work.note) == ("Jörg", "Prüfung für 5 €")
    assert survey(tmp_path, content).notices == notices


def test_the_whole_file_decides_the_encoding(tmp_path):
    content = f"{OWN}\n{ROW}\n".encode("ascii", "replace") + b"2026-10-06;09:00;10:00;x;A;V;;;ok\n" * 20_000
    content += ROW.encode("cp1252")
    last = read(tmp_path, content)[-1]
    assert isinstance(last, WorkRow)
    assert last.work.person == "Jörg"


def test_composed_and_decomposed_letters_are_the_same_text(tmp_path):
    decomposed = unicodedata.normalize("NFD", ROW)
    assert decomposed != ROW
    rows = read(tmp_path, f"{OWN}\n{ROW}\n{decomposed}\n")
    assert len({row.work.note for row in rows if isinstance(row, WorkRow)}) == 1


def workbook() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return buffer.getvalue()


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("work.csv", OWN)
    return buffer.getvalue()


NO_TABLES = {
    "nothing": (b"", "import_file_empty", "is empty."),
    "blanks and a byte order mark": (b"\xef\xbb\xbf \r\n\n", "import_file_empty", "is empty."),
    "an Excel workbook": (workbook(), "import_file_kind", "is no CSV file but Excel (xlsx)."),
    "an old Excel workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500,
        "import_file_kind",
        "but Excel (xls).",
    ),
    "a packed CSV": (archive(), "import_file_kind", "is no CSV file but ZIP."),
    "an invoice": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "import_file_kind", "is no CSV file but PDF."),
    "a log-in page": (b"\n<!DOCTYPE html><html>", "import_file_kind", "is no CSV file but HTML."),
    "a page with a byte order mark": (b"\xef\xbb\xbf<HTML>", "import_file_kind", "is no CSV file but HTML."),
    "a JSON object": (b'{"rows": []}', "import_file_kind", "is no CSV file but JSON."),
    "a JSON object over several lines": (b'{\n "rows": []}', "import_file_kind", "is no CSV file but JSON."),
    "the same with Windows' line ends": (b'{\r\n "rows": []}', "import_file_kind", "is no CSV file but JSON."),
    "JSON": (b'[{"start": 1}]', "import_file_kind", "is no CSV file but JSON."),
    "a workbook that lists its sheets first": (
        b"PK\x03\x04" + b"\0" * 20 + b"xl/workbook.xml",
        "import_file_kind",
        "is no CSV file but Excel (xlsx).",
    ),
    "a program": (b"\x7fELF\x02\x01\x01" + b"\0" * 100, "import_file_binary", "is no text file"),
    "UTF-16 without its mark": (OWN.encode("utf-16-le"), "import_file_binary", "is no text file"),
    "no encoding fits": (OWN.encode() + b"\n\xc3(\n\x81\n", "import_encoding_unknown", "line 2"),
    "UTF-8 by its mark, but it isn't": (
        b"\xef\xbb\xbf" + OWN.encode() + b"\n\n\xfc",
        "import_encoding_unknown",
        "line 3",
    ),
    "UTF-16 cut in half": (OWN.encode("utf-16")[:-1], "import_encoding_unknown", "line 1"),
    "prose": (b"Dear Sir, enclosed please find\nmy hours.", "import_format_unknown", "Dear Sir, enclosed please find"),
    "the wrong columns": (b"Kunde;Preis;Menge\n1;2;3", "import_format_unknown", "Kunde, Preis, Menge"),
    "headers with control characters": (b"a\x1b[31m;b\n1;2", "import_format_unknown", "a [31m, b."),
    "a header of 12 megabytes": (b"x" * 12_000_000, "import_format_unknown", "These columns were read: ."),
    "a thousand columns": (b";".join([b"c"] * 1000), "import_format_unknown", "c, c, c, …. Known are:"),
    "twenty columns": (b";".join([b"c"] * 20), "import_format_unknown", "c, c, c. Known are:"),
    "no date column": (b"Project,Client,Time (h)\nP,C,1:00", "import_columns_missing", "lacks the columns: date."),
    "a column twice": (SUMMARY.encode() + b',"Date"', "import_column_twice", 'The column "Date" stands twice'),
    "two formats at once": (
        (TOGGL + ",Duration (h)").encode(),
        "import_format_ambiguous",
        "fits several formats: toggl, clockify-detailed.",
    ),
}


@pytest.mark.parametrize(("content", "code", "words"), NO_TABLES.values(), ids=NO_TABLES.keys())
def test_what_is_no_table_we_know_is_refused_in_a_sentence(tmp_path, content, code, words):
    with pytest.raises(UnreadableInput) as caught:
        survey(tmp_path, content)
    assert caught.value.code == code
    assert words in problem_sentence(caught.value, "en")
    assert str(tmp_path)[:40] in problem_sentence(caught.value, "de")


def test_an_unknown_format_lists_all_that_are_known(tmp_path):
    with pytest.raises(UnreadableInput) as caught:
        survey(tmp_path, b"a,b\n1,2")
    for lang in LANGUAGES:
        for known in ("Mehraufwand", "Toggl", "detailed report", "summary report", "Harvest", "Kimai"):
            assert known in problem_sentence(caught.value, lang)


def test_a_chosen_format_settles_what_the_header_leaves_open(tmp_path):
    content = f"{TOGGL},Duration (h)\n,,,,,,,2026-10-05,9:00,2026-10-05,10:00,1:00:00,,,2:00\n"
    assert survey(tmp_path, content, "toggl").header.format.name == "toggl"
    assert isinstance(read(tmp_path, content, wanted="toggl")[0], WorkRow)


def test_a_chosen_format_that_does_not_fit_says_which_columns_it_lacks(tmp_path):
    with pytest.raises(UnreadableInput) as caught:
        survey(tmp_path, b"Date;Client;Notes\n", "harvest")
    assert "Harvest (detailed time report)" in problem_sentence(caught.value, "en")
    assert "lacks the columns: hours, project. These were read: Date, Client, Notes." in problem_sentence(
        caught.value, "en"
    )


def test_a_format_that_does_not_exist_is_refused_with_the_list(tmp_path):
    with pytest.raises(InvalidInput) as caught:
        survey(tmp_path, OWN, "excel")
    assert problem_sentence(caught.value, "en").startswith('There is no format "excel"')
    assert "own, toggl, clockify-detailed, clockify-summary, harvest, kimai" in problem_sentence(caught.value)


ABOVE = {
    "a title of the report": 'Summary report\n"2026-10-01 - 2026-10-31"\n\n',
    "a line for Excel": "sep=,\n",
}


@pytest.mark.parametrize("above", ABOVE.values(), ids=ABOVE.keys())
def test_lines_above_the_header_are_skipped_with_a_notice(tmp_path, above):
    content = f'{above}{SUMMARY}\n"2026-10-05","P","C","D","01:00:00","1.00"\n'
    assert work_row(tmp_path, content).line == above.count("\n") + 2
    assert survey(tmp_path, content).notices == ("lines_before_header",)


def test_a_file_that_is_not_there_is_told_so(tmp_path):
    missing = tmp_path / "missing.csv"
    with pytest.raises(InvalidInput) as caught, open_source(missing):
        pass
    assert caught.value.code == "import_file_missing"


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InvalidInput) as caught, open_source(tmp_path):
        pass
    assert caught.value.code == "import_file_is_folder"


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000], ids=["a NUL", "too long"])
def test_a_name_that_no_file_can_have_is_told_so(name):
    with pytest.raises(InvalidInput) as caught, open_source(name):
        pass
    assert caught.value.code == "import_file_unreadable"
    assert problem_sentence(caught.value)


def test_standard_input_is_read_as_often_as_needed_and_leaves_nothing_behind():
    stdin = io.BytesIO(f"{OWN}\n{ROW}\n".encode())
    with open_source("-", stdin) as given:
        found = survey_file(given)
        first, again = (list(read_work(found, ReadOptions(BERLIN))) for _ in range(2))
        copy = given.path
    assert first == again
    assert isinstance(first[0], WorkRow)
    assert not copy.exists()


def test_a_pipe_is_read_like_a_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=Path.write_text, args=(pipe, f"{OWN}\n{ROW}\n", "utf-8"))
    writer.start()
    with open_source(pipe) as given:
        rows = list(read_work(survey_file(given), ReadOptions(BERLIN)))
    writer.join()
    assert len(rows) == 1


def test_a_pipe_without_end_is_stopped(monkeypatch):
    monkeypatch.setattr(source, "LARGEST_SPOOL", 5 << 20)
    with pytest.raises(UnreadableInput) as caught, open_source("/dev/zero"):
        pass
    assert caught.value.code == "import_file_too_large"


def test_a_file_that_changes_its_encoding_under_the_reader_is_told_so(tmp_path):
    found = survey(tmp_path, f"{OWN}\n{ROW}\n")
    rows = read_work(found, ReadOptions(BERLIN))
    found.source.path.write_bytes(OWN.encode() + b"\n\xff\xff\n")
    with pytest.raises(UnreadableInput) as caught:
        list(rows)
    assert caught.value.code == "import_file_changed"


def test_the_survey_names_the_file_and_counts_its_lines(tmp_path):
    found = survey(tmp_path, f"{OWN}\r\n{ROW}\r\n{ROW}\r\n")
    assert (found.text.line_ends, len(found.text.sha256)) == (3, 64)
    assert survey(tmp_path, f"{OWN}\r{ROW}\r{ROW}\r").text.line_ends == 3
