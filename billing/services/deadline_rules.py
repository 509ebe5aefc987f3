"""The deadlines that a contract knows, and when each would end if its event happened at a given moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.clause.reading import Reader
from billing.deadlines.counting import Due, due
from billing.deadlines.rules import DeadlineRule, rules_of
from billing.services.acting import id_of
from billing.services.calendars import calendar_of
from billing.services.contracts import find_contract
from billing.services.fields import read_line
from billing.services.moments import processor_zone, read_datetime
from billing.store.queries.contracts import terms_versions
from billing.store.session import TenantSession
from billing.timespan import instant_of

WHICH: dict[str, Reader] = {"contract": read_line, "start?": read_datetime}


@dataclass(frozen=True, slots=True)
class CountedRule:
    """A deadline of a contract: its rule, the clause there, and its end when a start was given and it has a length."""

    rule: DeadlineRule
    source: str
    due: Due | None


def count_rules(session: TenantSession, said: Mapping[str, Any]) -> list[CountedRule]:
    """Give all deadlines under a contract by code; with `start` also their ends. `said` is what `WHICH` reads."""
    contract = find_contract(session, said["contract"])
    versions = terms_versions(session, session.processor_id, id_of(contract))()
    calendar = calendar_of(contract.term_set, versions, processor_zone(session))
    start = said.get("start")
    return [
        CountedRule(
            rule,
            rule.source(contract.term_set) or "",
            None if start is None or rule.length is None else due(instant_of(start), rule.length, calendar),
        )
        for rule in rules_of(contract.term_set).values()
    ]
