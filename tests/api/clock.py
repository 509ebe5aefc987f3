"""The day of the command line's tests: the one they began on. The clock runs, but the day does not end.

A home is made once and copied for tests that run minutes later: at midnight their "today" would be another day than
the one its invoices are of.
"""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

_BERLIN = ZoneInfo("Europe/Berlin")
TODAY = datetime.now(_BERLIN).date()
YEAR = TODAY.year
"""Numbers are of the year an invoice is issued in."""
_ENDS = datetime.combine(TODAY, time.max, _BERLIN)


def utc_now() -> datetime:
    """Give this moment, or the last of the day."""
    return min(datetime.now(UTC), _ENDS.astimezone(UTC))
