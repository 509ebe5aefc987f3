"""A month as a story: who agreed, worked, released and billed what, and when; told through the product's use cases.

story.contract("AVV-1")
story.case("C1")
story.estimate("Q1", "C1", "2026-10-05 09:00", regular=600)
story.work("E1", "C1", "2026-10-06 09:00", 90)
story.bill("2026-10", "2026-11-02 09:00")
"""

from typing import Any

from sqlmodel import col, select

from billing.clause.reading import read_month
from billing.errors import Conflict, IncompleteInvoice
from billing.money import format_cents
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract, Draft, Invoice
from billing.timespan import datetime_of, instant_of
from invoices.activity_record import ActivityRecord
from invoices.document import Document
from invoices.run.approving import Review, living_drafts, release_draft, require_fresh, review_draft
from invoices.run.cancelling import Cancelled, cancel_closing
from invoices.run.closings import content_of, find_closing
from invoices.run.correcting import Corrected, correct_invoice
from invoices.run.drafts import Outcome, RunOrder, run_month
from invoices.run.files import record_of_month
from invoices.run.issuing import Issued, NotIssued, issuable, issue_month
from invoices.run.summary import summary_of
from tests.months.facts import Facts, at


class Story(Facts):
    """One processor, what it knows, and what it bills."""

    def run(self, month: str, when: str, as_of: str | None = None, *, dry_run: bool = False) -> dict[str, Outcome]:
        """Run a month; gives what came of each contract."""
        act = self.act(when)
        moment = datetime_of(instant_of(at(as_of))) if as_of else datetime_of(instant_of(act.at))
        order = RunOrder(self.processor_id, read_month(month, "month"), moment, as_of is not None, act)
        return {outcome.contract_ref: outcome for outcome in run_month(self.store, order, dry_run=dry_run)}

    def changes(self, month: str, when: str, as_of: str | None = None) -> dict[str, str]:
        """Run a month; gives what was done about each contract, in a word."""
        return {ref: str(outcome.change) for ref, outcome in self.run(month, when, as_of).items()}

    def review(self, month: str, when: str, contract: str = "AVV-1") -> Review:
        """Look at a draft."""

        def look(session: TenantSession) -> Review:
            ((draft, of),) = living_drafts(session, month, [contract])
            return review_draft(session, draft, of, at(when))

        return self.tell(look)

    def approve(self, month: str, when: str, contract: str | None = None, seen_hash: str | None = None) -> list[bool]:
        """Release the month's drafts, or one; gives for each whether that was news."""

        act = self.act(when)

        def look(session: TenantSession) -> list[tuple[int, str]]:
            drafts = living_drafts(session, month, [contract] if contract else [])
            for draft, of in drafts:
                require_fresh(review_draft(session, draft, of, act.at))
            return [(draft.contract_id, draft.facts_hash) for draft, _ in drafts]

        return [
            release_draft(self.store, self.processor_id, contract_id, month, seen_hash or facts_hash, act)
            for contract_id, facts_hash in self.tell(look)
        ]

    def issue(self, month: str, when: str) -> dict[str, Issued | NotIssued]:
        """Issue what is released; gives what came of each contract."""
        refs = self.tell(lambda session: issuable(session, month, []).approved)
        outcomes = issue_month(self.store, self.processor_id, month, refs, self.act(when))
        return {outcome.contract_ref: outcome for outcome in outcomes}

    def bill(self, month: str, when: str, as_of: str | None = None) -> dict[str, str | None]:
        """Run, release and issue a month; gives the invoice numbers by contract, None where nothing was billed."""
        self.run(month, when, as_of)
        self.approve(month, when)
        numbers: dict[str, str | None] = {}
        for ref, outcome in self.issue(month, when).items():
            assert isinstance(outcome, Issued), outcome
            numbers[ref] = outcome.number
        return numbers

    def cancel(self, number: str, when: str, reason: str = "Falsche Zeit") -> Cancelled:
        """Cancel an invoice."""
        return self._cancel(when, reason, number, None, None)

    def cancel_month(self, contract: str, month: str, when: str) -> Cancelled:
        """Cancel a closed month."""
        return self._cancel(when, "Falsche Zeit", None, contract, month)

    def correct_invoice(self, number: str, *cases: str, when: str, reason: str = "Falscher Vorgang") -> Corrected:
        """Take cases of an invoice back."""
        act = self.act(when)
        return self.tell(lambda session: correct_invoice(session, self.store, number, cases, reason=reason, act=act))

    def _cancel(self, when: str, reason: str, number: str | None, contract: str | None, month: str | None) -> Cancelled:
        def take_back(session: TenantSession) -> Cancelled:
            closing = find_closing(session, number, contract, month)
            return cancel_closing(session, self.store, closing, reason=reason, act=self.act(when))

        return self.tell(take_back)

    def invoice(self, number: str) -> Document:
        """Give an issued document."""
        query = select(Invoice.document).where(Invoice.number == number)
        return Document.from_json(self.tell(lambda session: session.exec(query).one()))

    def lines(self, number: str) -> list[str]:
        """Give the lines of a document, `C1 regular 4 × 25 = 100.00`, expenses as `C1 X1.pdf 4.20`."""
        document = self.invoice(number)
        return [
            f"{line.case_ref} {line.rate_class} {line.units} × {line.unit_price} = {_euros(line.net_cents)}"
            for line in document.lines
        ] + [f"{line.case_ref} {line.receipt_ref} {_euros(line.net_cents)}" for line in document.expenses]

    def settlement(self, contract: str, month: str) -> dict[str, Any]:
        """Give what a living closing froze of its settlement."""
        closing = self.tell(lambda session: find_closing(session, None, contract, month))
        run: dict[str, Any] = content_of(closing)["run"]
        return run

    def summary(self, month: str, when: str, contract: str = "AVV-1") -> dict[str, Any]:
        """Give what a review shows of a draft."""
        return summary_of(self.review(month, when, contract).prepared, "de")

    def record(self, month: str, contract: str = "AVV-1") -> ActivityRecord:
        """Give the activity record of a closed month."""
        return self.tell(lambda session: record_of_month(session, contract, month))

    def numbers(self) -> list[str]:
        """Give all numbers in the order they were taken."""
        return self.tell(lambda session: list(session.exec(select(Invoice.number).order_by(col(Invoice.id)))))

    def draft_states(self, contract: str = "AVV-1") -> list[str]:
        """Give the states of a contract's drafts, oldest first."""
        query = (
            select(Draft.state)
            .join(Contract, col(Contract.id) == col(Draft.contract_id))
            .where(Contract.ref == contract)
            .order_by(col(Draft.id))
        )
        return [str(state) for state in self.tell(lambda session: list(session.exec(query)))]

    def closings(self) -> int:
        """Count all closings, cancelled ones too."""
        return len(self.tell(lambda session: list(session.exec(select(Closing.id)))))


def _euros(cents: int) -> str:
    return format_cents(cents)


def refusal(outcome: Issued | NotIssued) -> Conflict | IncompleteInvoice:
    """Give why a month could not be issued; it must not have been."""
    assert isinstance(outcome, NotIssued), outcome
    return outcome.problem
