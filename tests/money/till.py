"""Issued invoices and the money for them, told through the product's use cases.

RE-2026-0001   AVV-1   Wohnbau Süd GmbH         178.50   issued 2 Nov 2026, received that day, due 16 Nov
RE-2026-0002   AVV-2   Klinikum Filder gGmbH    119.00   the same
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import select

from billing.outbox import run_pending
from billing.services.acting import Act, id_of
from billing.services.bank_import import BankReport, book, look_through
from billing.services.claims import find_claim
from billing.services.open_items import Receivable
from billing.services.payments import NewPayment, add_payment, list_payments, reverse_payment
from billing.services.proofs import ProofFile
from billing.services.receipts import Proof, set_receipt
from billing.services.receivables import Receivables
from billing.store.session import Store
from invoices.reminder import ReminderLetter
from invoices.render import RenderPool
from invoices.run.reminder_files import ReminderMaker
from invoices.run.reminders import Draft, draft_reminder, record_receipt, send_reminder
from tests.banking.statements import Entry, camt
from tests.months.facts import at
from tests.months.story import Story
from tests.support.papers import pdf

NOW = "2026-11-20 09:00"
FIRST, SECOND = "RE-2026-0001", "RE-2026-0002"


class Till(Story):
    """A processor that has issued two invoices."""

    @classmethod
    def opened(cls, store: Store) -> "Till":
        """Work and bill October under two contracts."""
        till = cls(store)
        for number, (name, minutes) in enumerate((("Wohnbau Süd GmbH", 90), ("Klinikum Filder gGmbH", 60)), 1):
            ref = f"AVV-{number}"
            till.contract(ref, name=name, land="BW")
            till.case(f"C{number}", contract=ref)
            till.estimate(f"Q{number}", f"C{number}", regular=600)
            till.work(f"E{number}", f"C{number}", f"2026-10-06 {8 + 2 * number}:00", minutes)
        till.bill("2026-10", "2026-11-02 09:00")
        for invoice in (FIRST, SECOND):
            till.receive(invoice, "2026-11-02", "2026-11-03 09:00")
        return till

    def receive(self, number: str, day: str, when: str = NOW) -> None:
        """Prove when an invoice was received."""
        proof = Proof(ProofFile("zugang.pdf", pdf()), "Rückschein")
        received = date.fromisoformat(day)
        self.tell(lambda session: set_receipt(session, self.act(when), find_claim(session, number), received, proof))

    def pay(self, number: str, cents: int, day: str = "2026-11-10", when: str = NOW, **more: Any) -> int:
        """Record a payment by hand; gives its id."""
        new = NewPayment(amount=cents, paid_on=date.fromisoformat(day), **more)
        return self.tell(lambda s: id_of(add_payment(s, self.act(when), find_claim(s, number), new)))

    def take_back(self, number: str, payment_id: int, when: str = NOW) -> int:
        """Answer a payment with a counter-row."""
        return self.tell(
            lambda s: id_of(reverse_payment(s, self.act(when), find_claim(s, number), payment_id, "Vertippt"))
        )

    def item(self, number: str, day: str | None = None, when: str = NOW) -> Receivable:
        """Give an invoice as an open item."""
        asked = None if day is None else date.fromisoformat(day)
        return self.tell(lambda s: Receivables(s, at(when), asked).of(id_of(find_claim(s, number))))

    def open(self, number: str, day: str | None = None) -> int:
        """Give what is open of an invoice, below zero what was paid too much."""
        return self.item(number, day).balance.left_cents

    def unsettled(self, day: str | None = None) -> list[str]:
        """Give the numbers of all unsettled invoices."""
        asked = None if day is None else date.fromisoformat(day)
        return self.tell(lambda s: [one.row.number for one in Receivables(s, at(NOW), asked).unsettled()])

    def look(self, *entries: Entry, answers: Sequence[Mapping[str, Any]] = (), **more: Any) -> BankReport:
        """Look through a bank file."""
        file = ProofFile("auszug.xml", camt(*entries, **more))
        return self.tell(lambda session: look_through(session, self.act(NOW), file, answers))

    def book(
        self, *entries: Entry, answers: Sequence[Mapping[str, Any]] = (), when: str = NOW, **more: Any
    ) -> BankReport:
        """Book a bank file."""
        file = ProofFile("auszug.xml", camt(*entries, **more))
        return self.tell(lambda session: book(session, self.act(when), file, answers))

    def payments(self, number: str) -> list[Any]:
        """Give an invoice's payments."""
        return self.tell(lambda s: list(list_payments(s, find_claim(s, number), 0, 100)))

    def count(self, table: type[Any]) -> int:
        """Count the rows of a table."""
        return len(self.tell(lambda session: list(session.exec(select(table.id)))))

    def remind(self, number: str, when: str, **said: Any) -> ReminderLetter:
        """Send the next reminder; gives its letter."""
        act = self.act(when)
        return self.tell(
            lambda s: ReminderLetter.from_json(send_reminder(s, act, find_claim(s, number), **said).document)
        )

    def draft(self, number: str, when: str, **said: Any) -> Draft:
        """Give the next reminder as it would go out."""
        return self.tell(lambda s: draft_reminder(s, self.act(when), find_claim(s, number), **said))

    def reminded(self, number: str, level: int, day: str, when: str) -> None:
        """Record when a reminder was received."""
        received = date.fromisoformat(day)
        self.tell(lambda s: record_receipt(s, self.act(when), find_claim(s, number), level, received))

    def print_letters(self, when: str) -> list[str]:
        """Print and mail what was ordered; gives errors."""
        with RenderPool(1) as pool:
            handlers = ReminderMaker(pool, self.act(when)).handlers
            return [done.error for done in run_pending(self.store, self.processor_id, handlers, lambda: at(when))]


def told(report: BankReport) -> list[tuple[str, str]]:
    """Give state and reason of each line."""
    return [(str(one.match.state), str(one.match.why)) for one in report.lines]


def clerk(when: str = NOW) -> Act:
    """Give a clerk's deed."""
    return Story.act(when)
