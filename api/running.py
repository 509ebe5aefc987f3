"""Runs the service: binds its address, answers until it is told to stop, and ends what it started."""

import socket
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from uvicorn.config import Config

from api.app import build_service, create_app
from api.logs import set_up_logs
from api.service import Service
from api.settings import Settings
from api.worker import Worker, mail_server_of
from billing.errors import InvalidInput
from billing.store.session import Store

_PATIENCE_SECONDS = 10
_BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, and how people get there; `base_url` None: straight to this address."""

    host: str
    port: int
    base_url: str | None = None
    proxies: str = ""
    """Addresses whose word about the caller's address is taken: those of our own reverse proxies."""


def run_service(
    store: Store,
    settings: Settings,
    address: Address,
    *,
    demo: bool = False,
    with_worker: bool = True,
    on_ready: Callable[[Service], None] = lambda _: None,
) -> None:
    """Serve until SIGINT or SIGTERM; InvalidInput `address_taken` when somebody else listens there.

    Requests in hand get ten seconds to end. The worker, if there is one, ends after the step in hand.
    """
    set_up_logs()
    listener = _listen(address)
    host, port = listener.getsockname()[:2]
    home = address.base_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    service = build_service(store, settings, home, demo=demo)
    worker = Worker(store, service.now, mail_server=mail_server_of(settings, home)) if with_worker else None
    server = _Server(_config(service, address), lambda: on_ready(service))
    try:
        if worker is not None:
            worker.start()
        server.run(sockets=[listener])
    finally:
        listener.close()
        if worker is not None:
            worker.stop()


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def _config(service: Service, address: Address) -> Config:
    return Config(
        create_app(service),
        http="httptools",
        loop="uvloop",
        log_config=None,
        access_log=False,  # it would log addresses, and paths that hold secrets
        server_header=False,
        proxy_headers=bool(address.proxies),
        forwarded_allow_ips=address.proxies,
        timeout_graceful_shutdown=_PATIENCE_SECONDS,
    )


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        place = f"{address.host}:{address.port}"
        raise InvalidInput("address_taken", path="--port", value=place, reason=reason) from None
    return listener
