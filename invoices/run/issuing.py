"""Issue: close a contract's month for good, in one short transaction that only freezes what was checked before.

Lock order everywhere: business rows, counter, audit head. A crash before the commit leaves nothing, after it
everything; the files come later from the outbox. Issuing twice changes nothing the second time.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
from sqlmodel import select

from billing.canonical import canonical
from billing.errors import Conflict, IncompleteInvoice, NotFound
from billing.services.acting import Act, audit, id_of
from billing.services.giving_way import give_way
from billing.services.rated_with import rated_with
from billing.store.audit import Head
from billing.store.queries.contracts import hold_contract
from billing.store.queries.prepared import mine, number, reserve, say, table_of, write
from billing.store.session import Store, TenantSession
from billing.store.tables import Closing, Contract, Draft, Invoice, PassThrough, StoredFile
from billing.store.tables.kinds import DraftState
from billing.store.wording import Prepared as Worded
from invoices.einvoice.rules import find_rules
from invoices.einvoice.validation import compile_rules
from invoices.run import frozen
from invoices.run.ahead import Ahead, Ready
from invoices.run.approving import living_drafts
from invoices.run.closings import closed_contracts
from invoices.run.freezing import freeze_document
from invoices.run.pass_through import freeze_statement

_DRAFT = table_of(Draft)
_ISSUED = Worded(sa.update(_DRAFT).where(*mine(_DRAFT), _DRAFT.c.id == number("draft")).values(state=DraftState.ISSUED))


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
    invoice_id: int | None
    pass_through_id: int | None


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
    waiting, ahead = deque(contracts), Ahead(store, processor_id, month, act)
    while waiting:
        for ref in ahead.look_at(waiting):
            give_way()
            waiting.popleft()
            ahead.work_out(ref)
            issue = partial(_issue_contract, ref=ref, act=act, ahead=ahead)
            try:
                issued = store.do_briefly(processor_id, issue)
            except (Conflict, IncompleteInvoice) as problem:
                ahead.ask_again()
                yield NotIssued(ref, problem)
            else:
                if issued is not None:
                    yield issued
            if ahead.head is None:
                break


def _issue_contract(session: TenantSession, ref: str, act: Act, ahead: Ahead) -> Issued | None:
    contract_id = ahead.ids.get(ref) or session.exec(select(Contract.id).where(Contract.ref == ref)).one() or 0
    hold_contract(session, session.processor_id, contract_id)
    if (known := ahead.known(contract_id)) is not None and known.probe is not None and known.holidays is not None:
        reserve(session, Closing, Invoice, StoredFile, StoredFile)
    ready = ahead.take(session, contract_id)
    if ready is None:
        return None
    prepared, contract = ready.review.prepared, ready.review.contract
    _require_fresh(ready)
    if ready.review.missing:
        raise IncompleteInvoice(missing=list(ready.review.missing), controller=prepared.letter.buyer.name)
    ahead.ask_next(session)
    closing = _close(session, ready, act)
    ahead.settle_next(session)
    invoice = freeze_document(session, (closing, contract), ready.probe, act) if ready.probe else None
    statement = freeze_statement(session, closing, prepared, act)
    say(session, _ISSUED, session.processor_id, draft=id_of(ready.review.draft))
    ahead.go_on(contract_id, _audit_closing(session, closing, contract, invoice, statement, act))
    return Issued(
        contract.ref,
        prepared.letter.buyer.name,
        id_of(closing),
        invoice.number if invoice else None,
        invoice.gross_cents if invoice else 0,
        statement.number if statement else None,
        id_of(invoice) if invoice else None,
        id_of(statement) if statement else None,
    )


def _require_fresh(ready: Ready) -> None:
    """Refuse a draft that is no longer what was approved, naming what changed (architecture 2.5)."""
    review = ready.review
    if ready.changed or review.draft.approved_hash != review.prepared.facts_hash:
        raise Conflict("draft_is_stale", contract=review.contract.ref, changed=ready.changed, value=review.draft.month)


def _close(session: TenantSession, ready: Ready, act: Act) -> Closing:
    prepared, draft = ready.review.prepared, ready.review.draft
    closing = Closing(
        contract_id=draft.contract_id,
        month=draft.month,
        run_id=draft.run_id,
        as_of=ready.review.as_of,
        closed_at=act.at,
        closed_by_id=act.user_id,
        closed_by_name=act.name,
        terms_version_ids=canonical(list(prepared.loaded.terms_version_ids)),
        terms_sha256=prepared.loaded.terms_sha256,
        holiday_set_id=ready.holidays or frozen.holiday_set(session, prepared, act),
        facts_hash=prepared.facts_hash,
        settlement=ready.settlement,
    )
    write(session, closing)
    frozen.write_decisions(session, closing, prepared)
    return closing


def _audit_closing(
    session: TenantSession,
    closing: Closing,
    contract: Contract,
    invoice: Invoice | None,
    statement: PassThrough | None,
    act: Act,
) -> Head:
    return audit(
        session,
        act,
        "month_closed",
        f"contract:{contract.ref}",
        month=closing.month,
        facts_hash=closing.facts_hash,
        rated_with=rated_with(),
        invoice=invoice and invoice.number,
        document_sha256=invoice and invoice.document_sha256,
        gross_cents=invoice.gross_cents if invoice else 0,
        **({"pass_through": statement.number, "total_cents": statement.total_cents} if statement else {}),
    )
