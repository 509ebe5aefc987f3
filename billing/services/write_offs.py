"""Goodwill for an invoice (Kulanz): one person proposes to give up part of a claim, another one confirms or refuses.

Nobody confirms what he proposed himself; the database asks for that too. A firm of one may switch it off in its policy.
The VAT of what is given up is corrected by bookkeeping when it is (§ 17 UStG); the invoice itself stays as it is.
"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from billing.clause.reading import Reader, read_money
from billing.errors import Conflict, InvalidInput, NotAllowed, NotFound
from billing.money import format_cents
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_note, read_reason
from billing.services.payments import hold_claims
from billing.services.policies import current_policy
from billing.services.proposals import recorded_by_oneself
from billing.services.receivables import Receivables
from billing.store.queries.payments import held_write_off, write_off_rows
from billing.store.session import TenantSession
from billing.store.tables import Invoice, WriteOffProposal, WrittenOff

WRITE_OFF: dict[str, Reader] = {"amount": read_money, "reason": read_note}


def propose_write_off(session: TenantSession, act: Act, invoice: Invoice, amount: int, reason: str) -> WriteOffProposal:
    """Propose to give up so many cents of an invoice.

    InvalidInput: nothing, or more than is open. Conflict `write_off_waits`: another proposal about it waits.
    """
    hold_claims(session, [invoice.contract_id])
    left = Receivables(session, act.at).of(id_of(invoice)).balance.open_cents
    if not 0 < amount <= left:
        raise InvalidInput("write_off_not_open", path="amount", value=format_cents(amount), most=format_cents(left))
    waiting = select(WriteOffProposal.id).where(
        WriteOffProposal.invoice_id == invoice.id, col(WriteOffProposal.decided_at).is_(None)
    )
    if session.exec(waiting).first() is not None:
        raise Conflict("write_off_waits", value=invoice.number)
    proposal = WriteOffProposal(invoice_id=id_of(invoice), amount_cents=amount, reason=reason, **act.record())
    put(session, proposal)
    audit(session, act, "write_off_proposed", f"invoice:{invoice.number}", amount=format_cents(amount))
    return proposal


def confirm_write_off(session: TenantSession, act: Act, proposal_id: int, reason: str | None = None) -> None:
    """Confirm a proposal as a second person; from now on so much less is open.

    NotAllowed `second_person_missing` for who proposed it, unless the policy allows it. Conflict `proposal_decided`, or
    `write_off_outdated` when less is open by now.
    """
    proposal, invoice = _undecided(session, proposal_id)
    alone = recorded_by_oneself(session, act, proposal)
    four_eyes = current_policy(session).four_eyes
    if alone and four_eyes:
        raise NotAllowed("second_person_missing", value=invoice.number)
    hold_claims(session, [invoice.contract_id])
    if Receivables(session, act.at).of(id_of(invoice)).balance.open_cents < proposal.amount_cents:
        raise Conflict("write_off_outdated", value=invoice.number)
    _decide(session, act, proposal, reason, accepted=True)
    proposer = Act(proposal.recorded_by_name or "", act.at, proposal.recorded_by_id)
    row = WrittenOff(
        invoice_id=id_of(invoice),
        amount_cents=proposal.amount_cents,
        reason=f"write_off_proposal:{proposal_id}",
        second_person_id=act.user_id,
        **proposer.record(),
    )
    put(session, row)
    told = {"amount": format_cents(proposal.amount_cents), "four_eyes": four_eyes, "alone": alone}
    audit(session, act, "write_off_confirmed", f"invoice:{invoice.number}", **told)


def refuse_write_off(session: TenantSession, act: Act, proposal_id: int, reason: str | None) -> None:
    """Refuse a proposal with a reason; who made it may take it back like that. Conflict `proposal_decided`."""
    proposal, invoice = _undecided(session, proposal_id)
    _decide(session, act, proposal, read_reason(reason), accepted=False)
    audit(session, act, "write_off_refused", f"invoice:{invoice.number}")


def list_write_offs(session: TenantSession, after: int = 0, most: int | None = None) -> Sequence[Any]:
    """Give all proposals with the invoice's number, by id."""
    return write_off_rows(session, session.processor_id, (), after, most)


def write_off_row(session: TenantSession, proposal_id: int) -> Any:
    """Give one proposal with the invoice's number; NotFound when the tenant has none of this id."""
    rows = write_off_rows(session, session.processor_id, [col(WriteOffProposal.id) == proposal_id])
    if not rows:
        raise NotFound("proposal_not_found", value=proposal_id)
    return rows[0]


def _undecided(session: TenantSession, proposal_id: int) -> tuple[WriteOffProposal, Invoice]:
    proposal = held_write_off(session, session.processor_id, proposal_id)
    if proposal is None:
        raise NotFound("proposal_not_found", value=proposal_id)
    invoice = session.exec(select(Invoice).where(Invoice.id == proposal.invoice_id)).one()
    if proposal.decided_at is not None:
        raise Conflict("proposal_decided", path="write_off", value=proposal_id, entry=invoice.number)
    return proposal, invoice


def _decide(
    session: TenantSession, act: Act, proposal: WriteOffProposal, reason: str | None, *, accepted: bool
) -> None:
    proposal.decided_at, proposal.accepted, proposal.decision_reason = act.at, accepted, reason
    proposal.decided_by_id, proposal.decided_by_name = act.user_id, act.name
    put(session, proposal)
