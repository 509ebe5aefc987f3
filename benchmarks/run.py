"""What a month costs: settling, numbering, XML with the official rules, PDF - beside bare WeasyPrint, in one run.

    ./dev bench run [--contracts N ...] [--databases sqlite,postgresql] [--workers 1,2] [--papers N] [--json]
                    [--beside COMMAND]

Each contract has forty entries in four cases. The processor has billed twenty contracts before, so that the program is
warm and PostgreSQL knows its tables, as both are by themselves after the first minutes. The run is that of the product:
drafts, releases, `issue_month`, and beside it, in a thread as in the service, the outbox with its rendering processes,
which print each invoice once it is issued (the record's own PDF comes later in real life and is left out). `bare`
prints the very same pages with WeasyPrint alone, fonts and styles shared, in a process of its own. CPU is that of this
process and its rendering processes; PostgreSQL's is not in it.

What settling, numbering and XML take is told of a month of its own, with nothing printed beside it; the same month is
then billed with papers for `seconds_per_invoice`; `seconds_papers` is what they add. With `--workers 0` there are none.

`--beside` runs another product's month before and after ours, as figures of one machine at one hour compare and others
don't. It prints one line of JSON whose `s_per_invoice` is a list that begins with the median; the better run counts.
`growth` is the seconds an invoice takes in the longest month to those in the shortest.
"""

import argparse
import gc
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest import mock

import sqlalchemy as sa
from sqlmodel import col, select

from api.collector import look_seldom
from benchmarks._beside import run_other
from benchmarks._billing_month import AS_OF, MONTH, furnish_contracts, furnish_month
from benchmarks._databases import KINDS, database
from billing import outbox
from billing.clause.reading import read_month
from billing.services.acting import Act
from billing.store.engine import READ_ONLY
from billing.store.keyring import new_ring
from billing.store.session import Store, open_store
from billing.store.tables import Draft, Invoice
from billing.store.tables.kinds import DraftState, InvoiceFileKind
from billing.store.tenant_sessions import BriefSession
from invoices.paper import Paper
from invoices.pdf import Press, page_of
from invoices.render import RenderPool
from invoices.run import ahead, freezing
from invoices.run.approving import release_drafts
from invoices.run.drafts import Change, RunOrder, run_month
from invoices.run.files import FileMaker
from invoices.run.issuing import NotIssued, issue_month

ACT = Act("benchmark", AS_OF)
_PDF = str(InvoiceFileKind.PDF)
_AT_ONCE = 200
_BILLED_BEFORE = 20
_KIB = 1024
_POLL_SECONDS = 0.05
_PARTS = (
    "seconds_settle",
    "seconds_release",
    "seconds_number_and_freeze",
    "seconds_xml_and_rules",
    "seconds_per_invoice_without_pdf",
)


@dataclass
class Clock:
    """Wall and CPU seconds of named parts."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time of the block to a part."""
        wall, cpu = time.perf_counter(), _cpu()
        yield
        self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall
        self.cpu[name] = self.cpu.get(name, 0.0) + _cpu() - cpu

    def around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Give the same function with its time noted."""

        def timed(*given: Any, **named: Any) -> Any:
            with self.part(name):
                return work(*given, **named)

        return timed


@dataclass
class Commits:
    """Counts the commits of transactions that may write; on PostgreSQL those that only read are ended by one, too."""

    count: int = 0

    @contextmanager
    def of(self, store: Store) -> Iterator[None]:
        """Count those of a store in the block: SQLAlchemy's, and those of brief sessions, which go past it."""
        conclude = BriefSession.conclude

        def count(connection: sa.Connection) -> None:
            self.count += not connection.get_execution_options().get(READ_ONLY, False)

        def count_brief(session: BriefSession) -> None:
            conclude(session)
            self.count += 1

        sa.event.listen(store.engine, "commit", count)
        with mock.patch.object(BriefSession, "conclude", count_brief):
            yield


def _cpu() -> float:
    """Give the CPU seconds of this process and of those it started that are still there."""
    return time.process_time() + sum(map(_cpu_of, active_children()))


def _cpu_of(process: BaseProcess) -> float:
    said = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")


def measured(kind: str, contracts: int, workers: int, papers: int) -> dict[str, Any]:
    """Bill a month of so many contracts once; all figures are per invoice unless they say otherwise."""
    clock, commits = Clock(), Commits()
    with (
        tempfile.TemporaryDirectory(prefix="mehraufwand-bench-") as folder,
        database(kind, Path(folder)) as found,
        _printers(workers) as pool,
    ):
        store = open_store(found.app_url, new_ring())
        processor_id = furnish_month(store, _BILLED_BEFORE)
        _bill(store, processor_id, Clock(), pool)
        furnish_contracts(store, processor_id, range(_BILLED_BEFORE, _BILLED_BEFORE + contracts))
        found.maintain()
        gc.collect()
        look_seldom()  # as the service does once it is up
        with commits.of(store), clock.part("whole"):
            _bill(store, processor_id, clock, pool)
        gc.unfreeze()
        peak = max(map(_peak_of, active_children()), default=0)
        each, documents = _documents(store, processor_id, papers)
        store.close()
    each -= _BILLED_BEFORE
    rules = clock.wall["rules"]
    told: dict[str, Any] = {
        "database": kind,
        "contracts": contracts,
        "workers": workers,
        "invoices": each,
        "seconds_settle": clock.wall["settle"],
        "seconds_release": clock.wall["release"],
        "seconds_number_and_freeze": clock.wall["issue"] - rules,
        "seconds_xml_and_rules": rules,
        "seconds_per_invoice_without_pdf": clock.wall["settle"] + clock.wall["issue"] - rules,
        "seconds_per_invoice": clock.wall["whole"],
        "cpu_seconds_per_invoice": clock.cpu["whole"],
    }
    bare = _bare(documents) if workers else None
    return {name: round(value / each, 4) if "seconds" in name else value for name, value in told.items()} | {
        "cpu_seconds_bare_weasyprint": bare and round(bare, 4),
        "cpu_ratio_to_weasyprint": bare and round(clock.cpu["whole"] / each / bare, 2),
        "commits_per_invoice": round(commits.count / each, 2),
        "peak_rss_mib": _peak_of(None),
        "peak_rss_mib_renderer": peak,
    }


def billed(kind: str, contracts: int, workers: Sequence[int], papers: int) -> Iterator[dict[str, Any]]:
    """Bill the same month with each number of printing processes; its parts are told of one with nothing printed."""
    alone = measured(kind, contracts, 0, papers)
    for count in workers:
        if not count:
            yield alone
            continue
        month = measured(kind, contracts, count, papers)
        added = month["seconds_per_invoice"] - alone["seconds_per_invoice"]
        yield {**month, **{name: alone[name] for name in _PARTS}, "seconds_papers": round(added, 4)}


@contextmanager
def _printers(workers: int) -> Iterator[RenderPool | None]:
    """Give the pool that prints all of a month, as the worker keeps it; None when nothing is printed."""
    if not workers:
        yield None
        return
    with RenderPool(workers) as pool:
        yield pool


def _bill(store: Store, processor_id: int, clock: Clock, pool: RenderPool | None) -> None:
    """Bill the month and print its papers."""
    order = RunOrder(processor_id, read_month(MONTH, "month"), AS_OF, as_of_fixed=True, act=ACT)
    with clock.part("settle"):
        settled = [(outcome.contract_ref, outcome.change) for outcome in run_month(store, order)]
    with store.tenant(processor_id, read_only=True) as session:
        living = select(Draft.contract_id, Draft.facts_hash).where(col(Draft.state) == DraftState.DRAFT)
        drafts = list(session.exec(living).all())
    released = [ref for ref, change in settled if change is Change.NEW]
    with clock.part("release"):
        release_drafts(store, processor_id, MONTH, drafts, ACT)
    ahead.probe_of = clock.around("rules", freezing.probe_of)  # type: ignore[attr-defined]
    with _printed_beside(store, processor_id, pool), clock.part("issue"):
        for issued in issue_month(store, processor_id, MONTH, released, ACT):
            if isinstance(issued, NotIssued):
                raise issued.problem
    ahead.probe_of = freezing.probe_of  # type: ignore[attr-defined]


@contextmanager
def _printed_beside(store: Store, processor_id: int, pool: RenderPool | None) -> Iterator[None]:
    """Print in a thread what the block issues, each paper once it is issued; ends when all are printed."""
    if pool is None:
        yield
        return
    handlers, issued = {_PDF: FileMaker(pool, ACT).handlers[_PDF]}, threading.Event()

    def work() -> None:
        is_last = False
        while not is_last:
            is_last = issued.is_set()
            for done in outbox.run_pending(store, processor_id, handlers, lambda: AS_OF, limit=_AT_ONCE):
                if done.error:
                    raise RuntimeError(done.error)
                is_last = False
            issued.wait(0 if is_last else _POLL_SECONDS)

    with ThreadPoolExecutor(1) as thread:
        working = thread.submit(work)
        try:
            yield
        finally:
            issued.set()
        working.result()


def _documents(store: Store, processor_id: int, most: int) -> tuple[int, list[str]]:
    """Give how many invoices there are, and the first of them as they were frozen."""
    with store.tenant(processor_id, read_only=True) as session:
        count = session.exec(select(sa.func.count(col(Invoice.id)))).one()
        return count, list(session.exec(select(Invoice.document).order_by(col(Invoice.id)).limit(most)))


def _bare(documents: list[str]) -> float:
    """Give the CPU seconds that WeasyPrint alone takes for one of these pages, in a process that does nothing else."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(_printed_bare, documents).result()


def _printed_bare(documents: list[str]) -> float:
    press = Press()
    pages = [page_of(Paper.INVOICE, document) for document in documents]
    press.bare(pages[0])  # warms up
    gc.collect()
    gc.freeze()
    cpu = time.process_time()
    for page in pages:
        press.bare(page)
    return (time.process_time() - cpu) / len(pages)


def rendering(papers: int) -> dict[str, Any]:
    """Print the same papers with one and with two rendering processes, in turns; says how many times faster two are."""
    with tempfile.TemporaryDirectory(prefix="mehraufwand-bench-") as folder, database("sqlite", Path(folder)) as found:
        store = open_store(found.app_url, new_ring())
        processor_id = furnish_month(store, papers)
        _bill(store, processor_id, Clock(), None)
        _, documents = _documents(store, processor_id, papers)
        store.close()
    took: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(3):
        for workers, seconds in took.items():
            seconds.append(_printed(documents, workers))
    one, two = statistics.median(took[1]), statistics.median(took[2])
    return {"seconds_1_worker": round(one, 3), "seconds_2_workers": round(two, 3), "speed_up": round(one / two, 2)}


def _printed(documents: list[str], workers: int) -> float:
    with RenderPool(workers) as pool:
        for _ in range(workers):  # its processes start before the clock does
            pool.submit("first", Paper.INVOICE, documents[0])
        list(pool.results())
        begun = time.perf_counter()
        for number, document in enumerate(documents):
            pool.submit(str(number), Paper.INVOICE, document)
        list(pool.results())
        return time.perf_counter() - begun


def _growth(months: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Give how many times longer an invoice takes in the longest month than in the shortest, each kind by itself."""
    found = {}
    for kind, workers in dict.fromkeys((month["database"], month["workers"]) for month in months):
        same = [month for month in months if (month["database"], month["workers"]) == (kind, workers)]
        short, long = (pick(same, key=lambda month: month["contracts"]) for pick in (min, max))
        if long["contracts"] > short["contracts"]:
            for name in ("seconds_per_invoice", "cpu_seconds_per_invoice"):
                found[f"{kind}, {workers} workers, {name}"] = round(long[name] / short[name], 2)
    return found


def _other(command: str) -> float:
    """Run the other product's month; gives its seconds per invoice."""
    return float(run_other(command)["s_per_invoice"][0])


def _set_beside(months: list[dict[str, Any]], beside: float) -> None:
    """Say how many times longer the other product takes, without our papers and with them."""
    for month in months:
        month["seconds_per_invoice_beside"] = round(beside, 4)
        month["times_without_pdf"] = round(beside / month["seconds_per_invoice_without_pdf"], 1)
        month["times_whole"] = round(beside / month["seconds_per_invoice"], 2)


def _peak_of(process: BaseProcess | None) -> int:
    """Give the most memory a process ever had in MiB, None: this one; 0 when it has just ended.

    Its own, which `getrusage` does not say of one that was started by another: it counts what that had.
    """
    try:
        status = Path(f"/proc/{process.pid if process else 'self'}/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) // _KIB


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="./dev bench run", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--contracts", type=int, nargs="*", default=[100])
    parser.add_argument("--databases", default=",".join(KINDS))
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--papers", type=int, default=40, help="how many pages bare WeasyPrint prints")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--beside", metavar="COMMAND")
    said = parser.parse_args()
    before = [_other(said.beside)] if said.beside else []
    workers = [int(count) for count in said.workers.split(",")]
    months = [
        month
        for contracts in said.contracts
        for kind in said.databases.split(",")
        for month in billed(kind, contracts, workers, said.papers)
    ]
    if said.beside:
        _set_beside(months, min(*before, _other(said.beside)))
    printing, growth = rendering(said.papers), _growth(months)
    if said.json:
        load = round(os.getloadavg()[0], 2)
        print(json.dumps({"bench": "run", "load1": load, "months": months, "rendering": printing, "growth": growth}))
        return
    for month in months:
        print(*(f"{name:34}{value}" for name, value in month.items()), sep="\n", end="\n\n")
    print(*(f"{name:60}{value}" for name, value in (printing | growth).items()), sep="\n")


if __name__ == "__main__":
    main()
