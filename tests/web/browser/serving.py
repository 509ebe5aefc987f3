"""One web server a process: each test puts a service of its own behind it, with its store and a clock that stands."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import uvicorn
from litestar import Litestar

from api.app import build_service, create_app
from api.service import Service
from api.settings import read_settings
from api.worker import Worker
from billing.services.access.sessions import start_session
from billing.store.keyring import KeyRing
from billing.store.session import Store, open_store
from invoices.mail_server import MailServer, Tls
from tests.months.story import Story
from tests.support.lent_file import LentFiles
from tests.support.migrated import sqlite_lent
from tests.support.smtp import HOST, PostOffice, post_office
from tests.web.browser.house import Member, user_of


@dataclass
class Clock:
    """The service's clock: it stands until a test moves it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


class House(Story):
    """A furnished processor, for a story to go on with."""

    def __init__(self, store: Store, processor_id: int) -> None:
        """Take the processor that is there already."""
        self.store, self.processor_id, self.ref = store, processor_id, "immoinvent"


@dataclass(frozen=True)
class Furnished:
    """A furnished house as a SQLite file that tests copy, with its keys, its number and its people."""

    path: Path
    ring: KeyRing
    processor_id: int
    members: dict[str, Member]


@dataclass
class WebSite:
    """The service as people reach it, and what a test knows that they don't."""

    base_url: str
    house: House
    clock: Clock
    members: dict[str, Member]
    service: Service
    _office: PostOffice | None = field(default=None)

    def at(self, local: str) -> None:
        """Let it be a local time, as `2026-06-05 14:00`."""
        self.clock.now = House.act(local).at

    @property
    def office(self) -> PostOffice:
        """The mail server; the fixture `office` starts it."""
        assert self._office is not None, "ask for the fixture `office`"
        return self._office

    def works(self) -> None:
        """Let the worker do all that waits, papers and mail; nothing of it may fail."""
        worker = Worker(self.house.store, self.clock, mail_server=self._mail_server(), duties=())
        # In a thread, for mail has an event loop, and this thread's is the browser's.
        thread = threading.Thread(target=worker.one_round)
        thread.start()
        thread.join()
        assert worker.so_far.failed == []

    def session_of(self, member: Member) -> str:
        """Begin a session of somebody who gave all that the log-in asks for; gives the cookie's value."""
        with self.house.store.tenant(self.house.processor_id) as session:
            return start_session(session, user_of(session, member), self.clock.now, second_factor=True).token

    def _mail_server(self) -> MailServer | None:
        if self._office is None:
            return None
        return MailServer(HOST, self._office.port, Tls.NONE, None, None, "post@mehraufwand.example", self.base_url)

    @contextmanager
    def with_mail(self) -> Iterator[PostOffice]:
        """Take mail inside the block."""
        with post_office() as self._office:
            yield self._office


@dataclass(frozen=True)
class WebServer:
    """The server of this process and the application that it serves."""

    base_url: str
    application: Litestar

    @contextmanager
    def serving(self, furnished: Furnished, files: LentFiles, now: datetime) -> Iterator[WebSite]:
        """Serve a copy of a furnished house."""
        with sqlite_lent(files, furnished.path) as database:
            store, clock = open_store(database.app_url, furnished.ring), Clock(now)
            service = build_service(store, read_settings({}), self.base_url, now=clock)
            self.application.state.service = service
            yield WebSite(self.base_url, House(store, furnished.processor_id), clock, furnished.members, service)
            store.close()


@contextmanager
def web_server() -> Iterator[WebServer]:
    """Listen on a free port of this machine, in a thread."""
    with socket.create_server((HOST, 0)) as listener:
        application = create_app(None)  # type: ignore[arg-type]  # each test brings its own service
        server = uvicorn.Server(uvicorn.Config(application, http="httptools", loop="uvloop", log_config=None))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield WebServer(f"http://{HOST}:{listener.getsockname()[1]}", application)
        finally:
            server.should_exit = True
            thread.join()
