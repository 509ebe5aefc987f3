"""How far a data breach has come, out of its recorded versions: what is open, when it was told, contained, reported."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from billing.store.queries.incidents import TOLD

_MOMENTS = ("known_at", "first_notice_at", "contained_at", "final_report_at")


@dataclass(frozen=True, slots=True)
class IncidentSteps:
    """The moments of a data breach, and `open_points`: what 17(3) asks and nobody knows yet.

    `left_open`: the first notice left something open; `completed_at`: since when all of it is known.
    """

    known_at: datetime | None = None
    first_notice_at: datetime | None = None
    contained_at: datetime | None = None
    final_report_at: datetime | None = None
    open_points: tuple[str, ...] = TOLD
    left_open: bool = False
    completed_at: datetime | None = None


def steps_of(versions: Iterable[Any]) -> IncidentSteps:
    """Walk through the versions (rows of `incident_steps`) in the order they took effect."""
    steps = IncidentSteps()
    for row in versions:
        told = {name: getattr(row, name) for name in _MOMENTS if getattr(row, name) is not None}
        still_open = tuple(name for name in steps.open_points if not getattr(row, f"has_{name}"))
        notified_now = steps.first_notice_at is None and row.first_notice_at is not None
        completed = bool(steps.open_points) and not still_open
        steps = replace(
            steps,
            **told,
            open_points=still_open,
            left_open=bool(still_open) if notified_now else steps.left_open,
            completed_at=row.recorded_at if completed else steps.completed_at,
        )
    return steps
