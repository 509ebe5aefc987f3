"""`mehraufwand verify`: prove that nothing that must stay was changed - logs, numbers, hashes of everything frozen."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from billing.canonical import canonical, fingerprint
from billing.clause.reading import refuse, shaped
from billing.errors import Problem
from billing.services.access.trail import note_access
from billing.services.acting import Act
from billing.services.closing_proofs import check_closings
from billing.services.estimate_content import estimate_content, lines_of
from billing.services.log_retention import DAY_DELETED, DAY_ENDED, subject_of
from billing.services.retention_records import was_deleted
from billing.services.row_proofs import check_documents, check_grants, check_issued_files
from billing.store.audit import Head, audit_hash, audit_head, verify_access, verify_audit
from billing.store.queries.logs import (
    access_days,
    access_hash,
    audit_begins_at,
    deeds_without_event,
    events_of,
    leaves_to_delete,
    log_ends_early,
)
from billing.store.session import Store, TenantSession
from billing.store.tables import (
    Estimate,
    EstimateVersion,
    HolidaySet,
    Invoice,
    NumberSeries,
    OpeningBalance,
    RestoredSeries,
    StoredFile,
    TermsVersion,
)
from billing.store.tables.kinds import OpeningKind

_ROWS_AT_ONCE = 100
_HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")
_UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, Problem)
"""What becomes of a value that is none of its column: no date, no number, no kind, no text, nothing that opens."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was: which check found it, where, and what (`fault.<code>`)."""

    check: str
    subject: str
    code: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at, by check, and all faults found; none is the proof."""

    counts: dict[str, int]
    faults: list[Fault]
    log_begins_at: int = 1
    """The number of the first row that the audit log still holds; older ones went when their time had run out."""
    head: str = ""
    """Where the audit log ended: noted outside it proves later, as `expect`, that all until then is still the same."""


Progress = Callable[[str], None]


@shaped(type="string", pattern=f"^{_HEAD.pattern}$")
def read_head(value: Any, path: str) -> Head:
    """Take the head of the audit log as `verify` gave it, `284:3f2a...`; InvalidInput `head_unreadable`."""
    found = _HEAD.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise refuse("head_unreadable", path, value)
    return Head(int(found[1]), found[2])


def verify(session: TenantSession, progress: Progress = lambda _: None, expect: Head | None = None) -> Verification:
    """Read everything that was frozen and compute its hash again; reads in small portions, changes nothing.

    `expect` is a head of the audit log that was noted outside. The chain has no key, so who may write the database
    could write all of it anew; that it still leads through this head shows that nobody did. Its rows tell what each
    closing froze, who got which role and how each day of the access log ended, so those are proved with it.
    """
    counts: dict[str, int] = {}
    faults: list[Fault] = []
    checks: dict[str, _Check] = _CHECKS if expect is None else {"anchor": partial(_anchor, expect), **_CHECKS}
    for name, check in checks.items():
        progress(name)
        counts[name] = 0
        for subject, fault in _as_far_as_it_reads(check, session):
            counts[name] += 1
            if fault is not None:
                faults.append(Fault(name, subject, fault))
    end = audit_head(session)
    return Verification(counts, faults, audit_begins_at(session), f"{end.seq}:{end.hash}")


def _as_far_as_it_reads(check: "_Check", session: TenantSession) -> Iterator[tuple[str, str | None]]:
    """Give what a check finds; what is no value of its column any more ends it, as a fault behind the last row read.

    SQLite takes any bytes into any column, so whoever tampers could stop the proof of all the rest.
    """
    last = "-"
    try:
        for subject, fault in check(session):
            last = subject
            yield subject, fault
    except _UNREADABLE:
        yield last, "unreadable"


def verify_on_demand(store: Store, session: TenantSession, act: Act, expect: Head | None = None) -> Verification:
    """Verify in a session that only reads, so that nobody waits for it; then note in the access log who asked."""
    found = verify(session, expect=expect)
    with store.tenant(session.processor_id) as writing:
        rows = sum(found.counts.values())
        note_access(writing, act, "verified", "processor", faults=len(found.faults), rows=rows)
    return found


def _anchor(expect: Head, session: TenantSession) -> Iterator[tuple[str, str | None]]:
    """Prove that the chain leads through a head that was noted before; that it is whole is another check's concern."""
    first, last = audit_begins_at(session), audit_head(session).seq
    fault: str | None
    if expect.seq > last:
        fault = "anchor_missing"
    elif expect.seq < first - 1:
        fault = "anchor_gone"
    else:
        fault = None if audit_hash(session, expect.seq) == expect.hash else "anchor_differs"
    yield str(expect.seq), fault


def _audit_log(session: TenantSession) -> Iterator[tuple[str, str | None]]:
    """Prove the chain, that rows missing before its first one were deleted with leave, and that its end is there.

    A chain whose last rows are gone is whole in itself; what was done then and left no event tells of them.
    """
    report = verify_audit(session)
    yield from ((str(number), None) for number in range(report.first, report.first + report.rows))
    if report.broken_at is not None:
        yield str(report.broken_at), report.fault
    if leaves_to_delete(session, "audit_log") < report.first - 1:
        yield str(report.first - 1), "deleted_without_leave"
    if report.first == 1:
        yield from ((action, "event_missing") for action in deeds_without_event(session))
    if log_ends_early(session):
        yield str(report.rows), "ends_early"


def _access_log(session: TenantSession) -> Iterator[tuple[str, str | None]]:
    """Prove the chain of every day that is still there, and that none lost rows, or went, after it had ended."""
    told = {event.subject: event.details for event in events_of(session, (DAY_ENDED,))}
    gone = {event.subject for event in events_of(session, (DAY_DELETED,))}
    for day in access_days(session):
        report = verify_access(session, day)
        yield from ((f"{day} {number}", None) for number in range(1, report.rows + 1))
        if report.broken_at is not None:
            yield f"{day} {report.broken_at}", report.fault
        ended = told.pop(subject_of(day), None)
        if ended and report.fault is None and access_hash(session, day, ended["rows"]) != ended["head"]:
            yield f"{day} {report.rows}", "day_cut"
    yield from ((subject, "day_cut") for subject in told if subject not in gone)


def _estimates(session: TenantSession) -> Iterator[tuple[str, str | None]]:
    """Prove that what controllers were asked to approve says what it said when it was sent (13(5)a)."""
    mine = select(EstimateVersion.id).where(EstimateVersion.processor_id == session.processor_id)
    sent = mine.where(col(EstimateVersion.sha256).is_not(None)).order_by(col(EstimateVersion.id))
    for number in session.exec(sent).all():
        try:
            version = session.get_one(EstimateVersion, number)
        except Problem as problem:
            yield str(number), problem.code
            continue
        ref = session.get_one(Estimate, version.estimate_id).ref
        whole = _sha256_of(ref, version) == version.sha256
        yield f"{ref} {version.version_no}", None if whole else "hash_differs"


def _sha256_of(ref: str, version: EstimateVersion) -> str | None:
    """Compute the hash of a sent estimate again; None when its lines are no JSON any more."""
    try:
        lines = lines_of(version)
    except ValueError:
        return None
    return estimate_content(ref, version.version_no, version.description, lines, version.covers_from)[1]


def _numbers(session: TenantSession) -> Iterator[tuple[str, str | None]]:
    """Count each series through: from the opening balance's next number, without a gap, dates never going back."""
    query = select(Invoice).where(Invoice.processor_id == session.processor_id)
    ordered = query.order_by(col(Invoice.series), col(Invoice.year), col(Invoice.sequence))
    last: dict[tuple[str, int], Invoice] = {}
    for invoice in session.exec(ordered.execution_options(yield_per=_ROWS_AT_ONCE)):
        series = (invoice.series, invoice.year)
        before = last.get(series)
        expected = before.sequence + 1 if before else _first_number(session, *series)
        # What is missing went with leave, was lost by a restore, or it never was.
        gap = invoice.sequence != expected and not _explained(session, *series, range(expected, invoice.sequence))
        back = before is not None and invoice.issue_date < before.issue_date
        last[series] = invoice
        yield invoice.number, "number_gap" if gap else "date_goes_back" if back else None
    for counter in session.exec(select(NumberSeries).where(NumberSeries.processor_id == session.processor_id)):
        known = last.get((counter.series, counter.year))
        if known is not None and counter.last_sequence != known.sequence:
            yield f"{counter.series}-{counter.year}", "counter_differs"


def _explained(session: TenantSession, series: str, year: int, missing: range) -> bool:
    """Tell whether it is on record what became of every number that is missing.

    It was deleted when its time had run out (the records know it by keyed digest), or a restore lost it.
    """
    lost = _lost_numbers(session, series, year)
    return bool(missing) and all(
        any(number in one for one in lost) or was_deleted(session, "invoice", f"{series}-{year}-{number}")
        for number in missing
    )


def _lost_numbers(session: TenantSession, series: str, year: int) -> list[range]:
    """Give the numbers of a series that restores lost, as somebody has confirmed them."""
    query = select(RestoredSeries).where(RestoredSeries.series == series, RestoredSeries.year == year)
    return [range(row.known_sequence + 1, (row.last_sequence or 0) + 1) for row in session.exec(query)]


def _first_number(session: TenantSession, series: str, year: int) -> int:
    query = select(sa.func.max(OpeningBalance.value)).where(
        OpeningBalance.processor_id == session.processor_id,
        OpeningBalance.kind == OpeningKind.NEXT_NUMBER,
        OpeningBalance.series == series,
        OpeningBalance.year == year,
        col(OpeningBalance.withdrawn_by_name).is_(None),
    )
    return session.exec(query).one() or 1


def _files(session: TenantSession) -> Iterator[tuple[str, str | None]]:
    """Open one file after the other, so that only one is in memory and one that can't be opened is a fault as well."""
    query = select(StoredFile.id, StoredFile.name).where(StoredFile.processor_id == session.processor_id)
    for number, name in session.exec(query.order_by(col(StoredFile.id))).all():
        try:
            row = session.get_one(StoredFile, number)
        except Problem as problem:
            yield f"{number} {name}", problem.code
            continue
        yield f"{number} {name}", _differs(row.content, row.sha256)
        session.expunge(row)


def _terms(session: TenantSession) -> Iterator[tuple[str, str | None]]:
    query = select(TermsVersion).where(TermsVersion.processor_id == session.processor_id).order_by(col(TermsVersion.id))
    for row in session.exec(query):
        yield f"{row.contract_id} {row.valid_from}", _differs(row.terms, row.sha256)


def _holidays(session: TenantSession) -> Iterator[tuple[str, str | None]]:
    query = select(HolidaySet).where(HolidaySet.processor_id == session.processor_id).order_by(col(HolidaySet.id))
    for row in session.exec(query):
        content = f'{{"days":{row.dates},"version":{canonical(row.package_version)}}}'
        yield f"{row.id} {row.land}", _differs(content, row.sha256)


def _differs(content: str | bytes, sha256: str) -> str | None:
    return None if fingerprint(content) == sha256 else "hash_differs"


_Check = Callable[[TenantSession], Iterator[tuple[str, str | None]]]
_CHECKS: dict[str, _Check] = {
    "audit_log": _audit_log,
    "access_log": _access_log,
    "estimates": _estimates,
    "numbers": _numbers,
    "invoices": check_documents,
    "files": _files,
    "terms": _terms,
    "holidays": _holidays,
    "closings": check_closings,
    "issued_files": check_issued_files,
    "grants": check_grants,
}
