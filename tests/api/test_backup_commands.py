"""`backup` and `restore`: a second copy of everything, and the way back, whole or not at all."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from billing.store.migrations.freeze import frozen_statements
from billing.store.schema import head
from tests.api.backups import back_up, database_of, empty_home, rows_of
from tests.api.shell import ROOT, Shell


def test_a_backup_makes_another_machine_what_this_one_was(issued: Shell):
    contacts = issued.ok("contact", "list", "--json").json
    before = rows_of(database_of(issued))
    file, other = back_up(issued), empty_home(issued)
    said = other.ok("restore", str(file), "--json").json
    after = rows_of(database_of(other))
    assert said["is_whole"] is True
    assert {name for name in before if before[name] != after[name]} == {
        "audit_log",
        "restored_series",
        "sqlite_sequence",
    }
    assert other.ok("contact", "list", "--json").json == contacts
    assert other.ok("verify", "--json").json["is_whole"] is True


def test_the_manifest_says_what_a_machine_wants_to_know(issued: Shell):
    before = rows_of(database_of(issued))
    file = back_up(issued)
    manifest = json.loads(file.with_name(f"{file.name}.json").read_text())
    assert manifest["sha256"] == sha256(file.read_bytes()).hexdigest()
    assert manifest["bytes"] == file.stat().st_size
    assert manifest["rows"] == before
    assert (manifest["file"], manifest["is_whole"], manifest["revision"]) == (file.name, True, head())


def test_the_access_log_says_who_made_a_backup_and_which_file_it_is(issued: Shell):
    digest = sha256(back_up(issued, "--as", "Nachtschicht").read_bytes()).hexdigest()
    with sqlite3.connect(database_of(issued)) as connection:
        rows = connection.execute(
            "SELECT actor, subject, details FROM access_log WHERE action = 'backed_up'"
        ).fetchall()
    assert rows == [("Nachtschicht", "database", json.dumps({"sha256": digest}, separators=(",", ":")))]


def test_a_database_of_an_older_version_is_backed_up_and_not_written_to(issued: Shell):
    with sqlite3.connect(database_of(issued)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
    before = rows_of(database_of(issued))
    back_up(issued)
    assert rows_of(database_of(issued)) == before


def test_a_backup_gives_nothing_away(issued: Shell):
    file = back_up(issued)
    content = file.read_bytes()
    assert b"Wohnbau" in database_of(issued).read_bytes()
    assert b"Wohnbau" not in content
    assert b"CREATE TABLE" not in content
    assert file.stat().st_mode & 0o077 == 0


def test_it_is_made_while_others_write(ready: Shell):
    ready.ok("keys", "backup-key")
    environment = {**os.environ, **ready.environment, "PYTHONPATH": str(ROOT)}
    case = ("case", "add", "--contract", "AVV-1", "--kind", "other", "--title", "Nebenher")
    writers = [
        subprocess.Popen([sys.executable, "-m", "api.cli", *case], env=environment, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    files = []
    while any(writer.poll() is None for writer in writers):
        files.append(back_up(ready))
    assert [writer.returncode for writer in writers] == [0, 0]
    for file in {files[0], files[len(files) // 2], files[-1]}:
        assert ready.ok("restore", str(file), "--only-try", "--json").json["is_whole"] is True


def test_only_the_newest_whole_ones_stay(ready: Shell):
    first, second = back_up(ready), back_up(ready)
    third = back_up(ready, "--keep", "2")
    left = sorted(path.name for path in first.parent.iterdir())
    assert left == sorted(f"{file.name}{end}" for file in (second, third) for end in ("", ".json"))


def test_a_backup_of_changed_content_is_made_and_told_and_pushes_no_whole_one_out(ready: Shell):
    whole = back_up(ready)
    with sqlite3.connect(database_of(ready)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE audit_log SET actor = 'somebody else' WHERE seq = 2")
    connection.close()
    said = ready.run("backup", "--to", str(whole.parent), "--keep", "1", "--json")
    assert (said.code, said.json["is_whole"]) == (1, False)
    assert "geändert" in ready.run("backup", "--to", str(whole.parent), "--keep", "1").out
    assert whole.exists()


def test_a_damaged_database_gives_no_backup(ready: Shell):
    back_up(ready)
    with database_of(ready).open("r+b") as file:
        file.seek(4096 * 40)
        file.write(bytes(4096 * 20))
    told = ready.refused("backup", "--to", str(ready.home / "backups"))
    assert "beschädigt" in told
    assert len(list((ready.home / "backups").glob("*.backup"))) == 1


def test_a_restore_can_be_tried_and_nothing_stays_of_it(ready: Shell):
    file = back_up(ready)
    before = sorted(path.name for path in database_of(ready).parent.iterdir())
    assert "lässt sich wiederherstellen" in ready.ok("restore", str(file), "--only-try").out
    assert sorted(path.name for path in database_of(ready).parent.iterdir()) == before


def test_nothing_is_restored_over_what_is_there(ready: Shell):
    file, before = back_up(ready), database_of(ready).read_bytes()
    assert "--replace" in ready.refused("restore", str(file))
    assert database_of(ready).read_bytes() == before


def test_not_even_over_the_log_of_a_database_that_is_gone(ready: Shell):
    file = back_up(ready)
    database_of(ready).unlink()
    database_of(ready).with_name("mehraufwand.db-wal").write_bytes(b"left over")
    assert "mehraufwand.db" in ready.refused("restore", str(file))


def test_who_insists_gets_the_old_one_put_aside(ready: Shell):
    file = back_up(ready)
    ready.ok("case", "add", "--contract", "AVV-1", "--kind", "other", "--title", "Danach")
    said = ready.ok("restore", str(file), "--replace", "--json").json
    assert rows_of(database_of(ready))["case"] + 1 == rows_of(Path(said["aside"]))["case"]


def test_a_database_that_somebody_uses_is_not_replaced(ready: Shell):
    file = back_up(ready)
    user = sqlite3.connect(database_of(ready))
    user.execute("SELECT count(*) FROM processor").fetchone()
    assert "in Benutzung" in ready.refused("restore", str(file), "--replace")
    user.close()
    ready.ok("restore", str(file), "--replace")


def test_a_damaged_database_can_be_replaced(ready: Shell):
    file = back_up(ready)
    database_of(ready).write_bytes(b"no database at all" * 1000)
    ready.ok("restore", str(file), "--replace")
    assert ready.ok("verify", "--json").json["is_whole"] is True


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_backup_of_which_a_bit_was_changed_is_not_restored(ready: Shell, place: str):
    file = back_up(ready)
    content = bytearray(file.read_bytes())
    content[{"first": 400, "middle": len(content) // 2, "last": -1}[place]] ^= 1
    file.write_bytes(bytes(content))
    other = empty_home(ready)
    assert "verändert" in other.refused("restore", str(file))
    assert not list((other.home / "data").iterdir())


def test_without_the_backup_key_nothing_is_restored(ready: Shell):
    file, other = back_up(ready), empty_home(ready)
    key = other.home / "config" / "backup.key"
    key.unlink()
    assert "Sicherungsschlüssel" in other.refused("restore", str(file))
    other.ok("keys", "backup-key")
    assert "versiegelt" in other.refused("restore", str(file))


def test_keys_that_were_dropped_since_come_back_with_the_backup(ready: Shell):
    file, before = back_up(ready), ready.ok("contact", "list", "--json").json
    ring = ready.home / "config" / "keys.json"
    old = json.loads(ring.read_text())
    ready.ok("keys", "rotate")
    new = json.loads(ring.read_text())
    ring.write_text(json.dumps(new | {"keys": {new["current"]: new["keys"][new["current"]]}}))
    ready.ok("restore", str(file), "--replace")
    assert ready.ok("contact", "list", "--json").json == before
    assert set(json.loads(ring.read_text())["keys"]) == {old["current"], new["current"]}


def test_a_key_ring_of_another_installation_is_not_mixed_in(ready: Shell):
    file, other = back_up(ready), empty_home(ready)
    other.init()
    shutil.rmtree(other.home / "data")
    assert "anderen Einrichtung" in other.refused("restore", str(file))


def test_a_restore_that_is_killed_leaves_all_or_nothing(ready: Shell):
    file, other = back_up(ready), empty_home(ready)
    environment = {**os.environ, **other.environment, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "api.cli", "restore", str(file)]
    begun = time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    whole = time.monotonic() - begun
    for tenth in range(4, 11, 2):
        shutil.rmtree(other.home / "data")
        running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * tenth / 10)
        running.kill()
        running.wait()
        if not database_of(other).exists():
            other.ok("restore", str(file))
        assert other.ok("verify", "--json").json["is_whole"] is True
        assert not list((other.home / "data").glob(".unfinished-*"))


def test_a_postgresql_server_is_backed_up_by_its_own_means(ready: Shell):
    ready.more["MEHRAUFWAND_DB"] = "postgresql://app@localhost/mehraufwand"
    assert "PostgreSQL" in ready.refused("backup", "--to", "x")


def test_where_to_must_be_said_here_or_in_the_settings(ready: Shell):
    ready.ok("keys", "backup-key")
    assert "to" in ready.refused("backup")
    ready.more["MEHRAUFWAND_BACKUPS"] = str(ready.home / "elsewhere")
    assert ready.ok("backup", "--json").json["file"].startswith(str(ready.home / "elsewhere"))


def test_the_backup_key_is_made_once(ready: Shell):
    ready.ok("keys", "backup-key")
    assert "gibt es schon" in ready.refused("keys", "backup-key")


def test_a_database_of_an_older_version_is_backed_up_as_it_is_and_restored_as_of_today(ready: Shell):
    ready.ok("keys", "backup-key")
    database_of(ready).unlink()
    with sqlite3.connect(database_of(ready)) as connection:
        for statement in (*frozen_statements("0001", "sqlite"), *filled("0001")):
            connection.execute(statement)
    connection.close()
    file = back_up(ready)
    manifest = json.loads(file.with_name(f"{file.name}.json").read_text())
    assert manifest["revision"] == "0001"
    ready.ok("restore", str(file), "--replace")
    assert ready.ok("db", "status", "--json").json["is_current"] is True


def filled(revision: str) -> list[str]:
    """Give what names the version of a database without any row of ours."""
    made = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
    return [made, f"INSERT INTO alembic_version VALUES ('{revision}')"]  # noqa: S608 - our own words


def test_where_nothing_is_there_is_nothing_to_back_up(shell: Shell):
    shell.init()
    shell.ok("keys", "backup-key")
    database_of(shell).unlink()
    assert "mehraufwand init" in shell.refused("backup", "--to", str(shell.home / "backups"))
    assert not database_of(shell).exists()
