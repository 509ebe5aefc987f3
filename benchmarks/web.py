"""How fast the pages are: for a phone on a slow line, and on the server.

    ./dev bench web [--json] [--rounds N]

The week page with 200 entries and the log-in, in Chromium at 390 px: slow 4G (150 ms, 1.6 Mbit/s down, 750 kbit/s up),
the processor four times slower, an empty cache. Largest paint and layout shift as the browser measures them, bytes as
they came over the line. Server time is that of the week page asked by a client on this machine, over one connection.
The budgets are those of the design: 2.0 s, 0.05, 150 ms.
"""

import argparse
import http.client
import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from sqlmodel import select

from benchmarks._service import Server, entry_json, running_server, token_of
from billing.services.access.sessions import start_session
from billing.store.session import open_store
from billing.store.tables import User

ENTRIES = 200
WEEK = "/zeiten?kw=2026-01"
PAGES = {"week": WEEK, "log-in": "/anmelden"}
BUDGETS = {"lcp_ms": 2000, "cls": 0.05, "server_ms": 150}
COOKIE = "mehraufwand"
_CHROMIUM = "/usr/bin/chromium"
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--lang=de-DE",
]
_SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 // 8, "uploadThroughput": 750_000 // 8}
_SLOWER = 4
_OBSERVED = """() => new Promise(done => {
    let lcp = 0, cls = 0;
    new PerformanceObserver(list => { for (const one of list.getEntries()) lcp = one.startTime; })
        .observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) cls += one.value; })
        .observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => done({ lcp, cls }), 500);
})"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="./dev bench web", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    with running_server("sqlite", people=1) as server:
        _log(server)
        cookie = _session(server)
        result = {
            "bench": "web",
            "load1": round(os.getloadavg()[0], 2),
            "server_ms": _server_ms(server, cookie, said.rounds),
            "pages": _in_a_browser(server, cookie, said.rounds),
            "budgets": BUDGETS,
        }
    print(json.dumps(result) if said.json else _told(result))


def _log(server: Server) -> None:
    """Log a week of work over HTTP, as people do."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for number in range(ENTRIES):
        headers = {"Authorization": f"Bearer {token_of(0)}", "Content-Type": "application/json"}
        connection.request("POST", "/api/v1/entries", entry_json(0, number), headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != http.HTTPStatus.CREATED:
            raise RuntimeError(body.decode())
    connection.close()


def _session(server: Server) -> str:
    """Begin a session of the one who works; gives the cookie's value."""
    store = open_store(server.database.app_url, server.ring)
    with store.tenant(1) as session:
        token = start_session(session, session.exec(select(User)).one(), datetime.now(UTC), second_factor=True).token
    store.close()
    return token


def _server_ms(server: Server, cookie: str, rounds: int) -> dict[str, float]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    took = []
    before = 0.0
    for number in range(rounds + 1):
        before = server.cpu_seconds() if number == 1 else before
        begun = time.perf_counter()
        connection.request("GET", WEEK, headers={"Cookie": f"{COOKIE}={cookie}", "Accept": "text/html"})
        answer = connection.getresponse()
        body = answer.read()
        took.append(1000 * (time.perf_counter() - begun))
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(body.decode())
    connection.close()
    cpu = 1000 * (server.cpu_seconds() - before) / rounds
    warm = took[1:]  # the first one reads templates and texts
    spread = {"best": min(warm), "median": statistics.median(warm), "first": took[0], "cpu": cpu}
    return {name: round(milliseconds, 1) for name, milliseconds in spread.items()}


def _in_a_browser(server: Server, cookie: str, rounds: int) -> dict[str, dict[str, Any]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        home = f"http://127.0.0.1:{server.port}"
        with _page(browser, home, cookie) as (page, _):
            page.goto("/anmelden")  # a browser's first page pays for its start
        found = {
            name: _measured(browser, home, cookie if name == "week" else None, path, rounds)
            for name, path in PAGES.items()
        }
        browser.close()
    return found


@contextmanager
def _page(browser: Browser, home: str, cookie: str | None) -> Iterator[tuple[Page, CDPSession]]:
    """Open a page of a new visitor: nothing is kept from the one before."""
    context = browser.new_context(base_url=home, viewport={"width": 390, "height": 844}, locale="de-DE")
    if cookie is not None:
        context.add_cookies([{"name": COOKIE, "value": cookie, "url": home}])
    page = context.new_page()
    yield page, context.new_cdp_session(page)
    context.close()


def _measured(browser: Browser, home: str, cookie: str | None, path: str, rounds: int) -> dict[str, Any]:
    paints, shifts, carried, requests = [], [], [], []
    for _ in range(rounds):
        with _page(browser, home, cookie) as (page, devtools):
            devtools.send("Network.enable")
            devtools.send("Network.emulateNetworkConditions", _SLOW_4G)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
            lengths: list[int] = []
            devtools.on("Network.loadingFinished", lambda event, kept=lengths: kept.append(event["encodedDataLength"]))
            page.goto(path, wait_until="networkidle")
            seen = page.evaluate(_OBSERVED)
            paints.append(seen["lcp"])
            shifts.append(seen["cls"])
            carried.append(sum(lengths))
            requests.append(len(lengths))
    return {
        "lcp_ms": {"best": round(min(paints)), "median": round(statistics.median(paints))},
        "cls": round(max(shifts), 4),
        "bytes": int(statistics.median(carried)),
        "requests": max(requests),
    }


def _told(result: dict[str, Any]) -> str:
    took = result["server_ms"]
    lines = [f"week page, server  {took['best']} ms at best, {took['median']} ms median, {took['cpu']} ms of CPU"]
    for name, page in result["pages"].items():
        paint = f"LCP {page['lcp_ms']['best']} ms at best, {page['lcp_ms']['median']} ms median"
        lines.append(f"{name:18} {paint}, CLS {page['cls']}, {page['bytes']} bytes in {page['requests']} requests")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
