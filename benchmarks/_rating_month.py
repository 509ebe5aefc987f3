"""A made-up month of assistance work, much like a real one: ten entries and one estimate a case, 80 % inside hours."""

from datetime import UTC, datetime
from random import Random
from typing import NamedTuple

from billing.clause.terms import RateClass
from billing.rating.facts import Case, Entry, Estimate, Facts

ENTRIES_A_CASE = 10
_FIRST_DAY = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp()) // 86_400
_DAYS = 31
_SATURDAY = 5
_WORKING_DAYS = [
    day for day in range(_DAYS) if datetime.fromtimestamp((_FIRST_DAY + day) * 86_400, UTC).weekday() < _SATURDAY
]
_SERVICES = [
    *["request_processing"] * 30,
    *["general_query"] * 12,
    *["individual_assessment"] * 10,
    *["dpia_support"] * 10,
    *["request_intake"] * 8,
    *["breach_support"] * 8,
    *["individual_instruction"] * 6,
    *["special_format"] * 5,
    *["other_support"] * 4,
    *["standard_documents"] * 3,
    *["incident_own_duty"] * 2,
    *["administration"] * 2,
]
_CAUSES = [*["controller"] * 90, *["mixed"] * 4, *["undecided"] * 3, *["processor"] * 3]
# Shares of all entries: on a working day inside business hours; and with each flag.
_INSIDE, _TRAVEL, _ONSITE, _URGENT, _REMEDY = 0.8, 0.04, 0.04, 0.05, 0.01
# Shares of all cases: with a notice of urgent work, with an agreement on work on site.
_NOTICE, _AGREED = 0.2, 0.5


class _Span(NamedTuple):
    start: int
    end: int


def made_up_month(contracts: int, entries: int, random: Random) -> list[Facts]:
    """Make the facts of so many contracts with so many entries each; the same random numbers make the same month."""
    return [_contract(entries, random) for _ in range(contracts)]


def _contract(entries: int, random: Random) -> Facts:
    cases = {
        name: _case(name, random) for number in range(entries // ENTRIES_A_CASE) for name in [f"V-2026-{number:03d}"]
    }
    names = list(cases)
    return Facts(
        cases=cases,
        entries=[_entry(f"E{number:04d}", random.choice(names), random) for number in range(entries)],
        estimates=[_estimate(f"Q{name}", name, random) for name in names],
    )


def _case(name: str, random: Random) -> Case:
    return Case(
        name,
        cause=random.choice(_CAUSES),
        urgent_notice_at=_span(random).start if random.random() < _NOTICE else None,
        onsite_agreed_at=_span(random).start if random.random() < _AGREED else None,
    )


def _entry(name: str, case: str, random: Random) -> Entry:
    service, span = random.choice(_SERVICES), _span(random)
    return Entry(
        name,
        case,
        service,
        span.start,
        span.end,
        document=random.choice(("toms", "subprocessors")) if service == "standard_documents" else None,
        travel=random.random() < _TRAVEL,
        onsite=random.random() < _ONSITE,
        urgent=random.random() < _URGENT,
        remedies_processor_defect=random.random() < _REMEDY,
    )


def _span(random: Random) -> _Span:
    """Draw work of 5 to 120 minutes, 80 % of it on a working day between 8 and 16 o'clock (6 and 14 by UTC)."""
    minutes = random.randint(5, 120)
    if random.random() < _INSIDE:
        start = (_FIRST_DAY + random.choice(_WORKING_DAYS)) * 1440 + random.randint(6 * 60, 14 * 60 - minutes)
    else:
        start = (_FIRST_DAY + random.randrange(_DAYS)) * 1440 + random.randrange(1440)
    return _Span(start, start + minutes)


def _estimate(name: str, case: str, random: Random) -> Estimate:
    lines = ((RateClass.REGULAR, random.randint(60, 900)), (RateClass.NIGHT_WEEKEND, random.randint(0, 240)))
    approved_at = _FIRST_DAY * 1440 + random.randint(-20_000, 10_000)
    return Estimate(name, case, lines, reaches_from=approved_at, approved_at=approved_at)
