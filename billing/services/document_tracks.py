"""Where documents are on their way: sent or not, received when, due when; for one or for a whole list at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.services.acting import id_of
from billing.services.due_dates import DueDate, due_dates_of
from billing.services.sendings import SendingState, sending_states
from billing.store.queries.receipts import newest_receipts
from billing.store.session import TenantSession
from billing.store.tables import Invoice


@dataclass(frozen=True, slots=True)
class Track:
    """How far a document is; `due` only where it asks for money and was received."""

    sending: SendingState
    received_on: date | None
    due: DueDate | None


def tracks_of(session: TenantSession, documents: Sequence[Invoice]) -> dict[int, Track]:
    """Give how far each of these documents is, by its id; a handful of queries, however many they are."""
    ids = [id_of(document) for document in documents]
    if not ids:
        return {}
    states, receipts, due = (
        sending_states(session, ids),
        newest_receipts(session, ids),
        due_dates_of(session, documents),
    )
    received = {number: receipt.received_on for number, receipt in receipts.items()}
    return {number: Track(states[number], received.get(number), due.get(number)) for number in ids}
