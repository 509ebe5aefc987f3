"""Runs the service: binds its address, answers until it is told to stop, and ends what it started."""

import ctypes
import gc
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import uvicorn
from uvicorn.config import Config

from api.app import build_service, create_app
from api.collector import look_seldom
from api.logs import log, set_up_logs
from api.metrics import metrics_served
from api.service import Service
from api.settings import Settings
from api.worker import Worker, mail_server_of
from billing.errors import InvalidInput, Problem, reason_of
from billing.services.key_rotation import take_over_keys
from billing.store.session import Store

_PATIENCE_SECONDS = 10
IDLE_SECONDS = 75
"""So long does an idle connection stay open: longer than the proxy keeps it, which then is the one that hangs up."""
_BACKLOG = 512
_KEYS_EVERY_SECONDS = 300
_M_ARENA_MAX = -8
"""The parameter of glibc's `mallopt` for how many heaps there may be, as malloc.h has it."""
_ENDING = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where the service listens, and how people get there."""

    listener: socket.socket
    base_url: str
    proxies: str
    """Addresses and networks whose word about the caller's address is taken: those of our own reverse proxies."""


@contextmanager
def entrance(host: str, port: int, base_url: str | None = None, proxies: str = "") -> Iterator[Entrance]:
    """Listen at an address inside the block; without a base URL people come straight to it.

    InvalidInput `address_taken` when somebody else listens there, and `proxy_unknown` for a proxy that is neither an
    address nor a network: everybody's word may not be taken.
    """
    _require_proxies(proxies)
    with _listen(host, port) as listener:
        host, port = listener.getsockname()[:2]
        yield Entrance(listener, base_url or f"http://{f'[{host}]' if ':' in host else host}:{port}", proxies)


def run_service(
    store: Store,
    settings: Settings,
    at: Entrance,
    *,
    demo: bool = False,
    with_worker: bool = True,
    on_ready: Callable[[Service], None] = lambda _: None,
) -> None:
    """Serve until SIGINT or SIGTERM; to be called from the main thread.

    Requests in hand get ten seconds to end. The worker, if there is one, ends after the step in hand.
    """
    _share_one_heap()
    set_up_logs()
    service = build_service(store, settings, at.base_url, demo=demo)
    worker = Worker(store, service.now, mail_server=mail_server_of(settings, at.base_url)) if with_worker else None
    server = _Server(_config(service, at), lambda: on_ready(service))
    keys = _keys_taken_over(store) if worker is None else nullcontext()  # with a worker that is one of its duties
    with metrics_served(store, settings, service.now), _ended_by_signals(server), keys:
        try:
            if worker is not None:
                worker.start()
            gc.collect()
            look_seldom()
            server.run(sockets=[at.listener])
        finally:
            if worker is not None:
                worker.stop()


@contextmanager
def _keys_taken_over(store: Store) -> Iterator[None]:
    """Seal with the key that `mehraufwand keys rotate` made current, minutes later, though no worker is here.

    Who went on with the old one would seal with it after it was dropped, and nobody could open that again.
    """
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_KEYS_EVERY_SECONDS):
            try:
                take_over_keys(store)
            except (OSError, Problem) as error:
                log().error("keys_not_read", kind=type(error).__name__)

    reader = threading.Thread(target=look, name="keys", daemon=True)
    reader.start()
    try:
        yield
    finally:
        ended.set()
        reader.join()


def _share_one_heap() -> None:
    """Let all threads take their memory from one heap, before the first of them begins.

    glibc gives each thread a heap of its own, up to eight a processor, so that nobody waits for another's turn at it.
    Here threads take turns anyway, at the interpreter; and what long work has freed in the heap of its thread is not
    there for the next, which runs in another. So the process grew with every thread that had ever billed a month. Other
    libraries of C have no such heaps, and no `mallopt`.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._on_ready()


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Let SIGINT and SIGTERM do no more than end the server, from before it starts until the worker has ended.

    While it serves uvicorn has handlers of its own, and afterwards it raises the signal once more: without ours that
    would end the process at once, and leave the worker's printers in the middle of a page.
    """

    def end(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _config(service: Service, at: Entrance) -> Config:
    return Config(
        create_app(service),
        http="httptools",
        loop="uvloop",
        log_config=None,
        access_log=False,  # it would log addresses, and paths that hold secrets
        server_header=False,
        proxy_headers=bool(at.proxies),
        forwarded_allow_ips=at.proxies,
        timeout_graceful_shutdown=_PATIENCE_SECONDS,
        timeout_keep_alive=IDLE_SECONDS,
    )


def _require_proxies(proxies: str) -> None:
    for proxy in filter(None, (part.strip() for part in proxies.split(","))):
        try:
            is_everybody = ipaddress.ip_network(proxy).prefixlen == 0
        except ValueError:
            is_everybody = True
        if is_everybody:
            raise InvalidInput("proxy_unknown", path="--proxies", value=proxy)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise InvalidInput("address_taken", path="--port", value=f"{host}:{port}", reason=reason_of(error)) from None
    return listener
