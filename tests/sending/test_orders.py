"""Orders to send: each document once, again only when asked, whoever asks at the same time; a month as a whole."""

from typing import Any

from sqlmodel import select

from billing import outbox
from billing.services.alarms import alert_failed_steps
from billing.services.parties import find_controller
from billing.services.party_changes import change_controller
from billing.services.sendings import SendingState
from billing.store.session import TenantSession
from billing.store.tables import Delivery, Mail, Outbox, Receipt, Sending
from invoices.run.ordering import NotSent, documents_of_month
from tests.months.story import Story
from tests.sending.office import BUYER, NUMBER, SENT, at_once, began, bill, desk_admin, keep_pdf, order, track, work_off
from tests.services.furnishing import rows_of
from tests.support.smtp import PostOffice


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


def test_twenty_calls_at_once_send_one_mail(office: Story, server: PostOffice) -> None:
    keep_pdf(office)
    news = at_once(20, office)
    work_off(office, server.url)
    assert (sorted(news), len(server.taken)) == ([False] * 19 + [True], 1)
    assert len(rows_of(office, Sending)) == 1


def test_who_has_no_address_for_invoices_is_named(blank: Story) -> None:
    bill(blank)
    change(blank, invoice_email=None)
    (refused,) = order(blank)
    assert isinstance(refused, NotSent)
    assert (refused.problem.code, refused.problem.fields["controller"]) == ("invoice_email_missing", "K-AVV-1")
    assert rows_of(blank, Sending) == []


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


def test_a_domain_with_an_umlaut_is_mailed_to_as_dns_has_it(desk: Story, server: PostOffice) -> None:
    keep_pdf(desk)
    change(desk, invoice_email="rechnung@wohnbau-süd.example")
    order(desk)
    work_off(desk, server.url)
    (taken,) = server.taken
    assert taken.rcpt_tos == ["rechnung@xn--wohnbau-sd-ieb.example"]
    assert "SMTPUTF8" not in taken.mail_options
    assert server.messages()[0]["To"].addresses[0].addr_spec == "rechnung@xn--wohnbau-sd-ieb.example"


def change(story: Story, **raw: Any) -> None:
    story.tell(lambda session: change_controller(session, story.act(SENT), find_controller(session, "K-AVV-1"), raw))


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
