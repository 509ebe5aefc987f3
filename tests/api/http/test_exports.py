"""Bookings for DATEV over HTTP: settings, a look before, the order, its files, and taking it back."""

from typing import Any

import pytest

from tests.api.http.billing_months import bill
from tests.api.http.running import Site
from tests.support.extf import read

SAID = {"chart": "SKR03", "consultant": 1001, "client": 7}
NOVEMBER = {"month": "2026-11"}


def say(site: Site, **said: Any) -> Any:
    """Record what the tax adviser said, having seen what holds."""
    seen = site.ask("accountant", "GET", "/datev/settings")
    answer = site.ask("accountant", "PATCH", "/datev/settings", said, If_Match=seen.headers["etag"])
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_month_is_looked_at_ordered_and_downloaded(site: Site) -> None:
    bill(site, "V-1", "V-2")
    assert say(site, **SAID)["missing"] == []
    (plan,) = site.get("auditor", "/exports/datev/preview?month=2026-11")["items"]
    assert plan["accounts"] == [{"account": "8400", "owed": "238.00"}]
    assert [row["debtor"] for row in plan["bookings"]] == [10000, 10001]
    (batch,) = site.post("accountant", "/exports/datev", NOVEMBER)["items"]
    assert (batch["batch"], batch["bookings"], batch["debit"], batch["credit"]) == (1, 2, "238.00", "0.00")
    assert site.get("auditor", "/exports")["items"] == [batch]
    assert site.get("auditor", f"/exports/{batch['id']}") == batch
    file = site.ask("auditor", "GET", f"/exports/{batch['id']}/bookings")
    assert file.headers["content-type"] == "text/csv; charset=windows-1252"
    assert "EXTF_Buchungsstapel_2026-11_0001.csv" in file.headers["content-disposition"]
    assert sum(read(file.content).cents()) == 23800
    assert site.ask("auditor", "GET", f"/exports/{batch['id']}/bookings").content == file.content
    assert site.post("accountant", "/exports/datev", NOVEMBER)["items"] == []
    refused = site.ask("auditor", "GET", f"/exports/{batch['id']}/papers")
    assert (refused.status_code, refused.json()["code"]) == (409, "batch_has_no_papers")


def test_a_withdrawn_batch_is_handed_over_anew(desk: Site) -> None:
    bill(desk, "V-1")
    say(desk, **SAID)
    (first,) = desk.post("accountant", "/exports/datev", NOVEMBER)["items"]
    path = f"/exports/{first['id']}/withdrawal"
    withdrawn = desk.post("accountant", path, {"reason": "Falscher Kontenrahmen"})
    assert withdrawn["withdrawn_reason"] == "Falscher Kontenrahmen"
    again = desk.ask("accountant", "POST", path, {"reason": "x"}, idempotency_key="again")
    assert (again.status_code, again.json()["code"]) == (409, "batch_withdrawn")
    say(desk, chart="SKR04")
    (second,) = desk.post("accountant", "/exports/datev", NOVEMBER)["items"]
    assert second["invoices"] == first["invoices"]
    assert [row["batch"] for row in desk.get("lead", "/exports?limit=1")["items"]] == [1]


def test_a_debtor_account_is_set_and_kept(desk: Site) -> None:
    bill(desk, "V-1")
    say(desk, **SAID)
    first = desk.get("staff", "/datev/debtors")["items"][0]
    assert first == {"controller_id": first["controller_id"], "controller": "K-1", "debtor": None}
    path = f"/controllers/{first['controller_id']}/debtor-account"
    answer = desk.ask("accountant", "PUT", path, {"number": 10400})
    assert (answer.status_code, answer.json()["debtor"]) == (200, 10400)
    (plan,) = desk.get("lead", "/exports/datev/preview?from=2026-11-01&to=2026-11-30")["items"]
    assert plan["bookings"][0]["debtor"] == 10400
    refused = desk.ask("accountant", "PUT", path, {"number": 70000})
    assert (refused.status_code, refused.json()["code"]) == (422, "debtor_account_invalid")


def test_settings_are_changed_by_who_has_seen_them(desk: Site) -> None:
    seen = desk.ask("accountant", "GET", "/datev/settings")
    assert seen.json()["missing"] == ["datev.consultant", "datev.client", "datev.chart"]
    say(desk, **SAID, revenue_19="8401")
    stale = desk.ask("accountant", "PATCH", "/datev/settings", {"client": 8}, If_Match=seen.headers["etag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "representation_changed")
    assert say(desk, revenue_19=None)["accounts"]["revenue_19"] == "8400"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(NOVEMBER, 409, "datev_incomplete", id="settings are missing"),
        pytest.param({}, 422, "month_or_days", id="no days"),
        pytest.param({"month": "2026-13"}, 422, "not_a_month", id="no month"),
    ],
)
def test_an_order_that_can_not_be_met_is_refused(desk: Site, body: dict[str, str], status: int, code: str) -> None:
    answer = desk.ask("accountant", "POST", "/exports/datev", body, idempotency_key="one")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
