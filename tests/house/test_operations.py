"""The guides for those who keep it running name commands and options that there are."""

import re
import shlex

import pytest

from api.demo.player import run
from tests.support.repository import ROOT

GUIDES = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("operations.md", "privacy.md")}
IN_A_CONTAINER = r"docker-compose run --rm (?:-T )?upgrade "
SAID = re.compile(rf"(?:^|`|export .*\n|{IN_A_CONTAINER})mehraufwand ([a-z][^`\n]*)", re.MULTILINE)
COMPOSED = re.findall(r"docker-compose (?:run --rm(?: -T)?|restart) (\w+)|--scale (\w+)=", GUIDES["operations.md"])
SETTINGS = sorted(set(re.findall(r"\bMEHRAUFWAND_[A-Z_]*[A-Z]\b", GUIDES["operations.md"])))
LINKS = [(name, link) for name, text in GUIDES.items() for link in sorted(set(re.findall(r"\]\(([^)#]+)\)", text)))]


def commands() -> list[str]:
    """Give every command as it is written, without what is explained behind it."""
    found = {line.split("  #")[0].strip() for text in GUIDES.values() for line in SAID.findall(text)}
    return sorted(found)


def name_of(words: list[str]) -> list[str]:
    """Give the words that name the command: one, or two where the first is a noun with verbs of its own."""
    noun = run([words[0], "--help"])
    assert noun.code == 0, noun.err
    return words[: 2 if "COMMAND [ARGS]" in noun.out else 1]


@pytest.mark.parametrize("said", commands())
def test_every_command_of_the_guides_exists_with_its_options(said):
    words = shlex.split(said.replace("...", ""))
    help_of_it = run([*name_of(words), "--help"])
    assert help_of_it.code == 0, help_of_it.err
    for option in (word for word in words if word.startswith("--")):
        assert f"{option} " in help_of_it.out


@pytest.mark.parametrize("service", sorted({name for names in COMPOSED for name in names if name}))
def test_every_service_of_the_guide_is_in_the_compose_file(service):
    assert re.search(rf"^  {service}:$", (ROOT / "compose.yaml").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_of_the_guide_is_read_somewhere(name):
    sources = [
        path.read_text(encoding="utf-8")
        for folder in ("api", "billing", "invoices")
        for path in (ROOT / folder).rglob("*.py")
    ]
    assert any(re.search(rf'"{name.removesuffix("_FILE")}"', source) for source in sources)


def test_there_are_commands_to_look_at():
    assert {"init", "serve", "worker --once", "keys rotate --drop-old"} <= set(commands())


@pytest.mark.parametrize(("guide", "link"), LINKS)
def test_every_link_leads_somewhere(guide, link):
    assert (ROOT / "docs" / guide).parent.joinpath(link).exists()
