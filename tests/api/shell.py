"""The command line as a person uses it: in a home of its own, by the real program or inside this process."""

import contextlib
import io
import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api import cli
from tests.api.clock import utc_now

ROOT = Path(__file__).parents[2]
LETTER = {
    "company_name": "ImmoInvent GmbH",
    "street": "Sommerrain 1/1",
    "postcode": "72631",
    "city": "Aichtal",
    "register_court": "Amtsgericht Stuttgart",
    "register_number": "HRB 700000",
    "managing_directors": "Erika Beispiel",
    "vat_id": "DE136695976",
    "iban": "DE02 1203 0000 0000 2020 51",
    "bic": "BYLADEM1001",
    "bank_name": "Musterbank",
    "contact_person": "Erika Beispiel",
    "phone": "+49 7127 0000",
    "email": "rechnung@immoinvent.example",
}


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.out)


@dataclass
class Shell:
    """A home with its own data and configuration."""

    home: Path
    monkeypatch: pytest.MonkeyPatch
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the program finds in its environment."""
        folders = {"MEHRAUFWAND_HOME": self.home / "data", "MEHRAUFWAND_CONFIG": self.home / "config"}
        return {name: str(folder) for name, folder in folders.items()} | {"MEHRAUFWAND_AS": "erika"} | self.more

    def run(self, *arguments: str) -> Said:
        """Run a command inside this process, as `main` does."""
        for name, value in self.environment.items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.setattr("api.clock.utc_now", utc_now)
        self.monkeypatch.setattr(sys, "argv", ["mehraufwand", *arguments])
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        out, err = _Stream(), _Stream()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                cli.main()
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0
        return Said(code, out.text, err.text)

    def ok(self, *arguments: str) -> Said:
        """Run a command that must succeed."""
        said = self.run(*arguments)
        assert said.code == 0, said
        return said

    def refused(self, *arguments: str) -> str:
        """Run a command that must be refused: exit code 2, nothing on standard output, one sentence on the other."""
        said = self.run(*arguments)
        assert (said.code, said.out) == (2, ""), said
        assert said.err.count("\n") == 1, said.err
        assert said.err.endswith(".\n") or said.err.endswith("help.\n") or "mehraufwand" in said.err, said.err
        return said.err.strip()

    def program(self, *arguments: str, text: str = "") -> Said:
        """Run the real program in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home,
            env={**os.environ, **self.environment, "PYTHONPATH": str(ROOT)},
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def terminal(self, *arguments: str, answers: list[str]) -> Said:
        """Run the real program on a terminal and type the answers; what it shows is all in `out`."""
        ours, theirs = pty.openpty()
        os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
        running = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=self.home,
            env={**os.environ, **self.environment, "PYTHONPATH": str(ROOT), "TERM": "dumb", "COLUMNS": "200"},
        )
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # EIO says that the program has ended
            while piece := os.read(ours, 65536):
                shown += piece
        os.close(ours)
        return Said(running.wait(), shown.decode().replace("\r\n", "\n"), "")

    def init(self) -> None:
        """Set up from a file of answers."""
        answers = self.home / "betrieb.json"
        answers.write_text(json.dumps(LETTER))
        self.ok("init", "--from", str(answers))


class _Stream(io.TextIOWrapper):
    """A captured stream with a buffer of bytes, as the real ones have."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    @property
    def text(self) -> str:
        """Everything that was written."""
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()
