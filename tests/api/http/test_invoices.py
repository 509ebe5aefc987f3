"""Issued documents over HTTP: what they say and why, their files, their cancellation; to each controller its own."""

from datetime import date
from hashlib import sha256

import pytest

from billing.outbox import run_pending
from billing.services.acting import Act
from invoices.render import RenderPool
from invoices.run.files import FileMaker
from invoices.run.months import MonthLine, months_of_year
from tests.api.http.billing_months import CSV, OCTOBER, XML, approve, bill, complete_letters, issue, run
from tests.api.http.founding import upload
from tests.api.http.running import PROCESSORS, Site
from tests.invoices.einvoice.reading import DOCUMENT, texts
from tests.support.papers import pdf

APPROVER, READER = "controller_approver", "controller_reader"


def billed_in_october(site: Site) -> int:
    """Give the net sum of October in the clerk's list of months, in cents."""
    months: list[MonthLine] = site.tell(lambda session: months_of_year(session, 2026, date(2026, 11, 2)))
    return {line.month: line.net_cents for line in months}["2026-10"]


def test_an_invoice_says_all_that_it_says_on_paper_and_where_it_comes_from(site):
    invoice = bill(site, "V-1")["AVV-1"]
    assert (invoice["number"], invoice["kind"], invoice["issue_date"]) == ("RE-2026-0001", "invoice", "2026-11-02")
    assert (invoice["contract"], invoice["month"], invoice["gross"]) == ("AVV-1", "2026-10", "119.00")
    assert site.get("auditor", f"/contracts/{invoice['contract_id']}")["ref"] == "AVV-1"
    assert (invoice["cancels"], invoice["cancelled_by"], invoice["files"]) == (None, None, [CSV, XML])
    shown = site.get("auditor", f"/invoices/{invoice['id']}")
    document = shown.pop("document")
    assert shown == invoice
    assert (document["number"], document["net_cents"], document["gross_cents"]) == ("RE-2026-0001", 10000, 11900)
    explained = site.get("auditor", f"/invoices/{invoice['id']}/explanation")
    ((line,), names) = explained["lines"], [explained[name] for name in ("invoice", "cancels", "cancelled_by")]
    assert names == ["RE-2026-0001", None, None]
    assert (line["units"], line["unit_price"], line["net"]) == (4, "25.00", "100.00")
    assert [(row["entry"], row["minutes"]) for row in line["stretches"]] == [("Z-2026-0001", 60)]
    assert "13(3)a" in line["clauses"]


def test_a_cancellation_takes_back_all_of_it_and_the_next_run_bills_again(site):
    invoice = bill(site, "V-1")["AVV-1"]
    path = f"/invoices/{invoice['id']}"
    done = site.post("accountant", f"{path}/cancellation", {"reason": "Leistung war kostenfrei"})
    first, second = site.get("accountant", "/invoices")["items"]
    assert done == {
        "contract": "AVV-1",
        "month": "2026-10",
        "cancels": "RE-2026-0001",
        "number": "ST-2026-0001",
        "invoice_id": second["id"],
    }
    assert (first["cancelled_by"], second["cancels"], second["kind"]) == (
        second["number"],
        first["number"],
        "cancellation",
    )
    # What it takes back stands in it as it was billed: positive, by its kind (EN 16931, type 381).
    assert [second[name] for name in ("net", "vat", "gross")] == [first[name] for name in ("net", "vat", "gross")]
    assert billed_in_october(site) == 0
    explained = site.get("auditor", f"/invoices/{second['id']}/explanation")
    assert (explained["invoice"], explained["cancels"]) == (second["number"], first["number"])
    assert run(site)["AVV-1"]["settled"]["net"] == "100.00"
    approve(site, "AVV-1")
    (issued,) = issue(site, contracts=["AVV-1"])["issued"]
    assert (issued["number"], issued["pass_through_id"]) == ("RE-2026-0002", None)
    assert site.get("auditor", f"/invoices/{issued['invoice_id']}")["number"] == "RE-2026-0002"
    assert billed_in_october(site) == 10000
    found = site.get("auditor", "/verification")
    assert (found["is_whole"], found["faults"]) == (True, [])


def test_a_correction_takes_back_the_named_cases_and_the_month_says_so(site):
    invoice = bill(site, "V-1")["AVV-1"]
    order = {"cases": ["V-1"], "reason": "Leistung war kostenfrei"}
    done = site.post("accountant", f"/invoices/{invoice['id']}/corrections", order)
    assert done == {
        "contract": "AVV-1",
        "month": "2026-10",
        "corrects": "RE-2026-0001",
        "number": "ST-2026-0001",
        "cases": ["V-1"],
        "gross": "-119.00",
        "invoice_id": done["invoice_id"],
    }
    first, second = site.get("accountant", "/invoices")["items"]
    assert second["id"] == done["invoice_id"]
    assert (first["cancelled_by"], first["corrected_by"]) == (None, ["ST-2026-0001"])
    assert (second["kind"], second["cancels"], second["gross"]) == ("correction", "RE-2026-0001", "-119.00")
    (row,) = [row for row in site.get("auditor", OCTOBER)["contracts"] if row["contract"] == "AVV-1"]
    assert (row["state"], row["number"], row["corrected_by"]) == ("closed", "RE-2026-0001", ["ST-2026-0001"])
    explained = site.get("auditor", f"/invoices/{second['id']}/explanation")
    assert (explained["cancels"], [line["units"] for line in explained["lines"]]) == ("RE-2026-0001", [-4])
    again = site.ask("accountant", "POST", f"/invoices/{invoice['id']}/corrections", order)
    assert (again.status_code, again.json()["code"]) == (409, "case_is_corrected")
    found = site.get("auditor", "/verification")
    assert (found["is_whole"], found["faults"]) == (True, [])


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"reason": "x"}, "missing_key"),
        ({"cases": ["V-1"]}, "missing_key"),
        ({"cases": [], "reason": "x"}, "no_case_named"),
        ({"cases": ["V-9"], "reason": "x"}, "case_not_on_invoice"),
    ],
)
def test_a_correction_names_cases_of_the_invoice_and_its_reason(desk, order, code):
    number = bill(desk, "V-1")["AVV-1"]["id"]
    refused = desk.ask("accountant", "POST", f"/invoices/{number}/corrections", order)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert len(desk.get("accountant", "/invoices")["items"]) == 1


def test_nothing_is_cancelled_twice_and_no_cancellation_at_all(desk):
    number = bill(desk, "V-1")["AVV-1"]["id"]
    desk.post("accountant", f"/invoices/{number}/cancellation", {"reason": "doppelt"})
    cancellation = desk.get("accountant", "/invoices")["items"][-1]["id"]
    for invoice, code in ((number, "already_cancelled"), (cancellation, "not_an_invoice")):
        refused = desk.ask("accountant", "POST", f"/invoices/{invoice}/cancellation", {"reason": "nochmals"})
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    again = desk.ask("accountant", "POST", f"{OCTOBER}/cancellation", {"contract": "AVV-1", "reason": "nochmals"})
    assert (again.status_code, again.json()["code"]) == (404, "closing_unknown")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x", "why": "y"}])
def test_a_cancellation_gives_its_reason_and_nothing_else(desk, body):
    number = bill(desk, "V-1")["AVV-1"]["id"]
    refused = desk.ask("accountant", "POST", f"/invoices/{number}/cancellation", body)
    assert refused.status_code == 422
    assert len(desk.get("accountant", "/invoices")["items"]) == 1


def test_lists_come_in_pages_and_keep_to_a_month(desk):
    bill(desk, "V-1", "V-2")
    first = desk.get("lead", "/invoices?limit=1")
    second = desk.get("lead", f"/invoices?limit=1&cursor={first['next_cursor']}")
    assert [row["contract"] for row in (*first["items"], *second["items"])] == ["AVV-1", "AVV-2"]
    assert second["next_cursor"] is None
    assert len(desk.get("lead", "/invoices?month=2026-10")["items"]) == 2
    assert desk.get("lead", "/invoices?month=2026-11")["items"] == []
    assert desk.ask("lead", "GET", "/invoices?month=Oktober").status_code == 422


def test_a_file_is_saved_as_it_was_made_and_the_download_is_on_record(site):
    invoice = bill(site, "V-1")["AVV-1"]
    assert site.get("auditor", f"/invoices/{invoice['id']}")["files"] == [CSV, XML]
    answer = site.ask("auditor", "GET", f"/invoices/{invoice['id']}/files/{CSV}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert "RE-2026-0001" in answer.headers["content-disposition"]
    assert "Z-2026-0001" in answer.text
    (row,) = site.get("admin", "/access-log?action=file_downloaded")["items"]
    assert (row["subject"], row["details"]["sha256"]) == ("invoice:RE-2026-0001", sha256(answer.content).hexdigest())


def test_the_electronic_invoice_is_there_as_soon_as_it_is_issued_on_both_sides(site):
    number = bill(site, "V-1")["AVV-1"]["id"]
    answers = [
        site.ask(role, "GET", f"{path}/{number}/files/xml")
        for role, path in (("accountant", "/invoices"), (READER, "/portal/invoices"))
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["content-type"].startswith("application/xml")
    assert texts(answers[0].content, f"{DOCUMENT}/ram:ID") == ["RE-2026-0001"]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        pytest.param("pdf", 404, "invoice_file_not_made", id="one that is still to be printed"),
        pytest.param("docx", 422, "unknown_value", id="a kind there is not"),
    ],
)
def test_a_file_that_is_not_there_is_told_from_one_that_never_will_be(desk, kind, status, code):
    number = bill(desk, "V-1")["AVV-1"]["id"]
    for role, path in (("auditor", "/invoices"), (READER, "/portal/invoices")):
        refused = desk.ask(role, "GET", f"{path}/{number}/files/{kind}")
        assert (refused.status_code, refused.json()["code"]) == (status, code)


@pytest.mark.parametrize("role", [APPROVER, READER])
def test_a_controller_sees_its_own_invoices_with_their_files(desk, role):
    mine = bill(desk, "V-1", "V-2")["AVV-1"]
    (row,) = desk.get(role, "/portal/invoices")["items"]
    assert (row["id"], row["number"], row["files"]) == (mine["id"], "RE-2026-0001", [CSV, XML])
    seen = desk.get(role, f"/portal/invoices/{row['id']}")
    assert seen == desk.get("auditor", f"/invoices/{row['id']}")
    assert "Person" not in str(seen)
    file = desk.ask(role, "GET", f"/portal/invoices/{row['id']}/files/{CSV}")
    assert (file.status_code, "Z-2026-0001" in file.text) == (200, True)


def test_another_controllers_or_processors_invoice_is_not_there(site):
    invoices = bill(site, "V-1", "V-2")
    others = invoices["AVV-2"]["id"]
    for path in ("", f"/files/{CSV}"):
        assert site.ask(APPROVER, "GET", f"/portal/invoices/{others}{path}").status_code == 404
    mine = invoices["AVV-1"]["id"]
    for role, path in ((APPROVER, f"/portal/invoices/{mine}"), ("accountant", f"/invoices/{mine}")):
        for what in ("", f"/files/{CSV}"):
            assert site.ask(role, "GET", f"{path}{what}", of="nachbar").status_code == 404
    for what in ("explanation", "cancellation"):
        method = "GET" if what == "explanation" else "POST"
        body = None if method == "GET" else {"reason": "x"}
        refused = site.ask("accountant", method, f"/invoices/{mine}/{what}", body, of="nachbar")
        assert (refused.status_code, refused.json()["code"]) == (404, "nothing_there")


@pytest.mark.parametrize(
    ("roles", "path"),
    [
        pytest.param(("staff", APPROVER, READER), "/invoices", id="the processor's list"),
        pytest.param(("staff", APPROVER, READER), "/invoices/{id}", id="the processor's document"),
        pytest.param(("staff", APPROVER, READER), "/invoices/{id}/explanation", id="the reasons"),
        pytest.param(("staff", APPROVER, READER), "/invoices/{id}/files/pdf", id="the processor's files"),
        pytest.param(("staff", APPROVER, READER), OCTOBER, id="where a month stands"),
        pytest.param(("staff", APPROVER, READER), f"{OCTOBER}/drafts", id="drafts"),
        pytest.param(("staff", "accountant", "admin", "auditor"), "/portal/invoices", id="the portal's list"),
        pytest.param(("staff", "accountant", "admin", "auditor"), "/portal/invoices/{id}", id="the portal's document"),
    ],
)
def test_each_side_keeps_to_its_own_door(desk, roles, path):
    number = bill(desk, "V-1")["AVV-1"]["id"]
    for role in roles:
        refused = desk.ask(role, "GET", path.format(id=number))
        assert (refused.status_code, refused.json()["code"]) == (403, "right_missing"), role


def test_pass_through_money_is_listed_and_given_out_to_its_own_controller_only(desk):
    complete_letters(desk)
    fee = {"case": "V-1", "kind": "ancillary", "incurred_on": "2026-10-07", "net": "119.00", "description": "Gebühr"}
    expense = desk.post(
        "lead", "/expenses", {**fee, "receipt_file": upload(pdf(), "beleg.pdf"), "in_name_of_client": True}
    )
    run(desk)
    approve(desk, "AVV-1")
    (row,) = issue(desk, contracts=["AVV-1"])["issued"]
    assert (row["number"], row["pass_through"]) == (None, "DP-2026-10-AVV-1")
    (statement,) = desk.get("auditor", "/pass-throughs?month=2026-10")["items"]
    assert (statement["number"], statement["total"], statement["living"]) == ("DP-2026-10-AVV-1", "119.00", True)
    assert (row["invoice_id"], row["pass_through_id"]) == (None, statement["id"])
    shown = desk.get("lead", f"/expenses/{expense['id']}")
    assert (shown["verdict"], shown["invoice"], shown["pass_through"]) == ("billed", None, "DP-2026-10-AVV-1")
    path = f"/pass-throughs/{statement['id']}/file"
    assert desk.ask(APPROVER, "GET", f"/portal{path}").status_code == 404
    with RenderPool(workers=1) as pool:
        handlers = FileMaker(pool, Act("worker", desk.clock.now)).handlers
        done = run_pending(desk.store, desk.processors[PROCESSORS[0]], handlers, desk.clock)
        assert {one.error for one in done} == {""}
    assert [row["number"] for row in desk.get(APPROVER, "/portal/pass-throughs")["items"]] == ["DP-2026-10-AVV-1"]
    given = desk.ask(APPROVER, "GET", f"/portal{path}")
    assert (given.status_code, given.content[:5]) == (200, b"%PDF-")
    assert desk.ask("auditor", "GET", path).content == given.content
