"""The PDF and the mail of a reminder, made after its commit: printed from what was frozen, stored once, then mailed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlmodel import select

from billing import outbox
from billing.canonical import fingerprint
from billing.outbox import Done, Item
from billing.services.acting import Act, id_of, put
from billing.services.mails import Recipient, write_mail
from billing.store.files import NewFile, store_file
from billing.store.session import Store, TenantSession
from billing.store.tables import Controller, Invoice, Reminder, StoredFile
from billing.store.tables.kinds import Channel, RetentionClass
from invoices.format import money
from invoices.paper import Paper
from invoices.reminder import ReminderLetter
from invoices.reminder_page import reminder_title
from invoices.render import RenderPool
from invoices.run.printing import keep_printed
from invoices.run.reminders import REMINDER

_LETTER_YEARS = 6
_DAMAGED = "document_damaged"


class ReminderMaker:
    """Prints and mails the ordered reminders of one installation."""

    def __init__(self, pool: RenderPool, act: Act) -> None:
        """Take the pool, and in whose name files are stored and mail is written."""
        self._pool, self._act = pool, act

    @property
    def handlers(self) -> Mapping[str, outbox.Handler]:
        """Give the outbox what makes reminders."""
        return {REMINDER: self._make_all}

    def _make_all(self, store: Store, processor_id: int, items: Sequence[Item]) -> Iterator[Done]:
        waiting = {str(item.id): item for item in items}
        with store.tenant(processor_id, read_only=True) as session:
            for key, item in list(waiting.items()):
                reminder = session.get_one(Reminder, item.subject_id)
                if fingerprint(reminder.document) == reminder.document_sha256:
                    self._pool.submit(key, Paper.REMINDER, reminder.document)
                else:
                    yield Done(waiting.pop(key), _DAMAGED, hopeless=True)
        yield from keep_printed(self._pool, store, processor_id, waiting, self._keep)

    def _keep(self, session: TenantSession, item: Item, content: bytes) -> None:
        """Store the PDF, and write the mail it goes along with."""
        reminder = session.get_one(Reminder, item.subject_id)
        letter = ReminderLetter.from_json(reminder.document)
        name = f"{letter.number}-Mahnung-{letter.level}.pdf".replace("/", "-")
        until = date(reminder.sent_on.year + _LETTER_YEARS, 12, 31)
        new = NewFile(name, "application/pdf", content, RetentionClass.LETTER, until)
        file = store_file(session, new, recorded_at=self._act.at, recorded_by=self._act.name)
        reminder.stored_file_id = id_of(file)
        if reminder.channel is Channel.MAIL:
            reminder.mail_id = self._mail(session, reminder, letter, file)
        put(session, reminder)
        outbox.finish(session, item, self._act.at)

    def _mail(self, session: TenantSession, reminder: Reminder, letter: ReminderLetter, file: StoredFile) -> int:
        invoice = session.exec(select(Invoice).where(Invoice.id == reminder.invoice_id)).one()
        controller = session.get_one(Controller, invoice.controller_id)
        mail = write_mail(
            session,
            self._act,
            kind="reminder",
            to=Recipient(controller.invoice_email or "", language=letter.language),
            fields={
                "title": reminder_title(letter),
                "number": letter.number,
                "issue_date": letter.issue_date,
                "due_on": letter.due_on,
                "total": money(letter.total_cents, letter.language),
                "pay_by": letter.pay_by,
            },
            subject_table=REMINDER,
            subject_id=id_of(reminder),
            attachments=[file],
            version=str(letter.level),
        )
        return id_of(mail)
