"""Contracts over HTTP: the fee clause of a month, what is left of free minutes, what a controller sees of its own."""

import pytest

NEW = {"controller": "K-1", "number": "AVV 2026/7", "starts_on": "2026-03-01", "terms": {"hourly_rate": "110.00"}}


def work(site, case: str, day: str, hours: str, service: str = "other_support") -> None:
    start, end = (f"2026-10-{day}T{clock}:00+02:00" for clock in hours.split("-"))
    site.post("lead", "/entries", {"case": case, "service": service, "start": start, "end": end, "person": "LEAD"})


def test_a_contract_is_taken_in_shown_and_ended(site):
    added = site.ask("accountant", "POST", "/contracts", NEW)
    assert (added.status_code, added.json()["ref"], added.json()["controller_name"]) == (201, "AVV 2026/7", "Wohnbau 1")
    path = added.headers["location"].removeprefix("/api/v1")
    etag = site.ask("staff", "GET", path).headers["etag"]
    early = site.ask("admin", "PATCH", path, {"ended_on": "2026-02-28"}, If_Match=etag)
    assert (early.status_code, early.json()["code"]) == (422, "ends_before_start")
    ended = site.ask("admin", "PATCH", path, {"ended_on": "2026-12-31"}, If_Match=etag)
    assert (ended.status_code, ended.json()["ended_on"]) == (200, "2026-12-31")
    again = site.ask("admin", "PATCH", path, {"ended_on": "2027-12-31"}, If_Match=ended.headers["etag"])
    assert (again.status_code, again.json()["code"]) == (409, "contract_has_ended")


def test_lists_show_what_single_contracts_show(desk):
    rows = desk.get("staff", "/contracts?controller=K-2")["items"]
    assert rows == [desk.get("staff", "/contracts/2")]


def test_the_fee_clause_is_given_in_contract_order_with_its_origins(site):
    contract = site.post("admin", "/contracts", NEW)
    path = f"/contracts/{contract['id']}/terms"
    agreed = site.post("admin", path, {"valid_from": "2026-12", "terms": {"hourly_rate": None, "payment_days": 30}})
    assert (agreed["version"]["valid_from"], agreed["version"]["version"], agreed["notices"]) == ("2026-12", 1, [])
    now, later = site.get("auditor", path), site.get("auditor", f"{path}?month=2026-12")
    assert (now["month"], [row["clause"] for row in now["terms"]][:4]) == (
        "2026-11",
        ["13(2)a", "13(2)d", "13(3)g", "13(4)a"],
    )

    def rate(terms):
        return next(row for row in terms["terms"] if row["name"] == "hourly_rate")

    assert rate(now) == {
        "name": "hourly_rate",
        "clause": "13(4)a",
        "value": "110.00",
        "usual": "100.00",
        "source": "agreed",
        "valid_from": "2026-03",
        "can_change": True,
    }
    assert (rate(later)["value"], rate(later)["valid_from"]) == (None, "2026-12")
    assert [row["valid_from"] for row in now["versions"]] == ["2026-03", "2026-12"]


def test_new_terms_say_what_they_leave_as_it_is(desk):
    desk.post("admin", "/contracts/1/terms", {"valid_from": "2027-01", "terms": {"hourly_rate": "120.00"}})
    agreed = desk.post("admin", "/contracts/1/terms", {"valid_from": "2026-11", "terms": {"hourly_rate": "110.00"}})
    assert [(notice["code"], "2027-01" in notice["sentence"]) for notice in agreed["notices"]] == [
        ("later_versions_stay", True)
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({"valid_from": "2026-11", "terms": {}}, 422, "no_term_changed", id="no term"),
        pytest.param({"valid_from": "2026-11", "terms": {"x": 1}}, 422, "unknown_term", id="a term there is not"),
        pytest.param(
            {"valid_from": "11/2026", "terms": {"vat": "0.19"}}, 422, "not_a_month", id="a month that is none"
        ),
        pytest.param({"valid_from": "2026-11", "terms": {"unit_minutes": 5}}, 409, "term_is_fixed", id="a fixed term"),
        pytest.param({"terms": {"hourly_rate": "1.00"}}, 422, "missing_key", id="no month"),
    ],
)
def test_terms_that_can_t_be_agreed_are_refused(desk, body, status, code):
    refused = desk.ask("admin", "POST", "/contracts/1/terms", body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert len(desk.get("admin", "/contracts/1/terms")["versions"]) == 1


def test_free_minutes_are_counted_as_work_is_logged(site):
    work(site, "V-1", "06", "09:00-09:45", "general_query")
    assert site.get("staff", "/contracts/1/allowance?month=2026-10") == {
        "month": "2026-10",
        "clause": "13(2)d",
        "agreed_minutes": 60,
        "used_minutes": 45,
        "left_minutes": 15,
    }
    assert site.get("controller_reader", "/portal/contracts/1/allowance?month=2026-10")["left_minutes"] == 15
    assert site.ask("staff", "GET", "/contracts/1/allowance").json()["code"] == "missing_key"


def test_opening_balances_count_from_the_first_day(site):
    body = {"kind": "allowance_used", "contract": "AVV-1", "month": "2026-10", "minutes": 25}
    added = site.post("accountant", "/opening-balances", body)
    assert (added["contract"], added["month"], added["value"]) == ("AVV-1", "2026-10", 25)
    assert site.get("staff", "/contracts/1/allowance?month=2026-10")["used_minutes"] == 25
    again = site.post("accountant", "/opening-balances", body | {"minutes": 30})
    assert site.get("staff", "/opening-balances?contract=AVV-1")["items"] == [again]
    site.post("accountant", "/opening-balances", {"kind": "next_number", "year": 2026, "number": 118})
    assert [row["kind"] for row in site.get("staff", "/opening-balances")["items"]] == ["allowance_used", "next_number"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"kind": "gift"}, "unknown_value", id="a kind there is not"),
        pytest.param({}, "missing_key", id="nothing"),
        pytest.param({"kind": "next_number", "year": 2026, "number": 0}, "number_out_of_range", id="number nought"),
    ],
)
def test_an_opening_balance_that_is_none_is_refused(desk, body, code):
    refused = desk.ask("admin", "POST", "/opening-balances", body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_a_controller_sees_what_its_own_contracts_came_to(site):
    work(site, "V-1", "06", "09:00-10:00")
    (contract,) = site.get("controller_approver", "/portal/contracts")["items"]
    assert contract == site.get("controller_reader", "/portal/contracts/1")
    assert contract | {"id": 1, "ref": "AVV-1", "billed_net": "0.00", "held_minutes": 60} == contract
    assert (contract["approved_minutes"], contract["used_minutes"], contract["left_minutes"]) == (0, 0, 0)


@pytest.mark.parametrize("path", ["", "/allowance?month=2026-10", "/activity-records/2026-10"])
def test_a_contract_of_another_controller_is_not_there(site, path):
    refused = site.ask("controller_approver", "GET", f"/portal/contracts/2{path}")
    assert (refused.status_code, refused.json()["code"]) == (404, "contract_not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("GET", "/terms"),
        ("POST", "/terms"),
        ("GET", "/allowance?month=2026-10"),
        ("GET", "/activity-records/2026-10"),
    ],
)
def test_a_contract_of_another_processor_is_not_there(site, method, path):
    bodies = {"PATCH": {"ended_on": "2026-12-31"}, "POST": {"valid_from": "2026-11", "terms": {"hourly_rate": "1.00"}}}
    refused = site.ask("admin", method, f"/contracts/1{path}", bodies.get(method), of="nachbar", If_Match="*")
    assert (refused.status_code, refused.json()["code"]) == (404, "contract_not_found")


@pytest.mark.parametrize("role", ["staff", "lead", "auditor", "controller_approver"])
def test_who_does_not_keep_master_data_agrees_nothing(desk, role):
    assert desk.ask(role, "POST", "/contracts", NEW).status_code == 403
    terms = {"valid_from": "2026-11", "terms": {"hourly_rate": "1.00"}}
    assert desk.ask(role, "POST", "/contracts/1/terms", terms).status_code == 403
    assert desk.ask(role, "PATCH", "/contracts/1", {"ended_on": "2026-12-31"}, If_Match="*").status_code == 403
    assert desk.ask(role, "POST", "/opening-balances", {"kind": "next_number"}).status_code == 403
