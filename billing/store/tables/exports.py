"""What goes to bookkeeping: the DATEV settings, a debtor account per controller, and batches of bookings."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from billing.store.tables.columns import (
    Recorded,
    TenantRow,
    check,
    choice,
    index,
    link,
    maybe_to,
    numbered,
    recorded,
    same_year,
    sealed,
    table,
    to,
    unique,
    unique_where,
)
from billing.store.tables.kinds import Chart


class DatevSettings(Recorded, table=True):
    """What the tax adviser said, in versions: the last one counts. Account numbers are texts of digits, by purpose."""

    __tablename__ = "datev_settings"
    __table_args__ = table(
        numbered("version_no"),
        check("consultant_range", "consultant BETWEEN 1001 AND 9999999"),
        check("client_range", "client BETWEEN 1 AND 99999"),
        check("account_length_range", "account_length BETWEEN 4 AND 8"),
        check("fiscal_year_month_range", "fiscal_year_month BETWEEN 1 AND 12"),
        *recorded(),
    )

    version_no: int
    consultant: int | None = None
    client: int | None = None
    chart: Chart | None = Field(default=None, sa_type=choice(Chart, "chart"))
    account_length: int = 4
    fiscal_year_month: int = 1
    locked: bool = False
    """Bookings are locked (Festschreibung) on import."""
    service_dates: bool = True
    """Bookings carry the date of performance and the tax period (fields 115 and 116)."""
    accounts: str
    """JSON object: accounts that differ from those of the chart, by purpose."""


class DebtorAccount(Recorded, table=True):
    """The debtor account (Personenkonto) of a controller, one digit longer than a ledger account; kept for good."""

    __tablename__ = "debtor_account"
    __table_args__ = table(
        unique("controller_id"),
        unique("number"),
        link("controller", "controller_id"),
        check("number_range", "number BETWEEN 10000 AND 699999999"),
        *recorded(),
        may_change="number",
    )

    controller_id: int = to()
    number: int = Field(sa_type=sa.BigInteger)


class ExportBatch(Recorded, table=True):
    """A booking batch as it was handed over: its bytes are a stored file; one that was withdrawn is kept too."""

    __tablename__ = "export_batch"
    __table_args__ = table(
        numbered("batch_no"),
        link("datev_settings", "settings_id"),
        link("stored_file", "stored_file_id"),
        link("stored_file", "documents_file_id"),
        check("days_in_order", "from_day <= to_day"),
        *same_year("from_day", "to_day"),
        check("has_bookings", "bookings >= 1"),
        check("sums_not_negative", "debit_cents >= 0 AND credit_cents >= 0"),
        check("withdrawal_named", "(withdrawn_at IS NULL) = (withdrawn_by_name IS NULL)"),
        check("withdrawal_reasoned", "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)"),
        *recorded(),
        set_once="withdrawn_at withdrawn_by_name withdrawn_reason",
    )

    batch_no: int
    from_day: date
    to_day: date
    settings_id: int = to()
    stored_file_id: int = to()
    documents_file_id: int | None = maybe_to()
    bookings: int
    debit_cents: int = Field(sa_type=sa.BigInteger)
    credit_cents: int = Field(sa_type=sa.BigInteger)
    withdrawn_at: datetime | None = None
    withdrawn_by_name: str | None = None
    withdrawn_reason: str | None = sealed("export_batch.withdrawn_reason")


class ExportBatchItem(TenantRow, table=True):
    """An issued document in a batch: in one batch that lives, never in two."""

    __tablename__ = "export_batch_item"
    __table_args__ = table(
        unique_where("uq_export_batch_item_living", "superseded_at IS NULL", "invoice_id"),
        unique("batch_id", "invoice_id"),
        link("export_batch", "batch_id"),
        link("invoice", "invoice_id"),
        index("invoice_id"),
        set_once="superseded_at",
    )

    batch_id: int = to()
    invoice_id: int = to()
    superseded_at: datetime | None = None
    """When its batch was withdrawn."""
