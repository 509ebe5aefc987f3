"""What the steps of a month came to, as plain JSON values: the command line and the API say the same."""

from collections.abc import Sequence
from typing import Any

from billing.money import format_cents
from billing.services.document_tracks import tracks_of
from billing.services.sendings import Ordered
from billing.store.session import TenantSession
from billing.texts import problem_sentence
from invoices.issue_by import issue_by, issue_warning
from invoices.run.approving import Review, broken_rules
from invoices.run.drafts import Outcome
from invoices.run.issuing import Issued, NotIssued
from invoices.run.ordering import NotSent, sendable_of
from invoices.run.summary import summary_of


def outcome_report(outcome: Outcome, lang: str) -> dict[str, Any]:
    """Say what a run did about one contract, with its month where it could be settled."""
    names = {"contract": outcome.contract_ref, "controller": outcome.controller}
    summary = summary_of(outcome.prepared, lang) if outcome.prepared else names
    return {**summary, "change": str(outcome.change), "changed": list(outcome.changed)}


def review_report(review: Review, lang: str) -> dict[str, Any]:
    """Show a draft as it stands now: its month, what it lacks or breaks, what changed, until when to issue it."""
    last = issue_by(review.prepared.document)
    return {
        **summary_of(review.prepared, lang),
        "state": str(review.draft.state),
        "approved_by": review.draft.approved_by_name,
        "facts_hash": review.draft.facts_hash,
        "missing": list(review.missing),
        "broken_rules": broken_rules(review, lang),
        "issue_by": last.isoformat() if last else None,
        "issue_warning": issue_warning(last, review.today, lang),
        "changed": review.changed,
    }


def issued_report(issued: Issued) -> dict[str, Any]:
    """Say what issuing one contract's month gave."""
    return {
        "contract": issued.contract_ref,
        "controller": issued.controller,
        "number": issued.number,
        "gross": format_cents(issued.gross_cents),
        "pass_through": issued.pass_through,
    }


def refused_report(refused: NotIssued, lang: str) -> dict[str, Any]:
    """Say why a contract could not be issued: code and fields for programs, a sentence for people."""
    known = refused.problem.fields
    fields: dict[str, Any] = {name: known[name] for name in ("changed", "missing") if name in known}
    told = problem_sentence(refused.problem, lang)
    return {"contract": refused.contract_ref, "code": refused.problem.code, "sentence": told, **fields}


def sent_reports(session: TenantSession, ordered: Sequence[Ordered]) -> list[dict[str, Any]]:
    """Say how far each document is that was to be sent, and whether this call began it."""
    tracks = tracks_of(session, [sendable_of(session, one.number) for one in ordered])
    rows = []
    for one, track in zip(ordered, tracks, strict=True):
        due_on = track.due and track.due.due_on
        told = {"received_on": track.received_on, "due_on": due_on}
        rows.append({"number": one.number, "sending": str(track.sending), "newly": one.is_new, **told})
    return rows


def not_sent_report(refused: NotSent, lang: str) -> dict[str, Any]:
    """Say why a document could not be sent."""
    told = problem_sentence(refused.problem, lang)
    return {"number": refused.number, "code": refused.problem.code, "sentence": told}
