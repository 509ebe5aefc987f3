"""The pool of rendering processes: right bytes, one failure per death, and no process left behind."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from invoices.paper import Paper
from invoices.pdf import Press, print_paper
from invoices.render import RenderFailed, RenderPool, printers_kept, roomy
from tests.invoices.records import record
from tests.invoices.samples import document, line

ROOT = Path(__file__).parents[2]
INVOICE = document().to_json()


@pytest.fixture(autouse=True)
def _none_kept() -> Iterator[None]:
    with printers_kept(0):
        yield


@pytest.fixture
def pool() -> Iterator[RenderPool]:
    with RenderPool(workers=2) as opened:
        yield opened


def test_papers_come_back_under_their_keys_with_the_bytes_of_any_other_process(pool: RenderPool) -> None:
    made = {f"RE-2026-{at:04d}": document((line(1, at),), number=f"RE-2026-{at:04d}") for at in range(1, 6)}
    for number, one in made.items():
        pool.submit(number, Paper.INVOICE, one.to_json())
    printed = {rendered.key: rendered.pdf() for rendered in pool.results()}
    press = Press()
    assert printed == {number: print_paper(press, Paper.INVOICE, one.to_json()) for number, one in made.items()}


def test_an_activity_record_is_printed_too(pool: RenderPool) -> None:
    assert pool.render(Paper.ACTIVITY_RECORD, record().to_json()).startswith(b"%PDF-1.7")


def test_a_paper_that_can_not_be_printed_fails_alone(pool: RenderPool) -> None:
    for key, json in (("good", INVOICE), ("bad", "{}"), ("good too", INVOICE)):
        pool.submit(key, Paper.INVOICE, json)
    outcomes = {rendered.key: rendered.outcome for rendered in pool.results()}
    assert isinstance(outcomes["bad"], RenderFailed)
    assert "schema 1 expected" in str(outcomes["bad"])
    assert outcomes["good"] == outcomes["good too"]
    assert isinstance(outcomes["good"], bytes)


def test_a_process_that_is_killed_fails_one_paper_and_is_replaced() -> None:
    with RenderPool(workers=1) as pool:
        for key in ("first", "second", "third"):
            pool.submit(key, Paper.INVOICE, INVOICE)
        (worker,) = _children(1)
        os.kill(worker, signal.SIGKILL)
        outcomes = {rendered.key: rendered.outcome for rendered in pool.results()}
        assert isinstance(outcomes["first"], RenderFailed)
        assert "ended with code -9" in str(outcomes["first"])
        assert isinstance(outcomes["second"], bytes)
        assert isinstance(outcomes["third"], bytes)


def test_ctrl_c_is_the_programs_to_answer_and_reaches_no_process_that_prints_or_is_only_starting(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A terminal sends it to all of them: who was importing modules died of it, with a traceback."""
    with RenderPool(workers=1) as pool:
        pool.submit("starting", Paper.INVOICE, INVOICE)
        (worker,) = _children(1)
        os.kill(worker, signal.SIGINT)
        assert [rendered.pdf()[:5] for rendered in pool.results()] == [b"%PDF-"]
        pool.submit("printing", Paper.INVOICE, INVOICE)
        os.kill(worker, signal.SIGINT)
        assert [rendered.pdf()[:5] for rendered in pool.results()] == [b"%PDF-"]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()
    assert capfd.readouterr().err == ""


def test_a_process_that_died_while_idle_costs_nothing() -> None:
    with RenderPool(workers=1) as pool:
        pool.render(Paper.INVOICE, INVOICE)
        (worker,) = _children(1)
        os.kill(worker, signal.SIGKILL)
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
        assert pool.render(Paper.INVOICE, INVOICE).startswith(b"%PDF")


def test_a_paper_that_takes_too_long_is_given_up() -> None:
    with RenderPool(workers=1, seconds_per_paper=0.05) as pool:
        pool.submit("slow", Paper.INVOICE, document(tuple(line(at) for at in range(1, 60))).to_json())
        (rendered,) = pool.results()
        with pytest.raises(RenderFailed):
            rendered.pdf()


def test_no_process_is_left_when_the_pool_is_closed(pool: RenderPool) -> None:
    pool.submit("a", Paper.INVOICE, INVOICE)
    pool.submit("b", Paper.INVOICE, INVOICE)
    workers = _children(2)
    pool.close()
    assert not [worker for worker in workers if _alive(worker)]
    assert list(pool.results()) == []


def test_inside_a_block_that_keeps_processes_the_next_pool_goes_on_with_the_one_before() -> None:
    with printers_kept(1):
        with RenderPool(workers=2) as pool:
            for key in ("a", "b"):
                pool.submit(key, Paper.INVOICE, INVOICE)
            assert len([rendered.pdf() for rendered in pool.results()]) == 2
        (kept,) = _children(1)
        with RenderPool(workers=1) as pool:
            pool.submit("c", Paper.INVOICE, INVOICE)
            assert _children(1) == [kept]
            assert [rendered.pdf()[:5] for rendered in pool.results()] == [b"%PDF-"]
    assert _named_children(os.getpid()) == []


def test_what_was_kept_and_has_died_is_replaced_and_what_still_prints_is_not_kept() -> None:
    with printers_kept(1):
        with RenderPool(workers=1) as pool:
            pool.render(Paper.INVOICE, INVOICE)
        (kept,) = _children(1)
        os.kill(kept, signal.SIGKILL)
        os.waitid(os.P_PID, kept, os.WEXITED | os.WNOWAIT)
        with RenderPool(workers=1) as pool:
            assert pool.render(Paper.INVOICE, INVOICE).startswith(b"%PDF")
            pool.submit("given up", Paper.INVOICE, INVOICE)
        assert _named_children(os.getpid()) == []


def test_pools_of_several_threads_leave_the_program_its_name() -> None:
    program = sys.modules["__main__"]
    with ThreadPoolExecutor(4) as threads:
        made = set(threads.map(_printed_alone, range(4)))
    assert len(made) == 1
    assert sys.modules["__main__"] is program


def _printed_alone(_: int) -> bytes:
    with RenderPool(workers=1) as pool:
        return pool.render(Paper.INVOICE, INVOICE)


def test_a_pool_needs_a_worker() -> None:
    with pytest.raises(ValueError, match="at least one"):
        RenderPool(workers=0)


PARENT = """
from invoices.paper import Paper
from invoices.render import RenderPool
from tests.invoices.samples import document, line

print("begun", flush=True)
if __name__ == "__main__":
    pool = RenderPool(workers=2)
    pool.render(Paper.INVOICE, document().to_json())
    many = document(tuple(line(at) for at in range(1, 400))).to_json()
    for at in range(4):
        pool.submit(str(at), Paper.INVOICE, many)
    import sys
    assert "weasyprint" not in sys.modules
    print("ready", flush=True)
    for _ in pool.results():
        pass
"""


def test_rendering_processes_end_with_their_parent_even_in_the_middle_of_a_page(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        # A second "begun" would be a rendering process that imported its parent's program before anything else.
        assert [parent.stdout.readline() for _ in range(2)] == ["begun\n", "ready\n"]
        workers = _children(2, parent.pid)
        parent.kill()
    _wait_until(lambda: not [worker for worker in workers if _alive(worker)])


def _children(count: int, parent: int | None = None) -> list[int]:
    """The rendering processes of a process, once there are so many: one that just began has no name yet."""
    _wait_until(lambda: len(_named_children(parent or os.getpid())) == count)
    return _named_children(parent or os.getpid())


def _named_children(parent: int) -> list[int]:
    """The rendering processes of a process now, from /proc (not multiprocessing's resource tracker)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat, command = (entry / "stat").read_text(), (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(stat.rsplit(") ", 1)[1].split()[1]) == parent and b"spawn_main" in command:
                found.append(int(entry.name))
    return found


def _sway(depth: int) -> None:
    """Call and come back a thousand times at some depth of the stack."""
    if depth:
        _sway(depth - 1)
        return
    for _ in range(1000):
        _inner(3)


def _inner(depth: int) -> None:
    if depth:
        _inner(depth - 1)


def _sway_at_every_depth() -> int:
    """Give how many pages of memory were mapped meanwhile."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for depth in range(300):
        _sway(depth)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_at_no_depth_of_the_stack_memory_is_mapped_for_every_call() -> None:
    assert roomy(_sway_at_every_depth)() < 500


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


def _wait_until(holds, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "still not so"
        time.sleep(0.02)
