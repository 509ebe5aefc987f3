"""The machine's clock: service, worker and command line ask it here and nowhere else, and pass on what it said."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Give this moment in UTC."""
    return datetime.now(UTC)
