"""A month to be billed: contracts with forty entries in four released cases each, one in ten out of hours."""

from datetime import UTC, datetime, timedelta
from typing import Any

from billing.services.acting import Act
from billing.services.installation import found_processor
from billing.services.samples import SAMPLE_PROCESSOR
from billing.services.scenario_loading import load_scenario
from billing.store.session import Store

MONTH = "2026-10"
AS_OF = datetime(2026, 11, 2, 9, tzinfo=UTC)
CASES, ENTRIES_A_CASE = 4, 10
_FIRST_DAY = datetime(2026, 10, 1, tzinfo=UTC)
_LATE_EVERY = 10
_AT_ONCE = 50
_FOUNDED = Act("benchmark", datetime(2026, 1, 2, 8, tzinfo=UTC))


def furnish_month(store: Store, contracts: int) -> int:
    """Found a processor with so many contracts and their work; gives its number."""
    processor_id = found_processor(store, _FOUNDED, dict(SAMPLE_PROCESSOR), "bench")
    furnish_contracts(store, processor_id, range(contracts))
    return processor_id


def furnish_contracts(store: Store, processor_id: int, numbers: range) -> None:
    """Add contracts with their work, by their numbers."""
    for first in range(0, len(numbers), _AT_ONCE):
        with store.tenant(processor_id) as session:
            for number in numbers[first : first + _AT_ONCE]:
                load_scenario(session, _FOUNDED, scenario(number), f"AVV-{number:05d}")


def scenario(number: int) -> dict[str, Any]:
    """Give one contract's facts in the exchange format; each is a little different from the one before."""
    cases = [{"id": f"V{number}-{case}", "kind": "data_subject_request"} for case in range(CASES)]
    entries = [_entry(number, case, entry) for case in range(CASES) for entry in range(ENTRIES_A_CASE)]
    estimates = [
        {
            "id": f"K{number}-{case}",
            "case": f"V{number}-{case}",
            "lines": [{"rate_class": "night_weekend", "minutes": 6000}],
            "approved_at": "2026-01-05T08:00+01:00",
        }
        for case in range(CASES)
    ]
    runs = [{"month": MONTH, "as_of": "2026-11-02T09:00+01:00"}]
    return {"cases": cases, "entries": entries, "estimates": estimates, "expenses": [], "runs": runs}


def _entry(number: int, case: int, entry: int) -> dict[str, Any]:
    """Give a piece of work: twenty to fifty minutes on one of the month's days, at an hour of its case."""
    late = entry % _LATE_EVERY == _LATE_EVERY - 1
    start = _FIRST_DAY + timedelta(days=1 + entry * 2, hours=17 + case if late else 7 + 2 * case, minutes=number % 7)
    end = start + timedelta(minutes=20 + (number + entry * 7) % 31)
    return {
        "id": f"Z{number}-{case}-{entry}",
        "case": f"V{number}-{case}",
        "service": "request_processing",
        "start": start.isoformat(),
        "end": end.isoformat(),
    }
