"""Where documents are on their way: sent or not, received when, due when; for one or for a whole list at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing.services.acting import id_of
from billing.services.due_dates import DueDate, due_dates_of
from billing.services.sendings import SendingState, sending_states
from billing.store.queries.receipts import newest_receipts
from billing.store.queries.sendings import Sendable
from billing.store.session import TenantSession
from billing.store.tables import Invoice


@dataclass(frozen=True, slots=True)
class Track:
    """How far a document is; `due` only where it asks for money and was received."""

    sending: SendingState
    received_on: date | None
    due: DueDate | None


def tracks_of(session: TenantSession, documents: Sequence[Sendable]) -> list[Track]:
    """Give how far each of these documents is, in their order; a handful of queries, however many they are.

    Of a statement of pass-through money no receipt is kept, so it has no days.
    """
    invoices = [one for one in documents if isinstance(one, Invoice)]
    receipts, due = _days_of(session, invoices) if invoices else ({}, {})

    def track(document: Sendable, state: SendingState) -> Track:
        if not isinstance(document, Invoice):
            return Track(state, None, None)
        number = id_of(document)
        return Track(state, receipts.get(number), due.get(number))

    return [track(*pair) for pair in zip(documents, sending_states(session, documents), strict=True)]


def _days_of(
    session: TenantSession, invoices: Sequence[Invoice]
) -> tuple[dict[int, date | None], Mapping[int, DueDate]]:
    receipts = newest_receipts(session, [id_of(invoice) for invoice in invoices])
    received = {number: receipt.received_on for number, receipt in receipts.items()}
    return received, due_dates_of(session, invoices)
