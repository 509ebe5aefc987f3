"""What is printed after a commit and kept: the same for invoices, records, reminders and estimates."""

from collections.abc import Callable, Iterator, Mapping

from billing import outbox
from billing.outbox import Done, Item
from billing.store.session import Store, TenantSession
from invoices.render import RenderFailed, RenderPool

Keep = Callable[[TenantSession, Item, bytes], None]
"""Keeps a printed paper and says that its step is done, in the transaction it is given."""


def keep_printed(
    pool: RenderPool, store: Store, processor_id: int, waiting: Mapping[str, Item], keep: Keep
) -> Iterator[Done]:
    """Give each step whose paper was submitted under its key, once it is printed and kept in a transaction of its own.

    One that another runner did meanwhile is done; one that can't be printed says why, and stays open.
    """
    for rendered in pool.results():
        item = waiting[rendered.key]
        try:
            content = rendered.pdf()
        except RenderFailed as failure:
            yield Done(item, str(failure))
            continue
        with store.tenant(processor_id) as session:
            if outbox.take(session, item):
                keep(session, item, content)
        yield Done(item, "")
