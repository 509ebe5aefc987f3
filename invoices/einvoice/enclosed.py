"""What travels inside: papers inside the XML, and the XML inside the PDF."""

from datetime import date
from typing import NamedTuple

from billing.texts import wording
from invoices.activity_csv import activity_csv
from invoices.activity_record import ActivityRecord
from invoices.parties import InvoiceFormat


class Attachment(NamedTuple):
    """A file that travels inside the invoice; `name` may not hold the invoice's number, which comes later."""

    name: str
    description: str
    media_type: str
    content: bytes


class Enclosed(NamedTuple):
    """What a PDF has inside: the XML it is a picture of, and the papers that are inside that as well."""

    xml: bytes
    invoice_format: InvoiceFormat
    issue_date: date
    attachments: tuple[Attachment, ...] = ()


def record_attachment(record: ActivityRecord) -> Attachment:
    """Give the activity record as a table that any spreadsheet opens (13(10))."""
    return record_table(record.month, record.language, activity_csv(record))


def record_table(month: str, language: str, content: bytes) -> Attachment:
    """Give the activity record of a month, `2026-10`, that was written as a table before."""
    return Attachment(
        name=f"Taetigkeitsnachweis-{month}.csv",
        description=wording("label.activity_record", language),
        media_type="text/csv",
        content=content,
    )
