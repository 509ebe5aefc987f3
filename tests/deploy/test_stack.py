"""What compose.yaml starts, started without containers: the same commands, settings, secrets, scripts and servers."""

import os
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from aiosmtpd.controller import Controller

from tests.api.shell import LETTER
from tests.deploy.company import Company
from tests.deploy.compose import BASE_URL, Stack, free_port

AS_ROOT = os.geteuid() == 0
HOST = "mehraufwand.example"


@dataclass
class Running:
    """Everything that runs."""

    stack: Stack
    company: Company
    replicas: list[subprocess.Popen[bytes]]

    def client(self) -> httpx.Client:
        """Come as people do: over TLS, to the proxy."""
        trusted = ssl.create_default_context(cafile=str(self.stack.secrets / "tls_certificate"))
        trusted.check_hostname = False
        return httpx.Client(base_url=f"https://127.0.0.1:{self.stack.ports['proxy']}", verify=trusted, timeout=60)

    def mehraufwand(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command as `docker-compose run --rm upgrade mehraufwand ...` does."""
        command = [str(self.stack.folder / "bin" / "mehraufwand"), *words]
        environment = self.stack.environment("upgrade", **more)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def as_user(name: str) -> str | None:
    return name if AS_ROOT else None


def wait_for(happened: Callable[[], bool], stack: Stack, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, (stack.folder / "log").read_text()[-3000:]
        time.sleep(0.1)


def listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def start_database(stack: Stack, ends: ExitStack) -> None:
    for name in ("data", "tmp"):
        (stack.folder / name).mkdir()
        (stack.folder / name).chmod(0o777 if name == "tmp" else 0o700)
    if AS_ROOT:
        subprocess.run(["chown", "postgres:postgres", stack.folder / "data"], check=True)
    environment = stack.environment("database", PORT=str(stack.ports["database"]), LISTEN="127.0.0.1")
    ends.enter_context(stack.started(stack.command("database"), environment, as_user("postgres")))
    wait_for(lambda: listens(stack.ports["database"]), stack)


def start_replicas(stack: Stack, ends: ExitStack) -> list[subprocess.Popen[bytes]]:
    found, servers = [], []
    for _ in range(2):
        port = free_port()
        words = {"0.0.0.0": "127.0.0.1", "8080": str(port), "172.28.1.0/24": "127.0.0.1"}  # noqa: S104 - what it replaces
        environment = stack.environment("app", MEHRAUFWAND_METRICS=f"127.0.0.1:{free_port()}")
        found.append(ends.enter_context(stack.started(stack.command("app", **words), environment)))
        servers.append(f"server 127.0.0.1:{port}")
    instead = {"server app:8080": " max_fails=2 fail_timeout=5s;\n".join(servers), "8443": str(stack.ports["proxy"])}
    config = stack.configuration("nginx.conf", **instead)
    words = {"/etc/mehraufwand/nginx.conf": str(config)}
    ends.enter_context(stack.started(stack.command("proxy", **words), stack.environment("proxy"), as_user("www-data")))
    wait_for(lambda: all(listens(int(server.rpartition(":")[2])) for server in servers), stack)
    wait_for(lambda: listens(stack.ports["proxy"]), stack)
    return found


def start_mail(stack: Stack, ends: ExitStack) -> Company:
    company = Company()
    server = Controller(
        company,
        hostname="127.0.0.1",
        port=stack.ports["upstream"],
        authenticator=company.knows,
        auth_require_tls=False,
    )
    server.start()
    ends.callback(server.stop)
    config = stack.configuration("exim.conf", **{"2525": str(stack.ports["relay"])})
    config.write_text("local_interfaces = 127.0.0.1\n" + config.read_text())
    words = {"/etc/mehraufwand/exim.conf": str(config)}
    ends.enter_context(
        stack.started(stack.command("relay", **words), stack.environment("relay"), as_user("Debian-exim"))
    )
    wait_for(lambda: listens(stack.ports["relay"]), stack)
    return company


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """The whole of it, in the order that compose.yaml says."""
    with ExitStack() as ends:
        stack = Stack(Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="mehraufwand-stack-"))))
        start_database(stack, ends)
        company = start_mail(stack, ends)
        one = Running(stack, company, [])
        upgraded = subprocess.run(stack.command("upgrade"), env=stack.environment("upgrade"), check=False)
        assert upgraded.returncode == 0
        letter = [word for name, value in LETTER.items() for word in (f"--{name.replace('_', '-')}", value)]
        founded = one.mehraufwand("init", "--yes", *letter)
        assert founded.returncode == 0, founded.stderr
        one.replicas = start_replicas(stack, ends)
        worker = stack.environment("worker", MEHRAUFWAND_METRICS=f"127.0.0.1:{free_port()}")
        ends.enter_context(stack.started(stack.command("worker"), worker))
        yield one


def test_people_come_in_over_tls_1_3(running: Running):
    with running.client() as client:
        answer = client.get("/readiness", headers={"Host": HOST})
        assert (answer.status_code, answer.json()["status"], answer.json()["mail"]) == (200, "ready", True)
        assert "max-age" in client.get("/api/v1/session").headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("version", "is_let_in"), [(ssl.TLSVersion.TLSv1_3, True), (ssl.TLSVersion.TLSv1_2, False)], ids=["1.3", "1.2"]
)
def test_nothing_older_than_tls_1_3_is_spoken(running: Running, version: ssl.TLSVersion, is_let_in: bool):  # noqa: FBT001
    context = ssl.create_default_context(cafile=str(running.stack.secrets / "tls_certificate"))
    context.check_hostname = False
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", running.stack.ports["proxy"])) as line:
        try:
            context.wrap_socket(line, server_hostname=HOST).close()
            spoken = True
        except ssl.SSLError:
            spoken = False
    assert spoken is is_let_in


def test_an_invitation_goes_through_the_relay_to_the_company_s_server(running: Running):
    invited = ("--email", "chefin@betrieb.example", "--name", "Cora Hof", "--initials", "CH", "--invite")
    done = running.mehraufwand("admin", "create", *invited)
    assert done.returncode == 0, done.stderr
    wait_for(lambda: bool(running.company.taken), running.stack)
    message = running.company.taken[-1]
    assert b"chefin@betrieb.example" in message
    assert BASE_URL.removeprefix("https://").encode() in message
    assert set(running.company.log_ins) == {(b"billing", b"relay-own")}


@pytest.mark.parametrize(("to", "code"), [("no@x.example", 550), ("later@x.example", 451)], ids=["refused", "busy"])
def test_the_relay_s_answer_is_that_of_the_company_s_server_and_it_keeps_nothing(running: Running, to: str, code: int):
    with smtplib.SMTP("127.0.0.1", running.stack.ports["relay"]) as line:
        line.ehlo("test")
        line.mail("billing@betrieb.example")
        assert line.rcpt(to)[0] == code
    assert list((running.stack.folder / "tmp" / "spool").glob("input/*")) == []


def test_the_application_owns_nothing_and_sees_nothing_without_a_tenant(running: Running):
    url = (running.stack.secrets / "app_database_url").read_text().strip()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM processor").fetchone() == (0,)
        owned = "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        assert connection.execute(owned).fetchone() == (0,)
        rights = "rolsuper OR rolcreaterole OR rolbypassrls OR rolreplication"
        mighty = f"SELECT {rights} FROM pg_roles WHERE rolname = current_user"  # noqa: S608 - our own words
        assert connection.execute(mighty).fetchone() == (False,)


def test_a_database_is_made_again_from_nothing_but_the_sealed_archive(running: Running):
    stack, folder = running.stack, running.stack.folder
    environment = stack.environment("backup", PGHOST="127.0.0.1", PGPORT=str(stack.ports["database"]))
    with stack.started(stack.command("backup"), environment):
        wait_for(lambda: any((folder / "archive" / "base").glob("*.tar.gz")), stack)
        person = ("--name", "Nach der Sicherung", "--initials", "NS")
        added = running.mehraufwand("person", "add", *person)
        assert added.returncode == 0, added.stderr
        wait_for(lambda: is_quiet(folder / "archive" / "wal"), stack)
    assert b"Aichtal" not in b"".join(file.read_bytes() for file in (folder / "archive").rglob("*.gz"))
    restored, log, port = folder / "restored", folder / "opened-log", free_port()
    subprocess.run(
        [folder / "bin" / "restore-database.sh", folder / "archive", restored, log], env=environment, check=True
    )
    if AS_ROOT:
        subprocess.run(["chown", "-R", "postgres:postgres", restored, log], check=True)
    database = stack.environment("database", PORT=str(port), LISTEN="127.0.0.1", DATA=str(restored))
    with stack.started(stack.command("database"), database, as_user("postgres")):
        wait_for(lambda: takes_writes(stack, port), stack)
        moved = (
            (stack.secrets / "app_database_url").read_text().strip().replace(str(stack.ports["database"]), str(port))
        )
        people = running.mehraufwand("person", "list", "--db", moved, "--json")
        assert "NS" in people.stdout, people.stderr
        assert running.mehraufwand("verify", "--db", moved).returncode == 0


def is_quiet(wal: Path) -> bool:
    """Wait until nothing new was sealed for some seconds: all there was is in the archive."""
    newest = max((file.stat().st_mtime for file in wal.glob("*.gz")), default=time.time())
    return time.time() - newest > 4


def takes_writes(stack: Stack, port: int) -> bool:
    secret = (stack.secrets / "superuser_password").read_text().strip()
    try:
        with psycopg.connect(host="127.0.0.1", port=port, user="postgres", password=secret, dbname="postgres") as line:
            return line.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
    except psycopg.OperationalError:
        return False


def test_with_one_replica_gone_people_are_still_answered(running: Running):
    running.replicas[0].kill()
    running.replicas[0].wait()
    with running.client() as client:
        assert [client.get("/health", headers={"Host": HOST}).status_code for _ in range(6)] == [200] * 6
