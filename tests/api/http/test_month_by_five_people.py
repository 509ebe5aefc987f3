"""One month as five people live it, over HTTP: who works, who estimates, who approves, who bills and who audits."""

import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.worker import Worker
from billing.store.keyring import new_ring
from billing.store.session import open_store
from invoices.mail_server import MailServer, Tls
from tests.api.http.founding import found_house, upload
from tests.api.http.running import Site, open_site
from tests.api.http.witness import witnessed
from tests.invoices.einvoice.reading import DOCUMENT, texts
from tests.support.migrated import sqlite_copy
from tests.support.papers import pdf
from tests.support.smtp import HOST, PostOffice, body, post_office

BERLIN = ZoneInfo("Europe/Berlin")
HOME = "http://mehraufwand.local"
OF = "immoinvent"
KERN = "kern@wohnbau.example"


class House:
    """A processor with its service, its worker and a mail server."""

    def __init__(self, site: Site, office: PostOffice) -> None:
        """Take the running parts."""
        self.site, self.office = site, office
        server = MailServer(HOST, office.port, Tls.NONE, None, None, "post@mehraufwand.example", HOME)
        self._worker = Worker(site.store, site.clock, mail_server=server, duties=())

    def at(self, local: str) -> None:
        """Let it be a local time."""
        self.site.clock.now = datetime.fromisoformat(local).replace(tzinfo=BERLIN)

    def does(self, role: str, path: str, said: Any = None) -> Any:
        """Let somebody do something."""
        return self.site.post(role, path, said, of=OF)

    def sees(self, role: str, path: str) -> Any:
        """Let somebody look at something."""
        return self.site.get(role, path, of=OF)

    def downloads(self, role: str, path: str) -> bytes:
        """Let somebody save a file."""
        answer = self.site.ask(role, "GET", path, of=OF)
        assert answer.status_code == 200, answer.text
        return answer.content

    def mailed(self, pattern: str) -> str:
        """Send what waits, and find something in the newest message to Eva Kern."""
        self.works()
        found = re.search(pattern, body([one for one in self.office.messages() if KERN in one["To"]][-1]))
        assert found is not None
        return found[1]

    def by_link(self, link: str, what: str, said: Any = None) -> Any:
        """Let Eva Kern, who has no account, do something by her link."""
        answer = self.site.client.post(f"/api/v1/links/{link}{what}", json={} if said is None else said)
        assert answer.is_success, answer.text
        return answer.json()

    def works(self) -> None:
        """Let the worker do all that waits: papers and mail."""
        self._worker.one_round()
        assert self._worker.so_far.failed == []


@pytest.fixture
def house(migrated_file: Path, tmp_path: Path) -> Iterator[House]:
    """A house on SQLite that nothing has happened in yet."""
    with sqlite_copy(migrated_file, tmp_path / "mehraufwand.db") as database, post_office() as office:
        store = open_store(database.app_url, new_ring())
        with open_site(store, {}) as site, witnessed(store, site.client):
            found_house(site, OF)
            yield House(site, office)
        store.close()


def test_five_people_make_a_month_of_work_into_an_invoice_that_explains_itself(house: House) -> None:
    _the_accountant_agrees_a_contract(house)
    estimate = _the_lead_estimates_what_was_asked_for(house)
    _the_approver_decides_by_her_link(house, estimate)
    _a_member_of_staff_works(house)
    number = _the_accountant_bills_the_month(house)
    _the_accountant_saves_the_papers(house, number)
    _the_auditor_looks_after_all_of_it(house, number)


def _the_accountant_agrees_a_contract(house: House) -> None:
    house.at("2026-10-01 09:00")
    letter = {"street": "Ring 1", "postcode": "70173", "city": "Stuttgart", "invoice_email": "rechnung@wohnbau.example"}
    house.does("accountant", "/controllers", {"ref": "K-1", "name": "Wohnbau Süd", "decision_code": True, **letter})
    eva = {"controller": "K-1", "name": "Eva Kern", "email": KERN, "may_approve": True}
    house.does("accountant", "/contacts", eva)
    agreed = {"ref": "AVV-1", "controller": "K-1", "starts_on": "2026-10-01", "signed_on": "2026-09-28"}
    house.does("accountant", "/contracts", agreed)


def _the_lead_estimates_what_was_asked_for(house: House) -> int:
    house.at("2026-10-05 08:30")
    house.does(
        "staff", "/cases", {"contract": "AVV-1", "ref": "V-1", "kind": "data_subject_request", "title": "Auskunft"}
    )
    lines = [{"rate_class": "regular", "minutes": 240}, {"rate_class": "out_of_hours", "minutes": 30}]
    said = {"case": "V-1", "description": "Recherche und Export", "lines": lines}
    estimate = house.does("lead", "/estimates", said)
    sent = house.does("lead", f"/estimates/{estimate['id']}/sending")
    assert (sent["ref"], sent["state"]) == ("KVA-2026-001", "sent")
    return int(sent["id"])


def _the_approver_decides_by_her_link(house: House, estimate: int) -> None:
    link = house.mailed(r"/p/l/([\w-]+)")
    house.at("2026-10-05 11:00")
    shown = house.site.client.get(f"/api/v1/links/{link}").json()
    assert (shown["name"], shown["needs_code"], shown["estimate"]["can_decide"]) == ("Eva Kern", True, True)
    house.by_link(link, "/code")
    code = house.mailed(r"\b([0-9]{6})\b")
    decided = house.by_link(link, "/decision", {"decision": "approve", "code": code})
    assert decided["estimate"]["state"] == "approved"
    assert house.sees("staff", f"/estimates/{estimate}")["versions"][0]["approval"]["channel"] == "portal"


def _a_member_of_staff_works(house: House) -> None:
    house.at("2026-10-06 09:00")
    house.does("staff", "/timer", {"case": "V-1", "service": "request_processing"})
    house.at("2026-10-06 10:10")
    assert house.does("staff", "/timer/stop")["minutes"] == 70
    house.at("2026-10-07 18:30")
    evening = {"start": "2026-10-07T18:00:00+02:00", "end": "2026-10-07T18:20:00+02:00"}
    house.does("staff", "/entries", {"case": "V-1", "service": "request_processing", **evening})
    query = {"start": "2026-10-07T15:00:00+02:00", "end": "2026-10-07T15:30:00+02:00"}
    house.does("staff", "/entries", {"case": "V-1", "service": "general_query", **query})
    journey = {"case": "V-1", "kind": "travel", "incurred_on": "2026-10-07", "net": "12.40", "description": "Fahrkarte"}
    house.does("staff", "/expenses", {**journey, "receipt_file": upload(pdf(), "karte.pdf")})


def _the_accountant_bills_the_month(house: House) -> int:
    """70 minutes by day and 20 in the evening are six units: five by day, one in the evening (settlement 3)."""
    house.at("2026-11-02 09:00")
    (outcome,) = house.does("accountant", "/months/2026-10/runs")["contracts"]
    assert [outcome["settled"][name] for name in ("net", "vat", "gross")] == ["168.65", "32.04", "200.69"]
    (row,) = house.sees("accountant", "/months/2026-10/drafts")["items"]
    draft = house.sees("accountant", f"/drafts/{row['id']}")
    house.does("accountant", f"/drafts/{row['id']}/approval", {"facts_hash": draft["facts_hash"]})
    (issued,) = house.does("accountant", "/months/2026-10/issue")["issued"]
    assert (issued["contract"], issued["gross"]) == ("AVV-1", "200.69")
    month = house.sees("accountant", "/months/2026-10")
    assert (month["counts"], month["contracts"][0]["number"]) == ({"closed": 1}, issued["number"])
    assert month["steps"]["open"] == 4  # three papers, and the mail that tells the lead of the approval
    return int(month["contracts"][0]["invoice_id"])


def _the_accountant_saves_the_papers(house: House, number: int) -> None:
    house.works()
    assert house.sees("accountant", "/months/2026-10")["steps"]["open"] == 0
    invoice = house.sees("accountant", f"/invoices/{number}")
    assert invoice["files"] == ["activity_record_csv", "activity_record_pdf", "pdf", "xml"]
    papers = {kind: house.downloads("accountant", f"/invoices/{number}/files/{kind}") for kind in invoice["files"]}
    assert papers["pdf"].startswith(b"%PDF-")
    assert papers["activity_record_pdf"].startswith(b"%PDF-")
    assert texts(papers["xml"], f"{DOCUMENT}/ram:ID") == [invoice["number"]]
    table = papers["activity_record_csv"].decode("utf-8-sig")
    assert [table.count(entry) for entry in ("Z-2026-0001", "Z-2026-0002", "Z-2026-0003")] == [1, 1, 1]
    noted = house.sees("admin", "/access-log?action=file_downloaded")["items"]
    assert {row["details"]["sha256"] for row in noted} == {sha256(paper).hexdigest() for paper in papers.values()}


def _the_auditor_looks_after_all_of_it(house: House, number: int) -> None:
    lines = house.sees("auditor", f"/invoices/{number}/explanation")["lines"]
    assert [(line.get("rate_class"), line.get("units"), line["net"]) for line in lines] == [
        ("regular", 5, "125.00"),
        ("out_of_hours", 1, "31.25"),
        (None, None, "12.40"),
    ]
    assert [stretch["entry"] for line in lines[:2] for stretch in line["stretches"]] == ["Z-2026-0001", "Z-2026-0002"]
    done = [event["action"] for event in house.sees("auditor", "/audit-log?limit=200")["items"]]
    story = ["contract_added", "case_opened", "estimate_sent", "estimate_approved", "work_logged", "expense_added"]
    assert [action for action in done if action in story] == [*story[:4], *["work_logged"] * 3, "expense_added"]
    assert done.index("expense_added") < done.index("draft_approved") < done.index("month_closed")
    found = house.sees("auditor", "/verification")
    assert (found["is_whole"], found["faults"]) == (True, [])
