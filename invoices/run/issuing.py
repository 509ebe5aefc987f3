"""Issue: close a contract's month for good, in one short transaction that only freezes what was checked before.

Lock order everywhere: business rows, counter, audit head. A crash before the commit leaves nothing, after it
everything; the files come later from the outbox. Issuing twice changes nothing the second time.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import col, select

from billing.errors import Conflict, IncompleteInvoice, NotFound
from billing.services.acting import Act, audit, id_of, put
from billing.store.canonical import canonical
from billing.store.session import Store, TenantSession
from billing.store.tables import Closing, Contract, Expense, Invoice, PassThrough
from billing.store.tables.kinds import DraftState
from invoices.activity_record import ActivityRecord
from invoices.document import Document
from invoices.einvoice.checking import Check
from invoices.einvoice.rules import find_rules
from invoices.einvoice.validation import compile_rules
from invoices.run import frozen
from invoices.run.approving import Review, living_drafts, review_draft
from invoices.run.closings import closed_contracts
from invoices.run.drafts import living_draft
from invoices.run.files import record_of
from invoices.run.freezing import Series, check_probe, freeze_document, probe_of
from invoices.run.letters import processor_on
from invoices.run.pass_through import freeze_statement
from invoices.run.preparing import Prepared
from invoices.run.records import build_record


@dataclass(frozen=True, slots=True)
class Issued:
    """What issuing one contract's month gave; `number` is None when nothing was to be billed."""

    contract_ref: str
    controller: str
    closing_id: int
    number: str | None
    gross_cents: int
    pass_through: str | None
    """Number of its statement of pass-through money, where there is one."""


@dataclass(frozen=True, slots=True)
class NotIssued:
    """A contract whose month could not be issued, and why."""

    contract_ref: str
    problem: Conflict | IncompleteInvoice


@dataclass(frozen=True, slots=True)
class Issuable:
    """How a month's contracts stand, by ref: to be issued, waiting for a person's approval, closed already."""

    approved: list[str]
    waiting: list[str]
    closed: list[str]


def issuable(session: TenantSession, month: str, contracts: list[str]) -> Issuable:
    """Sort the month's contracts, or those named, by what can be done about them.

    NotFound: a contract named that has neither draft nor closing, or a month that has none at all.
    """
    states = {contract.ref: draft.state for draft, contract in living_drafts(session, month, [])}
    closed = closed_contracts(session, month)
    for ref in contracts:
        if ref not in states and ref not in closed:
            raise NotFound("draft_unknown", value=ref, month=month)
    if not states and not closed:
        raise NotFound("no_drafts", month=month)
    asked = [ref for ref in states if not contracts or ref in contracts]
    return Issuable(
        approved=[ref for ref in asked if states[ref] is DraftState.APPROVED],
        waiting=[ref for ref in asked if states[ref] is not DraftState.APPROVED],
        closed=[ref for ref in closed if not contracts or ref in contracts],
    )


def issue_month(
    store: Store, processor_id: int, month: str, contracts: list[str], act: Act
) -> Iterator[Issued | NotIssued]:
    """Issue the approved drafts of these contracts, each in its own transaction; one that can't be issued is yielded.

    Somebody else's issue of the same draft in the meantime is no error: it is skipped. Conflict, before anything is
    done, when the official rules of electronic invoices are missing.
    """
    if contracts:
        compile_rules(find_rules())  # takes most of a second, so not in a transaction
    for ref in contracts:
        try:
            known = _check_before(store, processor_id, month, ref, act)
            with store.tenant(processor_id) as session:
                issued = _issue_contract(session, store, month, ref, act, known)
        except (Conflict, IncompleteInvoice) as problem:
            yield NotIssued(ref, problem)
            continue
        if issued is not None:
            yield issued


def _check_before(store: Store, processor_id: int, month: str, ref: str, act: Act) -> Check | None:
    """Ask the rules about what will most likely be issued, while nobody waits for us; None when there is no such thing.

    In the transaction that issues everything is worked out again; only what is the same to the byte is not asked again.
    """
    with store.tenant(processor_id, read_only=True) as session:
        contract = session.exec(select(Contract).where(Contract.ref == ref)).one()
        draft = living_draft(session, contract, month)
        if draft is None or draft.state is not DraftState.APPROVED:
            return None
        review = review_draft(session, draft, contract, act.at)
        if review.changed or review.missing or review.prepared.document is None:
            return None
        record = build_record(session, review.prepared, month, act.at)
        document, series = _final(session, review.prepared, act)
        probe = probe_of(document, series, ActivityRecord.from_json(record.to_json()))
    return check_probe(probe)


def _final(session: TenantSession, prepared: Prepared, act: Act) -> tuple[Document, Series]:
    """Give the document with the date of today, and the series its number will come from."""
    assert prepared.document is not None  # noqa: S101 - asked before
    today = act.at.astimezone(prepared.loaded.agreement.zone).date()
    version = processor_on(session, today)
    return replace(prepared.document, issue_date=today), Series(version.invoice_series, version.number_pattern)


def _issue_contract(
    session: TenantSession, store: Store, month: str, ref: str, act: Act, known: Check | None
) -> Issued | None:
    contract_id = session.exec(select(Contract.id).where(Contract.ref == ref)).one()
    contract = store.lock_contract(session, contract_id or 0)
    draft = living_draft(session, contract, month)
    if draft is None or draft.state is not DraftState.APPROVED:
        return None
    review = review_draft(session, draft, contract, act.at)
    _require_fresh(session, review)
    if review.missing:
        raise IncompleteInvoice(missing=list(review.missing), controller=review.prepared.letter.buyer.name)
    closing = _close(session, review, act)
    invoice = _freeze_invoice(session, closing, review.prepared, act, known)
    statement = freeze_statement(session, closing, review.prepared, act)
    draft.state = DraftState.ISSUED
    put(session, draft)
    _audit_closing(session, closing, contract, invoice, statement, act)
    return Issued(
        contract.ref,
        review.prepared.letter.buyer.name,
        id_of(closing),
        invoice.number if invoice else None,
        invoice.gross_cents if invoice else 0,
        statement.number if statement else None,
    )


def _require_fresh(session: TenantSession, review: Review) -> None:
    """Refuse a draft that is no longer what was approved, naming what changed (architecture 2.5)."""
    changed = review.changed or _withdrawn(session, review.prepared)
    if changed or review.draft.approved_hash != review.prepared.facts_hash:
        raise Conflict("draft_is_stale", contract=review.contract.ref, changed=changed, value=review.draft.month)


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


def _close(session: TenantSession, review: Review, act: Act) -> Closing:
    prepared, draft = review.prepared, review.draft
    record = build_record(session, prepared, draft.month, act.at)
    content: dict[str, Any] = json.loads(prepared.content) | {"record": json.loads(record.to_json())}
    closing = Closing(
        contract_id=draft.contract_id,
        month=draft.month,
        run_id=draft.run_id,
        as_of=review.as_of,
        closed_at=act.at,
        closed_by_id=act.user_id,
        closed_by_name=act.name,
        terms_version_ids=canonical(list(prepared.loaded.terms_version_ids)),
        terms_sha256=prepared.loaded.terms_sha256,
        holiday_set_id=frozen.holiday_set(session, prepared, act),
        facts_hash=prepared.facts_hash,
        settlement=canonical(content),
    )
    put(session, closing)
    frozen.write_decisions(session, closing, prepared)
    return closing


def _freeze_invoice(
    session: TenantSession, closing: Closing, prepared: Prepared, act: Act, known: Check | None
) -> Invoice | None:
    if prepared.document is None:
        return None
    document, series = _final(session, prepared, act)
    about = (closing, prepared.contract)
    return freeze_document(session, about, document, series, act, record=record_of(closing), known=known)


def _audit_closing(
    session: TenantSession,
    closing: Closing,
    contract: Contract,
    invoice: Invoice | None,
    statement: PassThrough | None,
    act: Act,
) -> None:
    audit(
        session,
        act,
        "month_closed",
        f"contract:{contract.ref}",
        month=closing.month,
        facts_hash=closing.facts_hash,
        invoice=invoice and invoice.number,
        document_sha256=invoice and invoice.document_sha256,
        gross_cents=invoice.gross_cents if invoice else 0,
        **({"pass_through": statement.number, "total_cents": statement.total_cents} if statement else {}),
    )
