"""Mail on its way out (issue: e-mail): against a real server that says yes, not now, never, or nothing."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from billing import outbox
from billing.store.session import Store
from billing.store.tables import AccessLog, Mail, MailAttempt, Outbox
from billing.store.tables.kinds import DeliveryOutcome
from invoices.delivery import LEASE, MailSender
from invoices.mail_server import read_mail_server
from tests.support.correspondence import EVA, NOW, Correspondence, correspond, correspond_on_sqlite
from tests.support.lent_file import LentFiles
from tests.support.migrated import Migrated
from tests.support.sending import HOME, SENDER, outcomes, send
from tests.support.smtp import PASSWORD, USER, PostOffice, post_office, self_signed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mail(store: Store) -> Correspondence:
    """Somebody to write to."""
    return correspond(store)


@pytest.fixture
def desk(migrated_file: Path, lent_files: LentFiles) -> Iterator[Correspondence]:
    """The same on SQLite alone, for what no database makes a difference to."""
    with correspond_on_sqlite(lent_files, migrated_file) as office:
        yield office


@pytest.fixture
def server() -> Iterator[PostOffice]:
    """A server that takes everything, if not told otherwise."""
    with post_office() as office:
        yield office


def test_sent_is_noted_once_with_attempt_and_who_got_what(mail: Correspondence, server: PostOffice) -> None:
    """T-25: recipient and hash of each transfer."""
    file = mail.file()
    written = mail.write(attachments=[file])
    send(mail, server.url)
    (row,), (step,), (entry,) = mail.rows(Mail), mail.rows(Outbox), mail.rows(AccessLog)
    assert (row.sent_at, step.done_at, step.attempts, step.error) == (NOW, NOW, 1, None)
    assert outcomes(mail) == ["accepted"]
    assert (entry.action, entry.subject, entry.actor) == ("mail_sent", f"mail:{written.id}", "worker")
    for kept in (written.recipient_digest, file.sha256, written.message_id):
        assert kept in entry.details
    assert EVA not in entry.details
    assert send(mail, server.url) == []
    assert len(server.taken) == 1


REFUSALS = [
    ("451 4.2.1 mailbox of <{eva}> busy", "deferred", False),
    ("421 4.3.2 going down", "deferred", False),
    ("550 5.1.1 <{eva}>: no such user", "rejected", True),
    ("554 5.7.1 spam", "rejected", True),
]


@pytest.mark.parametrize("at_content", [False, True], ids=["at the recipient", "at the content"])
@pytest.mark.parametrize(("answer", "outcome", "for_good"), REFUSALS, ids=[row[0][:3] for row in REFUSALS])
def test_not_now_is_tried_again_and_never_is_not(
    mail: Correspondence, server: PostOffice, answer: str, outcome: str, for_good, at_content
) -> None:
    said = answer.format(eva=EVA)
    if at_content:
        server.answer = said
    else:
        server.refuse[EVA] = said
    mail.write()
    (done,) = send(mail, server.url)
    (attempt,), (step,), (row,) = mail.rows(MailAttempt), mail.rows(Outbox), mail.rows(Mail)
    assert (attempt.outcome, done.hopeless, row.sent_at) == (DeliveryOutcome(outcome), for_good, None)
    assert (attempt.answer or "").startswith(answer[:9])
    assert EVA not in f"{attempt.answer}{step.error}"
    server.refuse, server.answer = {}, "250 OK"
    assert send(mail, server.url, NOW + timedelta(minutes=1)) == []
    later = NOW + timedelta(days=30)
    assert len(send(mail, server.url, later)) == (0 if for_good else 1)
    if for_good:
        mail.tell(lambda session: outbox.retry(session, later))
        send(mail, server.url, later)
    assert outcomes(mail) == [outcome, "accepted"]
    assert [row.sent_at for row in mail.rows(Mail)] == [later]


def test_one_refused_message_stops_no_other(desk: Correspondence, server: PostOffice) -> None:
    server.refuse["weg@wohnbau.example"] = "550 gone"
    for to in (EVA, "weg@wohnbau.example", "lea@wohnbau.example"):
        desk.write(to=to)
    send(desk, server.url)
    assert [envelope.rcpt_tos for envelope in server.taken] == [[EVA], ["lea@wohnbau.example"]]
    assert outcomes(desk) == ["accepted", "rejected", "accepted"]
    assert server.connections == 1


def test_a_server_that_is_away_is_asked_again_later(desk: Correspondence) -> None:
    with post_office() as gone:
        url = gone.url
    desk.write()
    desk.write(to="lea@wohnbau.example")
    assert [done.hopeless for done in send(desk, url)] == [False, False]
    assert outcomes(desk) == ["failed", "failed"]
    assert [row.attempts for row in desk.rows(Outbox)] == [1, 1]


def test_after_three_days_only_a_person_can_have_it_tried_again(desk: Correspondence) -> None:
    with post_office() as gone:
        url = gone.url
    desk.write()
    at, tries = NOW, 0
    while at < NOW + timedelta(days=10):
        tries += len(send(desk, url, at))
        at += timedelta(hours=6)
    desk.tell(lambda session: [done] if (done := outbox.failing(session, 99)) else pytest.fail("not set aside"))
    (step,) = desk.rows(Outbox)
    assert (step.attempts, tries, step.done_at) == (20, 20, None)
    assert (step.error or "").startswith("failed: ")


@pytest.mark.parametrize("protect", ["starttls", "tls"])
def test_user_and_password_go_over_tls_only(
    desk: Correspondence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protect: str
) -> None:
    certificate = self_signed(tmp_path)
    desk.write()
    with post_office(protect=protect, certificate=certificate) as server:
        url = f"smtp://{USER}:correct%20horse%20%2F%20battery%3Fstaple@127.0.0.1:{server.port}?tls={protect}"
        send(desk, url)
        assert outcomes(desk) == ["failed"], "a certificate that nobody vouches for"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        send(desk, url, NOW + timedelta(hours=1))
        send(desk, url.replace("horse", "mouse"), NOW + timedelta(hours=1))
    assert outcomes(desk) == ["failed", "accepted"]
    assert PASSWORD not in "".join(attempt.answer or "" for attempt in desk.rows(MailAttempt))


@pytest.mark.parametrize("protect", ["starttls", "tls"])
def test_a_wrong_password_is_not_the_messages_fault_and_leaves_no_connection_open(
    desk: Correspondence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protect: str
) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    desk.write()
    with post_office(protect=protect, certificate=certificate) as server:
        server.seconds_deaf = 0.5
        (done,) = send(desk, f"smtp://{USER}:wrong@127.0.0.1:{server.port}?tls={protect}")
    assert (outcomes(desk), done.hopeless) == (["failed"], False)
    gc.collect()  # warns of each socket that nobody closed, and a warning fails the test


def test_a_server_that_never_heard_of_tls_gets_nothing(desk: Correspondence, server: PostOffice) -> None:
    desk.write()
    send(desk, server.url.replace("none", "starttls"))
    assert (outcomes(desk), server.taken) == (["failed"], [])


def test_two_workers_at_once_send_once(mail: Correspondence, server: PostOffice) -> None:
    """Both have read the same list of steps; one is faster, and still waits for the server."""
    mail.write()
    with mail.store.tenant(mail.processor_id, read_only=True) as session:
        items = outbox.open_items(session, NOW)
    for _ in range(2):
        sender = MailSender(read_mail_server(server.url, SENDER, HOME), "worker", lambda: NOW)
        list(sender.handlers["mail"](mail.store, mail.processor_id, items))
    assert len(server.taken) == 1
    assert outcomes(mail) == ["accepted"]


def test_nothing_is_locked_while_the_server_takes_its_time(mail: Correspondence, server: PostOffice) -> None:
    """The server writes to our database while we talk to it: on SQLite an open transaction would be in its way."""
    mail.write()
    server.meanwhile = lambda: mail.user("while")
    send(mail, server.url)
    assert outcomes(mail) == ["accepted"]


def test_who_is_killed_between_the_servers_yes_and_the_commit_sends_the_same_once_more(
    mail: Correspondence, migrated: Migrated, server: PostOffice
) -> None:
    """At least once: the claim runs out, then the same bytes go out again, with the same Message-ID."""
    mail.write(attachments=[mail.file()])
    assert mail.store.ring is not None
    told = [migrated.app_url, server.url, str(mail.processor_id), NOW.isoformat()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MEHRAUFWAND_KEYS": mail.store.ring.to_json()}
    killed = subprocess.run([sys.executable, "-m", "tests.support.killed_sender", *told], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (len(server.taken), outcomes(mail), [row.sent_at for row in mail.rows(Mail)]) == (1, [], [None])
    assert send(mail, server.url, NOW + LEASE - timedelta(seconds=1)) == []
    send(mail, server.url, NOW + LEASE)
    first, second = server.messages()
    assert first["Message-ID"] == second["Message-ID"]
    assert [file.get_payload() for file in first.iter_attachments()] == [
        file.get_payload() for file in second.iter_attachments()
    ]
    assert (outcomes(mail), len(mail.rows(AccessLog))) == (["accepted"], 1)
