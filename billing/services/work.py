"""Logged work: always possible, never rounded, never refused for a fee reason (13(9)); corrected by new versions.

Work that an invoice bills stays as it is: the invoice is cancelled first, then the work corrected and billed again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from billing.clause import refs
from billing.clause.reading import Reader, one_of, read_flag, read_object, refuse
from billing.clause.services import SERVICE_CODES
from billing.errors import Conflict, InvalidInput, Refused
from billing.services.acting import Act, audit, id_of, put
from billing.services.cases import find_case
from billing.services.contracts import find_contract
from billing.services.fields import read_line, read_note, read_reason
from billing.services.moments import processor_zone, read_datetime, require_past
from billing.services.parties import find_person
from billing.services.references import References, one_of_ref, rows_of_ref
from billing.store.queries.work import living_version, overlapping_work, settled_stretches
from billing.store.session import TenantSession
from billing.store.tables import Entry, EntryVersion
from billing.store.tables.kinds import Verdict
from billing.timespan import instant_of

LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDone:
    """What was done when, `[start, end)` in whole minutes."""

    start: datetime
    end: datetime
    service: str
    document: str | None = None
    travel: bool = False
    onsite: bool = False
    urgent: bool = False
    remedies_processor_defect: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWork:
    """One piece of work of one person on one case."""

    case: str
    person: str
    done: WorkDone
    contract: str | None = None
    ref: str | None = None


_DONE: dict[str, Reader] = {
    "start": read_datetime,
    "end": read_datetime,
    "service": one_of(*SERVICE_CODES),
    "document?": read_line,
    "travel?": read_flag,
    "onsite?": read_flag,
    "urgent?": read_flag,
    "remedies_processor_defect?": read_flag,
    "note?": read_note,
}
_PLACE: dict[str, Reader] = {"case": read_line, "person": read_line, "contract?": read_line, "ref?": read_line}
_CHANGES = {f"{name.removesuffix('?')}?": reader for name, reader in _DONE.items()}


def read_work(raw: Mapping[str, Any]) -> NewWork:
    """Read a piece of work out of a JSON object."""
    values = read_object(raw, "", _PLACE | _DONE)
    place = {name: values.pop(name) for name in ("case", "person", "contract", "ref") if name in values}
    return NewWork(done=WorkDone(**values), **place)


def log_work(session: TenantSession, act: Act, new: NewWork) -> Entry:
    """Log work. InvalidInput: no time, more than 24 hours, still to come, no document named where one is asked for.

    Conflict `work_overlaps` when the person did something else then; it names the other entry.
    """
    case = find_case(session, new.case, new.contract)
    person = find_person(session, new.person)
    check_work(act, new.done)
    ref = new.ref or entry_references(session, new.done.start).next()
    if new.ref and rows_of_ref(session, Entry, ref, case.contract_id):
        raise Conflict("entry_exists", path="ref", value=ref)
    _require_no_overlap(session, id_of(person), new.done)
    entry = Entry(
        ref=ref,
        case_id=id_of(case),
        contract_id=case.contract_id,
        controller_id=case.controller_id,
        person_id=id_of(person),
        **act.record(),
    )
    put(session, entry)
    put(session, _version(act, entry, new.done, 1))
    audit(session, act, "work_logged", f"entry:{ref}", case=case.ref, minutes=minutes_of(new.done))
    return entry


def correct_work(
    session: TenantSession, act: Act, entry: Entry, raw: Mapping[str, Any], reason: str | None
) -> EntryVersion:
    """Correct an entry by a new version; what `raw` does not name stays. Refused once an invoice bills it."""
    changes = read_object(raw, "", _CHANGES)
    if not changes:
        raise InvalidInput("nothing_said", path="start", value=None)
    before = _living(session, entry)
    done = replace(_done(before), **changes)
    check_work(act, done)
    _require_unsettled(session, entry, done)
    _require_no_overlap(session, entry.person_id, done, entry)
    version = _version(act, entry, done, before.version_no + 1)
    version.reason = read_reason(reason)
    put(session, version)
    audit(session, act, "work_corrected", f"entry:{entry.ref}", version=version.version_no, changed=sorted(changes))
    return version


def delete_work(session: TenantSession, act: Act, entry: Entry, reason: str | None) -> EntryVersion:
    """Take an entry back by a version that says so. Refused once a closing decided any minute of it."""
    before = _living(session, entry)
    _require_unsettled(session, entry, None)
    version = _version(act, entry, _done(before), before.version_no + 1)
    version.deleted, version.reason = True, read_reason(reason)
    put(session, version)
    audit(session, act, "work_deleted", f"entry:{entry.ref}", version=version.version_no)
    return version


def check_work(act: Act, done: WorkDone) -> None:
    """Refuse what can't have happened: an end before its start, no time, more than a day, a time still to come."""
    if done.end <= done.start:
        raise refuse("end_before_start" if done.end < done.start else "entry_is_empty", "end", done.end.isoformat())
    if done.end - done.start > LONGEST:
        raise refuse("work_too_long", "end", done.end.isoformat())
    require_past(act, done.end, "end")
    if done.service == "standard_documents" and done.document is None:
        raise refuse("document_missing", "document")


def minutes_of(done: WorkDone) -> int:
    """Give how long it took, in minutes of elapsed time."""
    return instant_of(done.end) - instant_of(done.start)


def entry_references(session: TenantSession, start: datetime) -> References:
    """Give the references that entries of the start's year are proposed, `Z-2026-0001`."""
    year = start.astimezone(processor_zone(session)).year
    return References(session, Entry, f"Z-{year}-", digits=4)


def _require_no_overlap(session: TenantSession, person_id: int, done: WorkDone, entry: Entry | None = None) -> None:
    besides = None if entry is None else id_of(entry)
    other = overlapping_work(session, session.processor_id, person_id, done.start, done.end, besides)
    if other is not None:
        zone = processor_zone(session)
        start, end = (moment.astimezone(zone) for moment in (other.start_at, other.end_at))
        value, fields = done.start.astimezone(zone), {"other": other.ref, "case": other.case_ref}
        raise Conflict("work_overlaps", path="start", value=value, start=start, end=end, **fields)


def _require_unsettled(session: TenantSession, entry: Entry, done: WorkDone | None) -> None:
    """Refuse a change of what an invoice bills, or one that loses minutes found free: those are final."""
    for row in settled_stretches(session, session.processor_id, id_of(entry)):
        fields = {"value": entry.ref, "month": row.month, "number": row.number or row.month}
        if row.verdict == Verdict.BILLED:
            raise Refused("work_is_billed", clause=refs.INVOICING.number, **fields)
        if done is None or row.from_min < instant_of(done.start) or row.to_min > instant_of(done.end):
            raise Refused("work_is_settled", clause=refs.ACTIVITY_RECORD.number, **fields)


def _living(session: TenantSession, entry: Entry) -> EntryVersion:
    version = living_version(session, session.processor_id, id_of(entry))
    if version is None:
        raise Conflict("work_is_deleted", path="entry", value=entry.ref)
    return version


def _done(version: EntryVersion) -> WorkDone:
    return WorkDone(
        start=version.start_at,
        end=version.end_at,
        service=version.service,
        document=version.document,
        travel=version.travel,
        onsite=version.onsite,
        urgent=version.urgent,
        remedies_processor_defect=version.remedies_processor_defect,
        note=version.note,
    )


def _version(act: Act, entry: Entry, done: WorkDone, number: int) -> EntryVersion:
    return EntryVersion(
        entry_id=id_of(entry),
        person_id=entry.person_id,
        version_no=number,
        start_at=done.start,
        end_at=done.end,
        service=done.service,
        document=done.document,
        travel=done.travel,
        onsite=done.onsite,
        urgent=done.urgent,
        remedies_processor_defect=done.remedies_processor_defect,
        note=done.note,
        **act.record(),
    )


def find_entry(session: TenantSession, ref: str, contract: str | None = None, path: str = "entry") -> Entry:
    """Give the entry of a reference; Conflict when several contracts have one and none is named."""
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    entry: Entry = one_of_ref(rows_of_ref(session, Entry, ref, contract_id), "unknown_entry", ref, path)
    return entry
