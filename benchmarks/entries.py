"""How fast one entry is logged over HTTP: recognised, validated, logged, audited, answered, committed to disk.

    ./dev bench entries [--json] [--requests N] [--databases sqlite,postgresql] [--beside COMMAND]

One server process; a client in a process of its own keeps its connection, then four do. Beside it, in the same run, the
same rows are inserted by plain SQLAlchemy Core, one transaction each, on a database of the same kind, and its CPU time
is the measure of ours. Durability: SQLite `synchronous = FULL`, PostgreSQL `synchronous_commit = on`.

`--beside` runs the load generator of another product before and after each of ours, since figures of one machine at one
hour compare and others don't. It prints one line of JSON with `req_per_s_1_client` and `req_per_s_4_clients`, lists
that begin with the median, and `latency_ms_p50_p95_p99` of one client. What was compared so far stands in
docs/performance.md.
"""

import argparse
import http.client
import json
import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from benchmarks._beside import run_other
from benchmarks._databases import KINDS
from benchmarks._plain_core import plain_inserts
from benchmarks._service import Server, entry_json, running_server, token_of

ROUNDS = 3
CLIENTS = 4
_WARM_UP = 50
_QUANTILES = (50, 95, 99)
Round = dict[str, Any]
"""What came of one round: requests a second, the server's CPU seconds for each, and the seconds that each took."""


def post_entries(port: int, person: int, first: int, count: int) -> list[float]:
    """Log entries one after the other over one connection; gives the seconds each took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    connection.sock.setsockopt(6, 1, 1)  # TCP_NODELAY
    took = []
    for number in range(first, first + count):
        headers = {
            "Authorization": f"Bearer {token_of(person)}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"{person}-{number}",
        }
        begun = time.perf_counter()
        connection.request("POST", "/api/v1/entries", entry_json(person, number), headers)
        response = connection.getresponse()
        body = response.read()
        took.append(time.perf_counter() - begun)
        if response.status != 201:  # noqa: PLR2004 - Created
            raise RuntimeError(body.decode())
    connection.close()
    return took


def measured(kind: str, requests: int) -> dict[str, Any]:
    """Measure one kind of database: the best round counts, as a busy machine only ever makes one slower."""
    with running_server(kind) as server, ProcessPoolExecutor(CLIENTS) as clients:
        clients.submit(post_entries, server.port, 0, 0, _WARM_UP).result()
        alone = [_round(server, clients, [0], _WARM_UP + round_ * requests, requests) for round_ in range(ROUNDS)]
        four, share = range(1, 1 + CLIENTS), requests // CLIENTS
        together = [_round(server, clients, four, round_ * share, share) for round_ in range(ROUNDS)]
    plain = plain_inserts(kind, requests)
    cpu = min(one["cpu"] for one in alone)
    return {
        "database": kind,
        "requests_per_second": _spread(alone),
        "requests_per_second_4_clients": _spread(together),
        "latency_ms": _quantiles(alone),
        "latency_ms_4_clients": _quantiles(together),
        "server_cpu_ms_per_request": round(1000 * cpu, 2),
        "server_cpu_ms_per_request_4_clients": round(1000 * min(one["cpu"] for one in together), 2),
        "plain_core_cpu_ms_per_entry": round(1000 * plain.cpu, 2),
        "plain_core_entries_per_second": round(1 / plain.wall),
        "cpu_ratio_to_plain_core": round(cpu / plain.cpu, 2),
        "statements_plain": plain.statements,
    }


def _measured_beside(command: str | None, kind: str, requests: int) -> dict[str, Any]:
    """Measure ours between two runs of the other product, if one is named; the better of its two counts."""
    if command is None:
        return measured(kind, requests)
    before, ours, after = run_other(command), measured(kind, requests), run_other(command)
    rate, rate_of_4 = (max(run[f"req_per_s_{who}"][0] for run in (before, after)) for who in ("1_client", "4_clients"))
    p95 = min(run["latency_ms_p50_p95_p99"][1] for run in (before, after))
    return {
        **ours,
        "requests_per_second_beside": rate,
        "requests_per_second_4_clients_beside": rate_of_4,
        "p95_beside": p95,
        "times_the_requests": round(ours["requests_per_second"]["median"] / rate, 2),
        "times_the_requests_4_clients": round(ours["requests_per_second_4_clients"]["median"] / rate_of_4, 2),
        "share_of_the_p95": round(ours["latency_ms"]["p95"] / p95, 2),
    }


def _round(server: Server, clients: ProcessPoolExecutor, people: Sequence[int], first: int, count: int) -> Round:
    """Let each of these people log that many entries, all at the same time."""
    before, begun = server.cpu_seconds(), time.perf_counter()
    waiting = [clients.submit(post_entries, server.port, person, first, count) for person in people]
    took = [seconds for one in waiting for seconds in one.result()]
    wall = time.perf_counter() - begun
    return {"rate": len(took) / wall, "cpu": (server.cpu_seconds() - before) / len(took), "took": took}


def _spread(rounds: Sequence[Round]) -> dict[str, int]:
    rates = [one["rate"] for one in rounds]
    return {"median": round(statistics.median(rates)), "least": round(min(rates)), "most": round(max(rates))}


def _quantiles(rounds: Sequence[Round]) -> dict[str, float]:
    took = sorted(seconds for one in rounds for seconds in one["took"])
    return {f"p{q}": round(1000 * took[len(took) * q // 100], 2) for q in _QUANTILES}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="./dev bench entries", description=__doc__)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--databases", default=",".join(KINDS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--beside", metavar="COMMAND")
    said = parser.parse_args()
    rows = [_measured_beside(said.beside, kind, said.requests) for kind in said.databases.split(",")]
    if said.json:
        print(json.dumps({"bench": "entries", "load1": round(os.getloadavg()[0], 2), "databases": rows}))
        return
    for row in rows:
        for name, value in row.items():
            print(f"{name:32} {value}")
        print()


if __name__ == "__main__":
    main()
