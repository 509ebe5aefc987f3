"""Receipt (Zugang) by delivery: what a server took is received, what it refused or sent back is not."""

from datetime import date

import pytest

from billing import outbox
from billing.services.proofs import ProofFile
from billing.services.receipts import Proof, deny_receipt
from billing.services.sendings import Ordered, SendingState
from billing.store.tables import Delivery, Receipt, Sending
from billing.store.tables.kinds import ReceiptSource
from invoices.delivery import MailSender
from invoices.mail_server import read_mail_server
from invoices.run.ordering import document_of
from tests.months.facts import at
from tests.months.story import Story
from tests.sending.office import BUYER, NUMBER, bill, keep_pdf, order, track, work_off
from tests.services.furnishing import last_event, rows_of
from tests.support.papers import mail
from tests.support.sending import HOME, SENDER
from tests.support.smtp import PostOffice, body


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


def test_a_slow_clock_receives_nothing_before_its_issue(office: Story, server: PostOffice) -> None:
    """Were it refused, the accepted mail would be sent again and again."""
    keep_pdf(office)
    order(office)
    work_off(office, None)
    slow = at("2026-10-30 10:00")
    sender = MailSender(read_mail_server(server.url, SENDER, HOME), "worker", lambda: slow)
    (done,) = outbox.run_pending(office.store, office.processor_id, sender.handlers, lambda: slow, waiting_too=True)
    assert (done.error, len(server.taken)) == ("", 1)
    assert track(office).received_on == date(2026, 11, 2)


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
    assert (list(message.iter_attachments()), "/p/rechnungen/" in body(message)) == ([], True)
    (receipt,) = rows_of(blank, Receipt)
    assert receipt.source is ReceiptSource.PORTAL
