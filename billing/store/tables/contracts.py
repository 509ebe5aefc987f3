"""What was agreed: contracts, their dated terms, the holidays used, and what was brought along on moving in."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Field

from billing.store.tables.columns import (
    Recorded,
    agreeing,
    check,
    choice,
    index,
    link,
    maybe_to,
    month,
    month_form,
    recorded,
    ref,
    sealed,
    sha256_form,
    table,
    to,
    unique,
)
from billing.store.tables.kinds import OpeningKind, RateClass


class Contract(Recorded, table=True):
    """A data-processing agreement with one controller; `number` is what invoices print."""

    __tablename__ = "contract"
    __table_args__ = table(
        unique("ref"),
        agreeing("controller_id"),
        link("controller", "controller_id"),
        index("controller_id", "id"),
        *recorded(),
        set_once="ended_on",
    )

    ref: str = ref()
    controller_id: int = to()
    number: str
    term_set: str
    signed_on: date | None = None
    starts_on: date
    ended_on: date | None = None


class TermsVersion(Recorded, table=True):
    """Every agreed number and reading from a month on, as canonical JSON; the last recorded one of a month counts."""

    __tablename__ = "terms_version"
    __table_args__ = table(
        unique("contract_id", "valid_from", "version_no"),
        link("contract", "contract_id"),
        check("version_counts_from_one", "version_no >= 1"),
        *month_form("valid_from"),
        *sha256_form("sha256"),
        *recorded(),
    )

    contract_id: int = to()
    valid_from: str = month()
    version_no: int = 1
    terms: str
    sha256: str


class HolidaySet(Recorded, table=True):
    """The public holidays a run used, frozen: an upgrade of the package changes no closed month."""

    __tablename__ = "holiday_set"
    __table_args__ = table(unique("sha256"), *sha256_form("sha256"), *recorded())

    land: str
    package_version: str
    dates: str
    sha256: str


class OpeningBalance(Recorded, table=True):
    """What happened before this product kept the record; a wrong one is withdrawn, never edited.

    The next invoice number, documents and audits already given, allowance used, approved minutes used. `value` counts
    invoice numbers or minutes (1 for a document or audit); `subject` names the document type, the site or the
    estimate's ref.
    """

    __tablename__ = "opening_balance"
    __table_args__ = table(
        link("contract", "contract_id"),
        index("series", "year"),
        index("contract_id"),
        check("value_not_negative", "value >= 0 AND (value > 0 OR kind <> 'next_number')"),
        check("number_has_series", "(kind = 'next_number') = (series IS NOT NULL)"),
        check("others_have_contract", "(kind = 'next_number') = (contract_id IS NULL)"),
        check("year_given", "kind NOT IN ('next_number', 'document_taken', 'audit_given') OR year IS NOT NULL"),
        check("month_given", "kind <> 'allowance_used' OR month IS NOT NULL"),
        check("subject_given", "kind IN ('next_number', 'allowance_used') OR subject IS NOT NULL"),
        check("class_given", "(kind = 'approval_used') = (rate_class IS NOT NULL)"),
        *month_form(),
        *recorded(),
        set_once="withdrawn_by_name",
    )

    kind: OpeningKind = Field(sa_type=choice(OpeningKind, "kind"))
    contract_id: int | None = maybe_to()
    series: str | None = None
    year: int | None = None
    month: str | None = month()
    subject: str | None = None
    rate_class: RateClass | None = Field(default=None, sa_type=choice(RateClass, "rate_class"))
    value: int = Field(sa_type=sa.BigInteger)
    withdrawn_by_name: str | None = None
    evidence_note: str | None = sealed("opening_balance.evidence_note")
