"""The README says what is so: its case is settled as it says, its commands and links exist."""

import json
import re
import subprocess
import sys

import pytest

from api.demo.player import run
from tests.support.repository import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
LINKS = sorted(set(re.findall(r"\]\(([^)#]+)\)", README)))


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    (scenario,) = blocks("json")
    path = tmp_path_factory.mktemp("readme") / "case.json"
    path.write_text(scenario, encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, "-m", "api.cli", "settle", path], cwd=ROOT, check=True, capture_output=True, text=True
    )
    (run,) = json.loads(answer.stdout)["runs"]
    return run


def test_the_case_has_the_lines_of_the_readme(settled):
    table = re.findall(r"^\| (V-101 .*) \|$", README, re.MULTILINE)
    rows = [[cell.strip() for cell in row.split("|")] for row in table]
    names = ("case", "rate_class", "units", "unit_price", "net")
    assert [[str(line[name]) for name in names] for line in settled["lines"]] == rows


def test_the_case_has_the_sums_of_the_readme(settled):
    sums = re.findall(r"Net (\S+), VAT (\S+), gross (\S+)\. Free", README)
    assert sums == [(settled["net"], settled["vat"], settled["gross"])]


def test_the_case_has_the_free_work_of_the_readme(settled):
    told = re.findall(r"Free: (\S+), (\d+) minutes, (\S+)\.\n", README)
    assert told == [(free["item"], str(free["minutes"]), free["clause"]) for free in settled["free"]]


@pytest.mark.parametrize("link", LINKS)
def test_every_link_leads_somewhere(link):
    assert (ROOT / link).exists()


COMMANDS = sorted(set(re.findall(r"\./dev mehraufwand ([a-z]+(?: [a-z]+(?= -))?)", README)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists(command):
    answer = run([*command.split(), "--help"])
    assert answer.code == 0, answer.err
    assert f"mehraufwand {command} [OPTIONS]" in answer.out


def test_the_two_commands_are_named():
    assert {"./dev demo", "./dev test"} <= {
        line.split("  ")[0] for block in blocks("sh") for line in block.splitlines()
    }
