"""Reminders over HTTP: a draft to look at, the sending, its file, its receipt."""

from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from billing.outbox import run_pending
from billing.services.acting import Act
from billing.services.claims import find_claim
from billing.services.proofs import ProofFile
from billing.services.receipts import Proof, set_receipt
from invoices.render import RenderPool
from invoices.run.reminder_files import ReminderMaker
from tests.api.http.billing_months import bill
from tests.api.http.running import PROCESSORS
from tests.support.papers import pdf

LATE = datetime(2026, 11, 17, 9, tzinfo=UTC)


def overdue(site) -> str:
    """Issue an invoice and let it become overdue; gives its address."""
    path = f"/invoices/{bill(site, 'V-1')['AVV-1']['id']}"
    proof, received = Proof(ProofFile("zugang.pdf", pdf()), "Rückschein"), date(2026, 11, 2)
    clerk = Act("clerk", site.clock.now)
    site.tell(lambda s: set_receipt(s, clerk, find_claim(s, "RE-2026-0001"), received, proof), PROCESSORS[0])
    site.clock.now = LATE
    return path


def test_a_reminder_is_looked_at_sent_printed_and_received(site):
    path = overdue(site)
    draft = site.get("lead", f"{path}/reminder-draft")
    assert (draft["level"], draft["total"], draft["pay_by"], draft["rate_confirmed"]) == (
        1,
        "119.00",
        "2026-11-27",
        True,
    )
    assert site.get("lead", f"{path}/reminders")["items"] == []
    sent = site.post("accountant", f"{path}/reminders", {})["items"]
    assert [(one["level"], one["open"], one["printed"], one["mailed_at"]) for one in sent] == [
        (1, "119.00", False, None)
    ]
    again = site.ask("accountant", "POST", f"{path}/reminders", {})
    assert (again.status_code, again.json()["code"]) == (409, "reminder_term_runs")
    early = site.ask("auditor", "GET", f"{path}/reminders/1/file")
    assert (early.status_code, early.json()["code"]) == (409, "reminder_file_not_made")
    with RenderPool(1) as pool:
        handlers = ReminderMaker(pool, Act("worker", LATE)).handlers
        done = list(run_pending(site.store, site.processors[PROCESSORS[0]], handlers, site.clock))
    assert [one.error for one in done] == [""]
    file = site.ask("auditor", "GET", f"{path}/reminders/1/file")
    assert (file.status_code, file.headers["content-type"], file.content[:5]) == (200, "application/pdf", b"%PDF-")
    (row,) = site.get("admin", "/access-log?action=file_downloaded")["items"]
    assert row["details"]["sha256"] == sha256(file.content).hexdigest()
    (known,) = site.post("accountant", f"{path}/reminders/1/receipt", {"received_on": "2026-11-17"})["items"]
    assert known["received_on"] == "2026-11-17"
    assert site.get("auditor", f"{path}/receivable")["level"] == 1


def test_a_reminder_locks_nothing_for_the_controller(desk):
    """13(9), Section 18: a controller that was reminded asks, sees its invoices and takes its records all the same."""
    path = overdue(desk)
    desk.post("accountant", f"{path}/reminders", {})
    asked = {"contract": "AVV-1", "kind": "data_breach", "description": "Fehlversand, bitte helfen"}
    request = desk.ask("controller_approver", "POST", "/portal/requests", asked)
    assert request.status_code == 201, request.text
    (shown,) = desk.get("controller_reader", "/portal/invoices")["items"]
    assert shown["number"] == "RE-2026-0001"
    assert (
        desk.ask("staff", "POST", "/cases", {"contract": "AVV-1", "kind": "breach", "title": "Fehlversand"}).status_code
        == 201
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [({"channel": "phone"}, "unknown_value"), ({"costs": "no"}, "not_true_or_false"), ({"level": 2}, "unknown_key")],
)
def test_a_sending_that_cannot_be(desk, body, code):
    refused = desk.ask("accountant", "POST", f"{overdue(desk)}/reminders", body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_what_is_not_overdue_is_refused_with_its_clause(desk):
    path = f"/invoices/{bill(desk, 'V-1')['AVV-1']['id']}"
    for method, place in (("GET", "reminder-draft"), ("POST", "reminders")):
        refused = desk.ask("accountant", method, f"{path}/{place}", {} if method == "POST" else None)
        assert (refused.status_code, refused.json()["code"], refused.json()["clause"]) == (
            409,
            "reminder_without_receipt",
            "13(8)",
        )
    unknown = desk.ask("accountant", "GET", f"{path}/reminders/1/file")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "reminder_not_found")
