"""A small world to test with: one processor with a controller, a contract, a case and a member of staff.

Rows are written through the store as the product writes them; each function adds one thing and gives its row.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from sqlmodel import select

from billing.canonical import canonical, fingerprint
from billing.store.files import NewFile, store_file
from billing.store.session import Store, TenantSession
from billing.store.tables import (
    Approval,
    Case,
    Closing,
    ClosingExpense,
    Contract,
    Controller,
    Correction,
    Entry,
    EntryVersion,
    Estimate,
    EstimateLine,
    EstimateVersion,
    Expense,
    Invoice,
    InvoiceCheck,
    InvoiceFile,
    NumberSeries,
    Person,
    Run,
    Segment,
    StoredFile,
    TenantRow,
    Unit,
)
from billing.store.tables.kinds import EstimateState, InvoiceFileKind, InvoiceKind, RateClass, RetentionClass
from billing.timespan import instant_of

WORKED = datetime(2026, 10, 6, 7, tzinfo=UTC)
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
LONG_BEFORE = datetime(2017, 5, 1, tzinfo=UTC)
HASH = "a" * 64
AnyRow = TypeVar("AnyRow", bound=TenantRow)


@dataclass(frozen=True)
class World:
    """The ids of the rows that everything else hangs on."""

    processor_id: int
    controller_id: int
    contract_id: int
    case_id: int
    person_id: int

    @property
    def case(self) -> dict[str, Any]:
        """The links of a row that belongs to the case."""
        return {"case_id": self.case_id, "contract_id": self.contract_id, "controller_id": self.controller_id}


def put(session: TenantSession, row: AnyRow) -> AnyRow:
    """Write a row and give it its id."""
    session.add(row)
    session.flush()
    return row


def number(row: TenantRow) -> int:
    """Give the id of a written row."""
    assert row.id is not None
    return row.id


def recorded(at: datetime = NOW) -> dict[str, Any]:
    """Say who recorded a fact, and when."""
    return {"recorded_at": at, "recorded_by_name": "tester"}


def found(store: Store, ref: str = "acme") -> World:
    """Found a processor with what it needs to log work."""
    with store.new_tenant(ref, NOW) as session:
        controller = put(
            session, Controller(ref="K1", name="Kunde", street="Weg 1", postcode="70173", city="Stuttgart")
        )
        agreed: dict[str, Any] = {"number": "AVV-1", "term_set": "immoinvent-2026", "starts_on": date(2026, 1, 1)}
        contract = put(session, Contract(ref="V1", controller_id=number(controller), **agreed, **recorded()))
        under: dict[str, Any] = {"contract_id": number(contract), "controller_id": number(controller)}
        case = put(session, Case(ref="C1", kind="dsr", title="Auskunft", opened_at=WORKED, **under, **recorded()))
        person = put(session, Person(ref="P1", initials="AB"))
        ids = [number(row) for row in (controller, contract, case, person)]
        return World(session.processor_id, *ids)


def add_person(session: TenantSession, ref: str) -> Person:
    """Add a member of staff."""
    return put(session, Person(ref=ref, initials=ref))


def add_entry(
    session: TenantSession,
    world: World,
    ref: str = "E1",
    *,
    start: datetime = WORKED,
    minutes: int = 60,
    person: int = 0,
) -> Entry:
    """Log work: an entry with its first version."""
    whose = person or world.person_id
    entry = put(session, Entry(ref=ref, person_id=whose, **world.case, **recorded(start)))
    put(session, version_of(entry, start=start, minutes=minutes))
    return entry


def version_of(entry: Entry, *, start: datetime = WORKED, minutes: int = 60, **changes: Any) -> EntryVersion:
    """Give a version of an entry, not yet written."""
    end = start + timedelta(minutes=minutes)
    said: dict[str, Any] = {"service": "request_processing", **recorded(end), **changes}
    return EntryVersion(entry_id=number(entry), person_id=entry.person_id, start_at=start, end_at=end, **said)


def add_estimate(session: TenantSession, world: World, ref: str = "KV1") -> EstimateVersion:
    """Draft a cost estimate over two regular hours."""
    estimate = put(session, Estimate(ref=ref, **world.case, **recorded()))
    under: dict[str, Any] = {"contract_id": world.contract_id, "controller_id": world.controller_id}
    version = put(session, EstimateVersion(estimate_id=number(estimate), description="Auskunft", **under, **recorded()))
    put(session, EstimateLine(estimate_version_id=number(version), rate_class=RateClass.REGULAR, minutes=120))
    return version


def next_version(version: EstimateVersion, **changes: Any) -> EstimateVersion:
    """Give another version of an estimate, not yet written."""
    under: dict[str, Any] = {"contract_id": version.contract_id, "controller_id": version.controller_id}
    return EstimateVersion(estimate_id=version.estimate_id, **under, **recorded(), **changes)


def send(session: TenantSession, version: EstimateVersion) -> EstimateVersion:
    """Send an estimate."""
    version.state, version.sent_at, version.sha256 = EstimateState.SENT, NOW, HASH
    return put(session, version)


def approve(session: TenantSession, version: EstimateVersion) -> Approval:
    """Release a sent estimate."""
    by: dict[str, Any] = {"approver_name": "Frau Kundin", "channel": "mail"}
    under: dict[str, Any] = {"estimate_version_id": number(version), "controller_id": version.controller_id}
    approval = put(session, Approval(approved_at=NOW, **under, **by, **recorded()))
    version.state = EstimateState.APPROVED
    put(session, version)
    return approval


def add_expense(session: TenantSession, world: World, ref: str = "A1", **changes: Any) -> Expense:
    """Record a travel expense with a receipt."""
    spent: dict[str, Any] = {"kind": "travel", "incurred_on": date(2026, 10, 6), "net_cents": 4_200, "receipt": True}
    return put(session, Expense(ref=ref, **world.case, **(spent | changes), **recorded()))


def add_closing(session: TenantSession, world: World, month: str = "2026-10", *, as_of: datetime = NOW) -> Closing:
    """Close a month that decided nothing yet."""
    run = put(session, Run(month=month, as_of=as_of, started_by_name="tester", started_at=as_of))
    content: dict[str, Any] = {
        "settlement": canonical({"month": month}),
        "terms_version_ids": "[]",
        "terms_sha256": HASH,
    }
    frozen: dict[str, Any] = {"as_of": as_of, "closed_at": as_of, "closed_by_name": "tester", "facts_hash": HASH}
    return put(session, Closing(contract_id=world.contract_id, month=month, run_id=number(run), **content, **frozen))


def segment_of(closing: Closing, entry: Entry, *, first: int = 0, last: int = 60, **changes: Any) -> Segment:
    """Give the minutes `first` to `last` of the entry's usual hour as billed, not yet written."""
    begin = instant_of(WORKED)
    billed: dict[str, Any] = {"verdict": "billed", "code": "billed", "clause": "13(4)a", "rate_class": "regular"}
    priced: dict[str, Any] = {"price_numerator": 25, "price_denominator": 1, "source": "KV1", "month": "2026-10"}
    where: dict[str, Any] = {
        "closing_id": number(closing),
        "contract_id": closing.contract_id,
        "entry_id": number(entry),
    }
    return Segment(from_min=begin + first, to_min=begin + last, **where, **(billed | priced | changes))


def free_segment_of(closing: Closing, entry: Entry, **changes: Any) -> Segment:
    """Give minutes of an entry as free, not yet written."""
    nothing: dict[str, Any] = {"rate_class": None, "price_numerator": None, "price_denominator": None, "source": None}
    return segment_of(closing, entry, **(nothing | {"verdict": "free", "code": "13.2.d", "clause": "13(2)d"} | changes))


def unit_of(closing: Closing, world: World, units: int = 4, **changes: Any) -> Unit:
    """Give billed units, not yet written."""
    priced: dict[str, Any] = {"rate_class": "regular", "price_numerator": 25, "price_denominator": 1, "units": units}
    return Unit(closing_id=number(closing), group_key="C1", **(world.case | priced | changes))


def decided_expense_of(closing: Closing, expense: Expense, **changes: Any) -> ClosingExpense:
    """Give an expense as billed, not yet written."""
    said: dict[str, Any] = {"verdict": "billed", "code": "billed", "clause": "13(4)c", "net_cents": expense.net_cents}
    where: dict[str, Any] = {
        "closing_id": number(closing),
        "contract_id": closing.contract_id,
        "expense_id": number(expense),
    }
    return ClosingExpense(**where, **(said | changes))


def invoice_of(closing: Closing, world: World, sequence: int = 1, **changes: Any) -> Invoice:
    """Give the invoice of a closing, not yet written."""
    text = canonical({"number": sequence})
    said: dict[str, Any] = {
        "kind": "invoice",
        "series": "RE",
        "year": 2026,
        "sequence": sequence,
        "number": f"RE-2026-{sequence:04d}",
        "issue_date": NOW.date(),
        "issued_at": NOW,
        "service_from": date(2026, 10, 1),
        "service_to": date(2026, 10, 31),
        "document": text,
        "document_sha256": fingerprint(text),
        "net_cents": 14_200,
        "vat_cents": 2_698,
        "gross_cents": 16_898,
    }
    parties: dict[str, Any] = {"contract_id": world.contract_id, "controller_id": world.controller_id}
    return Invoice(closing_id=number(closing), **parties, **(said | changes))


def add_series(session: TenantSession, series: str = "RE", year: int = 2026) -> NumberSeries:
    """Start a series of numbers."""
    return put(session, NumberSeries(series=series, year=year))


def add_file(session: TenantSession, content: bytes = b"%PDF secret receipt") -> StoredFile:
    """Keep a file."""
    file = NewFile("beleg.pdf", "application/pdf", content, RetentionClass.VOUCHER, date(2034, 12, 31))
    return store_file(session, file, recorded_at=NOW, recorded_by="tester")


def add_correction(session: TenantSession, closing: Closing, scope: str = "full") -> Correction:
    """Order to take back what a closing billed."""
    said: dict[str, Any] = {"scope": scope, "reason": "Fehler"}
    return put(session, Correction(closing_id=number(closing), **said, **recorded()))


@dataclass(frozen=True)
class Issued:
    """A month that was issued: one billed hour, four units, one expense, an invoice with its PDF."""

    entry: Entry
    expense: Expense
    closing: Closing
    segment: Segment
    unit: Unit
    decided_expense: ClosingExpense
    invoice: Invoice
    file: StoredFile


def issue(session: TenantSession, world: World) -> Issued:
    """Issue October 2026."""
    entry, expense, closing = add_entry(session, world), add_expense(session, world), add_closing(session, world)
    segment = put(session, segment_of(closing, entry))
    unit = put(session, unit_of(closing, world))
    decided = put(session, decided_expense_of(closing, expense))
    add_series(session)
    invoice, file = put(session, invoice_of(closing, world)), add_file(session)
    kept: dict[str, Any] = {"kind": InvoiceFileKind.PDF, "created_at": NOW}
    put(session, InvoiceFile(invoice_id=number(invoice), stored_file_id=number(file), **kept))
    put(session, check_of(invoice))
    return Issued(entry, expense, closing, segment, unit, decided, invoice, file)


def check_of(invoice: Invoice, **changes: Any) -> InvoiceCheck:
    """Give the check that let an invoice pass, not yet written."""
    said: dict[str, Any] = {
        "checked_at": NOW,
        "stage": "issue",
        "rules_version": "XRechnung 3.0.2",
        "rules_sha256": HASH,
        "xml_sha256": HASH,
        "outcome": "passed",
        "report": '{"findings": []}',
    }
    return InvoiceCheck(invoice_id=number(invoice), **said | changes)


def cancel(session: TenantSession, world: World, issued: Issued, *, answered: bool = True) -> Correction:
    """Take the issued month back: its decisions are released, the closing ends, a document answers the invoice."""
    correction = add_correction(session, issued.closing)
    for row in (issued.segment, issued.unit, issued.decided_expense):
        row.released_by_id = correction.id
    session.flush()
    issued.closing.cancelled_by_id = correction.id
    session.flush()
    if answered:
        sequence, kind = issued.invoice.sequence + 1, InvoiceKind.CANCELLATION
        answer = put(session, invoice_of(issued.closing, world, sequence, kind=kind, cancels_id=issued.invoice.id))
        correction.invoice_id = answer.id
        session.flush()
    return correction


def initials(store: Store, world: World) -> list[str]:
    """Give the initials of all people, in order."""
    with store.tenant(world.processor_id, read_only=True) as session:
        return sorted(session.exec(select(Person.initials)))
