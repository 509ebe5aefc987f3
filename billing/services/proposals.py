"""Four eyes (T-09): one person proposes to class work anew or to give it up (Kulanz), another one confirms or refuses.

Nobody confirms what he proposed himself, nor anything about work that he did or logged; the database asks for that
too. A firm of one may switch it off in its policy: then the same person confirms, and every trail says so.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col

from billing.canonical import canonical
from billing.clause.reading import Reader, object_of, one_of, read_object, refuse
from billing.errors import Conflict, InvalidInput, NotAllowed, NotFound
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_line, read_note, read_reason
from billing.services.notices import Notice
from billing.services.policies import current_policy
from billing.services.work import correct_work, find_entry, living_work, require_undecided
from billing.services.work_done import WORK_CLASS, require_document
from billing.store.queries.proposals import held_proposal, open_proposal, person_of_user, proposal_rows
from billing.store.session import TenantSession
from billing.store.tables import Entry, EntryVersion, Proposal, WriteOffProposal, WrittenOff
from billing.store.tables.kinds import ProposalKind

WRITE_OFF = ProposalKind.WRITE_OFF
_CHANGES: dict[str, Reader] = {f"{name.removesuffix('?')}?": reader for name, reader in WORK_CLASS.items()}
_read_changes = object_of(_CHANGES)
PROPOSAL: dict[str, Reader] = {
    "entry": read_line,
    "contract?": read_line,
    "kind": one_of(*ProposalKind),
    "changes?": _read_changes,
    "reason": read_note,
}
"""`changes` are for a reclassification: what of the work's class is to be another."""
REFUSAL: dict[str, Reader] = {"reason": read_note}
CONFIRMATION: dict[str, Reader] = {"reason?": read_note}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProposal:
    """A wish about one entry, with its reason."""

    entry: str
    kind: str
    reason: str
    contract: str | None = None
    changes: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Goodwill:
    """That an entry was given up; `alone` says that no second person was asked (four eyes were switched off)."""

    at: datetime
    proposal_id: int
    proposed_by: str | None
    confirmed_by: str | None
    alone: bool


def read_proposal(raw: Mapping[str, Any]) -> NewProposal:
    """Read a proposal out of a JSON object; InvalidInput when changes and kind do not fit together."""
    new = NewProposal(**read_object(raw, "", PROPOSAL))
    if new.kind == WRITE_OFF and new.changes:
        raise refuse("write_off_changes_nothing", "changes", sorted(new.changes))
    if new.kind == ProposalKind.RECLASSIFY and not new.changes:
        raise refuse("missing_key", "changes")
    return new


def propose(session: TenantSession, act: Act, new: NewProposal) -> Proposal:
    """Propose something about an entry that counts.

    Refused `work_is_billed`: cancel the invoice first; `work_is_free`: a closing found all of it free, which is final.

    Conflict: `proposal_open` when one waits already, `work_is_written_off`, `work_is_deleted`. InvalidInput
    `nothing_changes` when the work is classed like that already.
    """
    entry = find_entry(session, new.entry, new.contract)
    version = living_work(session, entry)
    changes = dict(new.changes or {})
    if changes:
        _require_other_class(version, changes)
    _require_free_to_change(session, entry, version, ProposalKind(new.kind))
    waiting = open_proposal(session, session.processor_id, id_of(entry))
    if waiting is not None:
        raise Conflict("proposal_open", path="entry", value=entry.ref, proposal=waiting)
    content = {"version_no": version.version_no, "changes": changes}
    proposal = Proposal(
        entry_id=id_of(entry),
        kind=ProposalKind(new.kind),
        content=canonical(content),
        reason=new.reason,
        **act.record(),
    )
    put(session, proposal)
    audit(session, act, "proposed", _subject(proposal), entry=entry.ref, kind=new.kind, changed=sorted(changes))
    return proposal


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A proposal after it was confirmed, and what to know about that: which approved effort the work now uses up."""

    proposal: Proposal
    notices: list[Notice]


def confirm_proposal(session: TenantSession, act: Act, proposal_id: int, reason: str | None = None) -> Confirmed:
    """Confirm a proposal and do what it says, at once; of an overrun that comes of it the controller is told (13(5)c).

    NotAllowed `second_person_missing` for who proposed it, did the work or logged it, unless the policy allows it.
    Conflict `proposal_decided`, or `proposal_outdated` when the entry was corrected since it was made.
    """
    proposal, entry = _undecided(session, proposal_id)
    alone = _is_alone(session, act, proposal, entry)
    four_eyes = current_policy(session).four_eyes
    if alone and four_eyes:
        raise NotAllowed("second_person_missing", value=entry.ref)
    content = json.loads(proposal.content)
    version = living_work(session, entry)
    if version.version_no != content["version_no"]:
        raise Conflict("proposal_outdated", path="entry", value=entry.ref)
    _require_free_to_change(session, entry, version, proposal.kind)
    _decide(session, act, proposal, reason, accepted=True)
    notices: list[Notice] = []
    if proposal.kind is ProposalKind.RECLASSIFY:
        notices = correct_work(session, act, entry, content["changes"], proposal.reason).notices
    else:
        _give_up(session, act, proposal)
    trail = {"entry": entry.ref, "kind": str(proposal.kind), "four_eyes": four_eyes, "alone": alone}
    audit(session, act, "proposal_confirmed", _subject(proposal), **trail)
    return Confirmed(proposal, notices)


def refuse_proposal(session: TenantSession, act: Act, proposal_id: int, reason: str | None) -> Proposal:
    """Refuse a proposal with a reason; who made it may take it back like that. Conflict `proposal_decided`."""
    proposal, entry = _undecided(session, proposal_id)
    _decide(session, act, proposal, read_reason(reason), accepted=False)
    audit(session, act, "proposal_refused", _subject(proposal), entry=entry.ref, kind=str(proposal.kind))
    return proposal


def proposal_row(session: TenantSession, proposal_id: int) -> Any:
    """Give a proposal with the references of what it is about; NotFound when the tenant has none of this id."""
    rows = proposal_rows(session, session.processor_id, [col(Proposal.id) == proposal_id])
    if not rows:
        raise NotFound("proposal_not_found", value=proposal_id)
    return rows[0]


def list_proposals(session: TenantSession, *, is_open: bool | None = None, after: int = 0, most: int = -1) -> list[Any]:
    """Give proposals by id, all, the waiting or the decided ones."""
    conditions: list[Any] = []
    if is_open is not None:
        decided = col(Proposal.decided_at)
        conditions.append(decided.is_(None) if is_open else decided.is_not(None))
    return list(proposal_rows(session, session.processor_id, conditions, after, most))


def was_alone(row: Any) -> bool:
    """Tell of a row of `proposal_row` whether no second person decided: who did had proposed it, or done the work."""
    if row.decided_at is None:
        return False
    worked = row.decider_person_id is not None and row.decider_person_id == row.person_id
    decider = (row.decided_by_id, row.decided_by_name)
    others = ((row.recorded_by_id, row.recorded_by_name), (row.logged_by_id, row.logged_by_name))
    return worked or any(same_person(decider, other) for other in others)


def given_up(session: TenantSession, entry: Entry) -> Goodwill | None:
    """Give when, by whom and by which proposal an entry was given up (Kulanz), or None."""
    conditions: list[Any] = [col(Proposal.entry_id) == id_of(entry), col(Proposal.kind) == WRITE_OFF]
    conditions.append(col(Proposal.accepted))
    for row in proposal_rows(session, session.processor_id, conditions):
        return Goodwill(row.decided_at, row.id, row.recorded_by_name, row.decided_by_name, was_alone(row))
    return None


def _undecided(session: TenantSession, proposal_id: int) -> tuple[Proposal, Entry]:
    proposal = held_proposal(session, session.processor_id, proposal_id)
    if proposal is None:
        raise NotFound("proposal_not_found", value=proposal_id)
    entry = session.get(Entry, proposal.entry_id)
    assert entry is not None  # noqa: S101 - a foreign key holds it
    if proposal.decided_at is not None:
        raise Conflict("proposal_decided", path="proposal", value=proposal_id, entry=entry.ref)
    return proposal, entry


def _is_alone(session: TenantSession, act: Act, proposal: Proposal, entry: Entry) -> bool:
    """Tell whether somebody proposed this himself, or did or logged the work: by account, without one by name."""
    if act.user_id is not None and person_of_user(session, session.processor_id, act.user_id) == entry.person_id:
        return True
    return any(recorded_by_oneself(session, act, row) for row in (proposal, entry))


def recorded_by_oneself(session: TenantSession, act: Act, row: Proposal | Entry | WriteOffProposal) -> bool:
    """Tell whether who acts recorded a row: by this account, by an earlier one of the same person, or by name."""
    if same_person((act.user_id, act.name), (row.recorded_by_id, row.recorded_by_name)):
        return True
    if act.user_id is None or row.recorded_by_id is None:
        return False
    mine, theirs = (person_of_user(session, session.processor_id, one) for one in (act.user_id, row.recorded_by_id))
    return mine is not None and mine == theirs


def same_person(one: tuple[int | None, str | None], other: tuple[int | None, str | None]) -> bool:
    """Tell whether two (account, name) are one person: by account, where one has none by name."""
    if one[0] is None or other[0] is None:
        return one[1] == other[1]
    return one[0] == other[0]


def _require_other_class(version: EntryVersion, changes: Mapping[str, Any]) -> None:
    classed = {name.rstrip("?"): getattr(version, name.rstrip("?")) for name in WORK_CLASS}
    if all(classed[name] == value for name, value in changes.items()):
        raise InvalidInput("nothing_changes", path="changes", value=sorted(changes))
    after = classed | dict(changes)
    require_document(after["service"], after["document"])


def _require_free_to_change(session: TenantSession, entry: Entry, version: EntryVersion, kind: ProposalKind) -> None:
    require_undecided(session, entry, version)
    if kind is WRITE_OFF and given_up(session, entry) is not None:
        raise Conflict("work_is_written_off", path="entry", value=entry.ref)


def _decide(session: TenantSession, act: Act, proposal: Proposal, reason: str | None, *, accepted: bool) -> None:
    proposal.decided_at, proposal.accepted, proposal.decision_reason = act.at, accepted, reason
    proposal.decided_by_id, proposal.decided_by_name = act.user_id, act.name
    put(session, proposal)


def _give_up(session: TenantSession, act: Act, proposal: Proposal) -> None:
    """Record the goodwill; runs see it from now on. The reason is sealed in the proposal, which the row names."""
    proposer = Act(proposal.recorded_by_name or "", act.at, proposal.recorded_by_id)
    row = WrittenOff(
        entry_id=proposal.entry_id, reason=_subject(proposal), second_person_id=act.user_id, **proposer.record()
    )
    put(session, row)


def _subject(proposal: Proposal) -> str:
    return f"proposal:{proposal.id}"
