"""All tables, split by noun; `from billing.store.tables import Entry` (migrations read them from `metadata`)."""

from billing.store.tables.access import (
    ApiToken,
    IdempotencyKey,
    LoginAttempt,
    MailLink,
    RecoveryCode,
    RoleGrant,
    User,
    UserSession,
)
from billing.store.tables.cases import Case, CaseVersion
from billing.store.tables.columns import Recorded, Row, RowRule, TenantRow
from billing.store.tables.contracts import Contract, HolidaySet, OpeningBalance, TermsVersion
from billing.store.tables.decisions import ClosingExpense, Segment, Unit
from billing.store.tables.estimates import Approval, Estimate, EstimateEvent, EstimateLine, EstimateVersion
from billing.store.tables.files import StoredFile
from billing.store.tables.invoices import (
    Delivery,
    Invoice,
    InvoiceFile,
    NumberSeries,
    Payment,
    Receipt,
    Reminder,
    WrittenOff,
)
from billing.store.tables.logs import AccessLog, AuditLog, Outbox, RetentionRecord
from billing.store.tables.months import Closing, Correction, CorrectionItem, Draft, Run
from billing.store.tables.parties import Contact, Controller, Person, Processor, ProcessorVersion, Site
from billing.store.tables.work import Entry, EntryVersion, Expense, ImportBatch, ImportRowKey, IncompleteEntry

metadata = Row.metadata

__all__ = [
    "AccessLog",
    "ApiToken",
    "Approval",
    "AuditLog",
    "Case",
    "CaseVersion",
    "Closing",
    "ClosingExpense",
    "Contact",
    "Contract",
    "Controller",
    "Correction",
    "CorrectionItem",
    "Delivery",
    "Draft",
    "Entry",
    "EntryVersion",
    "Estimate",
    "EstimateEvent",
    "EstimateLine",
    "EstimateVersion",
    "Expense",
    "HolidaySet",
    "IdempotencyKey",
    "ImportBatch",
    "ImportRowKey",
    "IncompleteEntry",
    "Invoice",
    "InvoiceFile",
    "LoginAttempt",
    "MailLink",
    "NumberSeries",
    "OpeningBalance",
    "Outbox",
    "Payment",
    "Person",
    "Processor",
    "ProcessorVersion",
    "Receipt",
    "Recorded",
    "RecoveryCode",
    "Reminder",
    "RetentionRecord",
    "RoleGrant",
    "Row",
    "RowRule",
    "Run",
    "Segment",
    "Site",
    "StoredFile",
    "TenantRow",
    "TermsVersion",
    "Unit",
    "User",
    "UserSession",
    "WrittenOff",
    "metadata",
]
