"""Logged work: always possible, never rounded, never refused for a fee reason (13(9)); corrected by new versions.

Work that an invoice bills stays as it is: the invoice is cancelled first, then the work corrected and billed again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.clause import refs
from billing.errors import Conflict, NotFound, Refused
from billing.services.acting import Act, audit, id_of, put
from billing.services.cases import find_case
from billing.services.changing import read_changes
from billing.services.contracts import find_contract
from billing.services.fields import read_reason
from billing.services.moments import processor_zone
from billing.services.notices import Notice
from billing.services.overruns import ask_for_use
from billing.services.parties import find_person
from billing.services.references import References, one_of_ref, rows_of_ref
from billing.services.work_bounds import Bounds, about_bounds
from billing.services.work_done import WORK_CHANGES, NewWork, WorkDone, check_work, minutes_of
from billing.services.work_notices import about_correction, about_work
from billing.store.audit import ask_for_chain_end
from billing.store.engine import Postponed
from billing.store.queries.logging_work import overlapping_work, overlapping_work_of, work_places, write_work
from billing.store.queries.work import living_version, settled_stretches
from billing.store.session import TenantSession, hold
from billing.store.tables import Entry, EntryVersion
from billing.store.tables.kinds import Verdict
from billing.store.wording import Later
from billing.timespan import instant_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where work belongs: its case, the contract of that, and who did it."""

    case_id: int
    case_ref: str
    contract_id: int
    controller_id: int
    contract_ref: str
    person_id: int
    person_ref: str
    closed_at: datetime | None
    starts_on: date
    ended_on: date | None

    @property
    def bounds(self) -> Bounds:
        """Until when work is expected here."""
        return Bounds(self.case_ref, self.closed_at, self.contract_ref, self.starts_on, self.ended_on)


@dataclass(frozen=True, slots=True)
class LoggedWork:
    """Work after it was logged, where it belongs, and what to know about it."""

    entry_id: int
    ref: str
    place: Place
    done: WorkDone
    notices: list[Notice]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked before work is written: its reference, or those it gets the next of, and what overlaps.

    `zone` is the processor's, where the caller knows it.
    """

    ref: str | References
    other: Callable[[], Any | None]
    zone: ZoneInfo | None


@dataclass(frozen=True, slots=True)
class AskedWork:
    """What was asked about new work before it is logged; `log_work` reads it, once."""

    new: NewWork
    places: Later
    before: _Asked


def ask_for_work(session: TenantSession, new: NewWork, zone: ZoneInfo | None = None) -> AskedWork:
    """Ask where new work belongs, which reference it gets and what overlaps; nothing is read yet."""
    done, tenant = new.done, session.processor_id
    return AskedWork(
        new,
        work_places(session, tenant, new.case, new.contract, new.person),
        _Asked(
            entry_references(session, done.start, zone) if new.ref is None else new.ref,
            overlapping_work_of(session, tenant, new.person, done.start, done.end),
            zone,
        ),
    )


def log_work(session: TenantSession, act: Act, new: NewWork, zone: ZoneInfo | None = None) -> LoggedWork:
    """Log work. InvalidInput: no time, more than 24 hours, still to come, no document named where one is asked for.

    Conflict `work_overlaps` when the person did something else then; it names the other entry. `zone` is the
    processor's, where the caller knows it. People log all day long: each statement here is paid thousands of times.
    """
    return log_asked_work(session, act, ask_for_work(session, new, zone))


def log_asked_work(session: TenantSession, act: Act, asked: AskedWork) -> LoggedWork:
    """Log work that was asked about in the same transaction, as `log_work` does."""
    new = asked.new
    place = _place(session, new, asked.places())
    if new.ref is not None and rows_of_ref(session, Entry, new.ref, place.contract_id):
        raise Conflict("entry_exists", path="ref", value=new.ref)
    check_work(act, new.done)
    return _log(session, act, place, new.done, asked.before, {})


def log_work_at(
    session: TenantSession,
    act: Act,
    place: Place,
    done: WorkDone,
    zone: ZoneInfo | None = None,
    **said: Any,
) -> LoggedWork:
    """Log work where it belongs, under the next reference. Refusals as for `log_work`.

    `said` goes into the audit log.
    """
    check_work(act, done)
    other = overlapping_work(session, session.processor_id, place.person_id, done.start, done.end, None)
    references = entry_references(session, done.start, zone)
    return _log(session, act, place, done, _Asked(references, other, zone), said)


def _log(
    session: TenantSession, act: Act, place: Place, done: WorkDone, asked: _Asked, said: Mapping[str, Any]
) -> LoggedWork:
    """Log work that was checked; what is written is said to the database before anything of it is read."""
    ref, is_taken = _reference(session, asked.ref)
    _refuse_overlap(session, done, asked.other())
    entry_id = _write(session, act, place, done, ref)
    session.send_off()
    use = ask_for_use(session, place.case_id)
    if session.goes_in_one:
        ask_for_chain_end(session)
    if is_taken():
        raise Postponed
    notices = about_bounds(place.bounds, done.start, done.end, asked.zone or processor_zone(session))
    notices += about_work(session, act, place.case_id, done, use)
    audit(session, act, "work_logged", f"entry:{ref}", case=place.case_ref, minutes=minutes_of(done), **said)
    session.send_off()
    return LoggedWork(entry_id(), ref, place, done, notices)


def _reference(session: TenantSession, asked: str | References) -> tuple[str, Callable[[], bool]]:
    """Give the reference of new work, and whether it turns out to be taken: then all must be done once more."""
    if isinstance(asked, References):
        return asked.guess() if session.goes_in_one else (asked.next(), lambda: False)
    return asked, lambda: False


def _write(session: TenantSession, act: Act, place: Place, done: WorkDone, ref: str) -> Callable[[], int]:
    """Write an entry with its first version; the call gives its id."""
    of = {"case_id": place.case_id, "contract_id": place.contract_id, "controller_id": place.controller_id}
    entry = {"ref": ref, "person_id": place.person_id, **of, **act.record()}
    return write_work(session, entry, _columns(act, place.person_id, done, 1))


def _place(session: TenantSession, new: NewWork, places: Sequence[Any]) -> Place:
    """Give the case, contract and person that work names, if they are one; else say what is wrong."""
    if len(places) != 1:
        find_case(session, new.case, new.contract)
        find_person(session, new.person)
        raise AssertionError(new)  # one of the two said what is wrong
    return Place(*places[0])


@dataclass(frozen=True, slots=True)
class CorrectedWork:
    """Work as it stands after a correction, and what to know about it."""

    version: EntryVersion
    notices: list[Notice]


def correct_work(
    session: TenantSession, act: Act, entry: Entry, raw: Mapping[str, Any], reason: str | None
) -> CorrectedWork:
    """Correct an entry by a new version; what `raw` does not name stays, null takes the note away.

    Refused once an invoice bills it. Of approved effort that it uses up the controller is told, as of that of new work.
    """
    changes = read_changes(raw, WORK_CHANGES)
    before = living_work(session, entry)
    done = replace(_done(before), **changes)
    check_work(act, done)
    _require_unsettled(session, entry, done)
    other = overlapping_work(session, session.processor_id, entry.person_id, done.start, done.end, id_of(entry))
    _refuse_overlap(session, done, other())
    version = _version(act, entry, done, before.version_no + 1)
    version.reason = read_reason(reason)
    put(session, version)
    audit(session, act, "work_corrected", f"entry:{entry.ref}", version=version.version_no, changed=sorted(changes))
    return CorrectedWork(version, about_correction(session, act, entry, version, changes))


def delete_work(session: TenantSession, act: Act, entry: Entry, reason: str | None) -> EntryVersion:
    """Take an entry back by a version that says so. Refused once a closing decided any minute of it."""
    before = living_work(session, entry)
    _require_unsettled(session, entry, None)
    version = _version(act, entry, _done(before), before.version_no + 1)
    version.deleted, version.reason = True, read_reason(reason)
    put(session, version)
    audit(session, act, "work_deleted", f"entry:{entry.ref}", version=version.version_no)
    return version


def entry_references(session: TenantSession, start: datetime, zone: ZoneInfo | None = None) -> References:
    """Give the references that entries of the start's year are proposed, `Z-2026-0001`.

    One transaction at a time: two people who log at once are not to be given the same one. Those who share one share
    the references.
    """
    prefix = f"Z-{start.astimezone(zone or processor_zone(session)).year}-"
    references: References | None = session.references.get(prefix)
    if references is None:
        hold(session, "entry references")
        references = References(session, Entry, prefix, digits=4)
        if session.goes_in_one:
            session.references[prefix] = references
    return references


def _refuse_overlap(session: TenantSession, done: WorkDone, other: Any | None) -> None:
    if other is not None:
        zone = processor_zone(session)
        start, end = (moment.astimezone(zone) for moment in (other.start_at, other.end_at))
        value = max(done.start, other.start_at).astimezone(zone)  # since when both would be done
        fields = {"other": other.ref, "case": other.case_ref}
        raise Conflict("work_overlaps", path="start", value=value, start=start, end=end, **fields)


def require_undecided(session: TenantSession, entry: Entry, version: EntryVersion) -> None:
    """Refuse what would judge anew work that closings decided.

    `work_is_billed` names the invoice that must be cancelled first. `work_is_free`: all of it was found free, which is
    final, so that nothing would come of it.
    """
    free = 0
    for row in settled_stretches(session, session.processor_id, id_of(entry)):
        _refuse_billed(entry, row)
        free += row.to_min - row.from_min
        if free >= minutes_of(_done(version)):
            raise Refused("work_is_free", clause=refs.ACTIVITY_RECORD.number, value=entry.ref, month=row.month)


def _refuse_billed(entry: Entry, row: Any) -> None:
    if row.verdict == Verdict.BILLED:
        fields = {"value": entry.ref, "month": row.month, "number": row.number or row.month}
        raise Refused("work_is_billed", clause=refs.INVOICING.number, **fields)


def _require_unsettled(session: TenantSession, entry: Entry, done: WorkDone | None) -> None:
    """Refuse a change of what an invoice bills, or one that loses minutes found free: those are final."""
    for row in settled_stretches(session, session.processor_id, id_of(entry)):
        _refuse_billed(entry, row)
        fields = {"value": entry.ref, "month": row.month, "number": row.number or row.month}
        if done is None or row.from_min < instant_of(done.start) or row.to_min > instant_of(done.end):
            raise Refused("work_is_settled", clause=refs.ACTIVITY_RECORD.number, **fields)


def living_work(session: TenantSession, entry: Entry) -> EntryVersion:
    """Give what an entry says now. Conflict `work_is_deleted` when it was taken back."""
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
    return EntryVersion(entry_id=id_of(entry), **_columns(act, entry.person_id, done, number))


def _columns(act: Act, person_id: int, done: WorkDone, number: int) -> dict[str, Any]:
    """Give the columns of a version but its entry."""
    return {
        "person_id": person_id,
        "version_no": number,
        "start_at": done.start,
        "end_at": done.end,
        "service": done.service,
        "document": done.document,
        "travel": done.travel,
        "onsite": done.onsite,
        "urgent": done.urgent,
        "remedies_processor_defect": done.remedies_processor_defect,
        "note": done.note,
        "deleted": False,
        **act.record(),
    }


def entry_by_id(session: TenantSession, entry_id: int) -> Entry:
    """Give the entry of an id; NotFound when the tenant has none."""
    entry = session.get(Entry, entry_id)
    if entry is None or entry.processor_id != session.processor_id:
        raise NotFound("entry_not_found", value=entry_id)
    return entry


def find_entry(session: TenantSession, ref: str, contract: str | None = None, path: str = "entry") -> Entry:
    """Give the entry of a reference; Conflict when several contracts have one and none is named."""
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    entry: Entry = one_of_ref(rows_of_ref(session, Entry, ref, contract_id), "unknown_entry", ref, path)
    return entry
