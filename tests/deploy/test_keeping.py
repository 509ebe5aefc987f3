"""The sealed archive is kept of a real server: what breaks is told in a sentence, healed if it can be, and restored."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.deploy.archived import Place
from tests.deploy.compose import hardened
from tests.deploy.starting import AS_ROOT, as_user
from tests.support.cluster import ensure_running, find_programs, start_again, stop, stop_hard
from tests.support.repository import ROOT
from tests.support.served import wait_until

ROLE, PASSWORD = "mehraufwand_archive", "received-only"
ANEW = "the archive begins anew with a base backup, and what it has stays."
PIECES_KEPT = 4  # a slot that is away keeps so many pieces of the log, of 16 MB each


@dataclass
class Server:
    """A PostgreSQL server: `data` and `socket` in a folder."""

    folder: Path

    @contextmanager
    def line(self) -> Iterator[psycopg.Connection]:
        """Speak to it as its superuser."""
        with psycopg.connect(host=str(self.folder / "socket"), user="postgres", dbname="postgres") as line:
            line.autocommit = True
            yield line

    def ask(self, query: str, *values: object) -> object:
        """Ask for one value."""
        with self.line() as line:
            row = line.execute(query.encode(), values).fetchone()
            return row[0] if row else None

    def write(self, text: str) -> None:
        """Commit a row."""
        with self.line() as line:
            line.execute("INSERT INTO written (text) VALUES (%s)", [text])

    def written(self) -> list[str]:
        """Give the rows, as they were committed."""
        with self.line() as line:
            return [text for (text,) in line.execute("SELECT text FROM written ORDER BY id").fetchall()]

    def go_on(self, pieces: int) -> None:
        """Fill so many pieces of the log, and remove what no slot may keep any more."""
        with self.line() as line:
            for number in range(pieces):
                line.execute("INSERT INTO filling VALUES (%s)", [number])
                line.execute("SELECT pg_switch_wal()")
            for _ in range(2):  # the second one may remove what is before the first
                line.execute("CHECKPOINT")

    def lose_slot(self) -> None:
        """Write more than a slot that is away keeps."""
        self.go_on(PIECES_KEPT + 3)
        assert self.ask("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'archive'") == "lost"

    def drop_slot(self) -> None:
        """Forget the archive's slot, if there is one."""
        with self.line() as line:
            has = "FROM pg_replication_slots WHERE slot_name = 'archive'"
            line.execute(f"SELECT pg_terminate_backend(active_pid, 10000) {has} AND active_pid IS NOT NULL".encode())
            line.execute(f"SELECT pg_drop_replication_slot(slot_name) {has}".encode())

    def make_slot(self) -> None:
        """Make a slot of the archive's name, which keeps the log from now on."""
        self.ask("SELECT pg_create_physical_replication_slot('archive', true)")


@pytest.fixture(scope="module")
def started() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="mehraufwand-keep-") as name:
        server = Server(Path(name) / "server")
        Path(name).chmod(0o711)
        ensure_running(server.folder, os.getpid())
        hba = server.folder / "data" / "pg_hba.conf"
        hba.write_text(f"local all,replication {ROLE} scram-sha-256\n" + hba.read_text())
        with server.line() as line:
            line.execute(f"CREATE ROLE {ROLE} LOGIN REPLICATION PASSWORD '{PASSWORD}'")
            line.execute("CREATE TABLE written (id bigserial PRIMARY KEY, text text)")
            line.execute("CREATE TABLE filling (number bigint)")
            line.execute(f"ALTER SYSTEM SET max_slot_wal_keep_size = '{PIECES_KEPT * 16}MB'")
            line.execute("ALTER SYSTEM SET synchronous_commit = 'on'")
            line.execute("SELECT pg_reload_conf()")
        try:
            yield server
        finally:
            stop(server.folder)


@pytest.fixture
def server(started: Server) -> Server:
    started.drop_slot()
    with started.line() as line:
        line.execute("TRUNCATE written")
        line.execute("CHECKPOINT")  # a new slot keeps the log from the last one on
    return started


@pytest.fixture
def place(tmp_path: Path, server: Server) -> Place:
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    reached = {"PGHOST": str(server.folder / "socket"), "PGUSER": ROLE, "PGPASSWORD_FILE": str(password)}
    return Place(tmp_path, {**reached, "SEAL_SECONDS": "0.2"})


def wait_until_healthy(place: Place) -> None:
    wait_until(lambda: place.healthy().returncode == 0)


def wait_until_sealed(place: Place, server: Server) -> None:
    """Wait until all that was committed is in the archive: received, and sealed by a round that began afterwards."""
    position = server.ask("SELECT pg_current_wal_flush_lsn()")
    wait_until(lambda: server.ask("SELECT restart_lsn >= %s::pg_lsn FROM pg_replication_slots", position))
    mark = place.incoming / ".keeper" / "sealed"
    for _ in range(2):
        before = mark.stat().st_mtime_ns
        wait_until(lambda: mark.stat().st_mtime_ns > before)  # noqa: B023 - called at once


def keep_once(place: Place, server: Server, text: str) -> None:
    """Keep the archive until it has a base and one more row, then stop."""
    with place.keeping() as keeper:
        wait_until_healthy(place)
        said = ended_behind(place, server, keeper, text)
        assert (keeper.returncode, said) == (0, "")


def ended_behind(place: Place, server: Server, keeper: "subprocess.Popen[str]", text: str) -> str:
    """End a keeper once one more row is in the archive; gives what it said."""
    server.write(text)
    wait_until_sealed(place, server)
    keeper.terminate()
    _, said = keeper.communicate(timeout=30)
    return said


def lose_unnoticed(server: Server, keeper: "subprocess.Popen[str]") -> None:
    """Lose the slot while a keeper is stopped, so that it starts no other receiver meanwhile; SIGCONT lets it go on."""
    os.kill(keeper.pid, signal.SIGSTOP)
    os.kill(received_by(keeper), signal.SIGKILL)
    server.write("not received")
    server.lose_slot()


def bases(place: Place) -> list[str]:
    return sorted(path.name for path in place.bases.glob("*.tar.zst"))


def received_by(keeper: "subprocess.Popen[str]") -> int:
    """Give the process that receives the log."""
    children = Path(f"/proc/{keeper.pid}/task/{keeper.pid}/children").read_text().split()
    (found,) = (int(pid) for pid in children if "pg_receivewal" in Path(f"/proc/{pid}/comm").read_text())
    return found


@contextmanager
def restored(place: Place) -> Iterator[Server]:
    """Run a server that was made of nothing but the archive."""
    with tempfile.TemporaryDirectory(prefix="mehraufwand-restored-") as name:
        again = Server(Path(name))
        Path(name).chmod(0o711)
        words = [ROOT / "deploy" / "restore-database.sh", place.folder / "archive", again.folder / "data"]
        subprocess.run([*words, again.folder / "log"], env=place.environment, check=True)
        (again.folder / "socket").mkdir()
        with (again.folder / "data" / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"unix_socket_directories = '{again.folder / 'socket'}'\n")
        if AS_ROOT:
            subprocess.run(["chown", "-R", "postgres:postgres", *again.folder.iterdir()], check=True)
        start_again(again.folder)
        try:
            wait_until(lambda: not again.ask("SELECT pg_is_in_recovery()"))
            yield again
        finally:
            stop_hard(again.folder)


def test_what_was_committed_is_restored_to_the_last_row(place: Place, server: Server):
    keep_once(place, server, "first")
    with restored(place) as again:
        assert again.written() == ["first"]


@pytest.mark.slow
def test_stopped_and_started_it_goes_on_where_it_stopped_and_makes_no_base_before_one_is_due(
    place: Place, server: Server
):
    keep_once(place, server, "first")
    before = bases(place)
    server.write("meanwhile")
    keep_once(place, server, "second")
    assert bases(place) == before
    place.settings["BASE_SECONDS"] = "1"
    with place.keeping():
        wait_until(lambda: len(bases(place)) > 1)
    with restored(place) as again:
        assert again.written() == ["first", "meanwhile", "second"]


def test_the_server_keeps_the_log_for_a_receiver_that_has_not_begun_yet(place: Place, server: Server):
    begins, receives = place.folder / "begins", place.folder / "bin" / "pg_receivewal"
    receives.write_text(
        f'#!/bin/sh\nuntil [ -e {begins} ]; do sleep 0.1; done\nexec {find_programs()}/pg_receivewal "$@"\n'
    )
    receives.chmod(0o755)
    with place.keeping() as keeper:
        wait_until(lambda: server.ask("SELECT restart_lsn FROM pg_replication_slots"))
        server.write("before it begins")
        server.go_on(2)
        begins.touch()
        wait_until_healthy(place)
        said = ended_behind(place, server, keeper, "after")
    assert (keeper.returncode, said) == (0, "")
    with restored(place) as again:
        assert again.written() == ["before it begins", "after"]


def test_a_piece_that_a_killed_receiver_had_not_made_ready_is_received_anew(place: Place, server: Server):
    keep_once(place, server, "before")
    server.go_on(1)
    unready = server.ask("SELECT pg_walfile_name(pg_current_wal_lsn())")
    (place.incoming / f"{unready}.partial").write_bytes(bytes(8192))
    keep_once(place, server, "after")
    assert len(bases(place)) == 1
    with restored(place) as again:
        assert again.written() == ["before", "after"]


def test_a_slot_that_was_lost_while_it_was_away_is_told_and_the_archive_begins_anew(place: Place, server: Server):
    keep_once(place, server, "before")
    (first,) = bases(place)
    server.write("in the hole")
    server.lose_slot()
    told = place.healthy()
    assert (told.returncode, told.stderr) == (1, "The server has no log for the slot 'archive'.\n")
    with place.keeping() as keeper:
        wait_until_healthy(place)
        said = ended_behind(place, server, keeper, "after")
    assert said.startswith(
        "The server has given up the slot 'archive', and no longer has the log from where the archive"
    )
    assert said.endswith(f"; {ANEW}\n")
    assert said.count("\n") == 1
    with restored(place) as again:
        assert again.written() == ["before", "in the hole", "after"]
    # The older base is restored to its own end.
    for name in set(bases(place)) - {first}:
        (place.bases / name).unlink()
    with restored(place) as again:
        assert again.written() == ["before"]


@pytest.mark.slow
def test_a_slot_that_is_lost_while_it_receives_is_made_anew_without_being_started_anew(place: Place, server: Server):
    with place.keeping() as keeper:
        wait_until_healthy(place)
        lose_unnoticed(server, keeper)
        assert place.healthy().stderr == "The server has no log for the slot 'archive'.\n"
        os.kill(keeper.pid, signal.SIGCONT)
        wait_until_healthy(place)
        said = ended_behind(place, server, keeper, "after")
    assert ANEW in said
    assert len(bases(place)) == 2
    with restored(place) as again:
        assert again.written() == ["not received", "after"]


@pytest.mark.slow
@pytest.mark.parametrize("is_kept", [True, False], ids=["with what was received", "without it"])
def test_a_slot_that_somebody_made_anew_leaves_no_hole(
    place: Place,
    server: Server,
    is_kept: bool,  # noqa: FBT001
):
    keep_once(place, server, "before")
    server.drop_slot()
    server.write("in the hole")
    server.go_on(2)
    server.make_slot()
    if not is_kept:
        shutil.rmtree(place.incoming)
    with place.keeping() as keeper:
        wait_until(lambda: len(bases(place)) == 2)
        wait_until_healthy(place)
        said = ended_behind(place, server, keeper, "after")
    assert ("keeps it only from" if is_kept else "The archive stops before") in said
    assert ANEW in said
    with restored(place) as again:
        assert again.written() == ["before", "in the hole", "after"]


@pytest.mark.slow
def test_a_slot_that_was_made_anew_before_anything_was_missed_is_gone_on_with(place: Place, server: Server):
    keep_once(place, server, "before")
    server.drop_slot()
    server.make_slot()
    keep_once(place, server, "after")
    assert len(bases(place)) == 1
    with restored(place) as again:
        assert again.written() == ["before", "after"]


@pytest.mark.slow
def test_of_a_server_without_the_slot_what_was_received_is_sealed_and_not_gone_on_with(place: Place, server: Server):
    keep_once(place, server, "before")
    server.drop_slot()
    (begun,) = place.incoming.glob("*.partial")
    finished = place.incoming / f"{begun.name[:8]}{'0' * 16}"
    finished.write_bytes(b"finished, and not sealed yet")
    server.go_on(2)
    with place.keeping() as keeper:
        wait_until(lambda: len(bases(place)) == 2)
        keeper.terminate()
        _, said = keeper.communicate(timeout=30)
    assert said.startswith("The server does not know the slot 'archive'")
    assert ANEW in said
    assert (place.wal / f"{finished.name}.gz").exists()
    assert any((place.wal / f"{name}.gz").exists() for name in (begun.name, begun.name.removesuffix(".partial")))
    assert not begun.exists()
    assert not finished.exists()


@pytest.mark.slow
def test_when_it_ends_before_the_new_base_is_finished_the_next_one_makes_it(place: Place, server: Server):
    keep_once(place, server, "before")
    server.lose_slot()
    copies = place.folder / "bin" / "pg_basebackup"
    copies.write_text("#!/bin/sh\nexit 1\n")
    copies.chmod(0o755)
    with place.keeping() as keeper:
        _, said = keeper.communicate(timeout=60)
    assert keeper.returncode == 1
    assert said.endswith("The base backup broke off.\n")
    copies.unlink()
    with place.keeping() as keeper:
        wait_until_healthy(place)
        keeper.terminate()
        _, said = keeper.communicate(timeout=30)
    assert said == ""
    assert len(bases(place)) == 2


def test_a_wrong_password_is_told_in_the_server_s_words_and_nothing_is_touched(place: Place, server: Server):
    keep_once(place, server, "before")
    server.lose_slot()
    before = place.files()
    (place.folder / "password").write_text("another")
    with place.keeping() as keeper:
        _, said = keeper.communicate(timeout=30)
    told = place.healthy()
    assert (keeper.returncode, told.returncode) == (1, 1)
    assert said == told.stderr
    assert said.startswith("The server was asked about its log in vain: ")
    assert f'password authentication failed for user "{ROLE}"' in said
    assert said.count("\n") == 1
    assert place.files() == before


def test_a_server_that_can_t_be_reached_is_told_and_nothing_is_made(place: Place, server: Server):
    place.settings["PGHOST"] = str(server.folder)  # where no socket is
    with place.keeping() as keeper:
        _, said = keeper.communicate(timeout=30)
    assert keeper.returncode == 1
    assert said.startswith("The server was asked about its log in vain: ")
    assert "No such file or directory" in said
    assert said.count("\n") == 1
    assert place.healthy().stderr == said
    assert not (place.folder / "archive").exists()
    assert not place.incoming.exists()


@pytest.mark.slow
def test_a_server_that_goes_and_comes_back_is_asked_until_it_answers(place: Place, server: Server):
    with place.keeping() as keeper:
        wait_until_healthy(place)
        server.write("before")
        stop_hard(server.folder)
        told = place.healthy()
        assert told.returncode == 1
        assert "in vain" in told.stderr
        start_again(server.folder)
        wait_until_healthy(place)
        said = ended_behind(place, server, keeper, "after")
    assert keeper.returncode == 0
    assert ANEW not in said
    assert len(bases(place)) == 1
    with restored(place) as again:
        assert again.written() == ["before", "after"]


def test_a_base_backup_that_broke_off_gets_no_name_and_ends_the_keeper(place: Place, server: Server):
    unreadable = server.folder / "data" / "base" / "1" / "unreadable"
    unreadable.touch(mode=0)
    try:
        with place.keeping() as keeper:
            _, said = keeper.communicate(timeout=60)
    finally:
        unreadable.unlink()
    assert keeper.returncode == 1
    assert "Permission denied" in said
    assert said.endswith("The base backup broke off.\n")
    assert bases(place) == []
    keep_once(place, server, "after")
    assert len(bases(place)) == 1


def test_an_archive_that_can_t_be_written_is_told_and_nothing_is_received(place: Place, server: Server):
    words = hardened([str(ROOT / "deploy" / "keep-archive.sh")], as_user("postgres"))  # root may write everywhere
    with tempfile.TemporaryDirectory(prefix="mehraufwand-unwritable-") as name:
        there = Path(name)
        there.chmod(0o755)
        for folder in ("wal", "base", "incoming/.keeper"):
            (there / folder).mkdir(parents=True)
            (there / folder).chmod(0o555)
        shutil.copy(place.folder / "password", there)
        (there / "password").chmod(0o444)
        folders = {"ARCHIVE": name, "INCOMING": f"{name}/incoming", "PGPASSWORD_FILE": f"{name}/password"}
        environment = place.environment | folders
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"Nothing can be written into {name}/wal.\n")
    assert server.ask("SELECT count(*) FROM pg_replication_slots") == 0


@pytest.mark.slow
def test_an_archive_that_is_lost_meanwhile_ends_the_keeper(place: Place, server: Server):
    with place.keeping() as keeper:
        wait_until_healthy(place)
        place.wal.rename(place.folder / "put aside")
        place.wal.write_text("no folder")
        server.write("not sealed")
        told = place.healthy()
        assert (told.returncode, told.stderr) == (1, f"Nothing can be written into {place.wal}.\n")
        _, said = keeper.communicate(timeout=60)
    assert keeper.returncode == 1
    assert re.search(
        rf"{place.wal}.*\nThe log is no longer sealed: start this anew.\n\Z", said
    )  # the receiver may have said so, too
    assert place.healthy().returncode == 1


@pytest.mark.slow
def test_a_receiver_that_dies_is_started_anew_and_a_second_keeper_is_refused(place: Place, server: Server):
    with place.keeping() as keeper:
        wait_until_healthy(place)
        with place.keeping() as second:
            _, said = second.communicate(timeout=30)
        assert second.returncode == 1
        assert said == f"Another keep-archive.sh, or what one left behind, is at work on {place.incoming}.\n"
        os.kill(received_by(keeper), signal.SIGKILL)
        told = place.healthy()
        assert (told.returncode, told.stderr) == (1, "The log is not being received.\n")
        wait_until_healthy(place)
        server.write("after")
        wait_until_sealed(place, server)
    assert len(bases(place)) == 1


def test_who_keeps_nothing_is_not_healthy(place: Place, server: Server):
    assert place.healthy().stderr == "The server has no log for the slot 'archive'.\n"
    keep_once(place, server, "before")
    told = place.healthy()
    assert (told.returncode, told.stderr) == (1, "The log is not being received.\n")


def have_base_backups_wait(place: Place) -> Path:
    """Let copying begin only when there is a file, which this names."""
    waiting, go_on = place.folder / "bin" / "pg_basebackup", place.folder / "go on"
    wait = f"while [ ! -e '{go_on}' ]; do sleep 0.1; done"
    waiting.write_text(f"#!/bin/sh\n{wait}\nexec '{find_programs()}/pg_basebackup' \"$@\"\n")
    waiting.chmod(0o755)
    return go_on


def test_before_its_first_base_is_finished_it_is_not_healthy_and_the_log_is_received(place: Place):
    go_on = have_base_backups_wait(place)
    with place.keeping() as keeper:
        wait_until(lambda: "base backup" in place.healthy().stderr)
        os.kill(received_by(keeper), signal.SIGKILL)
        wait_until(lambda: "not being received" in place.healthy().stderr)
        wait_until(lambda: "base backup" in place.healthy().stderr)
        assert place.healthy().stderr == "A base backup of what is received is not finished yet.\n"
        go_on.touch()
        wait_until_healthy(place)


@pytest.mark.slow
def test_a_base_of_what_was_lost_meanwhile_is_left_and_another_one_is_made(place: Place, server: Server):
    go_on = have_base_backups_wait(place)
    with place.keeping() as keeper:
        wait_until(lambda: "base backup" in place.healthy().stderr)
        lose_unnoticed(server, keeper)
        os.kill(keeper.pid, signal.SIGCONT)
        wait_until(lambda: "base backup" in place.healthy().stderr)
        go_on.touch()
        wait_until_healthy(place)
        said = ended_behind(place, server, keeper, "after")
    assert ANEW in said
    assert len(bases(place)) == 1
    with restored(place) as again:
        assert again.written() == ["not received", "after"]


@pytest.mark.slow
def test_stopped_while_a_base_is_made_it_ends_at_once_and_leaves_nothing_at_work(place: Place):
    have_base_backups_wait(place)
    with place.keeping() as keeper:
        wait_until(lambda: "base backup" in place.healthy().stderr)
        keeper.terminate()
        _, said = keeper.communicate(timeout=30)
        assert (keeper.returncode, said) == (0, "")
    assert bases(place) == []
    (place.folder / "bin" / "pg_basebackup").unlink()
    with place.keeping() as keeper:
        wait_until_healthy(place)


@pytest.mark.slow
def test_a_receiver_that_hangs_is_not_taken_for_one_that_receives(place: Place, server: Server):
    with place.keeping() as keeper:
        wait_until_healthy(place)
        receiver = received_by(keeper)
        os.kill(receiver, signal.SIGSTOP)
        try:
            server.write("not received")
            told = place.healthy()
        finally:
            os.kill(receiver, signal.SIGCONT)
        assert told.returncode == 1
        assert told.stderr.startswith("The log is received up to ")
        wait_until_healthy(place)


@pytest.mark.slow
def test_a_sealer_that_hangs_is_not_taken_for_one_that_seals(place: Place):
    with place.keeping():
        wait_until_healthy(place)
        mark = place.incoming / ".keeper" / "sealed"
        sealer = next(
            int(path.parent.name)
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if str(mark).encode() in path.read_bytes()
        )
        os.kill(sealer, signal.SIGSTOP)
        old = time.time() - 120
        os.utime(mark, (old, old))
        told = place.healthy()
        assert (told.returncode, told.stderr) == (1, "What is received is not being sealed.\n")
        os.kill(sealer, signal.SIGCONT)
        wait_until_healthy(place)
