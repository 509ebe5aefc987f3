"""A private PostgreSQL server that ends with the process it was started for, however that process ends.

`ensure_running` starts this file as a process of its own, the keeper: it makes the cluster, waits for its owner's end
(or for SIGTERM), stops the server and removes every file. So a test run that is killed leaves nothing behind either.

The server is deliberately unlike a developer's guess of one: it sorts as a German dictionary and lives in a time zone
half an hour off, so that a result that leans on the database's locale or zone shows up. It listens on a socket alone.
"""

import fcntl
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

_SUPERUSER = "postgres"
_START_SECONDS = 120
_MISSING = "no PostgreSQL server programs found: apt-get install postgresql, or set MEHRAUFWAND_TEST_POSTGRES"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "America/St_Johns",
    # Only for tests: a crash of the machine may lose this cluster.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}


def find_programs(installed: Path = Path("/usr/lib/postgresql")) -> Path:
    """Give the folder of the newest installed server's programs; FileNotFoundError when there is none."""
    by_version = sorted(installed.glob("*/bin/initdb"), key=lambda initdb: int(initdb.parts[-3]))
    if by_version:
        return by_version[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise FileNotFoundError(_MISSING)
    return Path(on_path).resolve().parent


def ensure_running(folder: Path, owner_pid: int) -> str:
    """Start the server in `folder` unless it runs, for as long as the owner lives; give the superuser's DSN."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)  # whatever the umask: the server's account has to reach its folders inside
    ready = folder / "dsn"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            _start_keeper(folder, owner_pid, ready)
    return ready.read_text()


def stop_hard(folder: Path) -> None:
    """Stop the server of `folder` as a crash would; its keeper and its files stay."""
    _as_server_user(find_programs() / "pg_ctl", "stop", "-D", folder / "data", "-m", "immediate", cwd=folder)


def start_again(folder: Path) -> None:
    """Start the server of `folder` that was stopped hard, and wait until it has recovered."""
    log = ("-l", folder / "data" / "log")
    _as_server_user(find_programs() / "pg_ctl", "start", "-D", folder / "data", "--wait", *log, cwd=folder)


def _start_keeper(folder: Path, owner_pid: int, ready: Path) -> None:
    programs = find_programs()
    with (folder / "log").open("w+", errors="replace") as log:
        keeper = subprocess.Popen(
            [sys.executable, __file__, str(programs), str(folder), str(owner_pid)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests; their end is what ends the keeper
        )
        deadline = time.monotonic() + _START_SECONDS
        while not ready.exists():
            if keeper.poll() is not None or time.monotonic() > deadline:
                log.seek(0)  # still readable, although the keeper removes its folder
                message = f"the private PostgreSQL did not start:\n{log.read()}"
                raise RuntimeError(message)
            time.sleep(0.02)
    keeper.returncode = 0  # it outlives this object on purpose, which Popen would warn of


def stop(folder: Path) -> None:
    """Stop the server of `folder`, if one was started there, and wait until it and its files are gone."""
    pid_file = folder / "keeper.pid"
    if pid_file.exists():
        keeper = os.pidfd_open(int(pid_file.read_text()))
        signal.pidfd_send_signal(keeper, signal.SIGTERM)
        select.select([keeper], [], [])
        os.close(keeper)
    shutil.rmtree(folder, ignore_errors=True)


def _keep(programs: Path, folder: Path, owner_pid: int) -> None:
    owner = os.pidfd_open(owner_pid)
    signal.signal(signal.SIGTERM, _leave)
    try:
        (folder / "keeper.pid").write_text(str(os.getpid()))
        _make_and_start(programs, folder)
        _publish(folder / "dsn", f"postgresql://{_SUPERUSER}@/postgres?host={folder / 'socket'}")
        select.select([owner], [], [])
    finally:
        _as_server_user(programs / "pg_ctl", "stop", "-D", folder / "data", "-m", "immediate", cwd=folder, check=False)
        shutil.rmtree(folder)


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _make_and_start(programs: Path, folder: Path) -> None:
    for name in ("data", "socket"):
        (folder / name).mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(folder / name, _SUPERUSER, _SUPERUSER)
    options = ["-U", _SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    locale = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=de-DE"]
    _as_server_user(programs / "initdb", "-D", folder / "data", *options, *locale, cwd=folder)
    settings = [f"{name} = '{value}'" for name, value in _SETTINGS.items()]
    settings.append(f"unix_socket_directories = '{folder / 'socket'}'")
    with (folder / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write("\n".join(settings) + "\n")
    _as_server_user(programs / "pg_ctl", "start", "-D", folder / "data", "--wait", cwd=folder)


def _as_server_user(*command: str | Path, cwd: Path, check: bool = True) -> None:
    """Run a server program as the account that Debian's package made when we are root: PostgreSQL refuses root."""
    user = _SUPERUSER if os.geteuid() == 0 else None
    groups: list[str] | None = [] if user else None
    subprocess.run(command, cwd=cwd, check=check, user=user, group=user, extra_groups=groups, stdout=subprocess.DEVNULL)


def _publish(path: Path, text: str) -> None:
    """Write a file that others wait for, whole or not at all."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(text)
    unfinished.rename(path)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
