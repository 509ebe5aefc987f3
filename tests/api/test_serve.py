"""`mehraufwand serve` as a process: it answers, ends whole on a signal, believes its own proxies, and refuses risks."""

import json
import re
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from api.safety import is_production, require_safe
from api.settings import read_base_url, read_settings
from billing.errors import InvalidInput, Problem
from billing.store.keyring import KeyRing
from tests.api.months import MONTH
from tests.api.shell import Shell
from tests.support.postgres import APP_ROLE, PostgresServer
from tests.support.served import Served, place_of, served, wait_until

PASSWORD = "blaue Pferde-tanzen"  # noqa: S105 - of a test's own admin
LOGIN = {"email": "chefin@betrieb.example", "password": PASSWORD}
HTTPS = "https://mehraufwand.example"
ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}
SAFE = {"MEHRAUFWAND_PRODUCTION": "1", "MEHRAUFWAND_BASE_URL": HTTPS}
HEAP = 64 * 1024**2
DATABASE = "postgresql+psycopg://app:{}@db.example/mehraufwand"


@contextmanager
def serving(shell: Shell, *options: str, **settings: str) -> Iterator[tuple[Served, str]]:
    """Serve a home at a free port; gives the process and where it listens."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", *options]
    with served(command, shell.environment | settings | {"MEHRAUFWAND_LANG": "de"}) as one:
        told = one.read_until(r"Mehraufwand antwortet unter (\S+)\. Strg-C beendet es\.")
        yield one, f"http://127.0.0.1:{port_of(one)}" if told == HTTPS else told


def port_of(one: Served) -> int:
    """Find the port of a process that tells its people's address only: the one socket it listens at."""
    sockets = {link.readlink().name for link in Path(f"/proc/{one.process.pid}/fd").iterdir()}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, *rest = line.split()
        if state == "0A" and f"socket:[{rest[5]}]" in sockets:
            return int(local.partition(":")[2], 16)
    raise AssertionError(sockets)


def create_admin(shell: Shell) -> None:
    (shell.home / "kennwort").write_text(PASSWORD + "\n")
    named = ("--email", LOGIN["email"], "--name", "Cora Hof", "--initials", "CH")
    shell.ok("admin", "create", *named, "--password-file", str(shell.home / "kennwort"))


def addresses(url: str) -> set[str]:
    """Give where the tries at the door came from, shortened to networks; those of commands came from nowhere."""
    query = sa.text("SELECT address_prefix FROM login_attempt WHERE address_prefix <> ''")
    with closing(sa.create_engine(url, poolclass=sa.NullPool).connect()) as connection:
        return set(connection.execute(query).scalars())


def end_with_a_request_in_hand(one: Served, url: str, number: signal.Signals) -> bytes:
    """Send half a request, tell the process to end, send the other half once nobody new is let in."""
    place, body = place_of(url), json.dumps(LOGIN).encode()
    with socket.create_connection(place) as line:
        head = f"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        line.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body[:9])
        assert httpx.get(f"{url}/health").json() == {"status": "ok"}
        one.process.send_signal(number)
        wait_until(lambda: is_closed(place))
        line.sendall(body[9:])
        return b"".join(iter(lambda: line.recv(65536), b""))


def is_closed(place: tuple[str, int]) -> bool:
    try:
        socket.create_connection(place).close()
    except ConnectionRefusedError:
        return True
    return False


def test_behind_a_proxy_over_tls_on_sqlite(shell: Shell) -> None:
    shell.init()
    create_admin(shell)
    with serving(shell, "--proxies", "127.0.0.1, 10.0.0.0/24", **SAFE) as (one, url):
        assert httpx.get(f"{url}/readiness").json()["status"] == "ready"
        begun = httpx.post(f"{url}/api/v1/session", json=LOGIN, headers=ELSEWHERE)
        assert begun.status_code == 201, begun.text
        cookie = begun.headers["Set-Cookie"]
        assert cookie.startswith("__Host-mehraufwand=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert begun.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert b'"waits_for":"second_factor' in end_with_a_request_in_hand(one, url, signal.SIGTERM)
        assert one.end(signal.SIGTERM) == 0
    assert addresses(f"sqlite:///{shell.home / 'data' / 'mehraufwand.db'}") == {"203.0.113.0/24", "127.0.0.0/24"}
    assert not re.search(r"chefin|Pferde|203\.0|Traceback", "".join(one.said)), one.said


def test_at_home_on_postgresql(shell: Shell, postgres: PostgresServer) -> None:
    with postgres.database() as name:
        shell.more = {"MEHRAUFWAND_DB": postgres.url(name, APP_ROLE), "MEHRAUFWAND_DB_OWNER": postgres.url(name)}
        shell.init()
        create_admin(shell)
        with serving(shell) as (one, url):
            assert httpx.get(f"{url}/readiness").json()["status"] == "ready"
            begun = httpx.post(f"{url}/api/v1/session", json=LOGIN, headers=ELSEWHERE)
            assert begun.headers["Set-Cookie"].startswith("mehraufwand=")
            assert "Secure" not in begun.headers["Set-Cookie"]
            assert "Strict-Transport-Security" not in begun.headers
            assert b"HTTP/1.1 201 Created" in end_with_a_request_in_hand(one, url, signal.SIGINT)
            assert one.end(signal.SIGINT) == 0
        assert addresses(postgres.url(name)) == {"127.0.0.0/24"}


HASTY = """
import sys
from api import cli, running
running._KEYS_EVERY_SECONDS, take_over = 0.1, running.take_over_keys
def and_tell(store):
    take_over(store)
    print("seals with", store.ring.current, file=sys.stderr)
running.take_over_keys = and_tell
cli.main()
"""


def test_a_service_without_a_worker_seals_with_the_key_that_came_meanwhile(shell: Shell) -> None:
    """Else what it seals after `keys rotate --drop-old` opens never again."""
    shell.init()
    create_admin(shell)
    command = [sys.executable, "-c", HASTY, "serve", "--port", "0", "--without-worker"]
    with served(command, shell.environment) as one:
        url = one.read_until(r"(http://127\.0\.0\.1:\d+)")
        shell.ok("keys", "rotate")
        new = next(key["key"] for key in shell.ok("keys", "show", "--json").json["keys"] if key["is_current"])
        one.read_until(f"seals with ({new})")
        asked = httpx.post(f"{url}/api/v1/password-resets", json={"email": LOGIN["email"]})
        assert asked.status_code == 202, asked.text
        keys = shell.ok("keys", "show", "--json").json["keys"]
        assert [(key["is_current"], key["values"] > 0) for key in keys] == [(True, True), (False, False)]
        assert one.end(signal.SIGTERM) == 0


def test_all_threads_take_their_memory_from_one_heap(shell: Shell) -> None:
    """Else what a month's run has freed stays with its thread, and the process grows with each thread that ran one."""
    shell.init()
    with serving(shell) as (one, url):
        assert httpx.post(f"{url}/api/v1/session", json=LOGIN).status_code == 401
        assert len(list(Path(f"/proc/{one.process.pid}/task").iterdir())) > 1
        assert heaps_of_threads(one.process.pid) == []
        assert one.end(signal.SIGTERM) == 0


def heaps_of_threads(process: int) -> list[str]:
    """Find the heaps that glibc has given to threads: each has 64 MiB at a multiple of that, open in its first part."""
    maps = [line.split() for line in Path(f"/proc/{process}/maps").read_text().splitlines()]
    found = []
    for (place, rights, *_), (rest, closed, *_) in pairwise(maps):
        begin, _, middle = place.partition("-")
        after, _, end = rest.partition("-")
        whole = (int(begin, 16) % HEAP, int(end, 16) - int(begin, 16), after)
        if (rights, closed, whole) == ("rw-p", "---p", (0, HEAP, middle)):
            found.append(place)
    return found


def test_a_signal_ends_the_printers_as_well_and_nothing_is_lost(month: Shell) -> None:
    month.ok("run", MONTH)
    month.ok("approve", MONTH)
    assert month.ok("issue", MONTH, "--without-files", "--json").json["failed_files"] == []
    folder = month.home / "papers"
    before = month.ok("export", "month", MONTH, "--out", str(folder), "--json").json["written"]
    assert [Path(path).suffix for path in before] == [".csv", ".xml"] * 2, (
        "the invoices with their records; nothing is printed"
    )
    with serving(month) as (one, _):
        wait_until(lambda: any(is_printer(child) for child in one.children()))
        assert one.end(signal.SIGTERM) == 0
    month.ok("worker", "--once")
    written = month.ok("export", "month", MONTH, "--out", str(folder), "--json").json["written"]
    names = [Path(path).suffix for path in written]
    assert names.count(".pdf") == 4, names  # two invoices with their records
    month.ok("verify")


def is_printer(process: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_files_that_come_later_are_not_written_now(month: Shell) -> None:
    told = month.refused("issue", MONTH, "--without-files", "--out", "papers")
    assert told.startswith("--out: Mit --without-files")


def test_a_taken_port_is_refused(ready: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = ready.refused("serve", "--port", str(taken.getsockname()[1]))
    assert "Dort kann nicht gelauscht werden" in told


@pytest.mark.parametrize(
    ("options", "settings", "told"),
    [
        (["--host", "0.0.0.0"], {}, "muss mit https:// beginnen"),  # noqa: S104 - refused
        (["--host", "0.0.0.0", "--base-url", "http://x.example"], {}, "muss mit https:// beginnen"),  # noqa: S104
        ([], SAFE | {"MEHRAUFWAND_BASE_URL": "http://x.example"}, "muss mit https:// beginnen"),
        ([], SAFE | {"MEHRAUFWAND_BASE_URL": f"{HTTPS}/mehraufwand"}, "nicht unter einem Pfad"),
        (["--base-url", "http://x.example/a/"], {}, "--base-url: „http://x.example/a/“ muss allein aus https://"),
        ([], SAFE | {"MEHRAUFWAND_DB_OWNER": DATABASE.format("changeme")}, "MEHRAUFWAND_DB_OWNER enthält ein Passwort"),
        ([], SAFE | {"MEHRAUFWAND_SMTP": "smtp://post:post@mail.example"}, "MEHRAUFWAND_SMTP enthält ein Passwort"),
        (["--proxies", "*"], {}, "--proxies: „*“ ist keine IP-Adresse"),
        (["--proxies", "10.0.0.1, proxy.example"], {}, "„proxy.example“ ist keine IP-Adresse"),
        (["--proxies", "0.0.0.0/0"], {}, "allen zu glauben, geht nicht"),
    ],
    ids=[
        "strangers without a base URL",
        "strangers over plain HTTP",
        "production over plain HTTP",
        "an address below a path",
        "an address below a path, on the command line",
        "production with an example's password of the owner",
        "production with the mail server's user as its password",
        "a proxy that is everybody",
        "a proxy by its name",
        "a network that is everybody",
    ],
)
def test_what_is_not_safe_is_refused(ready: Shell, options: list[str], settings: dict[str, str], told: str) -> None:
    ready.more = settings
    assert told in ready.refused("serve", "--port", "0", *options)


@pytest.mark.parametrize("address", [HTTPS, f"{HTTPS}/", "HTTPS://Mehraufwand.example:8443", "http://[::1]:8080", None])
def test_an_address_is_scheme_name_and_port(address: str | None) -> None:
    assert read_base_url(address, "MEHRAUFWAND_BASE_URL") == address


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://müller.example", "https://xn--mller-kva.example"),
        ("https://MÜLLER.example:8443/", "https://xn--mller-kva.example:8443/"),
        ("https://avv.straße.example", "https://avv.xn--strae-oqa.example"),
    ],
)
def test_a_name_with_an_umlaut_is_kept_as_browsers_and_mail_have_it(typed: str, kept: str) -> None:
    """Browsers name the site of a form so (`Origin`): spelled otherwise, each form was another site's."""
    assert read_base_url(typed, "MEHRAUFWAND_BASE_URL") == kept


@pytest.mark.parametrize(
    "address",
    [
        *(f"{HTTPS}/app", f"{HTTPS}//", f"{HTTPS}?a=b", f"{HTTPS}/?", f"{HTTPS}#top", f"{HTTPS}\\app"),
        *("https://user@mehraufwand.example", "https://", "mehraufwand.example", "ftp://x.example", f"{HTTPS}:x"),
        *(f" {HTTPS}", f"{HTTPS}\n", "https://[::1", "https://mü_ller.example", "https://ü..example"),
    ],
)
def test_what_else_stands_in_an_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="base_url_not_root") as refused:
        read_base_url(address, "MEHRAUFWAND_BASE_URL")
    assert refused.value.fields == {"path": "MEHRAUFWAND_BASE_URL", "value": address}


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker", "--once")], ids=["the service", "a worker"])
def test_nothing_starts_in_production_with_keys_that_anybody_guesses(ready: Shell, command: tuple[str, ...]) -> None:
    zeros = KeyRing("00000000", {"00000000": bytes(32)}, bytes(32)).to_json()
    ready.more = SAFE | {"MEHRAUFWAND_KEYS": zeros}
    assert "ein Schlüssel, den jeder errät" in ready.refused(*command)


@pytest.mark.parametrize(
    "database",
    [
        DATABASE.format("mehraufwand"),
        DATABASE.format("APP"),
        DATABASE.format(""),
        DATABASE.format("%61dmin"),
        "postgresql+psycopg:///mehraufwand?host=db.example&user=app&password=postgres",
        "postgresql+psycopg:///mehraufwand?host=db.example&user=betrieb&password=Betrieb",
        "postgresql+psycopg:///mehraufwand?host=db.example&user=app&password=",
    ],
    ids=["of an example", "the user's name", "empty", "escaped", "as an option", "the option's user", "empty option"],
)
def test_a_password_that_anybody_guesses_is_refused(database: str) -> None:
    with pytest.raises(Problem, match="default_secret") as refused:
        require_safe(read_settings({"MEHRAUFWAND_DB": database}), "127.0.0.1", HTTPS, production=True)
    assert refused.value.fields == {"path": "MEHRAUFWAND_DB"}


@pytest.mark.parametrize(
    ("database", "host", "base_url", "production"),
    [
        (DATABASE.format("k7-Vq2.wR9"), "0.0.0.0", HTTPS, True),  # noqa: S104 - behind TLS
        ("postgresql+psycopg://app@/mehraufwand?host=/run/postgresql", "127.0.0.1", HTTPS, True),
        ("sqlite:////srv/mehraufwand.db", "::1", HTTPS, True),
        (DATABASE.format("mehraufwand"), "localhost", None, False),
    ],
    ids=["a password of one's own", "a socket that needs none", "a file", "a developer's own machine"],
)
def test_what_is_safe_may_start(database: str, host: str, base_url: str | None, production: bool) -> None:  # noqa: FBT001
    require_safe(read_settings({"MEHRAUFWAND_DB": database}), host, base_url, production=production)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"MEHRAUFWAND_PRODUCTION": "0"}, False),
        ({"MEHRAUFWAND_PRODUCTION": " No "}, False),
        ({"MEHRAUFWAND_PRODUCTION": "1"}, True),
        ({"MEHRAUFWAND_PRODUCTION": "ja"}, True),
    ],
    ids=["not said", "0", "no", "1", "in doubt"],
)
def test_production_is_whatever_does_not_say_no(environment: Mapping[str, str], expected: bool) -> None:  # noqa: FBT001
    assert is_production(environment) is expected
