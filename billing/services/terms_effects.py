"""What changed terms would have done to a month that is billed already: asked before they are agreed, never stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from billing.clause.terms import changed_terms
from billing.rating.agreement import Agreement
from billing.rating.settle import settle
from billing.services.acting import id_of
from billing.services.contract_history import load_contract
from billing.services.contracts import find_contract, require_changeable
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract
from billing.timespan import format_month, instant_of


@dataclass(frozen=True, slots=True)
class TermsEffect:
    """One contract's month under the terms as they are and as they would be; nets in cents."""

    contract: str
    month: int
    was_billed: bool
    net_before: int
    net_after: int

    @property
    def difference(self) -> int:
        """What the month would have cost more (or, below zero, less)."""
        return self.net_after - self.net_before


def effects_of_terms(
    session: TenantSession, refs: Sequence[str], changes: Mapping[str, Any], month: int, at: datetime
) -> list[TermsEffect]:
    """Settle a month of each contract anew under changed terms, from the same facts and earlier decisions.

    InvalidInput for an unknown term or a value that is none; Refused for a term that can't change.
    """
    return [_effect(session, find_contract(session, ref), changes, month, at) for ref in refs]


def _effect(
    session: TenantSession, contract: Contract, changes: Mapping[str, Any], month: int, at: datetime
) -> TermsEffect:
    instant = instant_of(at)
    loaded = load_contract(session, session.processor_id, id_of(contract), instant)
    closing = _closing(session, contract, format_month(month))
    ledger = loaded.ledger() if closing is None else loaded.ledger(before=closing)
    facts = loaded.history.seen_at(instant)
    nets = [settle(agreement, facts, ledger, month).net for agreement in _both(loaded.agreement, changes, month)]
    return TermsEffect(contract.ref, month, closing is not None, nets[0], nets[1])


def _both(agreement: Agreement, changes: Mapping[str, Any], month: int) -> tuple[Agreement, Agreement]:
    """Give the agreement, and the same as if the changes held in a month and ever after."""
    standing = agreement.terms_at(month)
    changed = changed_terms(standing, dict(changes), "terms", month)
    require_changeable(standing, changed, changes)
    earlier = tuple(terms for terms in agreement.versions if (terms.valid_from or 0) < month)
    return agreement, replace(agreement, versions=(*earlier, changed), _by_month={}, _rates={})


def _closing(session: TenantSession, contract: Contract, month: str) -> int | None:
    """Give the closing of a contract's month that stands, if it is closed."""
    return session.exec(
        select(Closing.id).where(
            Closing.processor_id == session.processor_id,
            Closing.contract_id == id_of(contract),
            Closing.month == month,
            col(Closing.cancelled_by_id).is_(None),
        )
    ).one_or_none()
