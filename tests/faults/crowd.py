"""A month that is larger: contracts by the hundred, each with half an hour to bill in a month that nobody has run."""

from billing.store.session import Store
from tests.months.story import Story

MONTH, REF = "2025-02", "viele"


def crowd(store: Store, contracts: int) -> None:
    """Found a processor with so many contracts."""
    story = Story(store, REF)
    for number in range(1, contracts + 1):
        ref = f"B-{number:04d}"
        story.contract(ref)
        story.case(f"C-{ref}", "2025-02-03 08:00", contract=ref)
        story.estimate(f"Q-{ref}", f"C-{ref}", "2025-02-03 08:00", regular=60)
        story.work(f"E-{ref}", f"C-{ref}", "2025-02-04 09:00", 30, person=f"P{number}")
