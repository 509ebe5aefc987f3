"""Documents on their way: once, never before they are stored and sound, each attempt on record, receipt by evidence."""

import os
import signal
import subprocess
import sys
import threading
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from billing import outbox
from billing.services.alarms import alert_failed_steps
from billing.services.parties import find_controller
from billing.services.party_changes import change_controller
from billing.services.proofs import ProofFile
from billing.services.receipts import Proof, deny_receipt
from billing.services.sendings import Ordered, SendingState
from billing.store.session import TenantSession
from billing.store.tables import AccessLog, Delivery, Mail, Outbox, Receipt, Sending, StoredFile
from billing.store.tables.kinds import InvoiceFileKind, ReceiptSource, Role
from invoices.delivery import LEASE
from invoices.render import RenderPool
from invoices.run.files import FileMaker
from invoices.run.ordering import NotSent, document_of, documents_of_month
from tests.months.facts import at
from tests.months.story import Story
from tests.sending.office import BUYER, NUMBER, SENT, bill, keep_file, keep_pdf, order, track, work_off
from tests.services.furnishing import last_event, rows_of
from tests.support.correspondence import Correspondence
from tests.support.migrated import Migrated
from tests.support.papers import mail
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
    (message,), (stored,) = server.messages(), rows_of(desk, StoredFile)
    (attached,) = message.iter_attachments()
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert (attached.get_filename(), attached.get_content_type()) == (f"{NUMBER}.pdf", "application/pdf")
    assert sha256(content).hexdigest() == stored.sha256
    (noted,) = [row for row in rows_of(desk, AccessLog) if row.action == "mail_sent"]
    assert stored.sha256 in noted.details


def test_an_accepted_mail_is_the_receipt_and_starts_the_term(office: Story, server: PostOffice) -> None:
    keep_pdf(office)
    assert order(office) == [Ordered(NUMBER, SendingState.WAITING, is_new=True)]
    assert track(office).received_on is None
    work_off(office, server.url)
    (delivery,), (receipt,), (sending,) = rows_of(office, Delivery), rows_of(office, Receipt), rows_of(office, Sending)
    assert (delivery.sending_id, delivery.recipient, delivery.outcome, delivery.answer) == (
        *(sending.id, BUYER, "accepted", "OK"),
    )
    assert (receipt.delivery_id, receipt.received_on, receipt.source) == (delivery.id, date(2026, 11, 2), "mail")
    assert (sending.number, sending.channel, sending.file_kind) == (1, "mail", "pdf")
    found = track(office)
    assert found.due is not None
    assert (found.sending, found.received_on, found.due.due_on) == (
        *(SendingState.ACCEPTED, date(2026, 11, 2), date(2026, 11, 16)),
    )
    assert last_event(office) == ("receipt_recorded", f"invoice:{NUMBER}", "worker")


def test_what_is_accepted_after_four_is_received_on_the_next_working_day(desk: Story, server: PostOffice) -> None:
    keep_pdf(desk)
    friday = "2026-11-06 16:00"
    order(desk, when=friday)
    work_off(desk, server.url, friday)
    assert track(desk).received_on == date(2026, 11, 9)


def test_nothing_is_mailed_before_its_file_is_stored(office: Story, server: PostOffice) -> None:
    order(office)
    (done,) = work_off(office, server.url)
    assert (done.error, done.hopeless) == ("invoice_file_not_made", False)
    assert (server.taken, rows_of(office, Mail)) == ([], [])
    assert track(office).sending is SendingState.WAITING
    keep_pdf(office)
    work_off(office, server.url, "2026-11-02 11:00")
    assert len(server.taken) == 1


def test_without_a_server_the_message_waits(desk: Story, server: PostOffice) -> None:
    keep_pdf(desk)
    order(desk)
    work_off(desk, None)
    assert (track(desk).sending, len(rows_of(desk, Mail)), rows_of(desk, Delivery)) == (SendingState.WAITING, 1, [])
    work_off(desk, server.url)
    assert track(desk).sending is SendingState.ACCEPTED


def test_a_second_call_sends_nothing_and_a_third_only_when_asked(office: Story, server: PostOffice) -> None:
    keep_pdf(office)
    assert began(order(office)) == [True]
    work_off(office, server.url)
    assert began(order(office)) == [False]
    assert began(order(office, again=True)) == [True]
    assert began(order(office, again=True)) == [False], "what still waits is not ordered twice, not even again"
    work_off(office, server.url)
    first, second = server.messages()
    assert first["Message-ID"] != second["Message-ID"]
    assert (len(rows_of(office, Delivery)), len(rows_of(office, Receipt))) == (2, 1), "it was received the first time"


def began(outcomes: list[Ordered | NotSent]) -> list[bool]:
    """Tell of each order whether it began a sending; none may be refused."""
    assert not [one for one in outcomes if isinstance(one, NotSent)]
    return [one.is_new for one in outcomes if isinstance(one, Ordered)]


def test_twenty_calls_at_once_send_one_mail(office: Story, server: PostOffice) -> None:
    keep_pdf(office)
    together, news = threading.Barrier(20), list[bool]()

    def call() -> None:
        together.wait()
        news.extend(began(order(office)))

    callers = [threading.Thread(target=call) for _ in range(20)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    work_off(office, server.url)
    assert (sorted(news), len(server.taken)) == ([False] * 19 + [True], 1)
    assert len(rows_of(office, Sending)) == 1


def test_who_has_no_address_for_invoices_is_named(blank: Story) -> None:
    bill(blank)
    empty_address(blank)
    (refused,) = order(blank)
    assert isinstance(refused, NotSent)
    assert (refused.problem.code, refused.problem.fields["controller"]) == ("invoice_email_missing", "K-AVV-1")
    assert rows_of(blank, Sending) == []


def empty_address(story: Story) -> None:
    change(story, invoice_email=None)


def change(story: Story, **raw: Any) -> None:
    story.tell(lambda session: change_controller(session, story.act(SENT), find_controller(session, "K-AVV-1"), raw))


REFUSALS = [("451 4.2.1 mailbox busy", "deferred"), ("550 5.1.1 <rechnung@wohnbau.example>: no such user", "rejected")]


@pytest.mark.parametrize(("answer", "outcome"), REFUSALS, ids=[row[1] for row in REFUSALS])
def test_what_was_not_accepted_is_no_receipt(office: Story, server: PostOffice, answer: str, outcome: str) -> None:
    keep_pdf(office)
    server.refuse[BUYER] = answer
    order(office)
    work_off(office, server.url)
    (delivery,) = rows_of(office, Delivery)
    assert (delivery.outcome, delivery.answer[:3], BUYER in delivery.answer) == (outcome, answer[:3], False)
    assert (rows_of(office, Receipt), track(office).received_on) == ([], None)


def test_a_deferred_mail_goes_out_later_as_the_same_message(desk: Story, server: PostOffice) -> None:
    keep_pdf(desk)
    server.refuse[BUYER] = "451 later"
    order(desk)
    work_off(desk, server.url)
    server.refuse.clear()
    work_off(desk, server.url, "2026-11-03 08:00")
    assert [row.outcome for row in rows_of(desk, Delivery)] == ["deferred", "accepted"]
    assert len({row.message_id for row in rows_of(desk, Delivery)}) == 1
    assert track(desk).received_on == date(2026, 11, 3)


def test_a_refusal_for_good_is_told_and_a_new_order_takes_its_place(desk: Story, server: PostOffice) -> None:
    keep_pdf(desk)
    desk_admin(desk)
    server.refuse[BUYER] = "550 gone"
    order(desk)
    work_off(desk, server.url)
    assert track(desk).sending is SendingState.FAILED
    later = desk.act("2026-11-02 12:00")
    assert desk.tell(lambda session: alert_failed_steps(session, later)) == 1
    (alarm,) = [row for row in rows_of(desk, Mail) if row.kind == "alarm_failed_delivery"]
    assert NUMBER in (alarm.subject or "")
    change(desk, invoice_email="neu@wohnbau.example")
    assert began(order(desk, when="2026-11-02 13:00")) == [True], "what failed for good needs no --again"
    assert desk.tell(lambda session: outbox.retry(session, later.at)) == 0, "nobody wakes the refused one besides"
    work_off(desk, server.url, "2026-11-02 13:00")
    taken = [envelope.rcpt_tos for envelope in server.taken]
    assert ["neu@wohnbau.example"] in taken
    assert [row.outcome for row in rows_of(desk, Delivery)] == ["rejected", "accepted"]
    assert desk.tell(lambda session: outbox.failing(session, 1)) == []


def desk_admin(story: Story) -> None:
    """Let somebody look after the processor, who is told of alarms."""
    Correspondence(story.store, story.processor_id).user("lea", Role.ADMIN)


def test_a_mail_that_came_back_is_denied_and_sent_again(desk: Story, server: PostOffice) -> None:
    keep_pdf(desk)
    order(desk)
    work_off(desk, server.url)
    proof = Proof(ProofFile("bounce.eml", mail()), "Postfach voll")
    when = desk.act("2026-11-04 09:00")
    desk.tell(lambda session: deny_receipt(session, when, document_of(session, NUMBER), proof))
    assert (track(desk).received_on, track(desk).due) == (None, None)
    order(desk, again=True, when="2026-11-04 10:00")
    work_off(desk, server.url, "2026-11-04 10:00")
    assert track(desk).received_on == date(2026, 11, 4)


def test_the_portal_is_told_of_by_a_mail_without_the_document(blank: Story, server: PostOffice) -> None:
    bill(blank, invoice_channel="portal")
    order(blank)
    work_off(blank, server.url)
    assert server.taken == [], "nobody is told of what can't be had yet"
    keep_pdf(blank)
    work_off(blank, server.url, "2026-11-02 11:00")
    (message,) = server.messages()
    assert (list(message.iter_attachments()), "/portal/invoices/" in body(message)) == ([], True)
    (receipt,) = rows_of(blank, Receipt)
    assert receipt.source is ReceiptSource.PORTAL


def test_who_wants_xrechnung_gets_the_xml_alone(blank: Story, server: PostOffice) -> None:
    bill(blank, invoice_format="xrechnung")
    keep_pdf(blank)
    order(blank)
    work_off(blank, server.url)
    assert server.taken == [], "the picture is not the invoice"
    xml = keep_file(blank, NUMBER, InvoiceFileKind.XML, b"<?xml version='1.0' encoding='UTF-8'?><a>\xc3\xa4</a>\n")
    work_off(blank, server.url, "2026-11-02 11:00")
    (message,) = server.messages()
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == (f"{NUMBER}.xml", "application/xml")
    assert attached.get_payload(decode=True) == xml


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


def test_a_month_leaves_out_what_was_taken_back_before_anybody_got_it(desk: Story) -> None:
    def of_month(session: TenantSession) -> list[str]:
        return [document.number for document in documents_of_month(session, "2026-10")]

    assert desk.tell(of_month) == [NUMBER]
    desk.cancel(NUMBER, "2026-11-03 09:00")
    assert desk.tell(of_month) == []
    assert desk.bill("2026-10", "2026-11-04 09:00")["AVV-1"] == "RE-2026-0002"
    assert desk.tell(of_month) == ["RE-2026-0002"]
    keep_pdf(desk)
    order(desk, when="2026-11-04 10:00")
    assert desk.tell(of_month) == [NUMBER, "ST-2026-0001", "RE-2026-0002"], "who got the one needs the other"


@pytest.mark.parametrize("harm", ["document", "file"])
def test_what_is_not_as_it_was_issued_is_never_mailed(desk: Story, server: PostOffice, harm: str) -> None:
    keep_pdf(desk)
    order(desk)
    spoil(desk, harm)
    (done,) = work_off(desk, server.url)
    assert (done.error, done.hopeless, server.taken) == (f"{harm}_damaged", True, [])
    assert track(desk).sending is SendingState.FAILED


def spoil(story: Story, harm: str) -> None:
    """Change what is stored behind the product's back: the triggers that forbid it are taken away before."""
    table, change = {
        "document": ("invoice", "document = replace(document, 'Wohnbau', 'Wohnbar')"),
        "file": ("stored_file", "sha256 = replace(sha256, substr(sha256, 1, 4), '0000')"),
    }[harm]
    with story.store.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TRIGGER mehraufwand_{table}_update"))
        connection.execute(sa.text(f"UPDATE {table} SET {change}"))  # noqa: S608 - our own words


_KILLED = """
import os, signal, sys
from datetime import datetime
import invoices.delivery as delivery
from billing import outbox
from billing.store.key_file import load_ring
from billing.store.session import open_store
from invoices.mail_server import read_mail_server
from pathlib import Path

database, server, number, moment = sys.argv[1:]
store, at = open_store(database, load_ring(Path("none"))), datetime.fromisoformat(moment)
delivery.record_attempt = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
sender = delivery.MailSender(read_mail_server(server, "post@mehraufwand.example", "https://x.example"), "w", lambda: at)
list(outbox.run_pending(store, int(number), sender.handlers, lambda: at))
"""


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
    killed = subprocess.run([sys.executable, "-c", _KILLED, *told], env=environment, check=False)
    assert (killed.returncode, len(server.taken), rows_of(office, Receipt)) == (-signal.SIGKILL, 1, [])
    assert track(office).sending is SendingState.WAITING
    assert work_off(office, server.url, "2026-11-02 10:14") == [], f"the claim holds for {LEASE}"
    work_off(office, server.url, "2026-11-02 10:15")
    first, second = server.messages()
    assert first["Message-ID"] == second["Message-ID"]
    files = [file.get_payload(decode=True) for message in (first, second) for file in message.iter_attachments()]
    assert files == [content, content]
    assert ([row.outcome for row in rows_of(office, Delivery)], len(rows_of(office, Receipt))) == (["accepted"], 1)


def test_an_order_of_another_tenant_is_not_seen(office: Story, server: PostOffice) -> None:
    other = bill(Story(office.store, "nachbar"))
    keep_pdf(other)
    order(other)
    work_off(office, server.url)
    assert (server.taken, track(office).sending) == ([], SendingState.NOT_SENT)


def test_a_step_is_counted_with_all_others(desk: Story) -> None:
    keep_pdf(desk)
    before = len(rows_of(desk, Outbox))
    order(desk)
    assert [row.kind for row in rows_of(desk, Outbox)[before:]] == ["sending"]
    assert desk.tell(lambda session: session.exec(select(Sending.recorded_by_name)).one()) == "Erika Beispiel"
