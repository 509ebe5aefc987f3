"""What will be issued, worked out before: settled, written as XML and checked while nobody waits for us.

The transaction that issues takes it as it is as long as the audit log's head says that nothing was changed since; else
it works everything out again, and asks the rules again only about XML that is not the same to the byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlmodel import col, select

from billing.services.acting import Act, id_of
from billing.store.audit import Head, audit_head
from billing.store.engine import ahead
from billing.store.queries.prepared import CONTRACT, mine, one_ahead, say, table_of, text
from billing.store.session import Store, TenantSession
from billing.store.tables import Contract, Draft, Expense
from billing.store.tables.kinds import DraftState
from billing.store.wording import Later
from billing.store.wording import Prepared as Worded
from invoices.activity_record import ActivityRecord
from invoices.document import Document
from invoices.run.approving import AskedReview, Review, ask_review
from invoices.run.freezing import Probe, Series, probe_of
from invoices.run.frozen import holidays_of, known_holiday_set
from invoices.run.letters import ask_versions, version_on
from invoices.run.preparing import Prepared
from invoices.run.records import ask_initials, build_record

_DRAFT, _EXPENSE = table_of(Draft), table_of(Expense)
_WITHDRAWN = Worded(
    sa.select(_EXPENSE.c.ref).where(
        *mine(_EXPENSE), _EXPENSE.c.contract_id == CONTRACT, _EXPENSE.c.withdrawn_at.is_not(None)
    )
)
_APPROVED = Worded(
    sa.select(_DRAFT.c.id, _DRAFT.c.approved_hash).where(
        *mine(_DRAFT),
        _DRAFT.c.contract_id == CONTRACT,
        _DRAFT.c.month == text("month"),
        _DRAFT.c.state == DraftState.APPROVED,
    )
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft settled again, with all that its closing freezes; `final` and `probe` are None when nothing is billed."""

    review: Review
    changed: list[str]
    """What is no longer as it was approved; nothing may be issued while there is something."""
    record: ActivityRecord
    holidays: int | None
    """The set of public holidays it used, if it is stored already."""
    final: tuple[Document, Series] | None
    """The document with the date of today, and the series its number comes from."""
    probe: Probe | None = None


@dataclass(slots=True)
class Ahead:
    """What was worked out of some contracts' months, and the head of the audit log it was seen under."""

    head: Head | None = None
    """None once somebody else wrote meanwhile."""
    months: dict[int, Ready] = field(default_factory=dict)
    """By the contracts' ids."""
    ids: dict[str, int] = field(default_factory=dict)
    """The contracts' ids, by their refs."""

    def take(self, session: TenantSession, contract_id: int, month: str, act: Act) -> Ready | None:
        """Give a contract's month as it stands now, in the transaction that issues it and under the contract's lock.

        None when it is not approved, or not any more.
        """
        known = self.months.get(contract_id)
        approved = say(session, _APPROVED, session.processor_id, contract=contract_id, month=month)
        if self.head != audit_head(session):
            self.head = None
        drafts = approved()
        if not drafts:
            return None
        (seen,) = drafts
        if (
            known is not None
            and self.head is not None
            and seen == (known.review.draft.id, known.review.draft.approved_hash)
        ):
            return known
        draft, contract = session.get_one(Draft, seen.id), session.get_one(Contract, contract_id)
        return _probed(_ask(session, draft, contract).settle(session, act, {}), known)

    def go_on(self, head: Head) -> None:
        """Go on after our own event; another one between what was seen and it ends what holds."""
        self.head = head if self.head is not None and head.seq == self.head.seq + 1 else None


def look_ahead(store: Store, processor_id: int, month: str, contracts: Sequence[str], act: Act) -> Ahead:
    """Work out what will most likely be issued of these contracts; what can't be is left to the transaction to say."""
    with store.tenant(processor_id, read_only=True) as session:
        head = audit_head(session)  # first: what is read later may be newer, never older
        rows = session.exec(
            select(Contract, Draft)
            .join(Draft, (col(Draft.contract_id) == col(Contract.id)) & (col(Draft.state) == DraftState.APPROVED))
            .where(col(Contract.ref).in_(contracts), Draft.month == month)
            .order_by(col(Contract.id))
        ).all()
    ids = {contract.ref: id_of(contract) for contract, _ in rows}

    def settle_all(session: TenantSession) -> dict[int, Ready]:
        asked = (_ask(session, draft, contract) for contract, draft in rows)
        holidays: dict[str, int | None] = {}
        return {one.review.draft.contract_id: one.settle(session, act, holidays) for one in one_ahead(session, asked)}

    months = store.read_briefly(processor_id, settle_all)
    ready = {number: seen for number, seen in months.items() if not seen.changed and not seen.review.missing}
    return Ahead(head, {number: _probed(seen, None) for number, seen in ready.items()}, ids)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked to settle an approved month again."""

    review: AskedReview
    withdrawn: Later
    versions: Later
    initials: Later

    def settle(self, session: TenantSession, act: Act, holidays: dict[str, int | None]) -> Ready:
        """Settle it; `holidays` remembers which sets of them are stored."""
        review = self.review.review(act.at)
        prepared, month = review.prepared, review.draft.month
        changed = review.changed or _withdrawn(prepared, {row.ref for row in self.withdrawn()})
        record, versions = build_record(dict(self.initials()), prepared, month, act.at), self.versions()
        if (sha256 := holidays_of(prepared)["sha256"]) not in holidays:
            holidays[sha256] = known_holiday_set(session, sha256)
        if prepared.document is None:
            return Ready(review, changed, record, holidays[sha256], None)
        today = act.at.astimezone(prepared.loaded.agreement.zone).date()
        version = version_on(versions, today)
        series = Series(version.invoice_series, version.number_pattern)
        return Ready(review, changed, record, holidays[sha256], (replace(prepared.document, issue_date=today), series))


def _ask(session: TenantSession, draft: Draft, contract: Contract) -> _Asked:
    """Ask for all that `Ready` is made of."""
    with ahead(session.line):
        return _Asked(
            ask_review(session, draft, contract),
            withdrawn=say(session, _WITHDRAWN, session.processor_id, contract=draft.contract_id),
            versions=ask_versions(session),
            initials=ask_initials(session, draft.contract_id),
        )


def _probed(ready: Ready, known: Ready | None) -> Ready:
    if ready.final is None or ready.changed or ready.review.missing:
        return ready
    probe = probe_of(*ready.final, ready.record, known=None if known is None else known.probe)
    return replace(ready, probe=probe)


def _withdrawn(prepared: Prepared, withdrawn: set[str]) -> list[str]:
    """Name what was corrected, deleted, given up or withdrawn after the run's `as_of`: not to be frozen as it was."""
    current = prepared.loaded.history.entries_now()
    known = {entry.id: entry for entry in prepared.facts.entries}
    decided = {stretch.entry for stretch in prepared.settlement.stretches}
    expenses = {decision.expense for decision in prepared.settlement.expenses}
    return sorted({ref for ref in decided if known[ref] not in current} | (expenses & withdrawn))
