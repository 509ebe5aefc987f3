"""Who works through the outbox: one port of three methods, inline on SQLite, a dispatcher for many machines else.

    runner.enqueue(due)          hands steps of the outbox over; handed over twice is done once
    runner.run_pending(limit)    does what is due, gives each step as it is done or failed
    runner.status(processor, about)   how many steps are open, failed, done

Neither knows what is right: that a step is done once, and what has become of it, stands in the outbox, and the handlers
are the same. So a dispatcher that loses everything it knew loses nothing.
"""

from collections.abc import Callable
from datetime import datetime

from billing.runner.inline import InlineRunner
from billing.runner.port import Handlers, Runner
from billing.runner.queued import QueuedRunner
from billing.store.engine import is_sqlite
from billing.store.session import Store

__all__ = ["InlineRunner", "QueuedRunner", "Runner", "runner_of"]


def runner_of(store: Store, handlers: Handlers, now: Callable[[], datetime]) -> Runner:
    """Give the runner that goes with a store's database."""
    return (InlineRunner if is_sqlite(store.engine) else QueuedRunner)(store, handlers, now)
