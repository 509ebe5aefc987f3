"""What the tests of the running clock share: starting, stopping, and what runs or was logged."""

from typing import Any

from billing.services.timers import RunningTimer, change_timer, start_timer, stop_timer
from billing.services.work import LoggedWork
from billing.store.tables import EntryVersion, Timer
from tests.months.facts import BERLIN, at
from tests.months.story import Story
from tests.services.furnishing import rows_of

WORK = {"case": "V-1", "service": "request_processing"}


def start(story: Story, when: str, person: str = "EB", **more: Any) -> RunningTimer:
    """Start a person's clock at a local time."""
    return story.tell(lambda session: start_timer(session, story.act(when), person, {**WORK, **more}))


def stop(story: Story, when: str, end: str | None = None, person: str = "EB") -> LoggedWork:
    """Stop it, perhaps saying when the work ended."""
    raw = {} if end is None else {"end": at(end).isoformat()}
    return story.tell(lambda session: stop_timer(session, story.act(when), person, raw))


def change(story: Story, when: str = "2026-10-06 09:30", **raw: Any) -> RunningTimer:
    """Change what it is for."""
    return story.tell(lambda session: change_timer(session, story.act(when), "EB", raw))


def running(story: Story) -> list[Timer]:
    """Give all clocks that run."""
    return rows_of(story, Timer)


def logged(story: Story) -> list[tuple[str, str]]:
    """Start and end of all logged work, by the clock in Berlin."""
    versions = rows_of(story, EntryVersion)
    return [
        (f"{row.start_at.astimezone(BERLIN):%d. %H:%M}", f"{row.end_at.astimezone(BERLIN):%d. %H:%M}")
        for row in versions
    ]
