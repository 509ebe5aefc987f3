"""What goes out: the stored file to the byte, never before it is stored and sound, after a crash the same once more."""

import os
import signal
import subprocess
import sys
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from billing import outbox
from billing.services.sendings import SendingState
from billing.store.tables import AccessLog, Delivery, InvoiceCheck, Mail, Receipt, StoredFile
from billing.store.tables.kinds import CheckOutcome, CheckStage
from invoices.delivery import LEASE
from invoices.render import RenderPool
from invoices.run.files import FileMaker
from tests.months.facts import at
from tests.months.story import Story
from tests.sending.office import NUMBER, SENT, bill, keep_pdf, order, spoil, track, work_off
from tests.services.furnishing import rows_of
from tests.support.document_files import keep_pdf_of, kept
from tests.support.migrated import Migrated
from tests.support.papers import pdf
from tests.support.smtp import PostOffice, body

ROOT = Path(__file__).parents[2]


def test_the_attachment_is_the_stored_pdf_to_the_byte(desk: Story, server: PostOffice) -> None:
    """Printed, stored, mailed, taken out of the server: one SHA-256 all the way."""
    with RenderPool(1) as pool:
        handlers = {"pdf": FileMaker(pool, desk.act(SENT)).handlers["pdf"]}
        printed = list(outbox.run_pending(desk.store, desk.processor_id, handlers, lambda: at(SENT)))
    assert [done.error for done in printed] == [""]
    order(desk)
    work_off(desk, server.url)
    (message,) = server.messages()
    (stored,) = [file for file in rows_of(desk, StoredFile) if file.media_type == "application/pdf"]
    (attached,) = message.iter_attachments()
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert (attached.get_filename(), attached.get_content_type()) == (f"{NUMBER}.pdf", "application/pdf")
    assert sha256(content).hexdigest() == stored.sha256
    (noted,) = [row for row in rows_of(desk, AccessLog) if row.action == "mail_sent"]
    assert stored.sha256 in noted.details


def test_nothing_is_mailed_before_its_file_is_stored(office: Story, server: PostOffice) -> None:
    order(office)
    (done,) = work_off(office, server.url)
    assert (done.error, done.hopeless) == ("invoice_file_not_made", False)
    assert (server.taken, rows_of(office, Mail)) == ([], [])
    assert track(office).sending is SendingState.WAITING
    keep_pdf(office)
    work_off(office, server.url, "2026-11-02 11:00")
    assert len(server.taken) == 1


def test_who_wants_xrechnung_gets_the_xml_alone(blank: Story, server: PostOffice) -> None:
    bill(blank, invoice_format="xrechnung")
    order(blank)
    work_off(blank, server.url)
    xml = blank.tell(lambda session: kept(session, NUMBER))
    (message,) = server.messages()
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == (f"{NUMBER}.xml", "application/xml")
    assert attached.get_payload(decode=True) == xml


@pytest.mark.parametrize("harm", ["document", "file"])
def test_what_is_not_as_it_was_issued_is_never_mailed(desk: Story, server: PostOffice, harm: str) -> None:
    keep_pdf(desk)
    order(desk)
    spoil(desk, harm)
    (done,) = work_off(desk, server.url)
    assert (done.error, done.hopeless, server.taken) == (f"{harm}_damaged", True, [])
    assert track(desk).sending is SendingState.FAILED


def test_what_goes_out_was_checked_by_the_rules_and_that_is_kept(office: Story, server: PostOffice) -> None:
    keep_pdf(office)
    order(office)
    work_off(office, server.url)
    assert [(row.stage, row.outcome) for row in rows_of(office, InvoiceCheck)] == [
        (CheckStage.ISSUE, CheckOutcome.PASSED),
        (CheckStage.DELIVERY, CheckOutcome.PASSED),
    ]


def test_a_picture_without_its_xml_is_not_sent_and_that_is_kept(desk: Story, server: PostOffice) -> None:
    desk.tell(lambda session: keep_pdf_of(session, NUMBER, pdf(NUMBER), at(SENT)))
    order(desk)
    (done,) = work_off(desk, server.url)
    assert (done.error, done.hopeless, server.taken) == ("einvoice_invalid", False, [])
    _, check = rows_of(desk, InvoiceCheck)
    assert (check.stage, check.outcome) == (CheckStage.DELIVERY, CheckOutcome.FAILED)
    assert "own.pdf_xml" in check.report


def test_who_is_killed_after_the_servers_yes_sends_the_same_document_once_more(
    office: Story, migrated: Migrated, server: PostOffice
) -> None:
    """At least once; the receipt is of the attempt that is on record, which is the later one."""
    content = keep_pdf(office)
    order(office)
    work_off(office, None)
    assert office.store.ring is not None
    told = [migrated.app_url, server.url, str(office.processor_id), at(SENT).isoformat()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MEHRAUFWAND_KEYS": office.store.ring.to_json()}
    killed = subprocess.run([sys.executable, "-m", "tests.support.killed_sender", *told], env=environment, check=False)
    assert (killed.returncode, len(server.taken), rows_of(office, Receipt)) == (-signal.SIGKILL, 1, [])
    assert track(office).sending is SendingState.WAITING
    assert work_off(office, server.url, "2026-11-02 10:14") == [], f"the claim holds for {LEASE}"
    work_off(office, server.url, "2026-11-02 10:15")
    first, second = server.messages()
    assert first["Message-ID"] == second["Message-ID"]
    files = [file.get_payload(decode=True) for message in (first, second) for file in message.iter_attachments()]
    assert files == [content, content]
    assert ([row.outcome for row in rows_of(office, Delivery)], len(rows_of(office, Receipt))) == (["accepted"], 1)


WORDS = {
    "de": ("Rechnung RE-2026-0001", "178,50", "zahlbar innerhalb von 14 Tagen nach Zugang", "01.10.2026"),
    "en": ("Invoice RE-2026-0001", "178.50", "payable within 14 days of receipt", "1 Oct 2026"),
}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_mail_says_what_it_brings_and_names_no_day_to_pay_by(
    blank: Story, server: PostOffice, language: str, kind: str
) -> None:
    bill(blank, language=language)
    keep_pdf(blank)
    order(blank)
    work_off(blank, server.url)
    (message,) = server.messages()
    text = body(message, kind).replace("\xa0", " ").replace("&nbsp;", " ")
    for words in WORDS[language]:
        assert words in f"{message['Subject']} {text}"
    assert not [day for day in ("16.11.2026", "16 Nov", "November 16") if day in text]


def test_a_cancellation_names_its_invoice_and_asks_for_nothing(desk: Story, server: PostOffice) -> None:
    cancelled = desk.cancel(NUMBER, "2026-11-03 09:00").number
    assert cancelled is not None
    keep_pdf(desk, cancelled)
    order(desk, cancelled, when="2026-11-03 10:00")
    work_off(desk, server.url, "2026-11-03 10:00")
    (message,) = server.messages()
    text = body(message)
    assert NUMBER in text
    assert "Falsche Zeit" in text
    assert "zahlbar" not in text
    found = track(desk, cancelled)
    assert (found.received_on, found.due) == (date(2026, 11, 3), None)
