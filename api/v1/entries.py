"""Logged work over HTTP: logged, listed, corrected and taken back; its class changes by a proposal (`proposals`)."""

from dataclasses import fields
from http import HTTPStatus
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Guess, Page, Reply
from api.v1.notices import NoticeOut, told
from api.v1.routing import get, patch, post
from billing.clause.reading import Reader, read_object
from billing.services.access.rights import Right
from billing.services.access.visitor import Visitor
from billing.services.changing import Changes
from billing.services.fields import read_note
from billing.services.moments import read_datetime
from billing.services.own_work import entry_to_change, require_own_work
from billing.services.proposals import given_up
from billing.services.work import (
    AskedWork,
    LoggedWork,
    ask_for_work,
    correct_work,
    delete_work,
    entry_by_id,
    log_asked_work,
)
from billing.services.work_done import WORK, NewWork, minutes_of, read_work
from billing.services.work_lists import WANTED_WORK, entry_history, work_after
from billing.timespan import instant_of

ENTRY: dict[str, Reader] = {"person?" if name == "person" else name: reader for name, reader in WORK.items()}
"""A new entry; without `person` it is the caller's own work."""
CORRECTION = Changes(
    {
        "start?": read_datetime,
        "end?": read_datetime,
        "note?": read_note,
        "reason": read_note,
    },
    ("note",),
)
"""What one person alone may correct: when it was, and the note."""
DELETION: dict[str, Reader] = {"reason": read_note}
_EXAMPLE = {
    "case": "V-101",
    "start": "2026-10-05T09:00:00+02:00",
    "end": "2026-10-05T10:10:00+02:00",
    "service": "request_processing",
    "note": "Auszug aus dem Archiv erstellt",
}


class EntryOut(BaseModel):
    """One piece of work as it counts now: raw, to the minute, never rounded."""

    id: int
    ref: str = Field(examples=["Z-2026-0001"])
    case: str = Field(examples=["V-101"])
    case_id: int
    contract: str = Field(examples=["AVV-101"])
    contract_id: int
    person: str = Field(examples=["EB"])
    person_id: int
    start: AwareDatetime
    end: AwareDatetime
    minutes: int
    service: str = Field(examples=["request_processing"])
    document: str | None
    travel: bool
    onsite: bool
    urgent: bool
    remedies_processor_defect: bool
    note: str | None
    version: int


class LoggedEntryOut(EntryOut):
    """Work that was just written, and what to know about it."""

    notices: list[NoticeOut]


class EntryVersionOut(BaseModel):
    """One version of an entry: what it said, who wrote it, when and why; the last one that is not deleted counts."""

    version: int
    start: AwareDatetime
    end: AwareDatetime
    minutes: int
    service: str
    document: str | None
    travel: bool
    onsite: bool
    urgent: bool
    remedies_processor_defect: bool
    note: str | None
    deleted: bool
    reason: str | None
    recorded_at: AwareDatetime
    recorded_by: str | None
    superseded_at: AwareDatetime | None


class GoodwillOut(BaseModel):
    """That an entry was given up (Kulanz), by whose wish and whose word; `alone`: no second person was asked."""

    at: AwareDatetime
    proposal_id: int
    proposed_by: str | None
    confirmed_by: str | None
    alone: bool


class EntryDetailsOut(EntryOut):
    """An entry with its whole history."""

    deleted: bool
    written_off: GoodwillOut | None
    versions: list[EntryVersionOut]


def _ask_ahead(guess: Guess) -> AskedWork:
    return ask_for_work(guess.session, _own_work(guess.raw, guess.who), guess.who.zone)


def _own_work(raw: dict[str, Any], who: Visitor) -> NewWork:
    """Read work; where nobody is named it is the visitor's."""
    return read_work({**raw, "person": who.person_ref if raw.get("person") is None else raw["person"]})


@post(
    "/entries",
    right=Right.WORK,
    reads=ENTRY,
    gives=LoggedEntryOut,
    example=_EXAMPLE,
    is_brief=True,
    asks_ahead=_ask_ahead,
)
def log_entry(call: Call) -> Reply:
    """Log work.

    Always possible (13(9)); 409 `work_overlaps` names what the person did then already. Who may work for others may
    name another `person`.
    """
    asked: AskedWork = call.asked or ask_for_work(call.session, _own_work(call.raw, call.who), call.zone)
    require_own_work(call.who, asked.new.person)
    return logged_reply(call, log_asked_work(call.session, call.act, asked))


def logged_reply(call: Call, logged: LoggedWork) -> Reply:
    """Answer with work that was just logged."""
    place = logged.place
    out = LoggedEntryOut(
        id=logged.entry_id,
        ref=logged.ref,
        case=place.case_ref,
        case_id=place.case_id,
        contract=place.contract_ref,
        contract_id=place.contract_id,
        person=place.person_ref,
        person_id=place.person_id,
        version=1,
        notices=told(call, logged.notices),
        minutes=minutes_of(logged.done),
        **{field.name: getattr(logged.done, field.name) for field in fields(logged.done)},
    )
    return Reply(out, location=f"/entries/{logged.entry_id}")


@get("/entries", right=Right.READ_CASES, query={**WANTED_WORK, **PAGING}, gives=Page[EntryOut])
def list_entries(call: Call) -> Reply:
    """List work that counts, of a case, contract, person or local month only if one is named."""
    return call.page(lambda after, most: work_after(call.session, call.query, call.zone, after, most), _entry)


@get("/entries/{entry_id:int}", right=Right.READ_CASES, gives=EntryDetailsOut)
def get_entry(call: Call) -> Reply:
    """Give an entry with all its versions, also one that was taken back."""
    return Reply(_details(call), etag=True)


@patch(
    "/entries/{entry_id:int}",
    right=Right.WORK,
    reads=CORRECTION,
    gives=LoggedEntryOut,
    least_keys=2,
    example={"note": "Auszug aus dem Archiv, zwei Bände", "reason": "Bände vergessen"},
)
def correct_entry(call: Call) -> Reply:
    """Correct when work was, or its note, by a new version with a reason; until an invoice bills it.

    Service, document and flags decide what is billed: they change by a proposal that a second person confirms.
    """
    reason = read_object(call.raw, "", CORRECTION)["reason"]
    entry = entry_to_change(call.session, call.who, call.path["entry_id"])
    call.require_match(_details(call))
    changes = {name: value for name, value in call.raw.items() if name != "reason"}
    notices = correct_work(call.session, call.act, entry, changes, reason).notices
    current = _entry(entry_history(call.session, entry)[-1])
    return Reply(LoggedEntryOut(**current.model_dump(), notices=told(call, notices)))


@post(
    "/entries/{entry_id:int}/deletion",
    right=Right.WORK,
    reads=DELETION,
    gives=EntryDetailsOut,
    status=HTTPStatus.OK,
    example={"reason": "doppelt erfasst"},
)
def delete_entry(call: Call) -> Reply:
    """Take work back with a reason, until a closing has decided any of it; its versions stay on record."""
    reason = read_object(call.raw, "", DELETION)["reason"]
    entry = entry_to_change(call.session, call.who, call.path["entry_id"])
    delete_work(call.session, call.act, entry, reason)
    return Reply(_details(call))


def _details(call: Call) -> EntryDetailsOut:
    entry = entry_by_id(call.session, call.path["entry_id"])
    history, goodwill = entry_history(call.session, entry), given_up(call.session, entry)
    current = history[-1]
    return EntryDetailsOut(
        **_entry(current).model_dump(),
        deleted=current.deleted,
        written_off=None if goodwill is None else GoodwillOut.model_validate(goodwill, from_attributes=True),
        versions=[_version(row) for row in history],
    )


def _entry(row: Any) -> EntryOut:
    return EntryOut(
        id=row.id,
        ref=row.ref,
        case=row.case_ref,
        case_id=row.case_id,
        contract=row.contract_ref,
        contract_id=row.contract_id,
        person=row.person_ref,
        person_id=row.person_id,
        version=row.version_no,
        **_facts(row),
    )


def _version(row: Any) -> EntryVersionOut:
    return EntryVersionOut(
        version=row.version_no,
        deleted=row.deleted,
        reason=row.reason,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by_name,
        superseded_at=row.superseded_at,
        **_facts(row),
    )


def _facts(row: Any) -> dict[str, Any]:
    """Give what a version says of the work."""
    return {
        "start": row.start_at,
        "end": row.end_at,
        "minutes": instant_of(row.end_at) - instant_of(row.start_at),
        "service": row.service,
        "document": row.document,
        "travel": row.travel,
        "onsite": row.onsite,
        "urgent": row.urgent,
        "remedies_processor_defect": row.remedies_processor_defect,
        "note": row.note,
    }
