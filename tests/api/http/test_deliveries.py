"""Sending, attempts and receipts over HTTP: once, by the accountant, with proof; the portal sees the days."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from billing import outbox
from billing.services.acting import Act
from invoices.delivery import MailSender
from invoices.mail_server import read_mail_server
from invoices.run.pass_through import store_statement
from invoices.run.sending import Dispatcher
from tests.api.http.billing_months import OCTOBER, bill
from tests.api.http.founding import upload
from tests.api.http.running import PROCESSORS, Site
from tests.support.document_files import keep_printed
from tests.support.papers import mail, pdf
from tests.support.sending import HOME, SENDER
from tests.support.smtp import PostOffice, post_office

NUMBER, READER = "RE-2026-0001", "controller_reader"
STATEMENT = "DP-2026-10-AVV-1"
FEE = {"case": "V-1", "kind": "ancillary", "incurred_on": "2026-10-07", "net": "119.00", "description": "Gebühr"}
PROOF = {"name": "rueckschein.pdf", "content": base64.b64encode(pdf("Rückschein")).decode()}


@pytest.fixture
def server() -> Iterator[PostOffice]:
    """A server that takes everything, if not told otherwise."""
    with post_office() as office:
        yield office


def keep_pdf(site: Site, number: str = NUMBER) -> None:
    """Store a file in the place of the printed one."""
    with site.store.tenant(site.processors[PROCESSORS[0]]) as session:
        keep_printed(session, number, site.clock.now)


def work_off(site: Site, server: PostOffice) -> None:
    """Do what the worker does about sending."""
    processor = site.processors[PROCESSORS[0]]
    sender = MailSender(read_mail_server(server.url, SENDER, HOME), "worker", site.clock)
    for handlers in (Dispatcher(Act("worker", site.clock.now)).handlers, sender.handlers):
        assert [
            done.error for done in outbox.run_pending(site.store, processor, handlers, site.clock) if done.error
        ] == []


def test_an_invoice_is_sent_once_received_and_due(site: Site, server: PostOffice) -> None:
    invoice = bill(site, "V-1")["AVV-1"]
    path = f"/invoices/{invoice['id']}"
    assert (invoice["sending"], invoice["received_on"], invoice["due_on"]) == ("not_sent", None, None)
    keep_pdf(site)
    answer = site.post("accountant", f"{path}/delivery")
    told = {"number": NUMBER, "sending": "waiting", "newly": True, "received_on": None, "due_on": None}
    assert answer == told
    assert site.post("accountant", f"{path}/delivery") == {**told, "newly": False}
    assert site.get("lead", OCTOBER)["sending"] == {"not_sent": 0, "waiting": 1, "accepted": 0, "failed": 0}
    work_off(site, server)
    assert len([envelope for envelope in server.taken if envelope.rcpt_tos == ["rechnung@wohnbau.example"]]) == 1
    seen = site.get("lead", path)
    assert (seen["sending"], seen["received_on"], seen["due_on"], seen["due_shift"]) == (
        *("accepted", "2026-11-02", "2026-11-16", None),
    )
    mine = site.get(READER, f"/portal{path}")
    assert (mine["received_on"], mine["due_on"]) == ("2026-11-02", "2026-11-16")
    (attempt,) = site.get("auditor", f"{path}/deliveries")["items"]
    (receipt,) = site.get("auditor", f"{path}/receipts")["items"]
    assert (attempt["outcome"], attempt["recipient"]) == ("accepted", "rechnung@wohnbau.example")
    assert (receipt["source"], receipt["delivery_id"]) == ("mail", attempt["id"])
    assert site.get("lead", OCTOBER)["sending"]["accepted"] == 1


def test_a_month_is_sent_as_a_whole_and_names_what_it_can_not_send(site: Site) -> None:
    bill(site, "V-1", "V-2")
    controllers = {row["ref"]: row for row in site.get("accountant", "/controllers")["items"]}
    second = next(row for ref, row in sorted(controllers.items()) if ref.endswith("2"))
    path = f"/controllers/{second['id']}"
    assert site.ask("accountant", "PATCH", path, {"invoice_email": None}, If_Match="*").status_code == 200
    done = site.post("accountant", f"{OCTOBER}/sending")
    assert [(row["number"], row["newly"]) for row in done["documents"]] == [(NUMBER, True)]
    (refused,) = done["refused"]
    assert (refused["number"], refused["code"]) == ("RE-2026-0002", "invoice_email_missing")
    assert second["ref"] in refused["sentence"]
    assert [row["newly"] for row in site.post("accountant", f"{OCTOBER}/sending")["documents"]] == [False]


def test_a_statement_of_pass_through_money_goes_out_once_and_only_while_it_stands(
    site: Site, server: PostOffice
) -> None:
    site.post("lead", "/expenses", {**FEE, "receipt_file": upload(pdf(), "beleg.pdf"), "in_name_of_client": True})
    bill(site)
    (row,) = site.get("lead", "/pass-throughs")["items"]
    path = f"/pass-throughs/{row['id']}"
    assert (row["sending"], site.get("lead", OCTOBER)["sending"]["not_sent"]) == ("not_sent", 1)
    site.tell(lambda session: store_statement(session, row["id"], pdf("x"), Act("worker", site.clock.now)))
    told = {"number": STATEMENT, "sending": "waiting", "newly": True, "received_on": None, "due_on": None}
    assert site.post("accountant", f"{OCTOBER}/sending")["documents"] == [told]
    assert site.post("accountant", f"{path}/delivery") == {**told, "newly": False}
    work_off(site, server)
    (attempt,) = site.get("auditor", f"{path}/deliveries")["items"]
    assert (attempt["outcome"], attempt["recipient"]) == ("accepted", "rechnung@wohnbau.example")
    assert site.get("lead", OCTOBER)["sending"] == {"not_sent": 0, "waiting": 0, "accepted": 1, "failed": 0}
    site.post("accountant", f"{OCTOBER}/cancellation", {"contract": "AVV-1", "reason": "Beleg falsch"})
    refused = site.ask("accountant", "POST", f"{path}/delivery", {"again": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "pass_through_ended")


def test_a_receipt_is_set_and_denied_with_its_proof(site: Site) -> None:
    path = f"/invoices/{bill(site, 'V-1')['AVV-1']['id']}"
    said = {"received_on": "2026-11-02", "note": "Rückschein", "proof": PROOF}
    receipt = site.post("accountant", f"{path}/receipts", said)
    assert (receipt["source"], receipt["note"], receipt["due_on"]) == ("manual", "Rückschein", "2026-11-16")
    file = site.ask("auditor", "GET", f"/files/{receipt['file_id']}")
    assert (file.status_code, file.content) == (200, pdf("Rückschein"))
    bounce = {"note": "Postfach voll", "proof": {"name": "b.eml", "content": base64.b64encode(mail()).decode()}}
    denied = site.post("accountant", f"{path}/receipt-denial", bounce)
    assert (denied["received_on"], site.get("lead", path)["due_on"]) == (None, None)
    assert len(site.get("lead", f"{path}/receipts")["items"]) == 2
    assert site.get("auditor", "/verification")["is_whole"] is True


BAD = [
    pytest.param("receipts", {"received_on": "2026-11-02", "note": "x"}, 422, "missing_key", id="no proof"),
    pytest.param("receipts", {"received_on": "2026-11-02", "proof": PROOF}, 422, "missing_key", id="no note"),
    pytest.param("receipts", {"received_on": "heute", "note": "x", "proof": PROOF}, 422, "not_a_date", id="no day"),
    pytest.param(
        "receipts", {"received_on": "2026-11-03", "note": "x", "proof": PROOF}, 422, "date_in_future", id="tomorrow"
    ),
    pytest.param(
        *("receipts", {"received_on": "2026-11-01", "note": "x", "proof": PROOF}, 422, "received_before_issue"),
        id="before the issue",
    ),
    pytest.param("receipt-denial", {"note": "x", "proof": PROOF}, 409, "no_receipt_known", id="denying what is not"),
    pytest.param("delivery", {"again": "ja"}, 422, "not_true_or_false", id="again in words"),
    pytest.param("delivery", {"to": "me@example.com"}, 422, "unknown_key", id="another recipient"),
]


@pytest.mark.parametrize(("what", "body", "status", "code"), BAD)
def test_bad_input_is_refused_and_keeps_nothing(desk: Site, what: str, body: Any, status: int, code: str) -> None:
    path = f"/invoices/{bill(desk, 'V-1')['AVV-1']['id']}"
    refused = desk.ask("accountant", "POST", f"{path}/{what}", body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert desk.get("lead", f"{path}/receipts")["items"] == []
    assert desk.get("lead", path)["sending"] == "not_sent"


@pytest.mark.parametrize("what", ["deliveries", "receipts", "delivery", "receipt-denial"])
def test_another_processors_document_is_not_there(desk: Site, what: str) -> None:
    path = f"/invoices/{bill(desk, 'V-1')['AVV-1']['id']}"
    method = "GET" if what in ("deliveries", "receipts") else "POST"
    body = {"note": "x", "proof": PROOF} if what == "receipt-denial" else {}
    refused = desk.ask("accountant", method, f"{path}/{what}", None if method == "GET" else body, of="nachbar")
    assert (refused.status_code, refused.json()["code"]) == (404, "nothing_there")
