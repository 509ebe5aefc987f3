"""The month's commands on a terminal and in a pipe: 80 columns, questions, bars, readers that go."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from api.month_tables import print_outcomes
from tests.api.months import ADDRESS, MONTH
from tests.api.shell import ROOT, Shell


def test_nothing_is_wider_than_the_terminal(month: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of 60 characters and long references wrap; amounts and states stay whole."""
    monkeypatch.setenv("COLUMNS", "80")
    name = "Gemeinnützige Wohnungsbaugesellschaft Oberes Filstal mbH & Co."
    month.ok("controller", "add", "--name", name, *ADDRESS)
    month.ok(
        "contract",
        "add",
        "--controller",
        "K-004",
        "--starts-on",
        "2025-01-01",
        "--ref",
        "AVV-2025-WOHNUNGSBAU-OBERES-FILSTAL",
    )
    for command in (f"run {MONTH}", f"review {MONTH}", f"review {MONTH} --contract AVV-1"):
        out = month.ok(*command.split()).out
        assert max(map(cell_len, out.splitlines())) <= 80, out
    table = month.ok("run", MONTH).out
    assert "124,50" in table
    assert "unverändert" in table


def test_a_question_is_asked_on_a_terminal_and_a_no_changes_nothing(month: Shell) -> None:
    month.ok("run", MONTH)
    code, told = on_a_terminal(month, "n", "approve", MONTH)
    assert code == 1
    assert "Entwürfe freigeben: 3" in told
    assert "Abgebrochen, nichts geändert." in told
    assert {row["state"] for row in month.ok("review", MONTH, "--json").json["contracts"]} == {"draft"}
    code, told = on_a_terminal(month, "j", "approve", MONTH)
    assert code == 0, told
    assert {row["state"] for row in month.ok("review", MONTH, "--json").json["contracts"]} == {"approved"}


def on_a_terminal(shell: Shell, answer: str, *command: str) -> tuple[int, str]:
    """Run the real program on a terminal of its own and type an answer; gives its exit code and what it showed."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, **shell.environment, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"}
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", *command],
        cwd=ROOT,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    shown = b""
    while chunk := read(ours):
        shown += chunk
    os.close(ours)
    return process.wait(), shown.decode()


def read(terminal: int) -> bytes:
    """Read from a terminal; Linux ends it with an error once its last process has gone."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["as text", "as JSON"])
def test_a_reader_that_has_gone_is_no_error(month: Shell, form: list[str]) -> None:
    month.ok("run", MONTH)
    reading, writing = os.pipe()
    os.close(reading)
    done = program(month, writing, "review", MONTH, *form)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["as text", "as JSON"])
def test_a_closed_standard_output_is_no_error(month: Shell, form: list[str], tmp_path: Path) -> None:
    month.ok("run", MONTH)
    command = " ".join([f'"{sys.executable}" -m api.cli review', MONTH, *form, ">&-"])
    environment = {**os.environ, **month.environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def program(shell: Shell, stdout: int, *command: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **shell.environment, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *command],
        cwd=shell.home,
        env=environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


def test_units_that_are_no_longer_due_are_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    row: dict[str, Any] = {
        "contract": "AVV-1",
        "controller": "Wohnbau Süd GmbH",
        "change": "new",
        "changed": [],
        "net": "0.00",
        "free_minutes": 0,
        "held_minutes": 0,
        "surplus": [{"case": "V-1", "units": 2}],
    }
    print_outcomes(MONTH, [row], dry_run=False, is_over=True)
    told = " ".join(capsys.readouterr().out.split())
    assert "AVV-1: V-1: 2 Einheiten mehr berechnet, als fällig sind." in told
    assert "bitte die Rechnung stornieren, die sie enthält" in told


def test_of_many_changes_the_first_are_named_and_the_others_counted(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"contract": f"AVV-{number}", "controller": "", "change": "closed", "changed": ["E1"]} for number in range(9)
    ]
    print_outcomes(MONTH, rows, dry_run=False, is_over=True)
    told = " ".join(capsys.readouterr().out.split())
    assert "AVV-0, AVV-1, AVV-2, AVV-3, AVV-4, AVV-5 und 3 weitere: geändert: E1" in told
