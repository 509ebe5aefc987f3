"""Issued documents, their gapless numbers, their files, and how they reached the controller."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from billing.store.tables.columns import (
    Deletion,
    Recorded,
    TenantRow,
    agreeing,
    check,
    choice,
    index,
    link,
    maybe_to,
    recorded,
    sealed,
    sha256_form,
    table,
    to,
    unique,
    unique_where,
)
from billing.store.tables.kinds import (
    CheckOutcome,
    CheckStage,
    DeliveryOutcome,
    InvoiceChannel,
    InvoiceFileKind,
    InvoiceKind,
    ReceiptSource,
)

_ONE_DOCUMENT = "(invoice_id IS NULL) <> (pass_through_id IS NULL)"


class NumberSeries(TenantRow, table=True):
    """The counter of one series and year; a trigger moves it when an invoice takes the next number, nothing else may.

    It starts at 0 or where an opening balance (`next_number`) says; after a restore it goes on behind the numbers that
    `RestoredSeries` names as given.
    """

    __tablename__ = "number_series"
    __table_args__ = table(
        unique("series", "year"),
        check("last_not_negative", "last_sequence >= 0"),
        may_change="last_sequence last_issue_date",
        deletion=Deletion.NEVER,
    )

    series: str = Field(max_length=20)
    year: int
    last_sequence: int = Field(default=0, sa_type=sa.BigInteger)
    last_issue_date: date | None = None


class RestoredSeries(Recorded, table=True):
    """What a restored backup knew of a number series, and how far its numbers had really gone; it explains the gap.

    Written when a backup is restored, one row for each series. Until a person has named `last_sequence`, the last
    number that was given away before the restore, no invoice is issued; the numbers between are given to nobody.
    """

    __tablename__ = "restored_series"
    __table_args__ = table(
        unique("series", "year", "recorded_at"),
        check("known_not_negative", "known_sequence >= 0"),
        check("last_not_before_known", "last_sequence >= known_sequence"),
        check("confirmed_dated", "(last_sequence IS NULL) = (confirmed_at IS NULL)"),
        check("confirmed_by_somebody", "(last_sequence IS NULL) = (confirmed_by_name IS NULL)"),
        check("confirmed_with_evidence", "last_sequence IS NULL OR evidence_note IS NOT NULL"),
        *recorded(),
        set_once="last_sequence confirmed_at confirmed_by_name evidence_note",
        deletion=Deletion.NEVER,
    )

    series: str = Field(max_length=20)
    year: int
    backup_taken_at: datetime
    known_sequence: int = Field(sa_type=sa.BigInteger)
    last_sequence: int | None = Field(default=None, sa_type=sa.BigInteger)
    confirmed_at: datetime | None = None
    confirmed_by_name: str | None = None
    evidence_note: str | None = sealed("restored_series.evidence_note")


class Invoice(TenantRow, table=True):
    """An issued document, frozen as canonical JSON with its SHA-256; nothing on it ever changes."""

    __tablename__ = "invoice"
    __table_args__ = table(
        unique("series", "year", "sequence"),
        unique("number"),
        agreeing("controller_id"),
        unique_where("uq_invoice_of_closing", "kind = 'invoice'", "closing_id"),
        unique_where("uq_invoice_cancellation", "kind = 'cancellation'", "cancels_id"),
        link("contract", "contract_id", "controller_id"),
        link("closing", "closing_id", "contract_id"),
        link("invoice", "cancels_id", "controller_id"),
        check("corrects_an_invoice", "(kind = 'invoice') = (cancels_id IS NULL)"),
        check("sequence_positive", "sequence >= 1"),
        check("gross_is_net_plus_vat", "gross_cents = net_cents + vat_cents"),
        check("service_period", "service_from <= service_to"),
        *sha256_form("document_sha256"),
        index("controller_id", "id"),
        index("closing_id"),
        index("cancels_id"),
    )

    contract_id: int = to()
    controller_id: int = to()
    closing_id: int = to()
    kind: InvoiceKind = Field(sa_type=choice(InvoiceKind, "kind"))
    series: str = Field(max_length=20)
    year: int
    sequence: int = Field(sa_type=sa.BigInteger)
    number: str
    issue_date: date
    issued_at: datetime
    service_from: date
    service_to: date
    document: str
    document_sha256: str
    net_cents: int = Field(sa_type=sa.BigInteger)
    vat_cents: int = Field(sa_type=sa.BigInteger)
    gross_cents: int = Field(sa_type=sa.BigInteger)
    cancels_id: int | None = maybe_to()


class PassThrough(TenantRow, table=True):
    """A statement of pass-through money (§ 10 Abs. 1 Satz 5 UStG) that a closing made: no invoice, frozen like one.

    It ends with its closing. The file is its PDF; as with invoices, it is made after the commit.
    """

    __tablename__ = "pass_through"
    __table_args__ = table(
        unique("number"),
        unique("closing_id"),
        link("contract", "contract_id", "controller_id"),
        link("closing", "closing_id", "contract_id"),
        link("stored_file", "stored_file_id"),
        check("total_positive", "total_cents > 0"),
        *sha256_form("document_sha256"),
        index("controller_id", "id"),
        set_once="stored_file_id",
    )

    contract_id: int = to()
    controller_id: int = to()
    closing_id: int = to()
    number: str
    issue_date: date
    issued_at: datetime
    document: str
    document_sha256: str
    total_cents: int = Field(sa_type=sa.BigInteger)
    stored_file_id: int | None = maybe_to()


class InvoiceFile(TenantRow, table=True):
    """A file of an invoice, one of each kind, made once; `made_with` names the code and libraries that made it.

    What the same maker makes of the same document has the same bytes, which `verify --render` proves.
    """

    __tablename__ = "invoice_file"
    __table_args__ = table(
        unique("invoice_id", "kind"), link("invoice", "invoice_id"), link("stored_file", "stored_file_id")
    )

    invoice_id: int = to()
    kind: InvoiceFileKind = Field(sa_type=choice(InvoiceFileKind, "kind"))
    stored_file_id: int = to()
    created_at: datetime
    made_with: str | None = None


class Sending(Recorded, table=True):
    """An order to send an invoice or a statement, with what was chosen for the controller then; the first is number 1.

    `file_kind` is the file that goes with the mail; without one the mail says that the portal has the document.
    """

    __tablename__ = "sending"
    __table_args__ = table(
        unique("invoice_id", "number"),
        unique("pass_through_id", "number"),
        agreeing("invoice_id"),
        agreeing("pass_through_id"),
        link("invoice", "invoice_id"),
        link("pass_through", "pass_through_id"),
        check("one_document", _ONE_DOCUMENT),
        check("number_positive", "number >= 1"),
        check("file_by_mail", "(channel = 'mail') = (file_kind IS NOT NULL)"),
        *sha256_form("recipient_digest"),
        *recorded(),
    )

    invoice_id: int | None = maybe_to()
    pass_through_id: int | None = maybe_to()
    number: int
    channel: InvoiceChannel = Field(sa_type=choice(InvoiceChannel, "channel"))
    file_kind: InvoiceFileKind | None = Field(default=None, sa_type=choice(InvoiceFileKind, "file_kind"))
    recipient: str | None = sealed("sending.recipient")
    recipient_digest: str


class InvoiceCheck(TenantRow, table=True):
    """What the rules of electronic invoices said of a document's XML: the official ones, of this version, and our own.

    `report` lists the findings as JSON. A document is closed and its XML kept only with a check that passed.
    """

    __tablename__ = "invoice_check"
    __table_args__ = table(
        link("invoice", "invoice_id"), index("invoice_id"), *sha256_form("rules_sha256", "xml_sha256")
    )

    invoice_id: int = to()
    checked_at: datetime
    stage: CheckStage = Field(sa_type=choice(CheckStage, "stage"))
    rules_version: str
    rules_sha256: str
    xml_sha256: str
    outcome: CheckOutcome = Field(sa_type=choice(CheckOutcome, "outcome"))
    report: str


class Delivery(TenantRow, table=True):
    """One attempt to deliver a document; the Message-ID is the same for every attempt of one sending."""

    __tablename__ = "delivery"
    __table_args__ = table(
        agreeing("invoice_id"),
        link("invoice", "invoice_id"),
        link("pass_through", "pass_through_id"),
        link("sending", "sending_id", "invoice_id"),
        link("sending", "sending_id", "pass_through_id"),
        check("one_document", _ONE_DOCUMENT),
        index("invoice_id"),
        index("pass_through_id"),
    )

    invoice_id: int | None = maybe_to()
    pass_through_id: int | None = maybe_to()
    sending_id: int | None = maybe_to()
    attempted_at: datetime
    channel: str
    recipient: str | None = sealed("delivery.recipient")
    recipient_digest: str
    message_id: str
    outcome: DeliveryOutcome = Field(sa_type=choice(DeliveryOutcome, "outcome"))
    answer: str | None = None


class Receipt(Recorded, table=True):
    """When the controller received a document (Zugang): the due date counts from the newest of these rows (13(8)).

    `land` is that of the debtor's seat then, whose holidays move both dates. Without `received_on` the row says, with
    its proof, that the document was not received after all.
    """

    __tablename__ = "receipt"
    __table_args__ = table(
        link("invoice", "invoice_id"),
        link("delivery", "delivery_id", "invoice_id"),
        check("delivered_or_proved", "source = 'manual' OR received_on IS NOT NULL"),
        index("invoice_id"),
        *recorded(),
    )

    invoice_id: int = to()
    received_on: date | None = None
    source: ReceiptSource = Field(sa_type=choice(ReceiptSource, "source"))
    land: str = Field(max_length=3)
    delivery_id: int | None = maybe_to()
    evidence_note: str | None = sealed("receipt.evidence_note")
