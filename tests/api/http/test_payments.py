"""Payments, bank files and open items over HTTP: the accountant books, lead, admin and auditor look."""

from base64 import b64encode

import pytest

from tests.api.http.billing_months import bill
from tests.banking.statements import camt, entry

PAID = {"amount": "100.00", "paid_on": "2026-11-02", "reference": "Auszug 147"}
DAY = {"booked": "2026-11-02", "valued": "2026-11-02"}


def upload(*entries):
    return {"file": {"name": "auszug.xml", "content": b64encode(camt(*entries)).decode()}}


def test_a_payment_and_its_counter_row(site):
    path = f"/invoices/{bill(site, 'V-1')['AVV-1']['id']}"
    paid = site.post("accountant", f"{path}/payments", PAID)
    assert paid | {"amount": "100.00", "reference": "Auszug 147", "reverses": None} == paid
    assert site.get("auditor", f"{path}/receivable")["open"] == "19.00"
    counter = site.post("accountant", f"{path}/payments/{paid['id']}/reversal", {"reason": "Betrag vertippt"})
    assert (counter["amount"], counter["reverses"], counter["reason"]) == ("-100.00", paid["id"], "Betrag vertippt")
    first, second = site.get("auditor", f"{path}/payments")["items"]
    assert (first["reversed_by"], second["id"]) == (counter["id"], counter["id"])
    again = site.ask("accountant", "POST", f"{path}/payments/{paid['id']}/reversal", {"reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "payment_reversed")
    assert site.get("auditor", f"{path}/receivable")["open"] == "119.00"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": "0.00"}, "amount_is_zero"),
        ({"amount": 100}, "money_not_a_string"),
        ({"amount": "1.005"}, "money_not_whole_cents"),
        ({"amount": "-1.00"}, "more_back_than_paid"),
        ({"paid_on": "2026-11-01"}, "paid_before_issue"),
        ({"paid_on": "2026-11-03"}, "date_in_future"),
        ({"paid_on": "gestern"}, "not_a_date"),
    ],
)
def test_a_payment_that_cannot_be(desk, change, code):
    path = f"/invoices/{bill(desk, 'V-1')['AVV-1']['id']}/payments"
    refused = desk.ask("accountant", "POST", path, PAID | change)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert desk.get("auditor", path)["items"] == []


def test_a_bank_file_is_looked_through_booked_and_known_again(site):
    invoices = bill(site, "V-1", "V-2")
    numbers = [invoices[ref]["number"] for ref in ("AVV-1", "AVV-2")]
    body = upload(entry("119.00", numbers[0], **DAY), entry("119.00", "Danke", **DAY, debtor="Wer"))
    preview = site.post("accountant", "/bank-files/preview", body)
    assert (preview["booked"], preview["payments"], preview["version"]) == (False, 1, "camt.053.001.02")
    first, second = preview["lines"]
    assert (first["state"], first["invoices"]) == ("pays", [{"invoice": numbers[0], "amount": "119.00"}])
    assert (second["state"], second["why"]) == ("none", "no_number")
    confirmed = body | {"confirmations": [{"entry": second["entry"], "invoices": [{"invoice": numbers[1]}]}]}
    booked = site.post("accountant", "/bank-files", confirmed)
    assert (booked["booked"], booked["payments"]) == (True, 2)
    assert site.get("auditor", "/receivables")["items"] == []
    again = site.post("accountant", "/bank-files", body)
    assert ([line["state"] for line in again["lines"]], again["payments"]) == (["known", "known"], 0)


def test_what_is_no_bank_file_is_refused(desk):
    bill(desk, "V-1")
    body = {"file": {"name": "a.xml", "content": b64encode(b"<a/>").decode()}}
    for path in ("/bank-files", "/bank-files/preview"):
        refused = desk.ask("accountant", "POST", path, body)
        assert (refused.status_code, refused.json()["code"]) == (422, "not_camt053")


def test_open_items_in_pages_by_controller_and_with_sums(desk):
    bill(desk, "V-1", "V-2")
    first = desk.get("lead", "/receivables?limit=1")
    second = desk.get("lead", f"/receivables?limit=1&cursor={first['next_cursor']}")
    assert [row["contract"] for row in (*first["items"], *second["items"])] == ["AVV-1", "AVV-2"]
    (row,) = desk.get("lead", "/receivables?controller=K-2")["items"]
    assert (row["contract"], row["open"], row["due_on"], row["level"]) == ("AVV-2", "119.00", None, 0)
    sums = desk.get("lead", "/receivables/sums")
    assert (sums["open"], sums["overpaid"], [one["open"] for one in sums["items"]]) == (
        "238.00",
        "0.00",
        ["119.00", "119.00"],
    )
    assert desk.get("lead", "/receivables?as_of=2026-11-01")["items"] == []
    assert desk.ask("lead", "GET", "/receivables?controller=K-9").status_code == 422


def test_a_controller_sees_what_is_paid_and_open_of_its_own_invoices(desk):
    path = f"/invoices/{bill(desk, 'V-1', 'V-2')['AVV-1']['id']}"
    desk.post("accountant", f"{path}/payments", PAID)
    (row,) = desk.get("controller_reader", "/portal/invoices")["items"]
    assert (row["paid"], row["open"]) == ("100.00", "19.00")
    desk.post("accountant", f"{path}/cancellation", {"reason": "doppelt"})
    first, second = desk.get("controller_reader", "/portal/invoices")["items"]
    assert (first["open"], second["open"], second["paid"]) == ("0.00", None, None)


def test_goodwill_takes_two_people(desk):
    path = f"/invoices/{bill(desk, 'V-1')['AVV-1']['id']}"
    proposed = desk.post("accountant", f"{path}/write-offs", {"amount": "9.00", "reason": "Kulanz"})
    assert (proposed["state"], proposed["amount"]) == ("open", "9.00")
    alone = desk.ask("accountant", "POST", f"/write-offs/{proposed['id']}/confirmation", {})
    assert (alone.status_code, alone.json()["code"]) == (403, "second_person_missing")
    done = desk.post("lead", f"/write-offs/{proposed['id']}/confirmation", {"reason": "gut"})
    assert (done["state"], done["decided_by"]) == ("confirmed", "LEAD")
    item = desk.get("auditor", f"{path}/receivable")
    assert (item["open"], item["written_off"]) == ("110.00", "9.00")
    assert [one["id"] for one in desk.get("auditor", "/write-offs")["items"]] == [proposed["id"]]


def test_base_rates_are_recorded_and_superseded(site):
    said = {"valid_from": "2026-07-01", "percent": "1.27", "source": "Bundesbank"}
    site.post("admin", "/base-rates", said | {"percent": "2.27"})
    site.post("admin", "/base-rates", said)
    known = site.get("auditor", "/base-rates")["items"]
    assert [(one["valid_from"], one["percent"]) for one in known] == [
        ("2025-07-01", "1.27"),
        ("2026-01-01", "1.27"),
        ("2026-07-01", "1.27"),
    ]
    recorded = site.get("auditor", "/base-rates/recorded")["items"]
    assert [(one["percent"], one["recorded_by"]) for one in recorded] == [("2.27", "ADMIN"), ("1.27", "ADMIN")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"valid_from": "2026-10-01"}, "not_a_half_year"),
        ({"percent": "1,27"}, "not_a_percentage"),
        ({"percent": 1.27}, "not_a_percentage"),
    ],
)
def test_a_base_rate_that_cannot_be(desk, change, code):
    said = {"valid_from": "2026-07-01", "percent": "1.27", "source": "Bundesbank"}
    refused = desk.ask("admin", "POST", "/base-rates", said | change)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_cancellations_are_no_claims_and_foreign_invoices_are_not_there(site):
    invoice = bill(site, "V-1")["AVV-1"]["id"]
    site.post("accountant", f"/invoices/{invoice}/cancellation", {"reason": "doppelt"})
    cancellation = site.get("auditor", "/invoices")["items"][-1]["id"]
    refused = site.ask("accountant", "POST", f"/invoices/{cancellation}/payments", PAID)
    assert (refused.status_code, refused.json()["code"]) == (422, "invoice_asks_nothing")
    for path in ("payments", "reminders"):
        assert site.get("auditor", f"/invoices/{cancellation}/{path}")["items"] == [], "it has none"
    for method, path in (("POST", "payments"), ("GET", "payments"), ("GET", "reminders"), ("GET", "receivable")):
        body = PAID if method == "POST" else None
        foreign = site.ask("accountant", method, f"/invoices/{invoice}/{path}", body, of="nachbar")
        assert (foreign.status_code, foreign.json()["code"]) == (404, "nothing_there")
