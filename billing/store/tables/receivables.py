"""What comes of a claim: money received, reminders, goodwill, and the base rates of default interest."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from billing.store.tables.columns import (
    Recorded,
    agreeing,
    check,
    choice,
    half_year_start,
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
from billing.store.tables.kinds import Channel


class BankEntry(Recorded, table=True):
    """A credit on our account as the bank booked it, of which payments were made; `digest` tells it from all others.

    Only what pays an invoice is kept: other people's money is no business of ours.
    """

    __tablename__ = "bank_entry"
    __table_args__ = table(
        unique("digest"),
        check("amount_positive", "amount_cents > 0"),
        *sha256_form("digest", "file_sha256"),
        *recorded(),
    )

    digest: str
    file_sha256: str
    account: str = Field(max_length=34)
    booked_on: date
    valued_on: date
    amount_cents: int = Field(sa_type=sa.BigInteger)
    bank_reference: str | None = sealed("bank_entry.bank_reference")
    end_to_end: str | None = sealed("bank_entry.end_to_end")
    remittance: str | None = sealed("bank_entry.remittance")
    debtor: str | None = sealed("bank_entry.debtor")
    debtor_iban: str | None = sealed("bank_entry.debtor_iban")


class Payment(Recorded, table=True):
    """Money received for an invoice, or paid back (negative); a mistake is answered by a row with `reverses_id`."""

    __tablename__ = "payment"
    __table_args__ = table(
        agreeing("invoice_id"),
        link("invoice", "invoice_id"),
        link("bank_entry", "bank_entry_id"),
        link("payment", "reverses_id", "invoice_id"),
        index("invoice_id"),
        index("bank_entry_id"),
        unique_where("uq_payment_reversal", "reverses_id IS NOT NULL", "reverses_id"),
        check("amount_not_zero", "amount_cents <> 0"),
        check("reversal_has_reason", "reverses_id IS NULL OR reason IS NOT NULL"),
        *recorded(),
    )

    invoice_id: int = to()
    paid_on: date
    amount_cents: int = Field(sa_type=sa.BigInteger)
    bank_reference: str | None = sealed("payment.bank_reference")
    bank_entry_id: int | None = maybe_to()
    reverses_id: int | None = maybe_to()
    reason: str | None = sealed("payment.reason")


class Reminder(Recorded, table=True):
    """A reminder of an open invoice, frozen as canonical JSON with its SHA-256; one of each level.

    Its amounts are those of its day, in cents: what was open, all interest until then, and the flat fee of § 288
    Abs. 5 BGB where this letter is the first to ask for it. Its file and mail are made after the commit. `received_on`
    is what a person knows better than the mail.
    """

    __tablename__ = "reminder"
    __table_args__ = table(
        unique("invoice_id", "level"),
        unique_where("uq_reminder_flat_fee", "flat_fee_cents > 0", "invoice_id"),
        link("invoice", "invoice_id"),
        link("stored_file", "stored_file_id"),
        link("mail", "mail_id"),
        index("mail_id"),
        check("level_positive", "level >= 1"),
        check("amounts_not_negative", "open_cents >= 0 AND interest_cents >= 0 AND flat_fee_cents >= 0"),
        check("received_after_sent", "received_on >= sent_on"),
        *sha256_form("document_sha256"),
        *recorded(),
        set_once="stored_file_id mail_id received_on",
    )

    invoice_id: int = to()
    level: int
    sent_on: date
    open_cents: int = Field(sa_type=sa.BigInteger)
    interest_cents: int = Field(default=0, sa_type=sa.BigInteger)
    flat_fee_cents: int = Field(default=0, sa_type=sa.BigInteger)
    channel: Channel = Field(sa_type=choice(Channel, "channel"))
    document: str
    document_sha256: str
    stored_file_id: int | None = maybe_to()
    mail_id: int | None = maybe_to()
    received_on: date | None = None


class BaseRate(Recorded, table=True):
    """The base rate of a half-year as the processor knows it (§ 247 BGB); the last recorded one of each counts."""

    __tablename__ = "base_rate"
    __table_args__ = table(
        *half_year_start("valid_from"),
        index("valid_from", "id"),
        *recorded(),
    )

    valid_from: date
    hundredths: int
    source: str


class WriteOffProposal(Recorded, table=True):
    """One person's wish to give up part of an invoice (Kulanz); it happens when a second person confirms (T-09)."""

    __tablename__ = "write_off_proposal"
    __table_args__ = table(
        link("invoice", "invoice_id"),
        link("user", "decided_by_id"),
        unique_where("uq_write_off_proposal_open", "decided_at IS NULL", "invoice_id"),
        index("invoice_id"),
        check("amount_positive", "amount_cents > 0"),
        check("decision_whole", "(decided_at IS NULL) = (accepted IS NULL)"),
        check("decider_named", "decided_at IS NULL OR decided_by_id IS NOT NULL OR decided_by_name IS NOT NULL"),
        *recorded(),
        set_once="decided_at decided_by_id decided_by_name accepted decision_reason",
    )

    invoice_id: int = to()
    amount_cents: int = Field(sa_type=sa.BigInteger)
    reason: str | None = sealed("write_off_proposal.reason")
    decided_at: datetime | None = None
    decided_by_id: int | None = maybe_to()
    decided_by_name: str | None = None
    accepted: bool | None = None
    decision_reason: str | None = sealed("write_off_proposal.decision_reason")


class WrittenOff(Recorded, table=True):
    """Goodwill (Kulanz): an invoice, or minutes of an entry not yet billed, given up by a second person."""

    __tablename__ = "written_off"
    __table_args__ = table(
        link("invoice", "invoice_id"),
        link("entry", "entry_id"),
        link("user", "second_person_id"),
        unique_where("uq_written_off_entry", "entry_id IS NOT NULL", "entry_id"),
        check("one_matter", "(invoice_id IS NULL) <> (entry_id IS NULL)"),
        check("amount_positive", "amount_cents IS NULL OR amount_cents > 0"),
        check("amount_of_invoice", "(invoice_id IS NULL) = (amount_cents IS NULL)"),
        *recorded(),
    )

    invoice_id: int | None = maybe_to()
    entry_id: int | None = maybe_to()
    amount_cents: int | None = Field(default=None, sa_type=sa.BigInteger)
    reason: str
    second_person_id: int | None = maybe_to()
