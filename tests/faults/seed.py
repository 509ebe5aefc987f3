"""A small month to break: in March 2025 two contracts with an invoice to come, one with nothing to bill; then April."""

from billing.store.session import Store
from tests.months.story import Story

MONTH, NEXT_MONTH = "2025-03", "2025-04"
CONTRACTS = ("AVV-1", "AVV-2", "AVV-3")


def seed(store: Store) -> None:
    """Tell what happened; long ago, so that commands that act now see all of it."""
    story = Story(store)
    for number, ref in enumerate(CONTRACTS, 1):
        story.contract(ref)
        story.case(f"C{number}", "2025-03-03 08:00", contract=ref)
    for number, person in ((1, "P1"), (2, "P2")):
        story.estimate(f"Q{number}", f"C{number}", "2025-03-03 08:00", regular=600, out_of_hours=120)
        story.work(f"E{number}", f"C{number}", "2025-03-04 15:30", 75, person=person)
        story.work(f"G{number}", f"C{number}", "2025-03-05 09:00", 20, "general_query", person=person)
        story.expense(f"X{number}", f"C{number}", "2025-03-04", "42.00")
        story.work(f"A{number}", f"C{number}", "2025-04-02 09:00", 30, person=person)
    story.work("E3", "C3", "2025-03-06 09:00", 30, person="P3")
