"""A person releases drafts: the approval names who, when, and the hash of exactly what was looked at."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from billing.clause.reading import read_month
from billing.errors import Conflict, NotFound
from billing.services.acting import Act, audit, put
from billing.store.session import TenantSession
from billing.store.tables import Contract, Draft, Run
from billing.store.tables.kinds import DraftState
from billing.timespan import datetime_of, instant_of
from invoices.completeness import missing_fields
from invoices.run.drafts import LIVING
from invoices.run.preparing import Prepared, prepare, what_changed


@dataclass(frozen=True, slots=True)
class Review:
    """One living draft with its contract and the settlement as the facts now give it."""

    draft: Draft
    contract: Contract
    prepared: Prepared
    missing: tuple[str, ...]
    """Mandatory contents the invoice would lack, by field name."""

    @property
    def changed(self) -> list[str]:
        """Name what changed since the draft was written; empty while it still holds."""
        if self.draft.facts_hash == self.prepared.facts_hash:
            return []
        return what_changed(self.draft.settlement, self.prepared.content)


def living_drafts(session: TenantSession, month: str, contracts: list[str]) -> list[tuple[Draft, Contract]]:
    """Give the month's living drafts by contract ref, of all contracts or of those named (NotFound if one has none)."""
    rows = session.exec(
        select(Draft, Contract)
        .join(Contract, col(Draft.contract_id) == col(Contract.id))
        .where(
            Draft.month == month,
            col(Draft.state).in_(LIVING),
        )
        .order_by(col(Contract.ref))
    ).all()
    found = {contract.ref for _, contract in rows}
    for ref in contracts:
        if ref not in found:
            raise NotFound("draft_unknown", value=ref, month=month)
    return [(draft, contract) for draft, contract in rows if not contracts or contract.ref in contracts]


def review_draft(session: TenantSession, draft: Draft, contract: Contract, now: datetime) -> Review:
    """Settle a draft's month again: as of the moment a person fixed for its run, else as of now."""
    run = session.exec(select(Run).where(Run.id == draft.run_id)).one()
    as_of = draft.as_of if run.as_of_fixed else datetime_of(instant_of(now))
    index = read_month(draft.month, "month")
    prepared = prepare(session, contract, index, as_of)
    missing = missing_fields(prepared.document) if prepared.document else []
    return Review(draft, contract, prepared, tuple(name for name in missing if name != "document.number"))


def approve_draft(session: TenantSession, review: Review, act: Act, expected_hash: str | None = None) -> bool:
    """Release one draft; False when it was released already. Conflict names what changed since it was written.

    `expected_hash` is what the person looked at, when that was on another screen or day.
    """
    draft = review.draft
    if review.changed:
        raise Conflict("draft_is_stale", contract=review.contract.ref, changed=review.changed, value=draft.month)
    if expected_hash is not None and expected_hash != draft.facts_hash:
        raise Conflict("draft_is_another", contract=review.contract.ref, value=expected_hash)
    if draft.state is DraftState.APPROVED:
        return False
    draft.state, draft.approved_hash = DraftState.APPROVED, draft.facts_hash
    draft.approved_by_id, draft.approved_by_name, draft.approved_at = act.user_id, act.name, act.at
    put(session, draft)
    subject = f"contract:{review.contract.ref}"
    audit(session, act, "draft_approved", subject, month=draft.month, facts_hash=draft.facts_hash)
    return True
