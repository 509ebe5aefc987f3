"""`dying_server.py COUNT serve ...`: the command as it is, but killed after so many contracts that it issues."""

import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

from invoices.run import issuing

_LIVES = int(sys.argv.pop(1))
_issue_month = issuing.issue_month


def _dying(*order: Any) -> Iterator[Any]:
    for number, outcome in enumerate(_issue_month(*order), 1):
        if number == _LIVES:
            os.kill(os.getpid(), signal.SIGKILL)
        yield outcome


issuing.issue_month = _dying  # type: ignore[assignment]  # takes the same, gives the same

from api.cli import main  # noqa: E402 - after the month has got its end, which pages import by name

main()
