"""Secrets may come in files, as containers get them: `MEHRAUFWAND_..._FILE`."""

import pytest

from api.settings import read_settings
from billing.errors import InvalidInput, Problem
from billing.store.backup_key import load_backup_key
from billing.store.key_file import load_ring
from billing.store.keyring import new_ring
from billing.store.sealed_stream import new_backup_key
from tests.api.shell import Shell


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("MEHRAUFWAND_DB", "database_url"),
        ("MEHRAUFWAND_DB_OWNER", "owner_url"),
        ("MEHRAUFWAND_SMTP", "smtp_url"),
    ],
)
def test_a_setting_is_read_out_of_its_file(tmp_path, name: str, field: str):
    (tmp_path / "secret").write_text("postgresql://app:geheim@db/m\n")
    settings = read_settings({f"{name}_FILE": str(tmp_path / "secret"), "HOME": str(tmp_path)})
    assert getattr(settings, field) == "postgresql://app:geheim@db/m"


def test_keys_are_read_out_of_their_files(tmp_path):
    ring, key = new_ring(), new_backup_key()
    (tmp_path / "ring").write_text(ring.to_json())
    (tmp_path / "key").write_text(key.to_text())
    environment = {
        "MEHRAUFWAND_KEYS_FILE": str(tmp_path / "ring"),
        "MEHRAUFWAND_BACKUP_KEY_FILE": str(tmp_path / "key"),
    }
    assert load_ring(tmp_path / "none", environment) == ring
    assert load_backup_key(tmp_path / "none", environment) == key


def test_a_file_that_is_not_there_or_empty_is_told_without_its_content(tmp_path):
    (tmp_path / "empty").write_text("\n")
    for name in ("empty", "missing"):
        with pytest.raises(Problem, match="secret_file_unreadable"):
            read_settings({"MEHRAUFWAND_DB_FILE": str(tmp_path / name)})


def test_who_says_it_twice_is_asked(tmp_path):
    with pytest.raises(InvalidInput, match="secret_said_twice"):
        read_settings({"MEHRAUFWAND_SMTP": "smtp://a", "MEHRAUFWAND_SMTP_FILE": str(tmp_path / "x")})


def test_commands_work_with_secrets_in_files(ready: Shell):
    ring = ready.home / "config" / "keys.json"
    ready.more = {
        "MEHRAUFWAND_KEYS_FILE": str(ring.rename(ready.home / "keys")),
        "MEHRAUFWAND_DB_FILE": str(ready.home / "url"),
    }
    (ready.home / "url").write_text(f"sqlite:///{ready.home / 'data' / 'mehraufwand.db'}")
    assert len(ready.ok("contact", "list", "--json").json["contacts"]) == 1
    assert ready.ok("keys", "rotate", "--json").json["file"].endswith("keys.next.json")
