"""One thing of every noun at a processor, each made by the route that makes it, and what addresses name them by."""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from billing.outbox import Done, note_failure, open_items
from billing.services.access.links import make_link
from billing.services.acting import Act, id_of
from billing.services.claims import claim_by_id
from billing.services.proofs import ProofFile
from billing.services.receipts import Proof, set_receipt
from billing.store.tables import ApiToken, InvoiceFile, Mail, User
from billing.store.tables.kinds import InvoiceFileKind, LinkPurpose, Role
from invoices.run.pass_through import store_statement
from tests.api.http.founding import upload
from tests.api.http.running import NOW, Site, add_user
from tests.support.papers import mail, pdf

FILE = {"name": "beleg.pdf", "content": b64encode(pdf()).decode()}
MAIL = {"name": "freigabe.eml", "content": b64encode(mail()).decode()}
READER_OF_ALL = "reading_admin"
"""Whose token may look at everything an administrator may, and change nothing."""
NEIGHBOUR = "neighbour"
"""Somebody of another controller of the same processor."""
_ACT = Act("test", NOW)
_OCTOBER = datetime(2026, 10, 5, 6, tzinfo=UTC)
_OVERDUE = datetime(2026, 11, 17, 9, tzinfo=UTC)
_CSV = str(InvoiceFileKind.ACTIVITY_RECORD_CSV)
_SECRET = re.compile(r"/p/l/([\w-]+)")

Numbers = dict[str, Any]


@dataclass
class Furnished:
    """What the parameters of addresses may be at one processor; `of_links` by the first part of their address."""

    numbers: Numbers
    neighbours: Numbers
    """The same of the portal's things that belong to the controller's neighbour."""
    breach: int
    of_links: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    """The number of each login's personal token."""


def furnish_all(site: Site, of: str) -> Furnished:
    """Make one thing of every noun, through October and into November."""
    site.tell(lambda session: _add_users(session, of), of)
    site.clock.now = _OCTOBER
    made = _Making(site, of)
    mine, neighbours = made.controllers_month("1", "controller_approver"), made.controllers_month("2", NEIGHBOUR)
    site.clock.now = NOW
    made.close_october()
    mine |= made.invoices("AVV-1") | made.work() | made.people() | made.books()
    breach = made.breach()
    return Furnished(mine, neighbours | made.invoices("AVV-2"), breach, made.links(), made.tokens())


def _add_users(session: Any, of: str) -> None:
    act = Act("test", datetime(2026, 1, 5, 8, tzinfo=UTC))
    add_user(session, act, of, Role.ADMIN, login=READER_OF_ALL, scopes="read")
    add_user(session, act, of, Role.CONTROLLER_READER, login=NEIGHBOUR, controller="K-2")
    add_user(session, act, of, Role.CONTROLLER_READER, login="leaving")


@dataclass
class _Making:
    site: Site
    of: str

    def do(self, role: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.site.post(role, path, body, of=self.of, **headers)

    def see(self, path: str, role: str = "admin") -> Any:
        return self.site.get(role, path, of=self.of)

    def number(self, path: str, name: str, value: str) -> int:
        """Give the number of the thing in a list whose `name` has a value."""
        return next(int(one["id"]) for one in self.see(path)["items"] if one[name] == value)

    def controllers_month(self, which: str, requester: str) -> Numbers:
        """Ask for support, work for it after an approval, so that there is something to bill and something sent."""
        case, contract = f"V-{which}", f"AVV-{which}"
        asked = {"contract": contract, "kind": "data_subject_request", "description": "Auskunft"}
        estimate = {"case": case, "description": "Suche", "lines": [{"rate_class": "regular", "minutes": 240}]}
        approved = self.do("lead", "/estimates", estimate)["id"]
        self.do("lead", f"/estimates/{approved}/sending")
        by_mail = {
            "approver_name": "Eva Kern",
            "evidence": MAIL,
            "approved_at": "2026-10-05T08:00:00+02:00",
            "channel": "mail",
        }
        self.do("lead", f"/estimates/{approved}/approval", by_mail)
        work = {"case": case, "service": "request_processing", "person": "LEAD"}
        hours = {"start": "2026-10-06T09:00:00+02:00", "end": "2026-10-06T11:00:00+02:00"}
        hours |= {} if which == "1" else {"start": "2026-10-07T09:00:00+02:00", "end": "2026-10-07T11:00:00+02:00"}
        self.site.clock.now = NOW
        self.do("lead", "/entries", work | hours)
        fee = {"case": case, "kind": "ancillary", "incurred_on": "2026-10-06", "net": "10.00", "description": "Gebühr"}
        self.do("lead", "/expenses", fee | {"receipt_file": upload(pdf(), "beleg.pdf"), "in_name_of_client": True})
        request = self.do(requester, "/portal/requests", asked)["id"]
        # The second one supplements the first and waits for its answer.
        sent = self.do("lead", "/estimates", estimate)["id"]
        self.do("lead", f"/estimates/{sent}/sending")
        self.site.clock.now = _OCTOBER
        return {
            "request_id": request,
            "estimate_id": sent,
            "case_id": self.number("/cases", "ref", case),
            "contract_id": self.number("/contracts", "ref", contract),
        }

    def close_october(self) -> None:
        for controller in self.see("/controllers")["items"]:
            path, email = f"/controllers/{controller['id']}", {"invoice_email": "rechnung@wohnbau.example"}
            self.site.ask("accountant", "PATCH", path, email, of=self.of, If_Match="*")
        self.do("accountant", "/months/2026-10/runs", {})
        for draft in self.see("/months/2026-10/drafts")["items"]:
            self.do("accountant", f"/drafts/{draft['id']}/approval", {"facts_hash": draft["facts_hash"]})
        issued = self.do("accountant", "/months/2026-10/issue", {})
        assert issued["refused"] == [], issued["refused"]

    def invoices(self, contract: str) -> Numbers:
        number = self.number("/invoices", "contract", contract)
        file = self.site.tell(lambda session: _file_of(session, number), self.of)
        self.site.tell(lambda session: _receive(session, number), self.of)
        step = self.site.tell(lambda session: _fail_to_print(session, number), self.of)
        self.site.clock.now = _OVERDUE
        self.do("accountant", f"/invoices/{number}/reminders", {})
        self.site.clock.now = NOW
        statement = self.number("/pass-throughs", "contract", contract)
        printed = b"%PDF-1.7 statement"
        self.site.tell(lambda session: store_statement(session, statement, printed, _ACT), self.of)
        paid = self.do("accountant", f"/invoices/{number}/payments", {"amount": "1.00", "paid_on": "2026-11-02"})
        goodwill = {"amount": "1.00", "reason": "Kulanz"}
        given_up = self.do("accountant", f"/invoices/{number}/write-offs", goodwill)
        return {
            "invoice_id": number,
            "statement_id": statement,
            "invoice_file_id": file,
            "step_id": step,
            "kind": _CSV,
            "month": "2026-10",
            "payment_id": paid["id"],
            "level": 1,
            "write_off_id": given_up["id"],
        }

    def books(self) -> Numbers:
        """Hand what was issued over to bookkeeping."""
        said = {"chart": "SKR03", "consultant": 1001, "client": 7}
        self.site.ask("accountant", "PATCH", "/datev/settings", said, of=self.of, If_Match="*")
        ordered = self.do("accountant", "/exports/datev", {"month": f"{NOW:%Y-%m}"})
        return {"export_id": ordered["items"][0]["id"]}

    def work(self) -> Numbers:
        """Log work that is open still, propose a change of it, and what else belongs to a case."""
        hours = {"start": "2026-11-02T08:00:00+01:00", "end": "2026-11-02T08:30:00+01:00"}
        work = self.do("staff", "/entries", {"case": "V-1", "service": "general_query"} | hours)
        change = {"kind": "write_off", "entry": work["ref"], "reason": "Kulanz"}
        expense = {"case": "V-1", "kind": "travel", "incurred_on": "2026-10-14", "net": "8.50", "description": "Bus"}
        told = {"contract": "AVV-1", "content": "Bitte sperren.", "given_by": "Eva Kern", "channel": "mail"}
        self.do("accountant", "/months/2026-11/runs", {})
        paid = self.do("staff", "/expenses", expense | {"receipt_file": FILE})
        return {
            "entry_id": work["id"],
            "proposal_id": self.do("staff", "/proposals", change)["id"],
            "expense_id": paid["id"],
            "file_id": paid["receipt_file_id"],
            "instruction_id": self.do("staff", "/instructions", told | {"given_at": "2026-11-02T08:00:00Z"})["id"],
            "draft_id": self.number("/months/2026-11/drafts", "contract", "AVV-1"),
            "hold_id": self.do("admin", "/legal-holds", {"ref": "S-1", "reason": "Betriebsprüfung"})["id"],
            "code": "D-07",
        }

    def people(self) -> Numbers:
        """Somebody who is invited, has a role, and may go; the contact of an account that nobody asks by."""
        self.do("admin", "/persons", {"name": "Nele Neu", "initials": "NN", "ref": "NEU"})
        said = {"email": self.email("neu"), "person": "NEU", "roles": ["staff"], "reason": "Neu hier"}
        user = self.do("admin", "/invitations", said)["id"]
        return {
            "user_id": user,
            "grant_id": self.see(f"/users/{user}/grants")["items"][0]["id"],
            "person_id": self.number("/persons", "ref", "NEU"),
            "contact_id": self.number("/contacts", "name", "Kontakt leaving"),
            "controller_id": self.number("/controllers", "ref", "K-1"),
        }

    def email(self, login: str) -> str:
        return f"{login}@{self.of}.example"

    def breach(self) -> int:
        case = self.do("staff", "/cases", {"contract": "AVV-1", "kind": "breach", "title": "Fehlversand"})["id"]
        self.do("staff", f"/cases/{case}/incident", {"known_at": "2026-11-02T08:00:00Z"})
        return int(case)

    def links(self) -> dict[str, str]:
        def found(session: Any) -> dict[str, str]:
            mails = session.exec(select(Mail).order_by(col(Mail.id)))
            by_mail = {str(mail.kind): match[1] for mail in mails if (match := _SECRET.search(mail.text or ""))}
            owner = session.exec(
                select(User).where(User.email_digest == session.ring.digest(self.email("staff")))
            ).one()
            reset = make_link(
                session, _ACT, purpose=LinkPurpose.PASSWORD_RESET, user=owner, valid_for=timedelta(hours=1)
            )
            return {"links": by_mail["estimate_sent"], "invitations": by_mail["invitation"], "password-resets": reset}

        return dict(self.site.tell(found, self.of))

    def tokens(self) -> dict[str, int]:
        def found(session: Any) -> dict[str, int]:
            users = {id_of(user): user.email.partition("@")[0] for user in session.exec(select(User))}
            return {users[token.user_id]: id_of(token) for token in session.exec(select(ApiToken))}

        return dict(self.site.tell(found, self.of))


def _fail_to_print(session: Any, invoice: int) -> int:
    """Let the PDF of an invoice be one that could not be printed; gives its step."""
    (step,) = [item for item in open_items(session, None, kinds=["pdf"]) if item.subject_id == invoice]
    note_failure(session, Done(step, "paper jam"), NOW)
    return step.id


def _receive(session: Any, invoice_id: int) -> None:
    """Prove that an invoice was received on the day of its issue."""
    proof = Proof(ProofFile("zugang.pdf", pdf()), "Rückschein")
    set_receipt(session, _ACT, claim_by_id(session, invoice_id), NOW.date(), proof)


def _file_of(session: Any, invoice_id: int) -> int:
    table = InvoiceFile.kind == InvoiceFileKind.ACTIVITY_RECORD_CSV
    return int(
        session.exec(select(InvoiceFile.stored_file_id).where(InvoiceFile.invoice_id == invoice_id, table)).one()
    )
