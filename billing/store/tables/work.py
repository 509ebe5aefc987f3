"""Logged work and expenses: raw, never rounded, corrected by new versions only; and the imports they came from."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
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
    ref,
    sealed,
    sha256_form,
    table,
    to,
    unique,
    unique_where,
    whole_minutes,
)
from billing.store.tables.kinds import ExpenseKind, ProposalKind

_LIVING = "superseded_at IS NULL AND NOT deleted"


class Entry(Recorded, table=True):
    """The identity of one logged piece of work of one person on one case."""

    __tablename__ = "entry"
    __table_args__ = table(
        unique("ref", "contract_id"),
        agreeing("contract_id"),
        agreeing("person_id"),
        link("case", "case_id", "contract_id", "controller_id"),
        link("person", "person_id"),
        index("case_id"),
        index("person_id", "id"),
        *recorded(),
    )

    ref: str = ref()
    case_id: int = to()
    contract_id: int = to()
    controller_id: int = to()
    person_id: int = to()


class EntryVersion(Recorded, table=True):
    """What an entry says, `[start_at, end_at)`; the newest version counts, a run sees what was recorded by `as_of`.

    Insert only: version 1, 2, 3 ...; inserting one sets `superseded_at` of the one before (a trigger does). Work is
    taken back by a version with `deleted`. Living versions of one person never overlap.
    """

    __tablename__ = "entry_version"
    __table_args__ = table(
        unique("entry_id", "version_no"),
        link("entry", "entry_id", "person_id"),
        check("version_counts_from_one", "version_no >= 1"),
        check("start_before_end", "start_at < end_at"),
        check("document_named", "service <> 'standard_documents' OR document IS NOT NULL"),
        check("reason_from_second", "version_no = 1 OR reason IS NOT NULL"),
        *whole_minutes("start_at", "end_at"),
        index("person_id", "start_at"),
        ExcludeConstraint(
            ("person_id", "="),  # first what tells rows apart: the index is a tree over it
            (sa.text("tstzrange(start_at, end_at)"), "&&"),
            ("entry_id", "<>"),
            ("processor_id", "="),
            where=sa.text(_LIVING),
            using="gist",
            name="entry_overlap",
        ).ddl_if(dialect="postgresql"),
        *recorded(),
        set_once="superseded_at",
    )

    entry_id: int = to()
    person_id: int = to()
    version_no: int = 1
    start_at: datetime
    end_at: datetime
    service: str
    document: str | None = None
    travel: bool = False
    onsite: bool = False
    urgent: bool = False
    remedies_processor_defect: bool = False
    note: str | None = sealed("entry_version.note")
    deleted: bool = False
    reason: str | None = sealed("entry_version.reason")
    superseded_at: datetime | None = None


class IncompleteEntry(Recorded, table=True):
    """Work with a duration but no clock times: kept, asked for, never rated with a guessed surcharge.

    `digest` is that of the imported row, by which the row that brings the clock times names it.
    """

    __tablename__ = "incomplete_entry"
    __table_args__ = table(
        unique("digest"),
        link("case", "case_id"),
        link("person", "person_id"),
        link("entry", "completed_by_id"),
        link("import_batch", "import_batch_id"),
        check("duration_positive", "duration_minutes > 0"),
        *sha256_form("digest"),
        *recorded(),
        may_change="case_id person_id service document",
        set_once="completed_by_id discarded_at",
    )

    case_id: int | None = maybe_to()
    person_id: int | None = maybe_to()
    import_batch_id: int | None = maybe_to()
    digest: str | None = None
    worked_on: date
    duration_minutes: int
    service: str | None = None
    document: str | None = None
    note: str | None = sealed("incomplete_entry.note")
    completed_by_id: int | None = maybe_to()
    discarded_at: datetime | None = None


class Timer(TenantRow, table=True):
    """A running clock: one a person, kept by the server, gone once its work was logged or it was thrown away."""

    __tablename__ = "timer"
    __table_args__ = table(
        unique("person_id"),
        link("person", "person_id"),
        link("case", "case_id"),
        *whole_minutes("started_at"),
        may_change="case_id service document travel onsite urgent note",
        deletion=Deletion.FREE,
    )

    person_id: int = to()
    case_id: int = to()
    started_at: datetime
    service: str
    document: str | None = None
    travel: bool = False
    onsite: bool = False
    urgent: bool = False
    note: str | None = sealed("timer.note")


class Proposal(Recorded, table=True):
    """One person's wish to class logged work anew or to give it up; it happens when a second person confirms (T-09).

    One at a time waits for an answer about an entry. `content` is canonical JSON: which version of the entry it was
    about, and what a reclassification changes.
    """

    __tablename__ = "proposal"
    __table_args__ = table(
        link("entry", "entry_id"),
        link("user", "decided_by_id"),
        unique_where("uq_proposal_open", "decided_at IS NULL", "entry_id"),
        index("entry_id"),
        check("decision_whole", "(decided_at IS NULL) = (accepted IS NULL)"),
        check("decider_named", "decided_at IS NULL OR decided_by_id IS NOT NULL OR decided_by_name IS NOT NULL"),
        *recorded(),
        set_once="decided_at decided_by_id decided_by_name accepted decision_reason",
    )

    entry_id: int = to()
    kind: ProposalKind = Field(sa_type=choice(ProposalKind, "kind"))
    content: str = "{}"
    reason: str | None = sealed("proposal.reason")
    decided_at: datetime | None = None
    decided_by_id: int | None = maybe_to()
    decided_by_name: str | None = None
    accepted: bool | None = None
    decision_reason: str | None = sealed("proposal.decision_reason")


class Expense(Recorded, table=True):
    """An expense or third-party cost at its net amount (13(4)c, d); a receipt is a stored file or said to exist.

    What proves it may come later: each of those facts is set once. Its evidence file proves the approval (13(4)d).
    `in_name_of_client`: paid in the controller's name (§ 10 Abs. 1 Satz 5 UStG); the net is then the whole amount.
    """

    __tablename__ = "expense"
    __table_args__ = table(
        unique("ref", "contract_id"),
        agreeing("contract_id"),
        link("case", "case_id", "contract_id", "controller_id"),
        link("person", "person_id"),
        link("stored_file", "receipt_file_id"),
        index("contract_id"),
        check("net_not_negative", "net_cents >= 0"),
        *whole_minutes("approved_at"),
        index("case_id"),
        *recorded(),
        may_change="receipt",
        set_once="receipt_file_id approved_at evidence_file_id withdrawn_at",
    )

    ref: str = ref()
    case_id: int = to()
    contract_id: int = to()
    controller_id: int = to()
    person_id: int | None = maybe_to()
    kind: ExpenseKind = Field(sa_type=choice(ExpenseKind, "kind"))
    incurred_on: date
    net_cents: int = Field(sa_type=sa.BigInteger)
    receipt: bool = False
    receipt_file_id: int | None = maybe_to()
    approved_at: datetime | None = None
    remedies_processor_defect: bool = False
    in_name_of_client: bool = False
    description: str | None = sealed("expense.description")
    withdrawn_at: datetime | None = None


class ImportBatch(Recorded, table=True):
    """One file of logged work that was read in."""

    __tablename__ = "import_batch"
    __table_args__ = table(*sha256_form("file_sha256"), *recorded())

    file_name: str
    file_sha256: str
    format: str
    time_zone: str | None = None
    row_count: int


class ImportRowKey(TenantRow, table=True):
    """The content digest of one imported row: the same row never comes in twice."""

    __tablename__ = "import_row_key"
    __table_args__ = table(unique("digest"), link("import_batch", "import_batch_id"), *sha256_form("digest"))

    import_batch_id: int = to()
    digest: str
    line: int
