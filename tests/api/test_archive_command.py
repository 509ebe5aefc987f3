"""`mehraufwand archive`: files sealed for a database server, quickly, again and again, and never one over another."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.shell import ROOT, Shell


@pytest.fixture
def keyed(shell: Shell) -> Shell:
    """A home with nothing but a backup key."""
    shell.ok("keys", "backup-key")
    (shell.home / "piece").write_bytes(b"log" * 100_000)
    return shell


def at(shell: Shell, name: str) -> str:
    return str(shell.home / name)


def test_what_was_put_comes_out_again(keyed: Shell):
    keyed.ok("archive", "put", at(keyed, "piece"), at(keyed, "sealed"))
    assert b"loglog" not in Path(at(keyed, "sealed")).read_bytes()
    keyed.ok("archive", "get", at(keyed, "sealed"), at(keyed, "again"))
    assert Path(at(keyed, "again")).read_bytes() == b"log" * 100_000


def test_the_same_again_does_no_harm_and_another_is_refused(keyed: Shell):
    assert keyed.ok("archive", "put", at(keyed, "piece"), at(keyed, "sealed"), "--json").json["is_new"] is True
    assert keyed.ok("archive", "put", at(keyed, "piece"), at(keyed, "sealed"), "--json").json["is_new"] is False
    Path(at(keyed, "piece")).write_bytes(b"another")
    assert "nicht überschrieben" in keyed.refused("archive", "put", at(keyed, "piece"), at(keyed, "sealed"))


def test_it_works_in_a_pipe(keyed: Shell):
    call = [sys.executable, "-m", "api.cli", "archive"]
    environment = {**keyed.environment, "PYTHONPATH": str(ROOT)}
    plain = b"base backup" * 10_000
    for _ in range(2):
        subprocess.run([*call, "put", "-", at(keyed, "sealed")], input=plain, env=environment, check=True)
    out = subprocess.run([*call, "get", at(keyed, "sealed"), "-"], env=environment, capture_output=True, check=True)
    assert out.stdout == plain


def test_what_is_not_there_or_not_ours_is_refused(keyed: Shell):
    assert "nicht lesen" in keyed.refused("archive", "get", at(keyed, "nothing"), at(keyed, "out"))
    assert "keine Sicherung" in keyed.refused("archive", "get", at(keyed, "piece"), at(keyed, "out"))
    assert not Path(at(keyed, "out")).exists()


def test_a_server_s_log_is_kept_and_opened(keyed: Shell):
    (keyed.home / "incoming").mkdir()
    (keyed.home / "incoming" / "000000010000000000000007").write_bytes(b"log")
    keyed.ok("archive", "keep", at(keyed, "incoming"), at(keyed, "wal"), "--once")
    assert keyed.ok("archive", "unpack", at(keyed, "wal"), at(keyed, "opened"), "--json").json == {"pieces": 1}
    assert (keyed.home / "opened" / "000000010000000000000007").read_bytes() == b"log"


def test_a_round_that_was_done_leaves_a_mark_and_one_that_failed_does_not(keyed: Shell):
    (keyed.home / "incoming").mkdir()
    call = ("archive", "keep", at(keyed, "incoming"), at(keyed, "wal"), "--once", "--mark", at(keyed, "mark"))
    (keyed.home / "incoming" / "000000010000000000000007").write_bytes(b"log")
    keyed.ok(*call)
    assert (keyed.home / "mark").exists()
    (keyed.home / "mark").unlink()
    (keyed.home / "incoming" / "000000010000000000000007").write_bytes(b"another")
    assert "nicht überschrieben" in keyed.refused(*call)
    assert not (keyed.home / "mark").exists()


@pytest.mark.parametrize("call", ["put", "keep"])
def test_an_archive_that_can_t_be_written_is_a_sentence_with_its_place(keyed: Shell, call: str):
    (keyed.home / "incoming").mkdir()
    (keyed.home / "incoming" / "000000010000000000000007").write_bytes(b"log")
    (keyed.home / "no folder").write_text("")
    words = {
        "put": (at(keyed, "piece"), at(keyed, "no folder/sealed")),
        "keep": (at(keyed, "incoming"), at(keyed, "no folder")),
    }
    said = keyed.refused("archive", call, *words[call], *(["--once"] if call == "keep" else []))
    assert at(keyed, "no folder") in said
    assert "schreiben" in said


def test_it_loads_no_database():
    """A server calls it for every piece of its log."""
    code = "import sys, api.commands.archive; print(sorted({'sqlalchemy', 'sqlmodel', 'litestar'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
