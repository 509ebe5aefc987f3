"""A controller's question about an invoice: mailed to those who run the months, or to the processor's own address."""

from billing.services.acting import Act, audit, id_of
from billing.services.mails import Recipient, user_recipient, write_mail
from billing.services.moments import local_day, processor_zone
from billing.services.processors import current_processor
from billing.store.queries.mails import active_accountants
from billing.store.session import TenantSession
from billing.store.tables import Contact, Invoice


def ask_about_invoice(session: TenantSession, act: Act, contact: Contact, invoice_id: int, text: str) -> int:
    """Send a question to everybody who can answer it; gives to how many. The same words again are one question."""
    invoice = session.get_one(Invoice, invoice_id)
    to = [user_recipient(session, user) for user in active_accountants(session, act.at)] or _house(session, act)
    for one in to:
        write_mail(
            session,
            act,
            kind="invoice_question",
            to=one,
            fields={
                "number": invoice.number,
                "name": contact.name or "",
                "email": contact.email or "",
                "question": text,
                "page": f"/rechnungen/{invoice.number}",
            },
            subject_table="invoice",
            subject_id=invoice_id,
        )
    audit(session, act, "invoice_questioned", f"invoice:{invoice.number}", contact=id_of(contact), mails=len(to))
    return len(to)


def _house(session: TenantSession, act: Act) -> list[Recipient]:
    """Give the address on the letterhead, if there is one, for a processor without anybody who runs months."""
    processor = current_processor(session, local_day(act.at, processor_zone(session)))
    return [Recipient(processor.email)] if processor.email else []
