"""Plays a scenario through the API alone, as people would: each deed by who may do it, at its moment, in order of time.

What has no moment of its own was known from the earliest one a scenario speaks of. The clock of the service is moved to
each deed's moment; nothing is written past the API but the accounts of the people who use it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from billing.clause.term_sets import DEFAULT, NAMES, term_set
from billing.services.scenario_rows import persons_needed
from billing.timespan import instant_of
from tests.api.http.closing import close_month, net_of_month
from tests.api.http.founding import FOUNDED, invite_approver, moment, upload
from tests.api.http.running import Site
from tests.support.papers import mail, pdf

BERLIN = ZoneInfo("Europe/Berlin")
CONTRACT, CONTROLLER = "AVV-1", "K-1"
_REASONS = {
    "deadline_reason": "72 Stunden nach Art. 33 DSGVO",
    "action_reason": "Die Daten sind noch abrufbar",
    "approval_reason": "Niemand erreichbar",
}
_SET_UP, _FACTS, _CANCELLATION, _RUN = range(4)
"""What happens in one minute happens in this order: a run sees all facts of its own minute."""
Deed = tuple[datetime, int, Callable[[], object]]
"""When, in which order within that minute, and what."""


@dataclass
class Driver:
    """One scenario at one processor: `play` does everything and gives what each run came to."""

    site: Site
    ref: str
    scenario: dict[str, Any]
    numbers: dict[str, int] = field(default_factory=dict)
    """The ids that the API gave, by the scenario's own."""
    runs: list[dict[str, Any]] = field(default_factory=list)
    cancelled: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0

    def play(self) -> list[dict[str, Any]]:
        """Do everything in its order; gives the runs as a scenario's `expected` has them."""
        deeds = sorted(self._deeds(), key=lambda deed: deed[:2])
        for at, _, deed in deeds:
            self.site.clock.now = at
            deed()
        return self.runs

    def post(self, role: str, path: str, body: Any = None) -> Any:
        """Do something under a key of its own, as programs do."""
        self.asked += 1
        response = self.site.ask(
            role, "POST", path, {} if body is None else body, of=self.ref, idempotency_key=f"{self.ref}-{self.asked}"
        )
        assert response.is_success, (path, body, response.text)
        return response.json()

    def get(self, role: str, path: str) -> Any:
        """Look at something that must be there."""
        response = self.site.ask(role, "GET", path, of=self.ref)
        assert response.is_success, (path, response.text)
        return response.json()

    def _deeds(self) -> Iterator[Deed]:
        said = self.scenario
        begin = self._begin()
        yield begin, _SET_UP, lambda: self._set_up(begin)
        for case in said["cases"]:
            yield from self._case_deeds(begin, case)
        for estimate in said["estimates"]:
            yield from self._estimate_deeds(begin, estimate)
        for entry, person in zip(said["entries"], self._workers(), strict=True):
            yield moment(entry.get("logged_at") or entry["end"]), _FACTS, _later(self._log, entry, person)
        for expense in said["expenses"]:
            yield from self._expense_deeds(begin, expense)
        last = moment(said["runs"][-1]["as_of"])
        for row in sorted(said.get("cancellations", []), key=lambda row: row["id"]):
            if moment(row["at"]) <= last:
                yield moment(row["at"]), _CANCELLATION, _later(self._cancel, row)
        for run in said["runs"]:
            yield moment(run["as_of"]), _RUN, _later(self._run, run)

    def _begin(self) -> datetime:
        """Give the earliest moment that the scenario speaks of, not later than the first of its terms' months."""
        names = ("start", "approved_at", "covers_from", "at", "as_of", "urgent_notice_at", "onsite_agreed_at")
        lists = ("cases", "entries", "estimates", "expenses", "runs", "cancellations")
        rows = [row for name in lists for row in self.scenario.get(name, [])]
        rows += [update for case in self.scenario["cases"] for update in case.get("updates", [])]
        return min(moment(row[name]) for row in rows for name in names if row.get(name) is not None)

    def _workers(self) -> list[int]:
        """Give who did each piece of work: in a scenario anybody, but nobody is in two places at once."""
        spans: list[tuple[int, int]] = [
            (instant_of(moment(row["start"])), instant_of(moment(row["end"]))) for row in self.scenario["entries"]
        ]
        return persons_needed(spans)

    def _set_up(self, begin: datetime) -> None:
        address = {"street": "Ring 1", "postcode": "70173", "city": "Stuttgart"}
        mails = {"invoice_email": "rechnung@wohnbau.example"}
        self.post("accountant", "/controllers", {"ref": CONTROLLER, "name": "Wohnbau Süd GmbH", **address, **mails})
        self._agree(begin.astimezone(BERLIN).date())
        invite_approver(self.site, self.ref, CONTROLLER)
        for number in sorted(set(self._workers())):
            name = {"name": f"Person {number}", "ref": f"P{number}", "initials": f"P{number}"}
            self.post("admin", "/persons", {**name, "confidentiality_pledged_on": FOUNDED.isoformat()})
        for case in self.scenario["cases"]:
            self._open(case)

    def _agree(self, starts_on: date) -> None:
        """Agree the contract and every version of its terms."""
        given = self.scenario.get("terms") or DEFAULT
        named = given if given in NAMES else DEFAULT
        versions = [{}] if isinstance(given, str) else given if isinstance(given, list) else [given]
        first, *later = sorted(
            (dict(version) for version in versions), key=lambda version: version.get("valid_from", "")
        )
        since = first.pop("valid_from", None)
        starts_on = starts_on if since is None else min(starts_on, date.fromisoformat(f"{since}-01"))
        said = {"ref": CONTRACT, "controller": CONTROLLER, "signed_on": FOUNDED.isoformat(), "term_set": named}
        contract = self.post("accountant", "/contracts", {**said, "starts_on": starts_on.isoformat(), "terms": first})
        self.numbers[CONTRACT] = contract["id"]
        for version in later:
            body = {"valid_from": version.pop("valid_from"), "terms": dict(term_set(named).raw_terms) | version}
            self.post("accountant", f"/contracts/{contract['id']}/terms", body)

    def _open(self, case: dict[str, Any]) -> None:
        audit = {f"audit_{name}": value for name, value in case.get("audit", {}).items()}
        said = {"contract": CONTRACT, "ref": case["id"], "kind": case["kind"], "title": f"Vorgang {case['id']}"}
        opened = self.post("staff", "/cases", {**said, **audit, **_decided(case)})
        self.numbers[case["id"]] = opened["id"]

    def _case_deeds(self, begin: datetime, case: dict[str, Any]) -> Iterator[Deed]:
        """Give what becomes known of a case; what a scenario knows before it happened is recorded when it happens."""
        for row in ({**case, "at": begin.isoformat()}, *case.get("updates", [])):
            renamed = {"finding": "audit_finding", "extra_agreed": "audit_extra_agreed"}
            facts = {renamed[name]: row[name] for name in renamed if row.get(name) is not None and "id" not in row}
            facts |= {} if "id" in row else _decided(row)
            if facts:
                yield moment(row["at"]), _FACTS, _later(self._record, case["id"], facts)
            for name, record in (("urgent_notice_at", self._declare_urgent), ("onsite_agreed_at", self._agree_onsite)):
                if row.get(name) is not None:
                    yield max(moment(row["at"]), moment(row[name])), _FACTS, _later(record, case["id"], row[name])

    def _record(self, case: str, facts: dict[str, Any]) -> None:
        self.post("staff", f"/cases/{self.numbers[case]}/facts", facts)

    def _agree_onsite(self, case: str, at: str) -> None:
        self._record(case, {"onsite_agreed_at": at})

    def _declare_urgent(self, case: str, at: str) -> None:
        self.post("staff", f"/cases/{self.numbers[case]}/urgent", {**_REASONS, "informed_at": at})

    def _log(self, entry: dict[str, Any], person: int) -> None:
        known = {name: value for name, value in entry.items() if name not in ("id", "logged_at") and value is not None}
        logged = self.post("lead", "/entries", {**known, "ref": entry["id"], "person": f"P{person}"})
        assert logged["ref"] == entry["id"]

    def _estimate_deeds(self, begin: datetime, estimate: dict[str, Any]) -> Iterator[Deed]:
        """Send an estimate from the start; the approver decides in the portal unless only a letter can say it."""
        approved, covers = estimate.get("approved_at"), estimate.get("covers_from")
        asks_back = approved is not None and covers is not None and moment(covers) <= moment(approved)
        sent_at = moment(covers) if asks_back and covers else begin
        yield sent_at, _FACTS, _later(self._send, estimate, covers if asks_back else None)
        if approved is not None:
            by_letter = covers is not None and not asks_back
            decide = self._record_approval if by_letter else self._approve_in_portal
            yield moment(approved), _FACTS, _later(decide, estimate)

    def _send(self, estimate: dict[str, Any], covers_from: str | None) -> None:
        said = {"case": estimate["case"], "ref": estimate["id"], "description": "Aufwand", "lines": estimate["lines"]}
        drafted = self.post("lead", "/estimates", said if covers_from is None else {**said, "covers_from": covers_from})
        self.numbers[estimate["id"]] = drafted["id"]
        self.post("lead", f"/estimates/{drafted['id']}/sending")

    def _approve_in_portal(self, estimate: dict[str, Any]) -> None:
        path = f"/portal/estimates/{self.numbers[estimate['id']]}/decision"
        self.post("controller_approver", path, {"decision": "approve", "version": 1})

    def _record_approval(self, estimate: dict[str, Any]) -> None:
        said = {"approved_at": estimate["approved_at"], "covers_from": estimate["covers_from"], "channel": "mail"}
        proof = {"approver_name": "Frau Süd", "evidence": upload(mail(), "freigabe.eml")}
        self.post("lead", f"/estimates/{self.numbers[estimate['id']]}/approval", {**said, **proof})

    def _expense_deeds(self, begin: datetime, expense: dict[str, Any]) -> Iterator[Deed]:
        """Take an expense in as its day begins, for a scenario's runs see all of their month."""
        day = datetime.combine(date.fromisoformat(expense["incurred_on"]), time(), BERLIN).astimezone(UTC)
        added = max(begin, day)
        yield added, _FACTS, _later(self._add_expense, expense)
        if expense.get("approved_at") is not None:
            yield max(added, moment(expense["approved_at"])), _FACTS, _later(self._approve_expense, expense)

    def _add_expense(self, expense: dict[str, Any]) -> None:
        known = {name: expense[name] for name in ("case", "kind", "incurred_on", "net")}
        known["remedies_processor_defect"] = expense.get("remedies_processor_defect", False)
        receipt = {"receipt_file": upload(pdf(), "beleg.pdf")} if expense.get("receipt") else {}
        said = {**known, "ref": expense["id"], "description": f"Beleg {expense['id']}", **receipt}
        self.numbers[expense["id"]] = self.post("staff", "/expenses", said)["id"]

    def _approve_expense(self, expense: dict[str, Any]) -> None:
        said = {"approved_at": expense["approved_at"], "evidence_file": upload(mail(), "freigabe.eml")}
        self.post("lead", f"/expenses/{self.numbers[expense['id']]}/approval", said)

    def _cancel(self, row: dict[str, Any]) -> None:
        month = row["run_month"]
        net = net_of_month(self, month)
        self.post("accountant", f"/months/{month}/cancellation", {"contract": CONTRACT, "reason": "Falsche Angabe"})
        self.cancelled.append({"id": row["id"], "month": month, "net": net})

    def _run(self, run: dict[str, Any]) -> None:
        cancelled, self.cancelled = self.cancelled, []
        closed = close_month(self, run["month"], run["as_of"], self.numbers[CONTRACT])
        self.runs.append(closed | ({"cancelled": cancelled} if cancelled else {}))


def _decided(row: dict[str, Any]) -> dict[str, Any]:
    """Give what somebody decided about a case, each with its reason."""
    reasons = {"cause": "cause_reason", "controller_misconduct": "misconduct_reason"}
    said = {name: row[name] for name in reasons if row.get(name) is not None}
    return said | {reasons[name]: "So festgestellt" for name in said}


def _later(deed: Callable[..., object], *about: Any) -> Callable[[], object]:
    return lambda: deed(*about)
