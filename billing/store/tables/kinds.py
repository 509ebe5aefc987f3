"""The closed sets of values that the tables take, each with a CHECK in the database.

The names that rules speak of (causes, findings, classes, kinds of expenses) are those of the rating core and of the
exchange format; they stand here as well so that the database refuses a misspelt one on its own.
"""

from enum import StrEnum


class Cause(StrEnum):
    """Who caused a case (13(7))."""

    CONTROLLER = "controller"
    THIRD_PARTY = "third_party"
    MIXED = "mixed"
    PROCESSOR = "processor"
    UNDECIDED = "undecided"


class AuditMode(StrEnum):
    """Where an audit takes place (13(6)b speaks of those on site)."""

    ONSITE = "onsite"
    REMOTE = "remote"


class Finding(StrEnum):
    """What an audit found (13(6)b)."""

    NONE = "none"
    PENDING = "pending"
    DEVIATION = "deviation"
    MATERIAL = "material"


class RateClass(StrEnum):
    """The rate classes of 13(4)."""

    TRAVEL = "travel"
    REGULAR = "regular"
    OUT_OF_HOURS = "out_of_hours"
    NIGHT_WEEKEND = "night_weekend"


class Verdict(StrEnum):
    """What a run decided for good; held work is not decided and leaves no row."""

    FREE = "free"
    BILLED = "billed"


class ExpenseKind(StrEnum):
    """The kinds of costs of 13(4)c and d."""

    TRAVEL = "travel"
    ACCOMMODATION = "accommodation"
    PER_DIEM = "per_diem"
    ANCILLARY = "ancillary"
    THIRD_PARTY = "third_party"


class EstimateState(StrEnum):
    """Where a version of a cost estimate stands (13(5)a)."""

    DRAFT = "draft"
    SENT = "sent"
    QUESTIONED = "questioned"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    """The way an approval reached us."""

    PORTAL = "portal"
    MAIL = "mail"
    LETTER = "letter"
    PHONE = "phone"
    IN_PERSON = "in_person"
    IMPORT = "import"


class DraftState(StrEnum):
    """Where the draft of a contract's month stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    ISSUED = "issued"
    DISCARDED = "discarded"


class InvoiceKind(StrEnum):
    """An invoice, its full cancellation, or a correction of parts (§ 31 Abs. 5 UStDV)."""

    INVOICE = "invoice"
    CANCELLATION = "cancellation"
    CORRECTION = "correction"

    def booked(self, cents: int) -> int:
        """Give an amount of a document as it counts: that of a cancellation is positive, and takes away."""
        return -cents if self is InvoiceKind.CANCELLATION else cents


class CorrectionScope(StrEnum):
    """Whether a correction releases all that a closing billed, or named cases of it."""

    FULL = "full"
    PARTIAL = "partial"


class InvoiceFileKind(StrEnum):
    """What a frozen file of an invoice is."""

    PDF = "pdf"
    XML = "xml"
    ACTIVITY_RECORD_PDF = "activity_record_pdf"
    ACTIVITY_RECORD_CSV = "activity_record_csv"


class CheckStage(StrEnum):
    """When a document was checked by the rules of electronic invoices."""

    ISSUE = "issue"
    DELIVERY = "delivery"


class CheckOutcome(StrEnum):
    """Whether a document may go on: without any error, or not."""

    PASSED = "passed"
    FAILED = "failed"


class OpeningKind(StrEnum):
    """What a processor brings along when it moves in during a year."""

    NEXT_NUMBER = "next_number"
    DOCUMENT_TAKEN = "document_taken"
    AUDIT_GIVEN = "audit_given"
    ALLOWANCE_USED = "allowance_used"
    APPROVAL_USED = "approval_used"


class Role(StrEnum):
    """What a user may do for one processor."""

    STAFF = "staff"
    LEAD = "lead"
    ACCOUNTANT = "accountant"
    ADMIN = "admin"
    AUDITOR = "auditor"
    CONTROLLER_APPROVER = "controller_approver"
    CONTROLLER_READER = "controller_reader"


class LinkPurpose(StrEnum):
    """The one matter that a link sent by mail is for."""

    DECIDE = "decide"
    PORTAL = "portal"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a purpose, not a password


class VatCase(StrEnum):
    """How the supply to a controller is taxed (§§ 3a, 13b, 19 UStG)."""

    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    THIRD_COUNTRY = "third_country"


class InvoiceFormat(StrEnum):
    """What a controller takes: a PDF with the XML inside (ZUGFeRD), or the XML alone (XRechnung)."""

    ZUGFERD = "zugferd"
    XRECHNUNG = "xrechnung"


class Chart(StrEnum):
    """The standard chart of accounts (Kontenrahmen) that the books are kept by."""

    SKR03 = "SKR03"
    SKR04 = "SKR04"


class RetentionClass(StrEnum):
    """How long a record is kept, counted from the end of its calendar year (law.md: retention)."""

    BOOK = "book"
    VOUCHER = "voucher"
    LETTER = "letter"
    WORK = "work"
    INCIDENT = "incident"
    LOG = "log"


class DeliveryOutcome(StrEnum):
    """How one attempt to deliver a document ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    FAILED = "failed"


class InvoiceChannel(StrEnum):
    """How a controller gets its documents: by mail, or in the portal with a mail that says one is there."""

    MAIL = "mail"
    PORTAL = "portal"


class ReceiptSource(StrEnum):
    """What shows that a document was received (Zugang): its mail was taken, the portal's note was, or a proof."""

    MAIL = "mail"
    PORTAL = "portal"
    MANUAL = "manual"


class ProposalKind(StrEnum):
    """What a second person must confirm (four eyes): work classed anew, or given up as goodwill (Kulanz)."""

    RECLASSIFY = "reclassify"
    WRITE_OFF = "write_off"


class AttemptKind(StrEnum):
    """What was tried at the door."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind, not a password
    SECOND_FACTOR = "second_factor"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - as above
    LINK = "link"
    LINK_CODE = "link_code"
    TOKEN = "token"  # noqa: S105 - as above
