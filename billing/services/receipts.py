"""The receipt (Zugang) of issued documents: it arises with an accepted delivery, or somebody proves it.

Rows are only added, the newest counts. That somebody opened a document in the portal is no receipt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.clause.reading import Reader, read_date, refuse
from billing.deadlines.payment import received_on
from billing.errors import Conflict, InvalidInput
from billing.services.acting import Act, audit, id_of, put
from billing.services.due_dates import land_of, place_calendar
from billing.services.fields import read_note
from billing.services.moments import local_day, processor_zone
from billing.services.proofs import ProofFile, keep_proof, read_upload
from billing.store.queries.receipts import newest_receipts, receipts_after
from billing.store.session import TenantSession
from billing.store.tables import Controller, Delivery, Invoice, Receipt
from billing.store.tables.kinds import ReceiptSource, RetentionClass
from billing.timespan import instant_of

RECEIPT: dict[str, Reader] = {"received_on": read_date, "note": read_note, "proof": read_upload}
NO_RECEIPT: dict[str, Reader] = {"note": read_note, "proof": read_upload}


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows when a document was received, or that it was not: a file, and what to know about it."""

    file: ProofFile
    note: str


def read_proof(file: ProofFile | None, note: Any) -> Proof:
    """Take a file and a note that were handed in apart; InvalidInput when one is missing."""
    if file is None:
        raise refuse("missing_key", "proof")
    if note is None:
        raise refuse("missing_key", "note")
    return Proof(file, read_note(note, "note"))


def receive_delivered(session: TenantSession, act: Act, invoice: Invoice, delivery: Delivery) -> None:
    """Record the receipt that an accepted attempt brings, in its transaction; a document that has one keeps it.

    It was there to be read when the attempt was made; before 16:00 on a working day at the debtor's seat, else on the
    next one. Never before the day of issue, which another time zone or a clock that is slow may see as tomorrow.
    """
    if _known(session, invoice) is not None:
        return
    land = land_of(session.get_one(Controller, invoice.controller_id))
    day = received_on(instant_of(delivery.attempted_at), place_calendar(land))
    _add(
        session,
        act,
        invoice,
        Receipt(
            invoice_id=id_of(invoice),
            received_on=max(day, invoice.issue_date),
            source=ReceiptSource(delivery.channel),
            land=land,
            delivery_id=id_of(delivery),
            **act.record(),
        ),
    )


def set_receipt(session: TenantSession, act: Act, invoice: Invoice, day: date, proof: Proof) -> Receipt:
    """Record a day of receipt that is proved otherwise; from now on it counts, earlier or later than what was known.

    InvalidInput: a day before the issue or still to come, a file that is none.
    """
    if day < invoice.issue_date:
        raise InvalidInput("received_before_issue", path="received_on", value=day)
    if day > local_day(act.at, processor_zone(session)):
        raise InvalidInput("date_in_future", path="received_on", value=day)
    return _prove(session, act, invoice, day, proof)


def deny_receipt(session: TenantSession, act: Act, invoice: Invoice, proof: Proof) -> Receipt:
    """Record that a document was not received after all, as when its mail came back: it is due on no day then.

    Conflict when no receipt is known; InvalidInput: a file that is none.
    """
    if _known(session, invoice) is None:
        raise Conflict("no_receipt_known", value=invoice.number)
    return _prove(session, act, invoice, None, proof)


def list_receipts(session: TenantSession, invoice_id: int, after: int, most: int) -> Sequence[Receipt]:
    """Give what was recorded about the receipt of a document, by rising id; the last one counts."""
    return receipts_after(session, invoice_id, after, most)


def _known(session: TenantSession, invoice: Invoice) -> date | None:
    newest = newest_receipts(session, [id_of(invoice)]).get(id_of(invoice))
    return None if newest is None else newest.received_on


def _prove(session: TenantSession, act: Act, invoice: Invoice, day: date | None, proof: Proof) -> Receipt:
    name = f"{invoice.number}-Zugang-{act.at:%Y%m%d%H%M%S}"
    file = keep_proof(session, act, proof.file, RetentionClass.VOUCHER, "proof", name=name)
    receipt = Receipt(
        invoice_id=id_of(invoice),
        received_on=day,
        source=ReceiptSource.MANUAL,
        land=land_of(session.get_one(Controller, invoice.controller_id)),
        evidence_note=proof.note,
        **act.record() | {"evidence_file_id": id_of(file)},
    )
    _add(session, act, invoice, receipt, proof=file.sha256)
    return receipt


def _add(session: TenantSession, act: Act, invoice: Invoice, receipt: Receipt, **details: str) -> None:
    put(session, receipt)
    told = None if receipt.received_on is None else receipt.received_on.isoformat()
    audit(
        session,
        act,
        "receipt_recorded",
        f"invoice:{invoice.number}",
        received_on=told,
        source=str(receipt.source),
        land=receipt.land,
        **details,
    )
