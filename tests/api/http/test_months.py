"""The month over HTTP: run, looked at, released, issued, taken back; what does not go is named with its reason."""

import pytest

from tests.api.http.billing_months import OCTOBER, approve, bill, complete_letters, drafts, issue, run, work
from tests.api.http.running import NOW


def ask(site, path, body, role="accountant", **more):
    return site.ask(role, "POST", path, body, **more)


def states(site):
    rows = site.get("auditor", OCTOBER)["contracts"]
    return {row["contract"]: (row["state"], row["number"]) for row in rows}


def test_a_month_goes_from_not_run_to_closed_and_says_where_it_stands(site):
    complete_letters(site)
    work(site)
    assert states(site) == {"AVV-1": ("not_run", None), "AVV-2": ("not_run", None)}
    settled = run(site)["AVV-1"]["settled"]
    assert (settled["lines"], settled["net"], settled["vat"], settled["gross"]) == (
        [{"case": "V-1", "rate_class": "regular", "units": 4, "net": "100.00", "vat_rate": "0.19"}],
        *("100.00", "19.00", "119.00"),
    )
    assert states(site)["AVV-1"] == ("draft", None)
    approve(site, "AVV-1")
    assert states(site)["AVV-1"] == ("approved", None)
    done = issue(site)
    number = "RE-2026-0001"
    (invoice,) = site.get("auditor", "/invoices")["items"]
    numbered = {"number": number, "invoice_id": invoice["id"], "pass_through": None, "pass_through_id": None}
    assert done["issued"] == [{"contract": "AVV-1", "controller": "Wohnbau 1", "gross": "119.00", **numbered}]
    assert (done["refused"], done["waiting"]) == ([], ["AVV-2"])
    status = site.get("auditor", OCTOBER)
    assert status["counts"] == {"closed": 1, "draft": 1}
    assert (status["steps"]["open"], states(site)["AVV-1"]) == (2, ("closed", number))


def test_a_contract_is_in_no_month_that_ends_before_it_begins(desk):
    desk.post(
        "accountant", "/contracts", {"ref": "AVV-3", "controller": "K-1", "number": "3", "starts_on": "2026-10-31"}
    )
    later = {"ref": "AVV-4", "controller": "K-1", "number": "4", "starts_on": "2026-11-01"}
    desk.post("accountant", "/contracts", later)
    assert set(states(desk)) == {"AVV-1", "AVV-2", "AVV-3"}
    assert set(run(desk)) == {"AVV-1", "AVV-2", "AVV-3"}
    desk.post("lead", "/cases", {"ref": "V-9", "contract": "AVV-4", "kind": "audit", "title": "Prüfung"})
    early = {"start": "2026-10-20T09:00:00+02:00", "end": "2026-10-20T10:00:00+02:00", "case": "V-9"}
    desk.post("staff", "/entries", {"service": "other_support", **early})
    assert "AVV-4" in set(states(desk)) & set(run(desk))  # work is never lost, though it came too early


def test_a_dry_run_shows_the_same_and_stores_nothing(desk):
    work(desk)
    dry = run(desk, dry_run=True)["AVV-1"]
    assert (dry["change"], drafts(desk)) == ("new", {})
    assert run(desk)["AVV-1"] == dry


def test_a_run_says_whose_facts_count_and_whether_the_month_is_over(desk):
    done = desk.post("accountant", f"{OCTOBER}/runs", {"as_of": "2026-10-20T09:00:00+02:00"})
    assert (done["as_of"], done["month_is_over"]) == ("2026-10-20T07:00:00Z", False)
    now = desk.post("accountant", f"{OCTOBER}/runs")
    assert (now["as_of"], now["month_is_over"]) == ("2026-11-02T09:00:00Z", True)


@pytest.mark.parametrize(
    ("month", "is_over"), [("2026-10", True), ("2026-11", False)], ids=["the month before", "the month that goes on"]
)
def test_a_month_and_its_drafts_say_whether_it_goes_on(desk, month, is_over):
    desk.post("accountant", f"/months/{month}/runs")
    draft = desk.get("auditor", f"/months/{month}/drafts")["items"][0]
    assert desk.get("auditor", f"/months/{month}")["month_is_over"] is is_over
    assert desk.get("auditor", f"/drafts/{draft['id']}")["month_is_over"] is is_over


def test_a_run_again_does_nothing_until_facts_change_and_then_names_them(desk):
    work(desk)
    run(desk)
    before = drafts(desk)
    assert (run(desk)["AVV-1"]["change"], drafts(desk)) == ("unchanged", before)
    work(desk, "V-2")
    again = run(desk)
    assert {ref: (row["change"], row["changed"]) for ref, row in again.items()} == {
        "AVV-1": ("unchanged", []),
        "AVV-2": ("recomputed", ["Z-2026-0002"]),
    }


def test_what_a_run_wrote_is_in_the_audit_log_and_what_it_only_looked_at_is_not(desk):
    run(desk, dry_run=True)
    run(desk)
    run(desk)
    work(desk)
    run(desk)
    written = [event for event in desk.get("auditor", "/audit-log")["items"] if event["action"].startswith("draft_")]
    assert [(event["action"], event["subject"]) for event in written] == [
        ("draft_new", "contract:AVV-1"),
        ("draft_new", "contract:AVV-2"),
        ("draft_recomputed", "contract:AVV-1"),
    ]


def test_an_approval_lapses_with_the_facts_it_was_given_for(site):
    run(site)
    approve(site, "AVV-1")
    work(site)
    assert run(site)["AVV-1"]["change"] == "approval_lapsed"
    assert (drafts(site)["AVV-1"]["state"], drafts(site)["AVV-1"]["approved_by"]) == ("draft", None)


def test_a_draft_is_released_once_and_says_by_whom(desk):
    run(desk)
    row = drafts(desk)["AVV-1"]
    path, seen = f"/drafts/{row['id']}/approval", {"facts_hash": row["facts_hash"]}
    assert desk.post("accountant", path, seen) == {"id": row["id"], **seen, "newly": True}
    assert desk.post("accountant", path, seen)["newly"] is False
    logged = desk.get("auditor", "/audit-log?action=draft_approved")["items"]
    assert [event["details"]["facts_hash"] for event in logged] == [row["facts_hash"]]
    after = drafts(desk)["AVV-1"]
    assert (after["approved_by"], after["approved_at"]) == ("ACCOUNTANT", "2026-11-02T09:00:00Z")


def test_what_nobody_has_looked_at_is_not_released(desk):
    run(desk)
    row = drafts(desk)["AVV-1"]
    other = ask(desk, f"/drafts/{row['id']}/approval", {"facts_hash": "0" * 64})
    assert (other.status_code, other.json()["code"]) == (409, "draft_is_another")
    work(desk)
    shown = desk.get("auditor", f"/drafts/{row['id']}")
    assert (shown["changed"], shown["facts_hash"]) == (["Z-2026-0001"], row["facts_hash"])
    stale = ask(desk, f"/drafts/{row['id']}/approval", {"facts_hash": row["facts_hash"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "draft_is_stale")
    assert "Z-2026-0001" in stale.json()["detail"]


def test_what_can_not_be_issued_says_why_and_stops_no_other(site):
    work(site)
    run(site)
    shown = site.get("accountant", f"/drafts/{drafts(site)['AVV-1']['id']}")
    assert shown["missing"] == ["buyer.electronic_address"]
    approve(site, "AVV-1", "AVV-2")
    done = issue(site)
    assert [(row["contract"], row["number"], row["gross"]) for row in done["issued"]] == [("AVV-2", None, "0.00")]
    ((contract, code, missing),) = [(row["contract"], row["code"], row["missing"]) for row in done["refused"]]
    assert (contract, code, missing) == ("AVV-1", "incomplete_invoice", ["buyer.electronic_address"])
    complete_letters(site)
    run(site)
    approve(site, "AVV-1")
    assert [row["number"] for row in issue(site)["issued"]] == ["RE-2026-0001"]


def test_what_changed_after_its_approval_is_not_issued(desk):
    complete_letters(desk)
    run(desk)
    approve(desk, "AVV-1")
    work(desk)
    done = issue(desk, contracts=["AVV-1"])
    ((code, changed),) = [(row["code"], row["changed"]) for row in done["refused"]]
    assert (done["issued"], code, changed) == ([], "draft_is_stale", ["Z-2026-0001"])


def test_an_issue_repeated_under_its_key_answers_the_same_and_issues_nothing_more(desk):
    complete_letters(desk)
    work(desk)
    run(desk)
    approve(desk, "AVV-1")
    once, again = [ask(desk, f"{OCTOBER}/issue", {}, idempotency_key="october") for _ in range(2)]
    assert (once.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    assert len(desk.get("accountant", "/invoices")["items"]) == 1


def test_what_is_closed_stays_closed_until_it_is_taken_back(site):
    bill(site, "V-1")
    assert {ref: (row["change"], row["settled"]) for ref, row in run(site).items()} == {
        "AVV-1": ("closed", None),
        "AVV-2": ("closed", None),
    }
    done = site.post("accountant", f"{OCTOBER}/cancellation", {"contract": "AVV-2", "reason": "zu früh"})
    nothing = {"cancels": None, "number": None, "invoice_id": None}
    assert done == {"contract": "AVV-2", "month": "2026-10", **nothing}
    assert states(site)["AVV-2"] == ("not_run", None)
    assert run(site)["AVV-2"]["change"] == "new"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        pytest.param("/months/2026-13/runs", {}, 422, "not_a_month", id="a thirteenth month"),
        pytest.param("/months/2026-10/runs", {"as_off": "x"}, 422, "unknown_key", id="a key nobody knows"),
        pytest.param("/months/2026-10/runs", {"as_of": "2026-11-02T09:00"}, 422, "time_without_offset", id="no zone"),
        pytest.param(
            "/months/2026-10/runs", {"as_of": "2026-11-02T09:01:00Z"}, 409, "as_of_in_future", id="facts of tomorrow"
        ),
        pytest.param("/months/2026-12/runs", {}, 409, "as_of_before_month_begins", id="a month still to come"),
        pytest.param("/months/2026-10/issue", {}, 404, "no_drafts", id="an issue of nothing"),
        pytest.param(
            "/months/2026-10/issue", {"contracts": ["AVV-9"]}, 404, "draft_unknown", id="a contract nobody has"
        ),
        pytest.param("/months/2026-10/issue", {"contracts": "AVV-1"}, 422, "not_a_list", id="a text for a list"),
        pytest.param(
            "/months/2026-10/cancellation",
            {"contract": "AVV-1", "reason": "x"},
            404,
            "closing_unknown",
            id="not closed",
        ),
        pytest.param("/months/2026-10/cancellation", {"contract": "AVV-1"}, 422, "missing_key", id="no reason"),
        pytest.param("/drafts/999/approval", {"facts_hash": "0" * 64}, 404, "nothing_there", id="a draft nobody made"),
    ],
)
def test_what_can_not_be_is_named(desk, path, body, status, code):
    refused = ask(desk, path, body)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    assert drafts(desk) == {}


def test_an_issue_of_what_nobody_released_says_how_much_waits(desk):
    run(desk)
    refused = ask(desk, f"{OCTOBER}/issue", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_approved")
    assert "2" in refused.json()["detail"]


def test_a_draft_that_was_issued_or_had_to_give_way_is_no_longer_looked_at(desk):
    complete_letters(desk)
    run(desk)
    approve(desk, "AVV-1", "AVV-2")
    rows = drafts(desk)
    work(desk)
    run(desk)
    issue(desk)
    for contract, code in (("AVV-1", "draft_is_discarded"), ("AVV-2", "draft_is_issued")):
        row = rows[contract]
        seen = desk.ask("accountant", "GET", f"/drafts/{row['id']}")
        release = ask(desk, f"/drafts/{row['id']}/approval", {"facts_hash": row["facts_hash"]})
        assert [(one.status_code, one.json()["code"]) for one in (seen, release)] == [(409, code)] * 2


def test_another_processors_draft_is_not_there(desk):
    run(desk)
    row = drafts(desk)["AVV-1"]
    seen = desk.ask("accountant", "GET", f"/drafts/{row['id']}", of="nachbar")
    release = ask(desk, f"/drafts/{row['id']}/approval", {"facts_hash": row["facts_hash"]}, of="nachbar")
    assert [(one.status_code, one.json()["code"]) for one in (seen, release)] == [(404, "nothing_there")] * 2
    assert desk.get("accountant", f"{OCTOBER}/drafts", of="nachbar")["items"] == []


def test_drafts_come_in_pages(desk):
    run(desk)
    first = desk.get("auditor", f"{OCTOBER}/drafts?limit=1")
    second = desk.get("auditor", f"{OCTOBER}/drafts?limit=1&cursor={first['next_cursor']}")
    assert [row["contract"] for row in (*first["items"], *second["items"])] == ["AVV-1", "AVV-2"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("role", ["staff", "lead", "auditor", "controller_approver", "controller_reader"])
def test_only_the_accountant_makes_months(desk, role):
    run(desk)
    row = drafts(desk)["AVV-1"]
    for path, body in (
        (f"{OCTOBER}/runs", {}),
        (f"{OCTOBER}/issue", {}),
        (f"{OCTOBER}/cancellation", {"contract": "AVV-1", "reason": "x"}),
        (f"/drafts/{row['id']}/approval", {"facts_hash": row["facts_hash"]}),
        ("/invoices/1/cancellation", {"reason": "x"}),
    ):
        refused = ask(desk, path, body, role)
        assert (refused.status_code, refused.json()["code"]) == (403, "right_missing"), path
    assert desk.clock.now == NOW
    assert drafts(desk)["AVV-1"]["state"] == "draft"
