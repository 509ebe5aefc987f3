"""An office that has issued October's invoice and sends it to a real mail server."""

from datetime import datetime
from typing import Any

from billing import outbox
from billing.outbox import Done
from billing.services.acting import Act, id_of
from billing.services.document_tracks import Track, tracks_of
from billing.services.sendings import Ordered
from billing.store.session import TenantSession
from invoices.delivery import MailSender
from invoices.mail_server import read_mail_server
from invoices.run.ordering import NotSent, document_of, order_all
from invoices.run.sending import Dispatcher
from tests.months.facts import at
from tests.months.story import Story
from tests.support.document_files import keep_printed
from tests.support.sending import HOME, SENDER

BUYER = "rechnung@wohnbau.example"
ISSUED, SENT = "2026-11-02 09:00", "2026-11-02 10:00"
NUMBER = "RE-2026-0001"


def bill(story: Story, **controller: Any) -> Story:
    """Agree a contract, work 90 minutes in October and issue its invoice; its PDF is not made yet."""
    story.contract(**controller)
    story.case("C1")
    story.estimate("Q1", "C1", regular=600)
    story.work("E1", "C1", "2026-10-06 09:00", 90)
    assert story.bill("2026-10", ISSUED)["AVV-1"] == NUMBER
    return story


def keep_pdf(story: Story, number: str = NUMBER) -> bytes:
    """Print a document and keep it."""
    return story.tell(lambda session: keep_printed(session, number, at(ISSUED)))


def order(story: Story, *numbers: str, again: bool = False, when: str = SENT) -> list[Ordered | NotSent]:
    """Order the sending of documents."""
    act = story.act(when)
    return list(order_all(story.store, story.processor_id, numbers or [NUMBER], act, again=again))


def work_off(story: Story, url: str | None, when: str = SENT) -> list[Done]:
    """Make the messages that were ordered and hand them to a server at a URL; without one they wait."""
    moment = at(when)
    found = list(outbox.run_pending(story.store, story.processor_id, dispatching(moment), lambda: moment))
    if url is not None:
        sender = MailSender(read_mail_server(url, SENDER, HOME), "worker", lambda: moment)
        found += outbox.run_pending(story.store, story.processor_id, sender.handlers, lambda: moment)
    return found


def dispatching(moment: datetime) -> dict[str, outbox.Handler]:
    return dict(Dispatcher(Act("worker", moment)).handlers)


def track(story: Story, number: str = NUMBER) -> Track:
    """Give how far a document is."""

    def look(session: TenantSession) -> Track:
        document = document_of(session, number)
        return tracks_of(session, [document])[id_of(document)]

    return story.tell(look)
