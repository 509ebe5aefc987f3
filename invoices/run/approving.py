"""A person releases drafts: the approval names who, when, and the hash of exactly what was looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select

from billing.clause.reading import read_month
from billing.errors import Conflict, NotFound
from billing.services.acting import Act, audit_all, event_of, id_of, put
from billing.store.audit import Event
from billing.store.session import Store, TenantSession
from billing.store.tables import Contract, Draft
from billing.store.tables.kinds import DraftState
from billing.store.wording import Later
from billing.texts import problem_sentence
from billing.timespan import datetime_of, instant_of
from invoices.completeness import missing_fields
from invoices.einvoice.checking import check_document
from invoices.run.drafts import LIVING, ask_run, living_draft
from invoices.run.preparing import Asked, Prepared, ask_about, settled, what_changed

_RELEASED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Review:
    """One living draft with its contract and the settlement as the facts now give it."""

    draft: Draft
    contract: Contract
    prepared: Prepared
    as_of: datetime
    """The moment whose facts were settled: the one a person fixed for the run, else now."""
    missing: tuple[str, ...]
    """Mandatory contents the invoice would lack, by field name."""
    today: date
    """The day of this look, by the processor's clock."""

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
    ).all()
    found = {contract.ref for _, contract in rows}
    for ref in contracts:
        if ref not in found:
            raise NotFound("draft_unknown", value=ref, month=month)
    asked = [(draft, contract) for draft, contract in rows if not contracts or contract.ref in contracts]
    # By Python, not by the database's locale: invoices are numbered in this order.
    return sorted(asked, key=lambda pair: pair[1].ref)


@dataclass(frozen=True, slots=True)
class AskedReview:
    """What was asked for a look at a draft; `review` reads it, once."""

    draft: Draft
    run: Later
    about: Asked

    def review(self, now: datetime) -> Review:
        """Settle a draft's month again: as of the moment a person fixed for its run, else as of now."""
        draft, (run,) = self.draft, self.run()
        as_of = draft.as_of if run.as_of_fixed else datetime_of(instant_of(now))
        prepared = settled(self.about, read_month(draft.month, "month"), as_of)
        missing = missing_fields(prepared.document) if prepared.document else []
        lacks = tuple(name for name in missing if name != "document.number")
        today = now.astimezone(prepared.loaded.agreement.zone).date()
        return Review(draft, self.about.contract, prepared, as_of, lacks, today)


def ask_review(session: TenantSession, draft: Draft, contract: Contract) -> AskedReview:
    """Ask for all that a look at a draft needs."""
    return AskedReview(draft, ask_run(session, draft), ask_about(session, contract))


def review_draft(session: TenantSession, draft: Draft, contract: Contract, now: datetime) -> Review:
    """Settle a draft's month again: as of the moment a person fixed for its run, else as of now."""
    return ask_review(session, draft, contract).review(now)


def broken_rules(review: Review, lang: str) -> list[str]:
    """Say which rules of electronic invoices a draft breaks, in their words; nothing while fields are missing.

    Without the official rules it is said how to get them.
    """
    document = review.prepared.document
    if document is None or review.missing:
        return []
    try:
        return [finding.told for finding in check_document(document).findings]
    except Conflict as problem:
        return [problem_sentence(problem, lang)]


def require_fresh(review: Review) -> None:
    """Conflict when facts changed since the draft was written, naming which."""
    if review.changed:
        raise Conflict("draft_is_stale", contract=review.contract.ref, changed=review.changed, value=review.draft.month)


def release_draft(store: Store, processor_id: int, contract_id: int, month: str, seen_hash: str, act: Act) -> bool:
    """Release a draft that a person looked at, in a transaction of its own; False when that was done meanwhile.

    Nothing is settled again here: `issue` does, and refuses what changed. Conflict when it is another draft by now.
    """
    return bool(release_drafts(store, processor_id, month, [(contract_id, seen_hash)], act))


def release_drafts(store: Store, processor_id: int, month: str, seen: Sequence[tuple[int, str]], act: Act) -> set[int]:
    """Release drafts that a person looked at, each by its contract's id and the hash that was seen; gives the new ones.

    A hundred a transaction, each whole or not at all: Conflict, as for one, leaves those of the hundred as they were.
    """
    newly: set[int] = set()
    for first in range(0, len(seen), _RELEASED_AT_ONCE):
        with store.tenant(processor_id) as session:
            some = dict(seen[first : first + _RELEASED_AT_ONCE])
            released = [
                (contract, draft)
                for contract in store.lock_drafts(session, some)
                if (draft := _release(session, contract, month, some[id_of(contract)], act))
            ]
            audit_all(session, [_event(act, contract, draft) for contract, draft in released])
            newly |= {id_of(contract) for contract, _ in released}
    return newly


def _release(session: TenantSession, contract: Contract, month: str, seen_hash: str, act: Act) -> Draft | None:
    """Release one draft, if it is the one that was seen; None when it is released already."""
    draft = living_draft(session, contract, month)
    if draft is None:
        raise NotFound("draft_unknown", value=contract.ref, month=month)
    if draft.facts_hash != seen_hash:
        raise Conflict("draft_is_another", contract=contract.ref, value=seen_hash)
    if draft.state is DraftState.APPROVED:
        return None
    draft.state, draft.approved_hash = DraftState.APPROVED, draft.facts_hash
    draft.approved_by_id, draft.approved_by_name, draft.approved_at = act.user_id, act.name, act.at
    put(session, draft)
    return draft


def _event(act: Act, contract: Contract, draft: Draft) -> Event:
    said = {"month": draft.month, "facts_hash": draft.facts_hash}
    return event_of(act, "draft_approved", f"contract:{contract.ref}", **said)
