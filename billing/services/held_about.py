"""What a work list says beside the reason of held work: since when, what is approved and used, at which rate."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from billing.clause.terms import RateClass, Terms
from billing.rating.decisions import Settlement, Stretch, Verdict
from billing.rating.facts import Estimate, Facts
from billing.rating.ledger import URGENT, estimate_source
from billing.services.contract_history import LoadedContract
from billing.timespan import datetime_of

_CENTS, _HOUR = 100, 60
URGENT_BEYOND, URGENT_UNTOLD = "urgent_cap_reached", "urgent_notice_missing"
BEYOND = ("estimate_exceeded", "rate_class_not_approved", URGENT_BEYOND)
"""Why minutes wait that a supplement to an approved estimate releases, or a first estimate where none is approved."""
UNRELEASED = ("no_approved_estimate", *BEYOND)
"""Why minutes wait that only a release settles: an estimate that covers them, as they are worked already."""


class Wanted(StrEnum):
    """What the controller must release."""

    ESTIMATE = "estimate"
    SUPPLEMENT = "supplement"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAbout:
    """The figures behind a reason. `band` is why the first minute is in its class (`night`, `weekend` ...).

    `approved_at` is the first release of the case after the work began. `approved_minutes` and `used_minutes` are of
    all its estimates, `approved_hourly_cents` is the dearest rate they release, `surcharge` the share that the held
    minutes cost above the hourly rate, `urgent_*` the minutes that urgent work may take and took; `wanted` is None
    where no release settles it.
    """

    started_at: datetime
    band: str
    approved_at: datetime | None
    approved_minutes: int
    used_minutes: int
    approved_hourly_cents: int | None
    surcharge: Fraction
    urgent_used: int
    urgent_most: int
    wanted: Wanted | None


class Abouts:
    """The figures of one contract, each case added up once."""

    def __init__(self, loaded: LoadedContract, facts: Facts, settlement: Settlement) -> None:
        """Take a contract as it was settled."""
        self._agreement, self._ledger = loaded.agreement, loaded.ledger()
        self._estimates: dict[str, list[Estimate]] = defaultdict(list)
        for estimate in facts.estimates:
            self._estimates[estimate.case].append(estimate)
        self._used: dict[str, int] = defaultdict(int, self._ledger.estimate_used)
        self._urgent: dict[str, int] = defaultdict(int, self._ledger.urgent_used)
        for stretch in settlement.stretches:
            self._count(stretch)

    def _count(self, stretch: Stretch) -> None:
        if stretch.answer.verdict is not Verdict.BILLED or stretch.source is None:
            return
        if stretch.source == URGENT:
            self._urgent[stretch.case] += stretch.minutes
        else:
            self._used[stretch.source] += stretch.minutes

    def of(self, stretch: Stretch) -> HeldAbout:
        """Give the figures for work of which this stretch is the first that is held."""
        estimates, terms = self._estimates[stretch.case], self._agreement.terms_at(stretch.month)
        later = [one.approved_at for one in estimates if one.approved_at > stretch.start]
        lines = [(one.id, *line) for one in estimates for line in one.lines]
        approved = sum(minutes for *_, minutes in lines)
        return HeldAbout(
            started_at=datetime_of(stretch.start),
            band=str(stretch.band),
            approved_at=datetime_of(min(later)) if later else None,
            approved_minutes=approved,
            used_minutes=sum(self._used[source] for source in {estimate_source(ref, of.code) for ref, of, _ in lines}),
            approved_hourly_cents=_hourly(terms, [of for _, of, _ in lines]),
            surcharge=terms.factors[stretch.rate_class] - 1,
            urgent_used=self._urgent[stretch.case],
            urgent_most=terms.urgent_cap_minutes,
            wanted=_wanted(stretch.answer.code, approved),
        )


def _wanted(code: str, approved: int) -> Wanted | None:
    if code not in UNRELEASED:
        return None
    return Wanted.SUPPLEMENT if approved and code in BEYOND else Wanted.ESTIMATE


def _hourly(terms: Terms, classes: Sequence[RateClass]) -> int | None:
    """Give the dearest hourly rate of some classes in cents, to the cent; None without one."""
    prices = [price.euros for one in classes if (price := terms.unit_price(one)) is not None]
    return int(max(prices) * _CENTS * _HOUR / terms.unit_minutes) if prices else None
