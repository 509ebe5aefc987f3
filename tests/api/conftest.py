"""A shell in an empty home, and one where everything stands ready to log work."""

import shlex
import shutil
from pathlib import Path

import pytest

from tests.api.months import MONTH, copy_of, furnish
from tests.api.shell import Shell

_FURNITURE = """
controller add --name 'Wohnbau Süd GmbH' --street 'Ring 1' --postcode 70173 --city Stuttgart --invoice-email r@w.example
contract add --controller K-001 --starts-on 2025-01-01 --number AVV-1
contact add --controller K-001 --name 'Eva Kern' --email kern@wohnbau.example --may-approve
person add --name 'Mia Lang' --initials ML
case add --contract AVV-1 --kind data_subject_request --title 'Auskunft Mieterakte' --opened-at '2026-01-07 08:00'
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """An empty home."""
    return Shell(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def furnished_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a processor, a controller, a contract, a contact, a person and a case, for tests to copy."""
    home = tmp_path_factory.mktemp("furnished")
    with pytest.MonkeyPatch.context() as monkeypatch:
        shell = Shell(home, monkeypatch)
        shell.init()
        for line in _FURNITURE.strip().splitlines():
            shell.ok(*shlex.split(line))
    return home


@pytest.fixture
def ready(furnished_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A home of one's own where work can be logged."""
    shutil.copytree(furnished_home, tmp_path, dirs_exist_ok=True)
    return Shell(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def month_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a month of work, to be copied."""
    home = tmp_path_factory.mktemp("month")
    with pytest.MonkeyPatch.context() as patch:
        furnish(Shell(home, patch))
    return home


@pytest.fixture(scope="session")
def issued_home(month_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home after the month was issued, its papers printed."""
    home = tmp_path_factory.mktemp("issued") / "home"
    with pytest.MonkeyPatch.context() as patch:
        shell = copy_of(month_home, home, patch)
        for command in ("run", "approve", "issue"):
            shell.ok(command, MONTH)
    return home


@pytest.fixture
def month(month_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A month of work that was not run yet."""
    return copy_of(month_home, tmp_path / "home", monkeypatch)


@pytest.fixture
def issued(issued_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A month that was issued."""
    return copy_of(issued_home, tmp_path / "home", monkeypatch)
