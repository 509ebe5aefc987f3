"""The real command with the real printing processes, killed from outside: what was committed stays, the rest follows.

issue  [closings committed]....[prints]...X SIGKILL        issue  [prints what is missing]
                                 |  |
          rendering processes    +--+- end with their parent
"""

import signal

import pytest

from tests.faults.conftest import Place, Worker
from tests.faults.processes import PATIENCE, alive, children, count, open_steps, start, wait_until
from tests.faults.seed import MONTH


def test_issue_killed_while_it_prints_is_finished_by_the_next_issue(place: Place, worker: Worker) -> None:
    with place.copied() as copy:
        for call in (["run", MONTH], ["approve", MONTH]):
            assert worker.call(copy, *call).code == 0
        process = start(copy, "issue", MONTH)
        wait_until(lambda: count(copy, "SELECT count(*) FROM outbox") == 4, "all contracts to be closed")
        wait_until(lambda: bool(children(process.pid)), "a rendering process")
        printers = children(process.pid)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        wait_until(lambda: not any(alive(pid) for pid in printers), "the rendering processes to end")
        assert count(copy, "SELECT count(*) FROM closing") == 3
        assert open_steps(copy) > 0

        again = start(copy, "issue", MONTH)
        out, err = again.communicate(timeout=PATIENCE)
        assert (again.returncode, err) == (0, "")
        assert "nichts zu tun" in out
        assert copy.violations() == []


_PRINTED = """
    SELECT count(*) FROM stored_file
    WHERE media_type = 'application/pdf' AND NOT EXISTS (SELECT 1 FROM expense WHERE receipt_file_id = stored_file.id)
"""


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_paper_that_was_printed_and_not_stored_is_printed_again(place: Place, worker: Worker) -> None:
    """The fourth commit is the one of the first PDF; what prints is the same for both databases."""
    with place.copied() as copy:
        for call in (["run", MONTH], ["approve", MONTH]):
            assert worker.call(copy, *call).code == 0
        assert worker.call(copy, "issue", MONTH, die_at=4, die="before").code == -signal.SIGKILL
        assert count(copy, _PRINTED) == 0
        assert worker.call(copy, "issue", MONTH).code == 0
        assert count(copy, _PRINTED) > 0
        assert copy.violations() == []
