"""The calendar that a contract's periods are counted by: the clock and the holidays of the processor's seat."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from billing.deadlines.counting import Calendar
from billing.errors import NotFound
from billing.rating.agreement import Agreement
from billing.rating.bands import is_holiday
from billing.services.agreements import agreed_terms
from billing.services.moments import processor_zone
from billing.store.queries.contracts import contract_by_id, terms_versions
from billing.store.session import TenantSession
from billing.timespan import month_of


def agreement_of(session: TenantSession, contract_id: int) -> Agreement:
    """Give what a contract agreed, as known now; NotFound for a foreign contract."""
    contract = contract_by_id(session, session.processor_id, contract_id)
    if contract is None:
        raise NotFound("contract_not_found", value=contract_id)
    versions = terms_versions(session, session.processor_id, contract_id)()
    return agreed_terms(contract.term_set, versions, processor_zone(session), None).agreement


def calendar_of(term_set: str, versions: Sequence[Any], zone: ZoneInfo) -> Calendar:
    """Give the calendar of a contract: public holidays of the Land its terms name, plus and minus its own.

    `versions` are its rows of terms_version; a day is judged by the version of its month.
    """
    agreement = agreed_terms(term_set, versions, zone, None).agreement

    def is_free(day: date) -> bool:
        terms = agreement.terms_at(month_of(day))
        return is_holiday(terms, agreement.holidays(terms.holiday_calendar, day.year), day)

    return Calendar(zone, is_free)
