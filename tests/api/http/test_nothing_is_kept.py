"""What was made for an answer is gone when it was given: the process holds no more of it, however often it is asked."""

import gc
from collections import Counter

from tests.api.http.billing_months import OCTOBER, complete_letters, run, work
from tests.api.http.running import Site
from tests.api.http.test_entries import WORK

OURS = ("api.", "billing.", "invoices.")
"""Modules whose objects are counted: rows, facts, settlements, documents, requests, sessions."""


WARM_UP, ROUNDS = range(7, 10), range(10, 22)
"""Days of October. A statement asked for the first time and a line more are kept on purpose: some, not one a day."""


def alive() -> Counter[str]:
    """Count the objects of our own classes."""
    gc.collect()
    kinds = Counter(type(one) for one in gc.get_objects())
    # Some classes of others, which say of which module they are by a property, have no name there.
    return Counter({kind.__qualname__: count for kind, count in kinds.items() if str(kind.__module__).startswith(OURS)})


def one_day(site: Site, number: int) -> None:
    """Log work twice under one key, read lists and pages, run the month and look at it."""
    day = f"2026-10-{number:02}"
    entry = WORK | {"start": f"{day}T09:00:00+02:00", "end": f"{day}T09:30:00+02:00"}
    for _ in range(2):
        site.post("staff", "/entries", entry, idempotency_key=day)
    assert site.ask("staff", "POST", "/entries", entry).status_code == 409
    for path in ("/portal/contracts", "/portal/invoices"):
        site.get("controller_reader", path)
    assert run(site)["AVV-1"]["change"] in ("new", "recomputed")
    site.get("accountant", f"{OCTOBER}/drafts")


def test_of_work_logged_months_run_and_lists_read_nothing_stays(site: Site) -> None:
    complete_letters(site)
    work(site)
    for day in WARM_UP:
        one_day(site, day)
    before = alive()
    for day in ROUNDS:
        one_day(site, day)
    grown = {kind: count for kind, count in (alive() - before).items() if count >= len(ROUNDS)}
    assert grown.keys() <= {"Piece"}  # a timeline keeps the pieces of each day that it was asked about, of 400 at most
