"""`mehraufwand settle` at the terminal: settlements on standard output, refusals as one sentence and exit code 2."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from api import cli
from tests.rating.good_scenario import GOOD, as_text, spoiled

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "examples" / "rounds-up-to-quarter-hours.json"


class Ended(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def mehraufwand(monkeypatch, capfdbinary):
    """Runs the command in this process, as its entry point does."""

    def run(*arguments: str, stdin: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "argv", ["mehraufwand", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        monkeypatch.setenv("MEHRAUFWAND_LANG", "en")
        code: int | str | None = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
        out, err = capfdbinary.readouterr()
        return Ended(int(code or 0), out.decode(), err.decode())

    return run


@pytest.fixture
def file(tmp_path):
    """Writes a scenario to a file and gives its name."""

    def write(content: bytes, name: str = "scenario.json") -> str:
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    return write


def refusal_of(ended: Ended) -> str:
    """The one sentence of a refusal that left nothing on standard output."""
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert ended.err.endswith(".\n")
    return ended.err


def test_one_file_gives_its_settlement(mehraufwand):
    ended = mehraufwand("settle", str(EXAMPLE))
    expected = json.loads(EXAMPLE.read_text(encoding="utf-8"))["expected"]
    assert (ended.code, json.loads(ended.out), ended.err) == (0, expected, "")


def test_a_dash_reads_standard_input(mehraufwand):
    ended = mehraufwand("settle", "-", stdin=EXAMPLE.read_bytes())
    assert json.loads(ended.out)["runs"][0]["month"] == "2026-10"


def test_explain_adds_every_decision(mehraufwand):
    run = json.loads(mehraufwand("settle", "--explain", str(EXAMPLE)).out)["runs"][0]
    assert {stretch["clause"] for stretch in run["trace"]["stretches"]} == {"13(5)a"}


def test_several_files_give_a_line_each_in_order(mehraufwand, file):
    bad = file(as_text(spoiled({"entries[0].start": "2026-10-14T09:00"})), "bad.json")
    ended = mehraufwand("settle", str(EXAMPLE), bad, file(as_text(GOOD), "good.json"))
    first, second, third = (json.loads(line) for line in ended.out.splitlines())
    assert ended.code == 2
    assert first["runs"] == json.loads(EXAMPLE.read_text(encoding="utf-8"))["expected"]["runs"]
    assert second.keys() == {"file", "error"}
    assert second["file"] == bad
    assert second["error"].startswith("entries[0].start: 2026-10-14T09:00 ")
    assert len(third["runs"]) == 2


def test_several_good_files_end_well(mehraufwand):
    assert mehraufwand("settle", str(EXAMPLE), str(EXAMPLE)).code == 0


REFUSED = {
    "a bad value": (as_text(spoiled({"expenses[0].net": "-5.00"})), "expenses[0].net: the amount -5.00 is negative"),
    "a contradiction": (
        as_text(spoiled({"entries[1].id": "E1"})),
        "entries[1].id: the id E1 exists already (entries[0].id)",
    ),
    "a version too many": (
        as_text(spoiled({"terms[1].valid_from": "2026-11"})),
        "terms[1].valid_from: there is a version for the month 2026-11 already",
    ),
    "a unit that changes": (
        as_text(spoiled({"terms[1].unit_minutes": 30})),
        "terms[1].unit_minutes: unit_minutes can't change within a contract (here 30)",
    ),
    "a tax that changes": (
        as_text(spoiled({"terms[1].vat": "0.07"})),
        "terms[1].vat: vat can't change within a contract (here 0.07)",
    ),
    "a key twice": (
        b'{"cases": [{"id": "C1", "id": "C2"}]}',
        "cases[0].id: the key stands twice in one object (second value C2)",
    ),
    "NaN": (b'{"runs": NaN}', "runs is no number (NaN)"),
    "no JSON": (b"<html>", 'Line 1, column 1: this is no valid JSON, a value is missing here (at "<html>")'),
    "no object": (b"[1]", "scenario: [1] is no object"),
    "no text": (b"\xff\xfe{\0}\0", "byte 0: the text is not UTF-8 (byte 0xFF)"),
    "a forged line in a value": (
        as_text(spoiled({"entries[0].case": "C9\nAll is well."})),
        "entries[0].case: there is no case C9 All is well.",
    ),
    "a flood": (as_text(spoiled({"entries[0].case": "x" * 400})), f"entries[0].case: there is no case {'x' * 79}…;"),
    "brackets without end": (as_text({"cases": json.loads("[" * 900 + "]" * 900)}), "entries is missing"),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_one_sentence_with_path_and_value(mehraufwand, file, content, sentence):
    assert sentence in refusal_of(mehraufwand("settle", file(content)))


def test_a_value_nested_deep_is_told_all_the_same(mehraufwand, file):
    scenario = as_text(spoiled({"cases[0].id": "HERE"})).replace(b'"HERE"', b"[" * 900 + b"]" * 900)
    assert "cases[0].id: [[[[" in refusal_of(mehraufwand("settle", file(scenario)))


def test_a_file_that_is_not_there_is_refused(mehraufwand, tmp_path):
    sentence = refusal_of(mehraufwand("settle", str(tmp_path / "none.json")))
    assert f"{tmp_path}/none.json: the file can't be read (there is no such file or folder)" in sentence


def test_a_folder_is_refused(mehraufwand, tmp_path):
    assert "the file can't be read (this is a folder)" in refusal_of(mehraufwand("settle", str(tmp_path)))


def test_a_refusal_is_told_in_german_by_default(mehraufwand, file, monkeypatch):
    monkeypatch.setattr("api.commands.settle.language", lambda: "de")
    ended = mehraufwand("settle", file(b"[]", "a.json"), file(b"[]", "b.json"))
    assert json.loads(ended.out.splitlines()[0])["error"] == "scenario: [] ist kein Objekt mit Feldern ({…})."


# --- As a program of its own ------------------------------------------------------------------------------------------


def program(
    *arguments: str | bytes, stdin: int | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
        stdin=stdin,
    )


def test_the_program_refuses_without_a_traceback(file):
    ended = program("settle", file(as_text(spoiled({"runs[0].month": "2026-13"}))), LC_ALL="C")
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode().startswith("runs[0].month: 2026-13 ist kein Monat")


def test_a_file_name_that_is_no_text_is_told_as_json(tmp_path):
    name = str(tmp_path).encode() + b"/\xff.json"
    ended = program("settle", name, str(EXAMPLE))
    first, second = (json.loads(line) for line in ended.stdout.splitlines())
    assert ended.returncode == 2
    assert first["file"].endswith("\udcff.json")
    assert len(second["runs"]) == 1


def test_closed_standard_input_is_refused():
    ended = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m api.cli settle - <&-'],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"-: ")


def shell_of(line: str, file: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a shell's line; $SETTLE is the program and its file."""
    settle = f'"{sys.executable}" -m api.cli settle "{file}" "{file}"'
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.defpath}
    return subprocess.run(
        ["bash", "-c", line.replace("$SETTLE", settle)], cwd=ROOT, env=environment, capture_output=True, check=False
    )


def test_output_that_can_not_be_written_is_told_in_a_sentence():
    ended = shell_of("$SETTLE >/dev/full", EXAMPLE)
    assert (ended.returncode, ended.stderr.count(b"\n")) == (2, 1)
    assert ended.stderr.startswith("Die Ausgabe lässt sich nicht schreiben".encode())


def test_a_reader_that_has_gone_is_no_failure():
    ended = shell_of("$SETTLE | true; exit ${PIPESTATUS[0]}", EXAMPLE)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_closed_standard_output_is_no_failure():
    ended = shell_of("$SETTLE >&-", EXAMPLE)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_settling_loads_no_database_and_no_web_server():
    code = f"import sys; sys.argv = ['mehraufwand', 'settle', {str(EXAMPLE)!r}]; from api.cli import main\n"
    code += "try:\n    main()\nfinally:\n    print(*sorted(sys.modules), file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"sqlalchemy", "litestar", "uvicorn", "weasyprint", "billing.store"}.isdisjoint(ended.stderr.split())
    assert "billing.rating.scenario" in ended.stderr.split()
