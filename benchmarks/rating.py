"""How fast the rating core is: a made-up month, 1,000 contracts of 100 entries, every stretch with its reasons kept.

    ./dev bench rating [--json] [--contracts N] [--seed N]

Printed are rows of 10,000, 100,000 and 1,000,000 entries, each measured in a process of its own, so that peak memory is
that of the row. Facts are made before the clock starts; all facts and all settlements of a row stay in memory, as data:
stretches with clause, class, price and source, units and lines. Beside it stands a bare loop that only reads the same
entries and looks up the class of their first minute in the same calendar (`Timeline.piece_at`).
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from random import Random
from typing import Any

from benchmarks._rating_month import made_up_month
from billing.clause.term_sets import term_set
from billing.public_holidays import public_holidays
from billing.rating.agreement import Agreement
from billing.rating.bands import Timeline
from billing.rating.decisions import Settlement
from billing.rating.facts import Facts
from billing.rating.ledger import Ledger
from billing.rating.settle import settle
from billing.timespan import month_index

MONTH = month_index(2026, 10)
ENTRIES_A_CONTRACT = 100
SIZES = (100, 1_000, 10_000)
STANDARD = 1_000
ROUNDS = 3


def agreement() -> Agreement:
    """Give the agreement all contracts share: the terms of the fee clause as they are."""
    terms = term_set("immoinvent-2026")
    return Agreement((terms.terms,), terms.catalogue, public_holidays)


def settle_all(contracts: list[Facts]) -> list[Settlement]:
    """Settle every contract's month and keep it all; the calendar is shared, as in a run over many contracts."""
    agreed = agreement()
    timeline = Timeline(agreed)
    return [settle(agreed, facts, Ledger("case"), MONTH, timeline) for facts in contracts]


def bare_loop(contracts: list[Facts]) -> int:
    """Only read the entries and classify their start; the sum keeps the work from being skipped."""
    timeline = Timeline(agreement())
    return sum(timeline.piece_at(entry.start).rate_class for facts in contracts for entry in facts.entries)


def measured(contracts: int, seed: int) -> dict[str, Any]:
    """Measure one row: the best of some rounds, as a busy machine only ever makes a round slower."""
    month = made_up_month(contracts, ENTRIES_A_CONTRACT, Random(seed))
    entries = contracts * ENTRIES_A_CONTRACT
    rounds = ROUNDS if contracts <= STANDARD else 1
    settled: list[Settlement] = []
    seconds, bare = [], []
    for _ in range(rounds):
        settled.clear()
        start = time.perf_counter()
        settled += settle_all(month)
        seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        bare_loop(month)
        bare.append(time.perf_counter() - start)
    return {
        "entries": entries,
        "contracts": contracts,
        "seed": seed,
        "rounds": rounds,
        "seconds": round(min(seconds), 4),
        "entries_per_second": round(entries / min(seconds)),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "ratio_to_bare_loop": round(min(seconds) / min(bare), 1),
        "stretches": sum(len(settlement.stretches) for settlement in settled),
        "lines": sum(len(settlement.lines) for settlement in settled),
        "net_cents": sum(settlement.net for settlement in settled),
    }


def in_a_process_of_its_own(contracts: int, seed: int) -> dict[str, Any]:
    """Measure one row in a fresh interpreter."""
    command = [sys.executable, "-m", "benchmarks.rating", "--json", "--seed", str(seed), "--contracts", str(contracts)]
    row: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603
    return row


def print_row(row: dict[str, Any]) -> None:
    """Print one row for people."""
    print(
        f"{row['entries']:>10,} {row['seconds']:>9.2f} {row['entries_per_second']:>11,}"
        f" {row['peak_rss_mib']:>9,} {row['ratio_to_bare_loop']:>10.1f} {row['stretches']:>11,} {row['lines']:>9,}"
    )


def main() -> None:
    """Print the rows, or one row alone as JSON with `--contracts`."""
    options = argparse.ArgumentParser(prog="./dev bench rating", description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--contracts", type=int, help="one row of so many contracts, measured in this process")
    chosen = options.parse_args()
    if chosen.contracts:
        print(json.dumps(measured(chosen.contracts, chosen.seed)))
        return
    if not chosen.json:
        print(
            f"One month, {ENTRIES_A_CONTRACT} entries a contract, seed {chosen.seed}; facts and reasons kept in memory."
        )
        print("   entries   seconds   entries/s  peak MiB  bare loop   stretches     lines")
    rows = []
    for contracts in SIZES:
        rows.append(in_a_process_of_its_own(contracts, chosen.seed))
        if not chosen.json:
            print_row(rows[-1])
    if chosen.json:
        standard = next(row for row in rows if row["contracts"] == STANDARD)
        print(json.dumps({**standard, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
