"""What a story is about: contracts, cases, estimates, work and expenses, recorded when they happen.

Every moment is local time in Berlin, `2026-10-06 09:00`.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from billing.errors import InvalidInput
from billing.services.acting import Act
from billing.services.agreeing import agree_terms
from billing.services.approvals import approve_estimate, read_approval
from billing.services.case_facts import read_case_facts
from billing.services.cases import find_case, open_case, read_case, record_case_fact
from billing.services.contracts import add_contract, read_contract
from billing.services.estimate_states import send_estimate
from billing.services.estimates import add_estimate, read_estimate
from billing.services.expenses import add_expense, approve_expense, find_expense, read_expense, withdraw_expense
from billing.services.parties import add_controller, add_person, find_person, read_controller, read_person
from billing.services.proofs import ProofFile
from billing.services.work import correct_work, delete_work, find_entry, log_work
from billing.services.work_done import read_work
from billing.store.session import Store, TenantSession
from tests.support.papers import pdf, release_mail
from tests.support.processor import found_processor

BERLIN = ZoneInfo("Europe/Berlin")
CLERK = "Erika Beispiel"
RECEIPT = ProofFile("beleg.pdf", pdf())
Answer = TypeVar("Answer")


def at(local: str) -> datetime:
    """Read a local time such as `2026-10-06 09:00`."""
    return datetime.fromisoformat(local).replace(tzinfo=BERLIN).astimezone(UTC)


class Facts:
    """One processor and what it knows."""

    def __init__(self, store: Store, ref: str = "immoinvent") -> None:
        """Found the processor, its letter complete since the year 2000."""
        self.store, self.ref = store, ref
        self.processor_id = found_processor(store, date(2000, 1, 1), ref)

    def tell(self, act: Callable[[TenantSession], Answer]) -> Answer:
        """Do something in a transaction of its own."""
        with self.store.tenant(self.processor_id) as session:
            return act(session)

    @staticmethod
    def act(when: str) -> Act:
        """Say that the clerk acts at a local time."""
        return Act(CLERK, at(when))

    def contract(self, ref: str = "AVV-1", *, terms: dict[str, Any] | None = None, **controller: Any) -> None:
        """Agree a contract with a controller of its own, in force since 2025; `controller` changes its letter data."""
        act = self.act("2025-01-02 09:00")
        data = {
            "ref": f"K-{ref}",
            "name": "Wohnbau Süd GmbH",
            "street": "Ring 1",
            "postcode": "70173",
            "city": "Stuttgart",
            "invoice_email": "rechnung@wohnbau.example",
            **controller,
        }
        agreed = {"controller": data["ref"], "starts_on": "2025-01-01", "ref": ref, "signed_on": "2024-12-20"}
        self.tell(lambda session: add_controller(session, act, read_controller(data)))
        self.tell(lambda session: add_contract(session, act, read_contract({**agreed, "terms": terms or {}})))

    def case(
        self, ref: str, when: str = "2026-10-01 08:00", contract: str = "AVV-1", kind: str = "other", **facts: Any
    ) -> None:
        """Open a case with what is known of it."""
        raw = {"ref": ref, "contract": contract, "kind": kind, "title": f"Vorgang {ref}", **facts}
        self.tell(lambda session: open_case(session, self.act(when), *read_case(raw)))

    def fact(self, case: str, when: str, **facts: Any) -> None:
        """Record what became known of a case."""
        known = read_case_facts(facts)
        self.tell(lambda session: record_case_fact(session, self.act(when), find_case(session, case), known))

    def estimate(
        self, ref: str, case: str, when: str = "2026-10-01 08:00", *, covers_from: str | None = None, **minutes: int
    ) -> None:
        """Send an estimate and have it released at once; `minutes` by rate class."""
        act = self.act(when)
        lines = [{"rate_class": rate_class, "minutes": count} for rate_class, count in minutes.items()]
        raw = {"ref": ref, "case": case, "description": "Aufwand", "lines": lines}
        released = {"approved_at": act.at.isoformat(), "channel": "mail", "approver_name": "Frau Süd"}
        released["evidence_note"] = "Freigegeben. Süd"
        if covers_from is not None:
            released["covers_from"] = at(covers_from).isoformat()

        def release(session: TenantSession) -> None:
            sent = send_estimate(session, act, add_estimate(session, act, read_estimate(raw)), act.at).record
            approve_estimate(session, act, sent, read_approval(released))

        self.tell(release)

    def work(
        self,
        ref: str,
        case: str,
        start: str,
        minutes: int,
        service: str = "other_support",
        *,
        when: str | None = None,
        person: str = "EB",
        **flags: Any,
    ) -> None:
        """Log work, at its end if not told otherwise."""
        begin = at(start)
        end = begin + timedelta(minutes=minutes)
        act = Act(CLERK, at(when) if when else end)
        times = {"start": begin.isoformat(), "end": end.isoformat()}
        raw = {"ref": ref, "case": case, "person": person, "service": service, **times, **flags}

        def log(session: TenantSession) -> None:
            _ensure_person(session, act, person)
            log_work(session, act, read_work(raw))

        self.tell(log)

    def correct(self, ref: str, when: str, start: str, minutes: int) -> None:
        """Correct when an entry was."""
        begin = at(start)
        raw = {"start": begin.isoformat(), "end": (begin + timedelta(minutes=minutes)).isoformat()}
        act = self.act(when)
        self.tell(lambda session: correct_work(session, act, find_entry(session, ref), raw, "Tippfehler"))

    def delete(self, ref: str, when: str) -> None:
        """Take an entry back."""
        self.tell(lambda session: delete_work(session, self.act(when), find_entry(session, ref), "doppelt"))

    def expense(
        self,
        ref: str,
        case: str,
        day: str,
        net: str,
        kind: str = "travel",
        *,
        when: str | None = None,
        receipt: ProofFile | None = RECEIPT,
        approved_at: str | None = None,
        **more: Any,
    ) -> None:
        """Take in an expense on the evening it arose, with a receipt if not told otherwise, and its approval."""
        raw = {"ref": ref, "case": case, "kind": kind, "incurred_on": day, "net": net, "description": f"Beleg {ref}"}
        act = self.act(when or f"{day} 20:00")

        def take_in(session: TenantSession) -> None:
            expense = add_expense(session, act, read_expense(raw | more), receipt).expense
            if approved_at is not None:
                approve_expense(session, act, expense, datetime.fromisoformat(approved_at), release_mail())

        self.tell(take_in)

    def withdraw(self, ref: str, when: str) -> None:
        """Take an expense back."""
        self.tell(lambda session: withdraw_expense(session, self.act(when), find_expense(session, ref)))

    def agree(self, valid_from: str, when: str, contract: str = "AVV-1", **terms: Any) -> None:
        """Agree that terms change from a month on."""
        self.tell(lambda session: agree_terms(session, self.act(when), contract, valid_from, terms))


def _ensure_person(session: TenantSession, act: Act, ref: str) -> None:
    try:
        find_person(session, ref)
    except InvalidInput:
        add_person(session, act, read_person({"name": f"Person {ref}", "initials": ref}))
