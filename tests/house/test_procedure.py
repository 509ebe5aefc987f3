"""The procedure in writing (Verfahrensdokumentation) is fresh, and each of its claims has a file or test behind it."""

import re
import shlex

import pytest

from api.demo.player import run
from billing.store.rules.retention import retained_tables
from tests.house import procedure
from tests.house.test_measures import defined_in
from tests.support.repository import ROOT

TEMPLATE = procedure.TEMPLATE.read_text(encoding="utf-8")
PROOFS = sorted(set(re.findall(r"`(tests/[\w/]+\.\w+)(?:::(\w+))?`", TEMPLATE)))
PATHS = sorted(set(re.findall(r"`((?:billing|docs|invoices|api)/[\w./]+)`", TEMPLATE)))
LINKS = sorted(set(re.findall(r"\]\(([^)#]+)\)", TEMPLATE)))
COMMANDS = sorted(set(re.findall(r"`mehraufwand ([a-z][^`]*)`", TEMPLATE)) - {"BEFEHL --help"})


def test_the_committed_page_is_fresh():
    """After a change of tables, rules, rights or the template: `python -m tests.house.procedure`."""
    assert procedure.main(["--check"]) == 0


def test_a_stale_page_is_told(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(procedure, "PAGE", tmp_path / "page.md")
    assert procedure.main(["--check"]) == 1
    assert "stale" in capsys.readouterr().err
    assert procedure.main([]) == 0
    assert procedure.main(["--check"]) == 0


@pytest.mark.parametrize(("path", "name"), PROOFS)
def test_each_proof_is_there(path, name):
    assert (ROOT / path).is_file()
    assert not name or name in defined_in(path)


@pytest.mark.parametrize("path", PATHS)
def test_each_file_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("link", LINKS)
def test_each_link_leads_somewhere(link):
    assert (ROOT / "docs" / link).is_file()


@pytest.mark.parametrize("said", COMMANDS)
def test_each_command_is_there(said):
    assert run([*shlex.split(said), "--help"]).code == 0


def test_every_part_is_filled_and_every_kept_table_is_named():
    page = procedure.text()
    assert re.findall(r"\{\{\w+\}\}", page) == []
    assert [name for name in retained_tables() if f"`{name}`" not in page] == []
