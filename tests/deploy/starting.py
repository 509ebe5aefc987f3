"""Services of compose.yaml, started without containers as they start each other there."""

import os
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import psycopg

from tests.deploy.compose import Stack, free_port

AS_ROOT = os.geteuid() == 0


@dataclass
class Replica:
    """One process of the service `app`."""

    process: subprocess.Popen[bytes]
    port: int


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


Process = subprocess.Popen[bytes]


def start_database(stack: Stack, ends: ExitStack, **more: str) -> Process:
    """Start the server on an empty folder."""
    for name in ("data", "tmp"):
        (stack.folder / name).mkdir()
        (stack.folder / name).chmod(0o777 if name == "tmp" else 0o700)
    return _start_server(stack, ends, "database", **more)


def start_standby(stack: Stack, ends: ExitStack) -> Process:
    """Start the standby on an empty folder of its own."""
    data = stack.folder / "standby"
    data.mkdir(mode=0o700)
    primary = {"PRIMARY": "127.0.0.1", "PRIMARY_PORT": str(stack.ports["database"])}
    return _start_server(stack, ends, "standby", DATA=str(data), **primary)


def _start_server(stack: Stack, ends: ExitStack, name: str, **more: str) -> Process:
    environment = stack.environment(name, PORT=str(stack.ports[name]), LISTEN="127.0.0.1", **more)
    if AS_ROOT:
        subprocess.run(["chown", "postgres:postgres", environment["DATA"]], check=True)
    process: Process = ends.enter_context(stack.started(stack.command(name), environment, as_user("postgres")))
    wait_for(lambda: listens(stack.ports[name]), stack)
    return process


def as_superuser(stack: Stack, port: int, database: str = "postgres") -> psycopg.Connection:
    """Connect to a server as its superuser, whatever the version of what is in it."""
    secret = (stack.secrets / "superuser_password").read_text().strip()
    return psycopg.connect(host="127.0.0.1", port=port, user="postgres", password=secret, dbname=database)


def start_replica(stack: Stack, ends: ExitStack, **more: str) -> Replica:
    """Start one of the service; returns when it listens."""
    port = free_port()
    words = {"0.0.0.0": "127.0.0.1", "8080": str(port), "172.28.1.0/24": "127.0.0.1"}  # noqa: S104 - what it replaces
    environment = stack.environment("app", MEHRAUFWAND_METRICS=f"127.0.0.1:{free_port()}", **more)
    process = ends.enter_context(stack.started(stack.command("app", **words), environment))
    wait_for(lambda: listens(port), stack)
    return Replica(process, port)


def configure_proxy(stack: Stack, ports: Sequence[int]) -> str:
    """Write the proxy's configuration, with the replicas that the name `app` would lead to."""
    servers = [f"server 127.0.0.1:{port}" for port in ports]
    instead = {"server app:8080": " max_fails=2 fail_timeout=5s;\n".join(servers), "8443": str(stack.ports["proxy"])}
    return str(stack.configuration("nginx.conf", **instead))


def start_proxy(stack: Stack, ends: ExitStack, ports: Sequence[int]) -> "subprocess.Popen[bytes]":
    """Start the proxy before these replicas."""
    words = {"/etc/mehraufwand/nginx.conf": configure_proxy(stack, ports)}
    process: subprocess.Popen[bytes] = ends.enter_context(
        stack.started(stack.command("proxy", **words), stack.environment("proxy"), as_user("www-data"))
    )
    wait_for(lambda: listens(stack.ports["proxy"]), stack)
    return process


def client_of(stack: Stack, *, keeps: int | None = 20) -> httpx.Client:
    """Come as people do: over TLS, to the proxy; `keeps` is how many connections stay open for the next request."""
    trusted = ssl.create_default_context(cafile=str(stack.secrets / "tls_certificate"))
    trusted.check_hostname = False
    kept = httpx.Limits(max_keepalive_connections=keeps)
    return httpx.Client(base_url=f"https://127.0.0.1:{stack.ports['proxy']}", verify=trusted, timeout=60, limits=kept)
