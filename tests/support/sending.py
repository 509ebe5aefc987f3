"""What is due is sent: by a server at a URL, in the name of a test's installation."""

from datetime import datetime

from billing import outbox
from billing.outbox import Done
from billing.store.tables import MailAttempt
from invoices.delivery import MailSender
from invoices.mail_server import read_mail_server
from tests.support.correspondence import NOW, Correspondence

SENDER, HOME = "post@mehraufwand.example", "https://mehraufwand.example"


def send(mail: Correspondence, url: str, at: datetime = NOW, *, limit: int = 1000) -> list[Done]:
    """Do what is due at a moment; gives what came of each step."""
    sender = MailSender(read_mail_server(url, SENDER, HOME), "worker", lambda: at)
    return list(outbox.run_pending(mail.store, mail.processor_id, sender.handlers, lambda: at, limit=limit))


def outcomes(mail: Correspondence) -> list[str]:
    """Give what came of each attempt."""
    return [str(attempt.outcome) for attempt in mail.rows(MailAttempt)]
