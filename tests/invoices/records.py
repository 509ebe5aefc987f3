"""Activity records to print and to export."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from invoices.activity_record import ActivityRecord, CaseRecord, ExpenseRecord, Outcome, WorkStretch, totals_of
from tests.invoices.samples import BUYER, SELLER

BERLIN = ZoneInfo("Europe/Berlin")


def stretch(ref: str, start: str, minutes: int, code: str, **changes: object) -> WorkStretch:
    """Make a stretch from a local start; the code says whether it is billed, free or on hold."""
    begin = datetime.fromisoformat(start)
    fixed = begin.replace(tzinfo=BERLIN) if begin.tzinfo is None else begin
    end = (fixed + timedelta(minutes=minutes)) if begin.tzinfo else _after(fixed, minutes)
    free = code.startswith("13.") or code == "own_duty"
    outcome = Outcome.BILLED if code in ("approved", "urgent") else Outcome.FREE if free else Outcome.HELD
    plain = WorkStretch(
        entry_ref=ref,
        start=_fixed(fixed),
        end=_fixed(end),
        minutes=minutes,
        service="request_processing",
        rate_class="regular",
        outcome=outcome,
        code=code,
        clause={"approved": "13(3)a", "urgent": "13(5)b", "own_duty": "13(1)"}.get(code, "13(5)a"),
        estimate_ref="KVA-7" if code == "approved" else "",
        initials="TR",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def _after(start: datetime, minutes: int) -> datetime:
    return (start.astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes)).astimezone(BERLIN)


def _fixed(moment: datetime) -> datetime:
    """Keep the offset alone, as a stored record does."""
    return datetime.fromisoformat(moment.isoformat())


def case(ref: str, title: str, kind: str, stretches: tuple[WorkStretch, ...], **changes: object) -> CaseRecord:
    """Make a case whose totals fit."""
    plain = CaseRecord(
        ref=ref, title=title, kind=kind, stretches=stretches, expenses=(), totals=totals_of(stretches), billed_units=0
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


EXPENSE = ExpenseRecord(
    expense_ref="A-1",
    incurred_on=date(2026, 10, 14),
    kind="travel",
    description="Bahnfahrt Stuttgart–Ulm und zurück",
    receipt_ref="B-2026-118",
    net_cents=10_000,
    outcome=Outcome.BILLED,
    code="expense",
    clause="13(4)c",
)

CASES = (
    case(
        "V-2026-001",
        "Auskunft nach Art. 15 DSGVO",
        "data_subject_request",
        (
            stretch("E-1", "2026-10-12T08:30", 20, "13.2.b", service="request_intake", clause="13(2)b"),
            stretch("E-2", "2026-10-12T15:10", 50, "approved"),
            stretch("E-2", "2026-10-12T16:00", 30, "approved", rate_class="out_of_hours", clause="13(4)b"),
            stretch("E-3", "2026-10-17T10:00", 45, "rate_class_not_approved", rate_class="night_weekend"),
        ),
        billed_units=6,
    ),
    case(
        "V-2026-002",
        "Datenschutzverletzung vom 11.10.2026",
        "breach",
        (
            stretch("E-4", "2026-10-11T22:10", 110, "13.2.c", service="breach_first_notice", clause="13(2)c"),
            stretch("E-5", "2026-10-25T01:30", 120, "urgent", service="breach_support", rate_class="night_weekend"),
            stretch(
                "E-5", "2026-10-25T03:30+01:00", 30, "urgent_cap_reached", service="breach_support", clause="13(5)b"
            ),
            stretch("E-6", "2026-10-26T09:00", 95, "own_duty", service="incident_own_duty"),
        ),
        billed_units=8,
    ),
    case(
        "V-2026-003",
        "Allgemeine Anfragen Oktober",
        "general_query",
        (
            stretch("E-7", "2026-10-05T09:00", 45, "13.2.d", service="general_query", clause="13(2)d"),
            stretch("E-8", "2026-10-06T11:15", 15, "13.2.d", service="general_query", clause="13(2)d"),
            stretch("E-8", "2026-10-06T11:30", 25, "no_approved_estimate", service="general_query"),
        ),
    ),
    case(
        "V-2026-004",
        "Vor-Ort-Prüfung Rechenzentrum Ostfildern",
        "audit",
        (stretch("E-9", "2026-10-14T07:00", 60, "approved", service="audit_support", rate_class="travel"),),
        billed_units=4,
        expenses=(
            EXPENSE,
            replace(EXPENSE, expense_ref="A-2", outcome=Outcome.HELD, code="receipt_missing", receipt_ref=""),
        ),
    ),
)


def record(cases: tuple[CaseRecord, ...] = CASES, **changes: object) -> ActivityRecord:
    """Make a record whose totals fit its cases."""
    plain = ActivityRecord(
        language="de",
        seller=SELLER,
        buyer=BUYER,
        contract_number="AVV-2026-017",
        month="2026-10",
        time_zone="Europe/Berlin",
        as_of=datetime.fromisoformat("2026-11-02T09:00:00+01:00"),
        issue_date=date(2026, 11, 2),
        invoice_number="RE-2026-0042",
        unit_minutes=15,
        allowance_minutes=60,
        allowance_used_minutes=45,
        cases=cases,
        totals=totals_of(stretch for case in cases for stretch in case.stretches),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]
