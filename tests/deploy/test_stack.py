"""What compose.yaml starts, started without containers: the same commands, settings, secrets, scripts and servers."""

import re
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from aiosmtpd.controller import Controller

from api.clock import utc_now
from api.metrics import metrics_served
from api.settings import read_settings
from billing.store.keyring import parse_ring
from billing.store.session import open_store
from tests.api.shell import LETTER
from tests.deploy.company import Company
from tests.deploy.compose import BASE_URL, SERVICES, Stack, free_port, hardened
from tests.deploy.starting import (
    AS_ROOT,
    as_superuser,
    as_user,
    client_of,
    listens,
    start_database,
    start_proxy,
    start_replica,
    start_standby,
    wait_for,
)

HOST = "mehraufwand.example"


@dataclass
class Running:
    """Everything that runs."""

    stack: Stack
    company: Company
    replicas: list[subprocess.Popen[bytes]]
    database: subprocess.Popen[bytes]

    def client(self) -> httpx.Client:
        """Come as people do."""
        return client_of(self.stack)

    def mehraufwand(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command as `docker-compose run --rm upgrade mehraufwand ...` does."""
        command = [str(self.stack.folder / "bin" / "mehraufwand"), *words]
        environment = self.stack.environment("upgrade", **more)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def start_replicas(stack: Stack, ends: ExitStack) -> list[subprocess.Popen[bytes]]:
    replicas = [start_replica(stack, ends) for _ in range(2)]
    start_proxy(stack, ends, [replica.port for replica in replicas])
    return [replica.process for replica in replicas]


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
        database = start_database(stack, ends)
        start_standby(stack, ends)
        company = start_mail(stack, ends)
        one = Running(stack, company, [], database)
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


def test_the_proxy_writes_down_neither_mailed_links_nor_callers():
    """Least of all when nobody answers: then the link was not used, and still opens."""
    link = "LkjB3nqYw0fTz5mXc8vRr2hPd7sGa1eUo4iQy6tWb9K"
    with ExitStack() as ends:
        stack = Stack(Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="mehraufwand-proxy-"))))
        (stack.folder / "tmp").mkdir()
        (stack.folder / "tmp").chmod(0o777)
        start_proxy(stack, ends, [free_port()])
        with client_of(stack) as client:
            assert client.get(f"/p/l/{link}", headers={"Host": HOST}).status_code == 502
            much = {"password": "x" * 300_000}  # what does not fit into memory is told of as well
            assert client.post(f"/einladung/{link}", data=much, headers={"Host": HOST}).status_code == 502
        written = (stack.folder / "log").read_text()
    assert link not in written
    assert "127.0.0.1" not in written


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


def test_a_database_is_made_again_from_nothing_but_the_sealed_archive(
    running: Running, monkeypatch: pytest.MonkeyPatch
):
    stack, folder = running.stack, running.stack.folder
    environment = stack.environment("backup", PGHOST="127.0.0.1", PGPORT=str(stack.ports["database"]))
    asked = [*SERVICES["backup"]["healthcheck"]["test"][1:]]
    assert in_step(running, monkeypatch, "archives") == 0
    with stack.started(stack.command("backup"), environment):
        wait_for(lambda: subprocess.run(asked, env=environment, check=False).returncode == 0, stack)
        assert in_step(running, monkeypatch, "archives") == 1
        person = ("--name", "Nach der Sicherung", "--initials", "NS")
        added = running.mehraufwand("person", "add", *person)
        assert added.returncode == 0, added.stderr
        with as_superuser(stack, stack.ports["database"]) as line:
            piece = line.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        # Everything up to now is in the archive when this piece of the log is.
        assert piece
        wait_for((folder / "archive" / "wal" / f"{piece[0]}.gz").exists, stack)
    assert subprocess.run(asked, env=environment, check=False).returncode == 1
    wait_for(lambda: in_step(running, monkeypatch, "archives") == 0, stack)
    sealed = [file.read_bytes() for file in (folder / "archive").rglob("*") if file.is_file()]
    assert b"Aichtal" not in b"".join(sealed)
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


def takes_writes(stack: Stack, port: int) -> bool:
    try:
        with as_superuser(stack, port) as line:
            return line.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
    except psycopg.OperationalError:
        return False


def test_with_one_replica_gone_people_are_still_answered(running: Running):
    running.replicas[0].kill()
    running.replicas[0].wait()
    with running.client() as client:
        assert [client.get("/health", headers={"Host": HOST}).status_code for _ in range(6)] == [200] * 6


def test_each_commit_waits_for_the_standby(running: Running):
    with as_superuser(running.stack, running.stack.ports["database"]) as line:
        found = line.execute("SELECT application_name, sync_state FROM pg_stat_replication").fetchall()
    assert ("standby", "sync") in found


def in_step(running: Running, monkeypatch: pytest.MonkeyPatch, what: str = "standbys") -> float | None:
    """Ask the metrics, with the application's role, how many standbys are in step, or archives."""
    monkeypatch.setenv("MEHRAUFWAND_METRICS", "127.0.0.1:0")
    secrets = running.stack.secrets
    store = open_store((secrets / "app_database_url").read_text().strip(), parse_ring((secrets / "keys").read_text()))
    with metrics_served(store, read_settings(), utc_now) as port:
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    store.close()
    found = re.search(rf"^mehraufwand_{what}_in_step (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def wait_for_standbys(running: Running, names: str) -> None:
    """Name the standbys that commits wait for, and wait until the server knows."""
    with as_superuser(running.stack, running.stack.ports["database"]) as line:
        line.autocommit = True
        line.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        line.execute("SELECT pg_reload_conf()")
        query = "SELECT sync_state FROM pg_stat_replication WHERE application_name = 'standby'"
        state = "sync" if names else "async"
        wait_for(lambda: line.execute(query).fetchall() == [(state,)], running.stack)


def test_a_standby_that_no_commit_waits_for_is_not_told_as_one(running: Running, monkeypatch: pytest.MonkeyPatch):
    assert in_step(running, monkeypatch) == 1
    wait_for_standbys(running, "")
    try:
        assert in_step(running, monkeypatch) == 0
    finally:
        wait_for_standbys(running, "standby")
    assert in_step(running, monkeypatch) == 1


def test_the_application_sees_no_more_of_replication_than_that_number(running: Running):
    with psycopg.connect((running.stack.secrets / "app_database_url").read_text().strip()) as connection:
        seen = connection.execute("SELECT state, sync_state, client_addr FROM pg_stat_replication").fetchall()
        assert {value for row in seen for value in row} <= {None}
        member = "SELECT pg_has_role('pg_monitor', 'MEMBER') OR pg_has_role('pg_read_all_stats', 'MEMBER')"
        assert connection.execute(member).fetchone() == (False,)


@pytest.mark.parametrize("what", ["standbys", "archives"])
def test_where_nobody_made_the_function_nothing_is_told(running: Running, monkeypatch: pytest.MonkeyPatch, what: str):
    with as_superuser(running.stack, running.stack.ports["database"], "mehraufwand") as line:
        line.execute(f"ALTER FUNCTION public.{what}_in_step() RENAME TO not_there")
    try:
        assert in_step(running, monkeypatch, what) is None
    finally:
        with as_superuser(running.stack, running.stack.ports["database"], "mehraufwand") as line:
            line.execute(f"ALTER FUNCTION public.not_there() RENAME TO {what}_in_step")


@pytest.mark.slow
def test_when_the_database_is_gone_the_standby_takes_over_with_everything_that_was_answered(
    running: Running, monkeypatch: pytest.MonkeyPatch
):
    stack = running.stack
    added = running.mehraufwand("person", "add", "--name", "Kurz davor", "--initials", "KD")
    assert added.returncode == 0, added.stderr
    running.database.send_signal(signal.SIGQUIT)  # at once, as in a crash
    running.database.wait()
    promote = ["pg_ctl", "promote", f"--pgdata={stack.folder / 'standby'}"]
    subprocess.run(hardened(promote, as_user("postgres")), env=stack.environment("standby"), check=True)
    wait_for(lambda: takes_writes(stack, stack.ports["standby"]), stack)
    added = running.mehraufwand("person", "add", "--name", "Kurz danach", "--initials", "KE")
    assert added.returncode == 0, added.stderr
    people = running.mehraufwand("person", "list", "--json").stdout
    assert "KD" in people
    assert "KE" in people
    assert in_step(running, monkeypatch) == 0
    with running.client() as client:
        wait_for(lambda: client.get("/readiness", headers={"Host": HOST}).status_code == 200, stack)
    assert running.mehraufwand("verify").returncode == 0
