"""The confirmation of a release in the portal: a mail with the estimate as PDF, made once the release is committed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from billing import outbox
from billing.outbox import Done, Item
from billing.services.acting import Act
from billing.services.estimate_mails import APPROVAL_MAIL, mail_decision
from billing.services.estimates import EstimateRecord, version_by_id
from billing.store.files import NewFile, store_file
from billing.store.session import Store, TenantSession
from billing.store.tables import Approval, Contact
from billing.store.tables.kinds import RetentionClass
from invoices.paper import Paper
from invoices.render import RenderPool
from invoices.run.estimate_letters import estimate_letter
from invoices.run.printing import keep_printed

_LETTER_YEARS = 6


class ApprovalMailer:
    """Prints and mails the confirmations that an installation owes."""

    def __init__(self, pool: RenderPool, act: Act) -> None:
        """Take the pool, and in whose name files are stored and mail is written."""
        self._pool, self._act = pool, act

    @property
    def handlers(self) -> Mapping[str, outbox.Handler]:
        """Give the outbox what confirms releases."""
        return {APPROVAL_MAIL: self._confirm_all}

    def _confirm_all(self, store: Store, processor_id: int, items: Sequence[Item]) -> Iterator[Done]:
        waiting = {str(item.id): item for item in items}
        with store.tenant(processor_id, read_only=True) as session:
            for key, item in waiting.items():
                letter = estimate_letter(session, self._act, _record(session, item))
                self._pool.submit(key, Paper.ESTIMATE, letter.to_json())
        yield from keep_printed(self._pool, store, processor_id, waiting, self._send)

    def _send(self, session: TenantSession, item: Item, content: bytes) -> None:
        """Store the PDF, and write the mail that it goes along with."""
        approval, record = session.get_one(Approval, item.subject_id), _record(session, item)
        name = f"{record.estimate.ref}-Fassung-{record.version.version_no}.pdf".replace("/", "-")
        until = date(approval.approved_at.year + _LETTER_YEARS, 12, 31)
        new = NewFile(name, "application/pdf", content, RetentionClass.LETTER, until)
        file = store_file(session, new, recorded_at=self._act.at, recorded_by=self._act.name)
        contact = session.get_one(Contact, approval.contact_id)
        decided = Act(self._act.name, approval.approved_at)
        mail_decision(session, decided, record, contact, "approve", attachments=[file])
        outbox.finish(session, item, self._act.at)


def _record(session: TenantSession, item: Item) -> EstimateRecord:
    return version_by_id(session, session.get_one(Approval, item.subject_id).estimate_version_id)
