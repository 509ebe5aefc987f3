"""What a contract agreed, out of its stored versions of the terms."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from billing.canonical import canonical, fingerprint
from billing.clause.reading import read_month
from billing.clause.term_sets import term_set
from billing.clause.terms import Terms, changed_terms
from billing.public_holidays import public_holidays
from billing.rating.agreement import Agreement
from billing.rating.bands import Timeline
from billing.timespan import instant_of


@dataclass(frozen=True, slots=True)
class AgreedTerms:
    """An agreement, the ids of the stored versions it is made of, and the hash of all that was agreed."""

    agreement: Agreement
    timeline: Timeline
    """Its minutes, shared by all contracts that agreed the same."""
    version_ids: tuple[int, ...]
    sha256: str


def agreed_terms(term_set_name: str, versions: Sequence[Any], zone: ZoneInfo, as_of: int | None) -> AgreedTerms:
    """Give the agreement known at `as_of`: of each month the version recorded last by then.

    Before anything was recorded there are no facts to rate either; then the version recorded first stands in.
    `versions` are rows of terms_version by (month, version number).
    """
    known = [row for row in versions if as_of is None or instant_of(row.recorded_at) <= as_of]
    if not known:
        known = [min(versions, key=lambda row: (row.recorded_at, row.id))]
    last_of_month = {row.valid_from: row for row in known}
    chosen = [last_of_month[month] for month in sorted(last_of_month)]
    texts = tuple((row.valid_from, row.terms) for row in chosen)
    document = {
        "term_set": term_set_name,
        "zone": zone.key,
        "versions": [[row.valid_from, row.sha256] for row in chosen],
    }
    agreement, timeline = _agreement(term_set_name, texts, zone)
    return AgreedTerms(agreement, timeline, tuple(row.id for row in chosen), fingerprint(canonical(document)))


@lru_cache(maxsize=4096)
def _agreement(term_set_name: str, texts: tuple[tuple[str, str], ...], zone: ZoneInfo) -> tuple[Agreement, Timeline]:
    named = term_set(term_set_name)
    versions = tuple(_stored_terms(named.terms, text, month) for month, text in texts)
    agreement = Agreement(versions, named.catalogue, public_holidays, named.expenses_agreed, zone, named.clauses)
    return agreement, Timeline(agreement)


def _stored_terms(default: Terms, text: str, month: str) -> Terms:
    """Read one stored version; it names every term, so the term set's own values never show through."""
    return changed_terms(default, json.loads(text), "terms", read_month(month, "valid_from"))
