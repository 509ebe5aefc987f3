"""What will be issued, worked out before: settled, written as XML and checked while nobody waits for us.

The transaction that issues takes it as it is as long as the audit log's head says that nothing was changed since; else
it works everything out again, and asks the rules again only about XML that is not the same to the byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlmodel import col, select

from billing.services.acting import Act, id_of
from billing.store.audit import Head, audit_head
from billing.store.session import Store, TenantSession
from billing.store.tables import Contract, Draft, Expense, Run
from billing.store.tables.kinds import DraftState
from invoices.activity_record import ActivityRecord
from invoices.document import Document
from invoices.run.approving import Review, review_draft
from invoices.run.freezing import Probe, Series, probe_of
from invoices.run.letters import processor_on
from invoices.run.preparing import Prepared
from invoices.run.records import build_record


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft settled again, with all that its closing freezes; `final` and `probe` are None when nothing is billed."""

    review: Review
    changed: list[str]
    """What is no longer as it was approved; nothing may be issued while there is something."""
    record: ActivityRecord
    final: tuple[Document, Series] | None
    """The document with the date of today, and the series its number comes from."""
    probe: Probe | None = None


@dataclass(slots=True)
class Ahead:
    """What was worked out of some contracts' months, and the head of the audit log it was seen under."""

    head: Head | None = None
    """None once somebody else wrote meanwhile."""
    months: dict[str, Ready] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    """The contracts' ids, by their refs."""

    def take(self, session: TenantSession, draft: Draft, contract: Contract, act: Act) -> Ready:
        """Give a contract's month as it stands now, in the transaction that issues it and under the contract's lock."""
        known = self.months.get(contract.ref)
        if self.head != audit_head(session):
            self.head = None
        if known is not None and self.head is not None and known.review.draft.id == draft.id:
            return replace(known, review=replace(known.review, draft=draft, contract=contract))
        return _probed(_settled_again(session, draft, contract, act), known)

    def go_on(self, head: Head) -> None:
        """Go on after our own event; another one between what was seen and it ends what holds."""
        self.head = head if self.head is not None and head.seq == self.head.seq + 1 else None


def look_ahead(store: Store, processor_id: int, month: str, contracts: Sequence[str], act: Act) -> Ahead:
    """Work out what will most likely be issued of these contracts; what can't be is left to the transaction to say."""
    with store.tenant(processor_id, read_only=True) as session:
        head = audit_head(session)  # first: what is read later may be newer, never older
        rows = session.exec(
            select(Contract, Draft, Run)
            .join(Draft, (col(Draft.contract_id) == col(Contract.id)) & (col(Draft.state) == DraftState.APPROVED))
            .join(Run, col(Run.id) == col(Draft.run_id))  # each review asks for its own
            .where(col(Contract.ref).in_(contracts), Draft.month == month)
            .order_by(col(Contract.id))
        ).all()
        ids = {contract.ref: id_of(contract) for contract, _, _ in rows}
        months = {contract.ref: _settled_again(session, draft, contract, act) for contract, draft, _ in rows}
    ready = {ref: seen for ref, seen in months.items() if not seen.changed and not seen.review.missing}
    return Ahead(head, {ref: _probed(seen, None) for ref, seen in ready.items()}, ids)


def _settled_again(session: TenantSession, draft: Draft, contract: Contract, act: Act) -> Ready:
    review = review_draft(session, draft, contract, act.at)
    prepared = review.prepared
    changed = review.changed or _withdrawn(session, prepared)
    record = build_record(session, prepared, draft.month, act.at)
    if prepared.document is None:
        return Ready(review, changed, record, None)
    today = act.at.astimezone(prepared.loaded.agreement.zone).date()
    version = processor_on(session, today)
    series = Series(version.invoice_series, version.number_pattern)
    return Ready(review, changed, record, (replace(prepared.document, issue_date=today), series))


def _probed(ready: Ready, known: Ready | None) -> Ready:
    if ready.final is None or ready.changed or ready.review.missing:
        return ready
    probe = probe_of(*ready.final, ready.record, known=None if known is None else known.probe)
    return replace(ready, probe=probe)


def _withdrawn(session: TenantSession, prepared: Prepared) -> list[str]:
    """Name what was corrected, deleted, given up or withdrawn after the run's `as_of`: not to be frozen as it was."""
    current = prepared.loaded.history.entries_now()
    known = {entry.id: entry for entry in prepared.facts.entries}
    decided = {stretch.entry for stretch in prepared.settlement.stretches}
    withdrawn = session.exec(
        select(Expense.ref).where(Expense.contract_id == prepared.contract.id, col(Expense.withdrawn_at).is_not(None))
    ).all()
    expenses = {decision.expense for decision in prepared.settlement.expenses}
    return sorted({ref for ref in decided if known[ref] not in current} | (expenses & set(withdrawn)))
