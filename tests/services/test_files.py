"""Stored files are given to who may see what they belong to, whole, and every time on record."""

import json
from datetime import date

import pytest
import sqlalchemy as sa

from billing.errors import Problem
from billing.services.access.rights import Right, rights_of
from billing.services.access.visitor import Via, Visitor
from billing.services.acting import id_of, put
from billing.services.estimates import find_estimate
from billing.services.expenses import add_expense, approve_expense, read_expense
from billing.services.files import give_file, give_portal_file
from billing.services.proofs import ProofFile, keep_proof
from billing.store.queries.files import PLACES, FileUse, uses_of
from billing.store.tables import AccessLog, InvoiceFile, Mail, MailAttachment, StoredFile, metadata
from billing.store.tables.kinds import InvoiceFileKind, RetentionClass, Role
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import NOW, refused, rows_of
from tests.support.papers import mail, pdf

TODAY = date(2026, 11, 2)
# Links to files that no use case ever fills: these rows prove themselves or are proved by what they belong to.
NEVER_FILLED = {
    ("bank_entry", "evidence_file_id"),
    ("base_rate", "evidence_file_id"),
    ("case", "evidence_file_id"),
    ("case_file", "evidence_file_id"),
    ("contract", "evidence_file_id"),
    ("correction", "evidence_file_id"),
    ("datev_settings", "evidence_file_id"),
    ("deadline_mark", "evidence_file_id"),
    ("debtor_account", "evidence_file_id"),
    ("entry", "evidence_file_id"),
    ("entry_version", "evidence_file_id"),
    ("estimate", "evidence_file_id"),
    ("estimate_version", "evidence_file_id"),
    ("export_batch", "evidence_file_id"),
    ("holiday_set", "evidence_file_id"),
    ("import_batch", "evidence_file_id"),
    ("incomplete_entry", "evidence_file_id"),
    ("legal_hold", "evidence_file_id"),
    ("policy", "evidence_file_id"),
    ("processor_version", "evidence_file_id"),
    ("proposal", "evidence_file_id"),
    ("reminder", "evidence_file_id"),
    ("restored_series", "evidence_file_id"),
    ("role_grant", "evidence_file_id"),
    ("sending", "evidence_file_id"),
    ("stored_file", "evidence_file_id"),
    ("support_request", "evidence_file_id"),
    ("terms_version", "evidence_file_id"),
    ("write_off_proposal", "evidence_file_id"),
    ("written_off", "evidence_file_id"),
}


def visitor(story: Story, *roles: Role, pledged: bool = True) -> Visitor:
    return Visitor(
        processor_id=story.processor_id,
        via=Via.TOKEN,
        credential_id=1,
        name="Erika Beispiel",
        time_zone="Europe/Berlin",
        roles=frozenset(roles),
        rights=rights_of(roles),
        person_id=1,
        pledged_on=date(2026, 1, 1) if pledged else None,
    )


def receipt(story: Story, text: str = "Beleg") -> int:
    raw = {"case": "V-1", "kind": "travel", "incurred_on": "2026-10-14", "net": "84.50", "description": "Bahn"}
    file = ProofFile("bahn.pdf", pdf(text))
    expense = story.tell(lambda session: add_expense(session, story.act(NOW), read_expense(raw), file)).expense
    assert expense.receipt_file_id is not None
    return int(expense.receipt_file_id)


def invoice_file(story: Story):
    """Bill October and keep a file of its invoice as the worker does."""
    story.estimate("Q-1", "V-1", regular=600)
    story.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    story.bill("2026-10", "2026-11-02 09:00")

    def keep(session):
        kept = keep_proof(session, story.act(NOW), ProofFile("r.pdf", pdf("Rechnung")), RetentionClass.VOUCHER, "x")
        kind = InvoiceFileKind.PDF
        put(session, InvoiceFile(invoice_id=1, kind=kind, stored_file_id=id_of(kept), created_at=story.act(NOW).at))
        return id_of(kept)

    return story.tell(keep)


def send(story: Story, file_id: int) -> None:
    """Mail a file."""
    message = Mail(
        message_id="m",
        kind="invoice",
        recipient_digest="0" * 64,
        subject_table="invoice",
        subject_id=1,
        created_at=story.act(NOW).at,
    )

    def attach(session):
        put(session, message)
        put(session, MailAttachment(mail_id=id_of(message), stored_file_id=file_id))

    story.tell(attach)


def give(story: Story, number: int, *roles: Role, pledged: bool = True) -> StoredFile:
    who = visitor(story, *roles, pledged=pledged)
    return story.tell(lambda session: give_file(session, story.act(NOW), who, number, TODAY))


def test_a_receipt_is_given_whole_and_its_download_is_on_record(office: Story):
    file = give(office, receipt(office), Role.STAFF)
    assert (file.content, file.name) == (pdf(), "A-2026-001.pdf")
    (row,) = rows_of(office, AccessLog)
    assert (row.action, row.subject, row.actor) == ("file_downloaded", f"stored_file:{file.id}", "Erika Beispiel")
    assert json.loads(row.details) == {"sha256": file.sha256, "use": "receipt"}


@pytest.mark.parametrize("role", [Role.LEAD, Role.ACCOUNTANT, Role.ADMIN, Role.AUDITOR])
def test_an_invoice_is_given_to_who_may_see_months(desk: Story, role):
    assert give(desk, invoice_file(desk), role).content == pdf("Rechnung")


def test_an_invoice_is_kept_from_staff_also_when_it_was_mailed(desk: Story):
    number = invoice_file(desk)
    send(desk, number)
    with refused("right_missing") as caught:
        give(desk, number, Role.STAFF)
    assert caught.value.fields["right"] == Right.READ_MONTHS
    assert rows_of(desk, AccessLog) == []


def test_a_case_s_files_are_kept_from_who_has_not_pledged_confidentiality(desk: Story):
    number = receipt(desk)
    with refused("pledge_missing"):
        give(desk, number, Role.STAFF, pledged=False)
    assert rows_of(desk, AccessLog) == []


def test_a_paper_that_was_only_mailed_is_given_to_who_may_see_cases(desk: Story):
    proof = ProofFile("a.pdf", pdf())
    number = desk.tell(lambda session: id_of(keep_proof(session, desk.act(NOW), proof, RetentionClass.LETTER, "x")))
    send(desk, number)
    assert give(desk, number, Role.STAFF).content == pdf()


def test_a_file_that_belongs_to_nothing_or_is_not_there_is_not_found(desk: Story):
    proof = ProofFile("a.pdf", pdf())
    loose = desk.tell(lambda session: keep_proof(session, desk.act(NOW), proof, RetentionClass.WORK, "x").id or 0)
    for number in (loose, 10**9):
        with refused("file_unknown"):
            give(desk, number, Role.ADMIN)


def test_a_file_of_another_processor_is_not_found(office: Story):
    number = receipt(office)
    neighbour = Story(office.store, "nachbar")
    with refused("file_unknown"):
        give(neighbour, number, Role.ADMIN)


def test_every_place_that_keeps_a_proof_is_asked(office: Story):
    number = receipt(office)
    assert office.tell(lambda session: uses_of(session, office.processor_id, number)) == {FileUse.RECEIPT}

    def approve(session):
        raw = {"case": "V-1", "kind": "third_party", "incurred_on": "2026-10-14", "net": "1.00", "description": "x"}
        expense = add_expense(session, office.act(NOW), read_expense(raw)).expense
        approve_expense(session, office.act(NOW), expense, at("2026-10-13 12:00"), ProofFile("a.eml", mail()))
        return expense.evidence_file_id

    proof = office.tell(approve)
    assert office.tell(lambda session: uses_of(session, office.processor_id, proof)) == {FileUse.PROOF}


def test_each_link_to_a_file_is_asked_or_named_as_never_filled():
    stored = metadata.tables["stored_file"]
    links = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for constraint in table.foreign_key_constraints
        if constraint.referred_table is stored
        for column in constraint.columns
        if column.name != "processor_id"
    }
    asked = {(sa.inspect(place.table).local_table.name, place.column) for place in PLACES}
    assert asked | NEVER_FILLED == links
    assert not asked & NEVER_FILLED


def test_a_file_whose_bytes_changed_is_not_given(desk: Story):
    number = receipt(desk)

    def damage(session):
        for (name,) in session.execute(
            sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'stored_file'")
        ).all():
            session.execute(sa.text(f'DROP TRIGGER "{name}"'))
        session.execute(sa.text("UPDATE stored_file SET sha256 = :other"), {"other": "0" * 64})

    desk.tell(damage)
    with pytest.raises(Problem) as caught:
        give(desk, number, Role.STAFF)
    assert caught.value.code == "file_damaged"
    assert rows_of(desk, AccessLog) == []


def test_a_controller_gets_the_files_of_its_own_invoices_and_no_other(office: Story):
    number, other = invoice_file(office), receipt(office)
    office.contract("AVV-2")
    mine = office.tell(lambda session: find_estimate(session, "Q-1").estimate.controller_id)

    def ask(controller_id, file_id):
        return office.tell(lambda session: give_portal_file(session, office.act(NOW), controller_id, file_id))

    assert ask(mine, number).content == pdf("Rechnung")
    for controller_id, file_id in ((mine + 1, number), (mine, other), (None, number), (mine, 10**9)):
        with refused("file_unknown"):
            ask(controller_id, file_id)
    assert [row.subject for row in rows_of(office, AccessLog)] == [f"stored_file:{number}"]
