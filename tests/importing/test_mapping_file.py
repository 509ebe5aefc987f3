"""The mapping as a file that people edit: what is wrong in it is named by path, and it is never half written."""

import json
import stat
from pathlib import Path

import pytest

from billing.errors import InvalidInput
from billing.importing import DateOrder, Mapping, Rule, load_mapping, save_mapping
from billing.texts import LANGUAGES, problem_sentence

FULL = Mapping(
    persons={"Mia Länge": "ML", "": "CH"},
    clients={"Acme": "AVV-7"},
    rules=(
        Rule(client="Acme", project="Web", task="", tag="x", case="V-12", service="dpia_support", document="tom"),
        Rule(tag="Reise", travel=True, onsite=False),
    ),
    time_zone="Europe/Berlin",
    date_order=DateOrder.MONTH_FIRST,
)


def test_what_is_saved_is_loaded_again(tmp_path):
    path = tmp_path / "mapping.json"
    for mapping in (FULL, Mapping()):
        save_mapping(mapping, path)
        assert load_mapping(path) == mapping


def test_a_person_can_read_it(tmp_path):
    path = tmp_path / "mapping.json"
    save_mapping(FULL, path)
    text = path.read_text(encoding="utf-8")
    assert '"Mia Länge": "ML"' in text
    assert json.loads(text)["rules"][1] == {"tag": "Reise", "travel": True, "onsite": False}


def test_no_file_is_an_empty_mapping(tmp_path):
    assert load_mapping(tmp_path / "new.json") == Mapping()


def test_what_comes_from_the_store_is_not_written(tmp_path):
    path = tmp_path / "mapping.json"
    save_mapping(Mapping(known_persons=frozenset({"ML"}), known_clients={"K": "AVV"}), path)
    assert json.loads(path.read_text()) == {"persons": {}, "clients": {}, "rules": []}


def test_a_new_file_is_private_and_an_old_one_keeps_its_rights(tmp_path):
    path = tmp_path / "mapping.json"
    save_mapping(FULL, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    save_mapping(Mapping(), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["mapping.json"]


def test_a_link_to_the_file_stays_a_link(tmp_path):
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    save_mapping(FULL, real)
    link.symlink_to(real)
    save_mapping(Mapping(), link)
    assert link.is_symlink()
    assert load_mapping(real) == Mapping()


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "mapping.json"
    save_mapping(FULL, path)

    def disk_full(*_args) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", disk_full)
    with pytest.raises(InvalidInput) as caught:
        save_mapping(Mapping(), path)
    assert "the disk is full" in problem_sentence(caught.value, "en")
    assert load_mapping(path) == FULL
    assert [entry.name for entry in tmp_path.iterdir()] == ["mapping.json"]


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InvalidInput) as caught:
        save_mapping(FULL, tmp_path / "missing" / "mapping.json")
    assert caught.value.code == "mapping_unwritable"


WRONG = {
    "no JSON": ("{", "mapping_no_json", ""),
    "a key twice": ('{"persons": {"a": "1", "a": "2"}}', "mapping_no_json", ""),
    "nested without end": ("[" * 100_000, "mapping_no_json", ""),
    "no object": ("[]", "mapping_wrong_type", ""),
    "an unknown key": ('{"person": {}}', "mapping_unknown_key", ": person"),
    "a number as ref": ('{"persons": {"Mia": 7}}', "mapping_wrong_type", ": persons.Mia"),
    "an empty ref": ('{"clients": {"Acme": " "}}', "mapping_ref_empty", ": clients.Acme"),
    "rules that are no list": ('{"rules": {}}', "mapping_wrong_type", ": rules"),
    "a rule that is no object": ('{"rules": ["x"]}', "mapping_wrong_type", ": rules[0]"),
    "an unknown condition": ('{"rules": [{"kunde": "x", "case": "V"}]}', "mapping_unknown_key", ": rules[0].kunde"),
    "a rule that settles nothing": ('{"rules": [{"client": "x"}]}', "mapping_rule_says_nothing", ": rules[0]"),
    "an unknown service": ('{"rules": [{"service": "tea"}]}', "mapping_value_unknown", ": rules[0].service"),
    "an empty case": ('{"rules": [{"case": ""}]}', "mapping_ref_empty", ": rules[0].case"),
    "yes as text": ('{"rules": [{"travel": "yes"}]}', "mapping_wrong_type", ": rules[0].travel"),
    "a condition that is no text": ('{"rules": [{"tag": 1, "case": "V"}]}', "mapping_wrong_type", ": rules[0].tag"),
    "an unknown order of dates": ('{"date_order": "ymd"}', "mapping_value_unknown", ": date_order"),
    "an unknown time zone": ('{"time_zone": "Berlin"}', "import_time_zone_unknown", ": time_zone"),
}


@pytest.mark.parametrize(("text", "code", "at"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_in_the_file_is_named_by_its_path(tmp_path, text, code, at):
    path = tmp_path / "m.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load_mapping(path)
    assert (caught.value.code, caught.value.path) == (code, f"{path}{at}")
    assert all(problem_sentence(caught.value, lang).endswith(".") for lang in LANGUAGES)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\0"], ids=["no UTF-8", "a NUL"])
def test_a_file_that_is_no_text_is_told(tmp_path, content):
    path = tmp_path / "m.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        load_mapping(path)


def test_a_folder_is_no_mapping(tmp_path):
    with pytest.raises(InvalidInput) as caught:
        load_mapping(Path(tmp_path))
    assert caught.value.code == "mapping_unreadable"
