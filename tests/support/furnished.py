"""A world with at least one row in every table, so that a rule about all tables can be tried on all of them."""

from datetime import date
from typing import Any

from billing.canonical import fingerprint
from billing.store.audit import Event, append_access, append_audit
from billing.store.session import TenantSession
from billing.store.tables import (
    ApiToken,
    BankEntry,
    BaseRate,
    CaseFile,
    CaseVersion,
    Contact,
    CorrectionItem,
    DatevSettings,
    DeadlineMark,
    DebtorAccount,
    DecisionCode,
    Delivery,
    Draft,
    EstimateEvent,
    ExportBatch,
    ExportBatchItem,
    HolidaySet,
    IdempotencyKey,
    ImportBatch,
    ImportRowKey,
    IncidentVersion,
    IncompleteEntry,
    Instruction,
    LegalHold,
    LoginAttempt,
    Mail,
    MailAttachment,
    MailAttempt,
    MailLink,
    OpeningBalance,
    Outbox,
    PassThrough,
    Payment,
    Policy,
    ProcessorVersion,
    Proposal,
    RateLimit,
    Receipt,
    RecoveryCode,
    Reminder,
    RestoredSeries,
    RetentionRecord,
    RoleGrant,
    Row,
    Sending,
    Site,
    SupportRequest,
    TermsVersion,
    Timer,
    User,
    UserSession,
    WriteOffProposal,
    WrittenOff,
)
from tests.support.world import (
    HASH,
    LONG_BEFORE,
    NOW,
    WORKED,
    Issued,
    World,
    add_closing,
    add_correction,
    add_estimate,
    add_expense,
    approve,
    decided_expense_of,
    issue,
    number,
    put,
    recorded,
    send,
)


def furnish(session: TenantSession, world: World, letter: str = "b") -> Issued:
    """Add one row of every table to a new world; `letter` makes the hashes of its tokens its own."""
    _passed_through(session, world)
    issued = issue(session, world)
    _given_up(session, number(issued.invoice))
    approve(session, send(session, add_estimate(session, world)))
    correction = add_correction(session, issued.closing, "partial")
    put(session, CorrectionItem(correction_id=number(correction), case_id=world.case_id))
    user, contact = _people(session, world)
    rows = [
        *_agreed(world),
        *_worked(world, issued),
        *_cases(world, issued, contact),
        *_access(user, letter * 64),
        *_afterwards(world, issued, contact, session, letter),
    ]
    session.add_all(rows)
    _mailed(session, user, contact, letter * 64, number(issued.file))
    batch = put(session, ImportBatch(file_name="a.csv", file_sha256=HASH, format="toggl", row_count=1, **recorded()))
    put(session, ImportRowKey(import_batch_id=number(batch), digest=HASH, line=2))
    _booked(session, world, issued)
    _restored(session)
    event = Event(NOW, "tester", "month_closed", "contract:V1", {"month": "2026-10"})
    append_audit(session, event)
    append_access(session, event)
    return issued


def _passed_through(session: TenantSession, world: World) -> None:
    """A month with nothing but money paid in the controller's name."""
    closing = add_closing(session, world, "2026-09")
    expense = add_expense(session, world, "D1", in_name_of_client=True)
    put(session, decided_expense_of(closing, expense, code="pass_through"))
    links: dict[str, Any] = {"contract_id": world.contract_id, "controller_id": world.controller_id}
    said: dict[str, Any] = {"number": "DP-2026-09-V1", "document": "{}", "document_sha256": fingerprint("{}")}
    when: dict[str, Any] = {"issue_date": NOW.date(), "issued_at": NOW}
    put(session, PassThrough(closing_id=number(closing), total_cents=expense.net_cents, **links, **said, **when))


def _booked(session: TenantSession, world: World, issued: Issued) -> None:
    """What bookkeeping got: the invoice in a batch."""
    settings = put(session, DatevSettings(version_no=1, accounts="{}", **recorded()))
    put(session, DebtorAccount(controller_id=world.controller_id, number=10_000, **recorded()))
    days: dict[str, Any] = {"from_day": date(2026, 11, 1), "to_day": date(2026, 11, 30)}
    sums: dict[str, Any] = {"bookings": 1, "debit_cents": issued.invoice.gross_cents, "credit_cents": 0}
    links: dict[str, Any] = {"settings_id": number(settings), "stored_file_id": number(issued.file)}
    batch = put(session, ExportBatch(batch_no=1, **days, **sums, **links, **recorded()))
    put(session, ExportBatchItem(batch_id=number(batch), invoice_id=number(issued.invoice)))


def _restored(session: TenantSession) -> None:
    """A restore after which somebody found that nothing was lost."""
    known: dict[str, Any] = {"series": "RE", "year": NOW.year, "known_sequence": 1, "backup_taken_at": NOW}
    row = put(session, RestoredSeries(**known, **recorded()))
    row.last_sequence, row.confirmed_at, row.confirmed_by_name = 1, NOW, "tester"
    row.evidence_note = "Postausgang geprüft"
    put(session, row)


def _people(session: TenantSession, world: World) -> tuple[User, Contact]:
    user = put(session, User(person_id=world.person_id, email="ab@acme.example", email_digest=HASH, created_at=NOW))
    contact = put(session, Contact(controller_id=world.controller_id, name="Frau Kundin", email_digest=HASH))
    return user, contact


def _agreed(world: World) -> list[Row]:
    letter: dict[str, Any] = {"company_name": "Acme GmbH", "street": "Weg 2", "postcode": "70173", "city": "Stuttgart"}
    dates: dict[str, Any] = {"land": "DE-BW", "package_version": "0.109", "dates": "[]", "sha256": HASH}
    brought: dict[str, Any] = {"kind": "allowance_used", "month": "2026-10", "value": 20}
    return [
        ProcessorVersion(valid_from=date(2026, 1, 1), vat_id="DE123456789", **letter, **recorded()),
        TermsVersion(contract_id=world.contract_id, valid_from="2026-10", terms="{}", sha256=HASH, **recorded()),
        HolidaySet(**dates, **recorded()),
        OpeningBalance(contract_id=world.contract_id, **brought, **recorded()),
        Site(controller_id=world.controller_id, name="Stuttgart"),
    ]


def _worked(world: World, issued: Issued) -> list[Row]:
    draft: dict[str, Any] = {"month": "2026-09", "as_of": NOW, "facts_hash": HASH, "settlement": "{}"}
    return [
        CaseVersion(case_id=world.case_id, cause="undecided", cause_reason="Prüfung läuft", **recorded()),  # type: ignore[arg-type]
        IncompleteEntry(worked_on=date(2026, 10, 7), duration_minutes=30, **recorded()),
        Draft(run_id=issued.closing.run_id, contract_id=world.contract_id, **draft),
        Timer(person_id=world.person_id, case_id=world.case_id, started_at=NOW, service="dpia_support", note="Anruf"),
        Proposal(entry_id=number(issued.entry), kind="write_off", reason="Nachsicht", **recorded()),  # type: ignore[arg-type]
    ]


def _cases(world: World, issued: Issued, contact: Contact) -> list[Row]:
    under: dict[str, Any] = {"contract_id": world.contract_id, "controller_id": world.controller_id}
    told: dict[str, Any] = {"given_by": "Herr Leser", "channel": "mail", "content": "Daten sperren"}
    asked: dict[str, Any] = {"kind": "data_subject_request", "description": "Auskunft erbeten", "received_at": NOW}
    return [
        CaseFile(case_id=world.case_id, stored_file_id=number(issued.file), note="Anlage", **recorded()),
        IncidentVersion(case_id=world.case_id, known_at=NOW, nature="Fehlversand", people_count=3, **recorded()),
        DeadlineMark(case_id=world.case_id, code="D-01", met_at=NOW, note="gemeldet", **recorded()),
        Instruction(ref="W1", given_at=NOW, **told, **under, **recorded()),
        SupportRequest(ref="A1", contact_id=number(contact), **asked, **world.case, **recorded()),
    ]


def _somebody_of_long_ago(session: TenantSession, world: World) -> int:
    """Give a contact whose time has run out, so that the leave to delete it may stand on record."""
    then: dict[str, Any] = {"email_digest": "c" * 64, "ended_at": LONG_BEFORE}
    return number(put(session, Contact(controller_id=world.controller_id, **then)))


def _access(user: User, token_hash: str) -> list[Row]:
    mine: dict[str, Any] = {"user_id": number(user)}
    times: dict[str, Any] = {"created_at": NOW, "expires_at": NOW}
    attempt: dict[str, Any] = {
        "email_digest": HASH,
        "secret_digest": HASH,
        "address_prefix": "192.0.2",
        "succeeded": False,
    }
    return [
        RecoveryCode(code_hash=HASH, **mine),
        RoleGrant(role="admin", reason="Gründung", **mine, **recorded()),  # type: ignore[arg-type]
        UserSession(token_hash=token_hash, started_at=NOW, last_seen_at=NOW, expires_at=NOW, **mine),
        ApiToken(label="Skript", token_hash=token_hash, scopes="read", **mine, **times),
        *(
            IdempotencyKey(actor=actor, key="k1", request_sha256=HASH, created_at=NOW, response="Antwort mit Namen")
            for actor in ("user:1", "token:1")
        ),
        Policy(four_eyes=True, **recorded()),
        LoginAttempt(at=NOW, kind="password", **attempt),  # type: ignore[arg-type]
        RateLimit(bucket=token_hash, window_start=NOW, hits=1),
    ]


def _mailed(session: TenantSession, user: User, contact: Contact, token_hash: str, file: int) -> None:
    """A link with its code, and a message with its attachment and first attempt."""
    whom: dict[str, Any] = {"contact_id": number(contact), "controller_id": contact.controller_id}
    until: dict[str, Any] = {"created_at": NOW, "expires_at": NOW}
    link = put(session, MailLink(token_hash=token_hash, purpose="decide", **whom, **until))  # type: ignore[arg-type]
    put(session, DecisionCode(mail_link_id=number(link), code_hash=HASH, **until))
    written: dict[str, Any] = {
        "recipient": "kern@kunde.example",
        "recipient_digest": HASH,
        "subject": "Freigabe erbeten",
    }
    content: dict[str, Any] = {"text": "Guten Tag Frau Kern", "html": "<p>Guten Tag Frau Kern</p>"}
    about: dict[str, Any] = {"subject_table": "user", "subject_id": number(user)}
    mail = put(session, Mail(message_id="m1", kind="invitation", created_at=NOW, **written, **content, **about))
    put(session, MailAttachment(mail_id=number(mail), stored_file_id=file))
    put(session, MailAttempt(mail_id=number(mail), attempted_at=NOW, outcome="deferred", answer="451 later"))  # type: ignore[arg-type]


def _delivered(session: TenantSession, invoice: dict[str, Any]) -> int:
    """Send the document; gives the attempt that was accepted."""
    to: dict[str, Any] = {"channel": "mail", "recipient": "k@kunde.example", "recipient_digest": HASH}
    order: dict[str, Any] = {"number": 1, "file_kind": "pdf", **to, **invoice}
    sending = put(session, Sending(**order, **recorded()))
    taken: dict[str, Any] = {"attempted_at": NOW, "message_id": "m1", "outcome": "accepted", **to, **invoice}
    return number(put(session, Delivery(sending_id=number(sending), **taken)))


def _given_up(session: TenantSession, invoice_id: int) -> None:
    """Give a euro of an invoice up, with the second person's word."""
    said: dict[str, Any] = {"invoice_id": invoice_id, "amount_cents": 100, "reason": "Kulanz"}
    proposal = put(session, WriteOffProposal(**said, **recorded()))
    proposal.decided_at, proposal.decided_by_name, proposal.accepted = NOW, "second", True
    session.flush()
    put(session, WrittenOff(**said, **recorded()))


def _afterwards(world: World, issued: Issued, contact: Contact, session: TenantSession, letter: str) -> list[Row]:
    invoice: dict[str, Any] = {"invoice_id": number(issued.invoice)}
    estimate = add_estimate(session, world, "KV2")
    asked: dict[str, Any] = {"state": "questioned", "happened_at": NOW, "controller_id": world.controller_id}
    gone: dict[str, Any] = {"table_name": "contact", "row_id": _somebody_of_long_ago(session, world)}
    kept: dict[str, Any] = {**gone, "retention_class": "letter", "reason": "Frist"}
    by_mail: dict[str, Any] = {"source": "mail", "land": "BW"}
    day, day_of_issue = date(2020, 1, 1), NOW.date()
    return [
        EstimateEvent(estimate_version_id=number(estimate), contact_id=number(contact), **asked, **recorded()),
        Receipt(received_on=day_of_issue, delivery_id=_delivered(session, invoice), **by_mail, **invoice, **recorded()),
        Payment(paid_on=NOW.date(), amount_cents=16_898, **invoice, **recorded()),
        Reminder(
            level=1,
            sent_on=NOW.date(),
            open_cents=100,
            channel="letter",  # type: ignore[arg-type]
            document="{}",
            document_sha256=HASH,
            **invoice,
            **recorded(),
        ),
        BankEntry(
            digest=letter * 64,
            file_sha256=HASH,
            account="DE02120300000000202051",
            booked_on=NOW.date(),
            valued_on=NOW.date(),
            amount_cents=16_898,
            remittance="RE-2026-0001 Frau Kern",
            **recorded(),
        ),
        BaseRate(valid_from=date(2026, 7, 1), hundredths=127, source="Bundesbank", **recorded()),
        RetentionRecord(
            retained_until=day, recorded_on=day, recorded_at=LONG_BEFORE, recorded_by_name="tester", **kept
        ),
        LegalHold(ref="S1", reason="Prüfung", lifted_at=None, from_year=2150, **recorded()),
        Outbox(kind="render", subject_table="invoice", subject_id=1, not_before=WORKED, created_at=NOW),
    ]
