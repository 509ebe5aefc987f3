"""Statements of pass-through money are sent with their month: the stored PDF, once, never what ended with its month."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from billing import outbox
from billing.services.acting import id_of
from billing.services.alarms import alert_failed_steps
from billing.services.sendings import SendingState
from billing.store.session import Store
from billing.store.tables import AuditLog, Delivery, Invoice, Mail, PassThrough, Receipt, Sending, StoredFile
from invoices.render import RenderPool
from invoices.run.files import FileMaker
from invoices.run.ordering import NotSent, documents_of_month
from invoices.run.overview import month_status
from invoices.run.pass_through import PASSED_THROUGH_PDF, store_statement
from tests.months.facts import at
from tests.months.story import Story
from tests.sending.office import (
    BUYER,
    ISSUED,
    NUMBER,
    SENT,
    at_once,
    began,
    desk_admin,
    keep_pdf,
    order,
    spoil,
    track,
    work_in_october,
    work_off,
)
from tests.services.furnishing import rows_of
from tests.support.papers import pdf
from tests.support.smtp import PostOffice, body

STATEMENT = "DP-2026-10-AVV-1"
MONTH = "2026-10"


def pass_on(story: Story, **controller: Any) -> Story:
    """Bill 90 minutes of October, and ask a fee back that was paid in the controller's name; no PDF is made yet."""
    work_in_october(story, **controller)
    story.expense("D1", "C1", "2026-10-07", "119.00", "ancillary", in_name_of_client=True)
    assert story.bill(MONTH, ISSUED)["AVV-1"] == NUMBER
    return story


@pytest.fixture
def passed(office_of: Callable[..., Story]) -> Story:
    """An office with an invoice and a statement, on both databases."""
    return office_of()


@pytest.fixture
def office_of(store: Store) -> Callable[..., Story]:
    """Open an office with an invoice and a statement."""
    return lambda **controller: pass_on(Story(store), **controller)


@pytest.fixture
def alone(blank: Story) -> Story:
    """An office with an invoice and a statement, on SQLite alone."""
    return pass_on(blank)


def keep_statement(story: Story) -> bytes:
    """Store a file in the place of the printed statement."""
    content = pdf(STATEMENT)
    story.tell(lambda session: store_statement(session, id_of(first(story)), content, story.act(ISSUED)))
    return content


def first(story: Story) -> PassThrough:
    found: PassThrough = rows_of(story, PassThrough)[0]
    return found


def attached(server: PostOffice) -> list[tuple[str | None, bytes]]:
    """Give name and bytes of every file that arrived."""
    files = [file for message in server.messages() for file in message.iter_attachments()]
    return [(file.get_filename(), bytes(file.get_payload(decode=True))) for file in files]


def of_month(story: Story) -> list[str]:
    return story.tell(lambda session: [one.number for one in documents_of_month(session, MONTH)])


def counts(story: Story) -> dict[SendingState, int]:
    return dict(story.tell(lambda session: month_status(session, MONTH).sending))


def test_a_month_brings_its_invoice_and_its_statement_to_the_address_for_invoices(
    passed: Story, server: PostOffice
) -> None:
    invoice, statement = keep_pdf(passed), keep_statement(passed)
    assert counts(passed) == {SendingState.NOT_SENT: 2}
    assert began(order(passed, *of_month(passed))) == [True, True]
    assert counts(passed) == {SendingState.WAITING: 2}
    work_off(passed, server.url)
    assert attached(server) == [(f"{NUMBER}.pdf", invoice), (f"{STATEMENT}.pdf", statement)]
    assert [envelope.rcpt_tos for envelope in server.taken] == [[BUYER], [BUYER]]
    assert counts(passed) == {SendingState.ACCEPTED: 2}


def test_what_came_of_it_is_kept_with_the_statement_and_is_no_receipt_of_an_invoice(
    passed: Story, server: PostOffice
) -> None:
    keep_statement(passed)
    order(passed, STATEMENT)
    work_off(passed, server.url)
    (sending,), (delivery,) = rows_of(passed, Sending), rows_of(passed, Delivery)
    number = first(passed).id
    assert (sending.invoice_id, sending.pass_through_id, sending.number, sending.file_kind) == (None, number, 1, "pdf")
    assert (delivery.invoice_id, delivery.pass_through_id, delivery.sending_id) == (None, number, sending.id)
    assert (delivery.recipient, delivery.outcome, delivery.message_id) == (
        *(BUYER, "accepted", rows_of(passed, Mail)[0].message_id),
    )
    assert (rows_of(passed, Receipt), track(passed, NUMBER).received_on) == ([], None)
    assert (track(passed, STATEMENT).sending, track(passed, NUMBER).sending) == (
        *(SendingState.ACCEPTED, SendingState.NOT_SENT),
    )
    assert [row.subject for row in rows_of(passed, AuditLog) if row.action == "sending_ordered"] == [
        f"pass_through:{STATEMENT}"
    ]


def test_the_attachment_is_the_printed_statement_to_the_byte(alone: Story, server: PostOffice) -> None:
    """Printed, stored, mailed, taken out of the server: one SHA-256 all the way."""
    with RenderPool(1) as pool:
        handlers = {PASSED_THROUGH_PDF: FileMaker(pool, alone.act(SENT)).handlers[PASSED_THROUGH_PDF]}
        printed = list(outbox.run_pending(alone.store, alone.processor_id, handlers, lambda: at(SENT)))
    assert [done.error for done in printed] == [""]
    order(alone, STATEMENT)
    work_off(alone, server.url)
    ((name, content),) = attached(server)
    (stored,) = [row for row in rows_of(alone, StoredFile) if row.id == first(alone).stored_file_id]
    assert (name, sha256(content).hexdigest()) == (f"{STATEMENT}.pdf", stored.sha256)
    assert content.startswith(b"%PDF-")


def test_a_second_call_sends_nothing_and_a_third_only_when_asked(passed: Story, server: PostOffice) -> None:
    keep_statement(passed)
    assert began(order(passed, STATEMENT)) == [True]
    work_off(passed, server.url)
    assert began(order(passed, STATEMENT)) == [False]
    assert began(order(passed, STATEMENT, again=True)) == [True]
    work_off(passed, server.url)
    one, other = server.messages()
    assert one["Message-ID"] != other["Message-ID"]
    assert [row.number for row in rows_of(passed, Sending)] == [1, 2]


def test_twenty_calls_at_once_send_one_mail(passed: Story, server: PostOffice) -> None:
    keep_statement(passed)
    news = at_once(20, passed, STATEMENT)
    work_off(passed, server.url)
    assert (sorted(news), len(server.taken), len(rows_of(passed, Sending))) == ([False] * 19 + [True], 1, 1)


def test_a_deferred_mail_goes_out_later_as_the_same_message(alone: Story, server: PostOffice) -> None:
    keep_statement(alone)
    server.refuse[BUYER] = "451 later"
    order(alone, STATEMENT)
    work_off(alone, server.url)
    server.refuse.clear()
    work_off(alone, server.url, "2026-11-03 08:00")
    assert [row.outcome for row in rows_of(alone, Delivery)] == ["deferred", "accepted"]
    assert len({row.message_id for row in rows_of(alone, Delivery)}) == 1


def test_nothing_is_mailed_before_its_file_is_stored(alone: Story, server: PostOffice) -> None:
    order(alone, STATEMENT)
    (done,) = work_off(alone, server.url)
    assert (done.error, done.hopeless, server.taken) == ("invoice_file_not_made", False, [])
    keep_statement(alone)
    work_off(alone, server.url, "2026-11-02 11:00")
    assert len(server.taken) == 1


@pytest.mark.parametrize("harm", ["statement", "file"])
def test_what_is_not_as_it_was_issued_is_never_mailed(alone: Story, server: PostOffice, harm: str) -> None:
    keep_statement(alone)
    order(alone, STATEMENT)
    spoil(alone, harm)
    (done,) = work_off(alone, server.url)
    word = {"statement": "document_damaged", "file": "file_damaged"}[harm]
    assert (done.error, done.hopeless, server.taken) == (word, True, [])
    assert track(alone, STATEMENT).sending is SendingState.FAILED


def test_what_ended_with_its_month_is_not_sent(passed: Story, server: PostOffice) -> None:
    keep_statement(passed)
    order(passed, STATEMENT)
    passed.cancel_month("AVV-1", MONTH, "2026-11-03 09:00")
    (done,) = work_off(passed, server.url, "2026-11-03 10:00")
    assert (done.error, done.hopeless, server.taken) == ("pass_through_ended", True, [])
    (refused,) = order(passed, STATEMENT, when="2026-11-03 11:00")
    assert isinstance(refused, NotSent)
    assert (refused.problem.code, refused.problem.fields["month"]) == ("pass_through_ended", MONTH)
    assert STATEMENT not in of_month(passed)
    passed.bill(MONTH, "2026-11-04 09:00")
    assert f"{STATEMENT}-2" in of_month(passed)


def test_statements_and_invoices_of_the_same_number_in_their_tables_are_told_apart(
    passed: Story, server: PostOffice
) -> None:
    """Both are the first row of theirs: an order for the one is none for the other."""
    keep_pdf(passed)
    keep_statement(passed)
    assert rows_of(passed, Invoice)[0].id == first(passed).id
    order(passed, NUMBER)
    assert (track(passed, NUMBER).sending, track(passed, STATEMENT).sending) == (
        *(SendingState.WAITING, SendingState.NOT_SENT),
    )
    assert began(order(passed, STATEMENT)) == [True]
    work_off(passed, server.url)
    assert len(server.taken) == 2


def test_with_the_portal_the_mail_says_where_it_is(office_of: Callable[..., Story], server: PostOffice) -> None:
    story = office_of(invoice_channel="portal")
    keep_statement(story)
    order(story, STATEMENT)
    work_off(story, server.url)
    (message,) = server.messages()
    text = body(message)
    assert (list(message.iter_attachments()), "/p/rechnungen" in text) == ([], True)
    (delivery,) = rows_of(story, Delivery)
    assert (delivery.channel, delivery.outcome) == ("portal", "accepted")


WORDS = {
    "de": (
        "Aufstellung durchlaufender Posten DP-2026-10-AVV-1",
        "119,00",
        "keine Rechnung",
        "Oktober 2026",
        "14 Tagen",
    ),
    "en": ("Statement of pass-through money DP-2026-10-AVV-1", "119.00", "no invoice", "October 2026", "14 days"),
}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_mail_says_that_it_brings_no_invoice(blank: Story, server: PostOffice, language: str, kind: str) -> None:
    pass_on(blank, language=language)
    keep_statement(blank)
    order(blank, STATEMENT)
    work_off(blank, server.url)
    (message,) = server.messages()
    text = body(message, kind).replace("\xa0", " ").replace("&nbsp;", " ")
    for words in WORDS[language]:
        assert words in f"{message['Subject']} {text}"


def test_the_alarm_of_a_refused_one_names_it(alone: Story, server: PostOffice) -> None:
    keep_statement(alone)
    desk_admin(alone)
    server.refuse[BUYER] = "550 gone"
    order(alone, STATEMENT)
    work_off(alone, server.url)
    later = alone.act("2026-11-02 12:00")
    assert alone.tell(lambda session: alert_failed_steps(session, later)) == 1
    (alarm,) = [row for row in rows_of(alone, Mail) if row.kind == "alarm_failed_delivery"]
    assert STATEMENT in (alarm.subject or "")
