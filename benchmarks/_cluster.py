"""PostgreSQL servers to lose: each in a folder of its own, reached by a socket, with every commit on the disk."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg

SERVER_USER = "postgres"
APP = "mehraufwand_app"


def programs() -> Path:
    """Give the folder of the newest installed server's programs."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


@dataclass(frozen=True, slots=True)
class Cluster:
    """One server: its data, and the folder of its socket."""

    data: Path
    socket: Path

    @property
    def superuser(self) -> str:
        """How its superuser gets in."""
        return f"host={self.socket} user={SERVER_USER} dbname=postgres"

    def create(self) -> None:
        """Make its data folder; standbys and archives may follow it."""
        own(self.socket)
        own(self.data)
        as_server("initdb", "-D", self.data, "-U", SERVER_USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.configure(listen_addresses="", unix_socket_directories=str(self.socket), wal_keep_size="256MB")

    def configure(self, **settings: str) -> None:
        """Add settings; they hold from the next start on."""
        with (self.data / "postgresql.auto.conf").open("a") as configuration:
            configuration.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def start(self) -> None:
        """Start it, and wait until it answers."""
        own(self.socket)
        as_server("pg_ctl", "start", "-D", self.data, "--wait", "-t", "600", "-l", self.data / "server.log")

    def is_recovering(self) -> bool:
        """Tell whether it still plays a log and takes no writes."""
        with psycopg.connect(self.superuser) as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
            return bool(row and row[0])

    def promote(self) -> None:
        """Make a standby the server that takes writes."""
        as_server("pg_ctl", "promote", "-D", self.data, "--wait")

    def stop(self) -> None:
        """Stop it, if it runs."""
        if (self.data / "postmaster.pid").exists():
            as_server("pg_ctl", "stop", "-D", self.data, "-m", "fast")

    def lose(self) -> None:
        """Kill it with all its processes, and its data with it: the machine is gone."""
        (postmaster, *_) = (self.data / "postmaster.pid").read_text().splitlines()
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *children):
            os.kill(int(pid), signal.SIGKILL)
        # Another machine has no lock of it either; here its number may still be that of a process nobody buried.
        for left in self.socket.glob(".s.PGSQL.*"):
            left.unlink()
        shutil.rmtree(self.data, ignore_errors=True)


def url_of(*sockets: Path) -> str:
    """Give the application's address: of several servers the one that takes writes."""
    hosts = ",".join(str(socket) for socket in sockets)
    wanted = "&target_session_attrs=read-write" if len(sockets) > 1 else ""
    return f"postgresql://{APP}@/mehraufwand?host={hosts}{wanted}"


def own(folder: Path) -> None:
    """Give a folder to the server's account."""
    folder.mkdir(mode=0o700, exist_ok=True)
    shutil.chown(folder, SERVER_USER, SERVER_USER)


def own_all(folder: Path) -> None:
    """Give a folder and all that is in it to the server's account."""
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, SERVER_USER, SERVER_USER)


def as_server(program: str, *words: str | Path) -> None:
    """Run one of the server's programs as its account: PostgreSQL refuses root."""
    subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        [programs() / program, *words],
        check=True,
        user=SERVER_USER,
        group=SERVER_USER,
        extra_groups=[],
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
