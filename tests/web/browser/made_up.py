"""Small made-up pages for what the pages' script does: each test says what they hold and what they answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

from tests.support.repository import ROOT

SCRIPT = ROOT / "api" / "web" / "static" / "app.js"
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'"
Answer = str | tuple[int, str]


def html(body: str, title: str = "Seite", root: str = "", message: str = "") -> str:
    """Give a page as the layouts make it."""
    said = f"<div id=meldung class=ok role=status>{message}</div>" if message else ""
    return (
        f"<!doctype html><html lang=de {root}><title>{title}</title><script type=module src=/app.js></script>"
        f"<main>{said}{body}</main><p id=ansage aria-live=polite></p></html>"
    )


@dataclass
class Answers:
    """A server of made-up pages: by path, what each answers to the fields it was sent."""

    page: Page = field(init=False)
    home: str = field(init=False)
    pages: dict[str, Callable[[], Answer]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def open(self, body: str, path: str = "/", **more: Any) -> Page:
        """Go to a page with this body."""
        self.pages[path] = lambda: html(body, **more)
        self.page.goto(path)
        return self.page

    def posts(self) -> list[dict[str, list[str]]]:
        """Give what was sent to change something."""
        return [fields for method, _, fields in self.asked if method == "POST"]

    def answer(self, method: str, url: str, body: str) -> tuple[int, str, str]:
        """Give status, type and content, or where to go."""
        parts = urlsplit(url)
        if parts.path == "/app.js":
            return 200, "text/javascript", SCRIPT.read_text()
        self.asked.append((method, parts.path, parse_qs(body or parts.query)))
        given = self.pages[parts.path]() if parts.path in self.pages else (404, "nothing")
        status, content = given if isinstance(given, tuple) else (200, given)
        return status, "text/html; charset=utf-8", content


@contextmanager
def listening(answers: Answers) -> Iterator[str]:
    """Serve the pages on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            status, kind, content = answers.answer(self.command, self.path, body)
            self.send_response(status)
            if status == 303:
                self.send_header("Location", content)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", CSP)
            self.send_header("Content-Length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        do_POST = do_GET  # noqa: N815 - the server's name for it

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
