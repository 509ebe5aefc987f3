"""Retention and legal holds over HTTP: who may look, delete and stop it."""

import pytest

from billing.store.rules.retention import retained_tables

ROLES = ("staff", "lead", "accountant", "admin", "auditor", "controller_approver", "controller_reader")
HOLD = {"ref": "BP-2026", "reason": "Betriebsprüfung", "from_year": 2022}


def test_everything_that_is_kept_is_shown_with_its_time(desk):
    items = {row["table"]: row for row in desk.get("auditor", "/retention")["items"]}
    assert items.keys() == set(retained_tables())
    assert items["invoice"]["periods"] == [{"kept_as": "voucher", "years": 8}]


@pytest.mark.parametrize("dry", [True, False])
def test_only_the_administration_deletes(desk, dry):
    statuses = {role: desk.ask(role, "POST", "/retention/runs", {"dry_run": dry}).status_code for role in ROLES}
    assert statuses == {role: 201 if role == "admin" else 403 for role in ROLES}
    done = desk.ask("admin", "POST", "/retention/runs", {"dry_run": dry}).json()
    assert done == {"dry_run": dry, "rows": 0, "people": 0, "deleted": []}


def test_a_hold_is_set_and_lifted_and_both_are_on_record(site):
    hold = site.post("admin", "/legal-holds", HOLD)
    assert (hold["ref"], hold["from_year"], hold["controller"], hold["lifted_at"]) == ("BP-2026", 2022, None, None)
    lifted = site.post("admin", f"/legal-holds/{hold['id']}/lifting", {"reason": "abgeschlossen"})
    assert lifted["lifted_at"] is not None
    again = site.ask("admin", "POST", f"/legal-holds/{hold['id']}/lifting", {"reason": "abgeschlossen"})
    assert (again.status_code, again.json()["code"]) == (409, "hold_is_lifted")
    actions = [event["action"] for event in site.get("auditor", "/audit-log")["items"]]
    assert actions[-2:] == ["hold_set", "hold_lifted"]
    assert [one["lift_reason"] for one in site.get("auditor", "/legal-holds")["items"]] == ["abgeschlossen"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"ref": "A"}, "missing_key", id="without a reason"),
        pytest.param(HOLD | {"from_year": 1800}, "year_out_of_range", id="of a year that nobody keeps"),
        pytest.param(HOLD | {"controller": "K-9"}, "unknown_controller", id="of a controller that is none"),
    ],
)
def test_a_hold_that_says_nothing_sound_is_refused(desk, body, code):
    refused = desk.ask("admin", "POST", "/legal-holds", body)
    assert refused.status_code == 422
    assert code in str(refused.json())
