"""An office that has issued October's invoice and sends it to a real mail server."""

import threading
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from billing import outbox
from billing.outbox import Done
from billing.services.acting import Act
from billing.services.document_tracks import Track, tracks_of
from billing.services.sendings import Ordered
from billing.store.session import TenantSession
from billing.store.tables.kinds import Role
from invoices.delivery import MailSender
from invoices.mail_server import read_mail_server
from invoices.run.ordering import NotSent, order_all, sendable_of
from invoices.run.sending import Dispatcher
from tests.months.facts import at
from tests.months.story import Story
from tests.support.correspondence import Correspondence
from tests.support.document_files import keep_printed
from tests.support.sending import HOME, SENDER

BUYER = "rechnung@wohnbau.example"
ISSUED, SENT = "2026-11-02 09:00", "2026-11-02 10:00"
NUMBER = "RE-2026-0001"


def work_in_october(story: Story, **controller: Any) -> None:
    """Agree a contract and work 90 minutes."""
    story.contract(**controller)
    story.case("C1")
    story.estimate("Q1", "C1", regular=600)
    story.work("E1", "C1", "2026-10-06 09:00", 90)


def bill(story: Story, **controller: Any) -> Story:
    """Agree a contract, work 90 minutes in October and issue its invoice; its PDF is not made yet."""
    work_in_october(story, **controller)
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
        (found,) = tracks_of(session, [sendable_of(session, number)])
        return found

    return story.tell(look)


def began(outcomes: list[Ordered | NotSent]) -> list[bool]:
    """Tell of each order whether it began a sending; none may be refused."""
    assert not [one for one in outcomes if isinstance(one, NotSent)]
    return [one.is_new for one in outcomes if isinstance(one, Ordered)]


def at_once(calls: int, story: Story, *numbers: str) -> list[bool]:
    """Order the same from many threads at the same moment; tells of each whether it began the sending."""
    together, news = threading.Barrier(calls), list[bool]()

    def call() -> None:
        together.wait()
        news.extend(began(order(story, *numbers)))

    callers = [threading.Thread(target=call) for _ in range(calls)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return news


def desk_admin(story: Story) -> None:
    """Let somebody look after the processor, who is told of alarms."""
    Correspondence(story.store, story.processor_id).user("lea", Role.ADMIN)


def spoil(story: Story, harm: str) -> None:
    """Change what is stored behind the product's back: the triggers that forbid it are taken away before."""
    table, change = {
        "document": ("invoice", "document = replace(document, 'Wohnbau', 'Wohnbar')"),
        "statement": ("pass_through", "document = replace(document, 'Wohnbau', 'Wohnbar')"),
        "file": ("stored_file", "sha256 = replace(sha256, substr(sha256, 1, 4), '0000')"),
    }[harm]
    with story.store.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TRIGGER mehraufwand_{table}_update"))
        connection.execute(sa.text(f"UPDATE {table} SET {change}"))  # noqa: S608 - our own words
