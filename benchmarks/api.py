"""What the service feels like when everybody is there: fifty people logging, ten portals reading, a run going on.

    ./dev bench api [--seconds N] [--databases sqlite,postgresql] [--pause S] [--without run,portals] [--json]

Everybody keeps a connection and asks again after a pause; nobody begins at the same moment as another. One server
process answers; whoever asks shares the machine with it, so a busy machine shows in the slowest. No answer may be 5xx,
no entry may be refused, and each that was answered with 201 must be in the database afterwards, once.
"""

import argparse
import http.client
import json
import threading
import time
from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlmodel import func, select

from benchmarks._billing_month import CASES, MONTH
from benchmarks._crowd import furnish_crowd, token_of
from benchmarks._databases import KINDS
from benchmarks._service import FOUNDED, Server, running_server
from billing.store.keyring import KeyRing
from billing.store.session import open_store
from billing.store.tables import IdempotencyKey

PEOPLE, PORTALS, CONTRACTS = 50, 10, 40
_PROCESSES = 2
_QUANTILES = (50, 95, 99)
_CREATED, _BROKEN = 201, 500
_READS = ("/portal/invoices", "/portal/estimates", "/portal/contracts", "/portal/requests")


@dataclass
class Answers:
    """Seconds by route, how many entries were logged and refused, and what went wrong."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    logged: int = 0
    refused: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, other: "Answers") -> None:
        """Take over what others saw."""
        for route, seconds in other.took.items():
            self.took[route] += seconds
        self.logged += other.logged
        self.refused += other.refused
        self.broken += other.broken


class Caller:
    """Somebody with a connection of his own."""

    def __init__(self, port: int, name: str, seen: Answers) -> None:
        """Connect as somebody."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"Authorization": f"Bearer {token_of(name)}", "Content-Type": "application/json"}
        self._seen = seen

    def ask(self, method: str, path: str, route: str, body: Any = None, **headers: str) -> int:
        """Send a request, and note how long its answer took."""
        begun = time.perf_counter()
        content = None if body is None else json.dumps(body).encode()
        self._connection.request(method, f"/api/v1{path}", content, {**self._headers, **headers})
        answer = self._connection.getresponse()
        said = answer.read()
        self._seen.took[f"{method} {route}"].append(time.perf_counter() - begun)
        if answer.status >= _BROKEN:
            self._seen.broken.append(f"{method} {path}: {answer.status} {said[:200].decode()}")
        return answer.status


def _log_work(port: int, person: int, until: float, pause: float, seen: Answers) -> None:
    caller, number = Caller(port, f"person-{person}", seen), 0
    time.sleep(pause * person / PEOPLE)
    while time.time() < until:
        start = FOUNDED + timedelta(minutes=15 * number)
        entry = {
            "case": f"V{person % CONTRACTS}-{number % CASES}",
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=15)).isoformat(),
            "service": "request_processing",
            "note": "Auskunft: Suche im Archiv",
        }
        key = {"Idempotency-Key": f"{person}-{number}"}
        is_kept = caller.ask("POST", "/entries", "/entries", entry, **key) == _CREATED
        seen.logged += is_kept
        seen.refused += not is_kept
        number += 1
        time.sleep(pause)


def _read_portal(port: int, portal: int, until: float, pause: float, seen: Answers) -> None:
    caller, number = Caller(port, f"portal-{portal}", seen), portal  # each begins with another page
    time.sleep(pause * (portal + 0.5) / PORTALS)
    while time.time() < until:
        path = _READS[number % len(_READS)]
        caller.ask("GET", path, path)
        number += 1
        time.sleep(pause)


def _run_month(port: int, until: float, seen: Answers) -> None:
    caller = Caller(port, "clerk", seen)
    while time.time() < until:
        caller.ask("POST", f"/months/{MONTH}/runs", "/months/{month}/runs", {})


def _crowd(port: int, people: list[int], portals: list[int], until: float, pause: float) -> Answers:
    """Be some of the people and portals, each in a thread of its own."""
    parts = [Answers() for _ in range(len(people) + len(portals))]
    threads = [
        threading.Thread(target=work, args=(port, number, until, pause, part))
        for part, (work, number) in zip(
            parts, [*((_log_work, one) for one in people), *((_read_portal, one) for one in portals)], strict=True
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = Answers()
    for part in parts:
        whole.add(part)
    return whole


def measured(kind: str, seconds: float, pause: float, without: Collection[str] = ()) -> dict[str, Any]:
    """Let everybody work for some seconds, but for those `without`; gives the quantiles and what went wrong."""

    def furnished(url: str, ring: KeyRing) -> None:
        store = open_store(url, ring)
        furnish_crowd(store, PEOPLE, PORTALS, CONTRACTS)
        store.close()

    with running_server(kind, furnished=furnished) as server, ProcessPoolExecutor(_PROCESSES) as crowd:
        until = time.time() + seconds
        asked = [
            crowd.submit(
                _crowd,
                server.port,
                [*range(part, PEOPLE, _PROCESSES)],
                [] if "portals" in without else [*range(part, PORTALS, _PROCESSES)],
                until,
                pause,
            )
            for part in range(_PROCESSES)
        ]
        seen = Answers()
        if "run" not in without:
            _run_month(server.port, until, seen)
        for one in asked:
            seen.add(one.result())
        kept = _kept(server)
    return {
        "database": kind,
        "seconds": seconds,
        "writes_per_second": round(seen.logged / seconds, 1),
        "routes": {route: _quantiles(took) for route, took in sorted(seen.took.items())},
        "answers_5xx": len(seen.broken),
        "refused_entries": seen.refused,
        "lost_writes": seen.logged - kept,
        "broken": seen.broken[:3],
    }


def _kept(server: Server) -> int:
    """Count the entries whose answers the database remembers: each key is one that was logged."""
    store = open_store(server.database.app_url, server.ring)
    with store.tenant(1, read_only=True) as session:
        count: int = session.exec(
            select(func.count()).select_from(IdempotencyKey).where(IdempotencyKey.status == _CREATED)
        ).one()
    store.close()
    return count


def _quantiles(took: list[float]) -> dict[str, Any]:
    ordered = sorted(took)
    return {"count": len(ordered)} | {f"p{q}_ms": round(1000 * ordered[len(ordered) * q // 100], 1) for q in _QUANTILES}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="./dev bench api", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between an answer and the next request")
    parser.add_argument("--without", default="", help="who stays at home: run, portals, or both")
    parser.add_argument("--databases", default=",".join(KINDS))
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    without = said.without.split(",")
    reports = [measured(kind, said.seconds, said.pause, without) for kind in said.databases.split(",")]
    if said.json:
        print(json.dumps(reports))
        return
    for report in reports:
        routes = report.pop("routes")
        print(*(f"{name:24}{value}" for name, value in report.items()), sep="\n")
        for route, quantiles in routes.items():
            print(f"  {route:36}", *(f"{name} {value}" for name, value in quantiles.items()))
        print()


if __name__ == "__main__":
    main()
