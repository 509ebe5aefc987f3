"""Where the database holds something about a person of staff or a contact, and what of it an export gives (Art. 15).

Every place is named once: the column that names the person, the columns given, and why the rest of the row is not. A
test builds the list of all such columns from the tables themselves and finds the one that was forgotten.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from billing.services.mail_texts import without_secrets
from billing.store.tables import (
    AccessLog,
    ApiToken,
    Approval,
    AuditLog,
    Case,
    Closing,
    Contact,
    Delivery,
    Draft,
    Entry,
    EntryVersion,
    EstimateEvent,
    Expense,
    IdempotencyKey,
    IncompleteEntry,
    Instruction,
    LegalHold,
    Mail,
    MailLink,
    Person,
    Proposal,
    RecoveryCode,
    RoleGrant,
    Run,
    Sending,
    SupportRequest,
    TenantRow,
    Timer,
    User,
    UserSession,
    WriteOffProposal,
    WrittenOff,
)


class Whose(StrEnum):
    """What names the person in a column."""

    PERSON = "number of the member of staff"
    CONTACT = "number of the contact"
    USER = "number of an account"
    ADDRESS = "keyed digest of an e-mail address, and since and until when it was the person's"
    ACTOR = "name under which the person acts or is spoken of in a log"


@dataclass(frozen=True, slots=True)
class Place:
    """Rows of a table that a column ties to the person; `rest` says why their other columns are not given."""

    table: type[TenantRow]
    by: str
    whose: Whose
    columns: str
    rest: str = ""
    moment: str = ""
    """When something went to an address: that was the person's for a time, and somebody else's before or after."""
    shown: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    """Texts of which a part is not given, by their column: how they are shown."""


_SECRET = "a secret or its hash: in an export it would be a way in, and it says nothing about the person"  # noqa: S105
_MATTER = "the matter itself: it is about the controller's affairs and about others (Art. 15 Abs. 4 DSGVO)"
_DIGEST = "a keyed digest of a value that is given beside it"
_PROOF = "who recorded the row, and the file that proves it: others wrote them"
_CHAIN = "links of the chain of hashes: they prove the row and say nothing; who did it, if somebody else"
_ANSWER = "the answer repeats rows that are given themselves"

_WORK = (
    "entry_id version_no recorded_at start_at end_at service document travel onsite urgent remedies_processor_defect"
    " note deleted reason superseded_at"
)
_LOG = "seq at actor action subject details"
_LINK = "purpose subject_table subject_id created_at expires_at used_at revoked_at"

PLACES = (
    Place(Person, "id", Whose.PERSON, "ref initials name left_on confidentiality_pledged_on"),
    Place(Contact, "id", Whose.CONTACT, "name email phone may_approve ended_at", rest=_DIGEST),
    *(
        Place(
            User,
            by,
            whose,
            "id email language password_changed_at totp_confirmed_at created_at disabled_at",
            rest=f"{_DIGEST}; {_SECRET}",
        )
        for by, whose in (("person_id", Whose.PERSON), ("contact_id", Whose.CONTACT))
    ),
    Place(RoleGrant, "user_id", Whose.USER, "role reason recorded_at expires_at revoked_at", rest=_PROOF),
    Place(RoleGrant, "revoked_by_id", Whose.USER, "user_id role revoked_at", rest=_MATTER),
    Place(
        UserSession, "user_id", Whose.USER, "started_at last_seen_at second_factor_at expires_at ended_at", rest=_SECRET
    ),
    Place(ApiToken, "user_id", Whose.USER, "label scopes created_at expires_at last_used_at revoked_at", rest=_SECRET),
    Place(RecoveryCode, "user_id", Whose.USER, "used_at", rest=_SECRET),
    Place(MailLink, "user_id", Whose.USER, _LINK, rest=_SECRET),
    Place(MailLink, "contact_id", Whose.CONTACT, _LINK, rest=_SECRET),
    Place(
        Mail,
        "recipient_digest",
        Whose.ADDRESS,
        "kind language recipient subject text created_at sent_at",
        rest=f"{_ANSWER}; of the text what opens links: who hands out an export could decide and log in by it",
        moment="created_at",
        shown={"text": without_secrets},
    ),
    Place(
        Sending,
        "recipient_digest",
        Whose.ADDRESS,
        "recorded_at channel recipient",
        rest=f"{_DIGEST}; {_PROOF}",
        moment="recorded_at",
    ),
    Place(
        Delivery,
        "recipient_digest",
        Whose.ADDRESS,
        "attempted_at channel recipient outcome answer",
        rest=_DIGEST,
        moment="attempted_at",
    ),
    Place(Entry, "person_id", Whose.PERSON, "id ref recorded_at", rest=_PROOF),
    Place(EntryVersion, "person_id", Whose.PERSON, _WORK, rest=_PROOF),
    Place(
        IncompleteEntry,
        "person_id",
        Whose.PERSON,
        "worked_on duration_minutes service document note recorded_at discarded_at",
        rest=_PROOF,
    ),
    Place(
        Timer,
        "person_id",
        Whose.PERSON,
        "started_at service document travel onsite urgent note",
    ),
    Place(
        Expense,
        "person_id",
        Whose.PERSON,
        "ref kind incurred_on net_cents receipt description remedies_processor_defect in_name_of_client recorded_at"
        " withdrawn_at",
        rest=_PROOF,
    ),
    Place(Case, "responsible_id", Whose.PERSON, "ref kind opened_at closed_at", rest=_MATTER),
    Place(Instruction, "carried_out_by_id", Whose.PERSON, "ref carried_out_at outcome", rest=_MATTER),
    Place(Proposal, "decided_by_id", Whose.USER, "entry_id kind decided_at accepted decision_reason", rest=_MATTER),
    Place(
        WriteOffProposal,
        "decided_by_id",
        Whose.USER,
        "invoice_id amount_cents decided_at accepted decision_reason",
        rest=_MATTER,
    ),
    Place(Run, "started_by_id", Whose.USER, "month started_at", rest=_MATTER),
    Place(Draft, "approved_by_id", Whose.USER, "month approved_at", rest=_MATTER),
    Place(Closing, "closed_by_id", Whose.USER, "month closed_at", rest=_MATTER),
    Place(WrittenOff, "second_person_id", Whose.USER, "entry_id recorded_at", rest=_MATTER),
    Place(LegalHold, "lifted_by_id", Whose.USER, "ref lifted_at", rest=_MATTER),
    Place(
        Approval,
        "contact_id",
        Whose.CONTACT,
        "estimate_version_id approved_at covers_from approver_name channel evidence_note recorded_at",
        rest=_PROOF,
    ),
    Place(
        EstimateEvent,
        "contact_id",
        Whose.CONTACT,
        "estimate_version_id state happened_at message recorded_at",
        rest=_PROOF,
    ),
    Place(
        SupportRequest,
        "contact_id",
        Whose.CONTACT,
        "ref kind description wanted_by received_at confirmed_at",
        rest=_PROOF,
    ),
    Place(IdempotencyKey, "actor", Whose.ACTOR, "key created_at status", rest=_ANSWER),
    *(Place(log, by, Whose.ACTOR, _LOG, rest=_CHAIN) for log in (AuditLog, AccessLog) for by in ("actor", "subject")),
)
"""What an export reads, in the order it is shown. Who recorded a row (`recorded_by_id`) is read from every table."""

NOT_GIVEN = {
    f"{_MATTER}; that the person wrote it is given": (
        "case_file.note case_version.cause_reason case_version.misconduct_reason case_version.urgent_deadline_reason"
        " case_version.urgent_action_reason case_version.urgent_approval_reason case_version.evidence_note"
        " correction.evidence_note correction.reason deadline_mark.note estimate_version.description"
        " estimate_version.positions export_batch.withdrawn_reason instruction.content instruction.objection"
        " legal_hold.reason legal_hold.lift_reason"
        " opening_balance.evidence_note payment.reason policy.reason proposal.reason receipt.evidence_note"
        " restored_series.evidence_note stored_file.content write_off_proposal.reason"
    ),
    f"{_MATTER}; a data breach is described by its file": (
        "incident_version.nature incident_version.occurred incident_version.systems"
        " incident_version.people_categories incident_version.data_categories incident_version.consequences"
        " incident_version.measures incident_version.contact_point incident_version.root_cause"
        " incident_version.prevention"
    ),
    "somebody at the controller, named in words: nothing ties the name to a contact": "instruction.given_by",
    "what a bank says of a company's payment": (
        "payment.bank_reference bank_entry.bank_reference bank_entry.end_to_end bank_entry.remittance"
        " bank_entry.debtor bank_entry.debtor_iban"
    ),
    _SECRET: "user.totp_secret",
    _ANSWER: "mail.html idempotency_key.response",
}
"""Sealed columns that no place gives, by the reason."""
