"""The work list of what is held over HTTP: the reason and the next step in the caller's language, page by page."""

import pytest

from tests.api.http.running import PROCESSORS, Site


def log(site: Site, ref: str, day: int, case: str = "V-1") -> None:
    span = {"start": f"2026-10-{day:02d}T09:00:00+02:00", "end": f"2026-10-{day:02d}T10:00:00+02:00"}
    site.post("staff", "/entries", {"ref": ref, "case": case, "service": "other_support", **span})


def test_what_waits_says_why_and_what_would_settle_it(site: Site):
    log(site, "Z-1", 6)
    (item,) = site.get("auditor", "/held-work", accept_language="en")["items"]
    assert (item["kind"], item["item"], item["minutes"], item["net"]) == ("entry", "Z-1", 60, None)
    assert (item["reason"], item["clause"], item["age_days"]) == ("no_approved_estimate", "13(5)a", 27)
    assert (item["case"], item["contract"], item["responsible"]) == ("V-1", "AVV-1", None)
    assert item["sentence"] == "No approved cost estimate covers this time."
    (german,) = site.get("auditor", "/held-work", accept_language="de")["items"]
    assert german["next_step"].startswith("Kostenvoranschlag freigeben lassen")


def test_urgent_work_beyond_its_minutes_is_told_as_it_is_logged_and_waits_for_an_estimate(site: Site):
    case_id = site.get("staff", "/cases")["items"][0]["id"]
    reasons = {f"{name}_reason": "Frist" for name in ("deadline", "action", "approval")}
    site.post("staff", f"/cases/{case_id}/urgent", reasons)
    span = {"start": "2026-10-06T09:00:00+02:00", "end": "2026-10-06T11:30:00+02:00"}
    work = {"case": "V-1", "service": "breach_support", "urgent": True, **span}
    told = site.post("staff", "/entries", work)["notices"]
    assert [notice["code"] for notice in told] == ["urgent_notice_late", "urgent_used_up"]
    assert "Nächster Schritt: Kostenvoranschlag" in told[1]["sentence"]
    (item,) = site.get("staff", "/held-work")["items"]
    assert (item["reason"], item["minutes"], item["clause"]) == ("urgent_cap_reached", 30, "13(5)b")
    assert item["next_step"].startswith(
        "Kostenvoranschlag anlegen und freigeben lassen, der auch für diese Arbeit gilt"
    )
    assert site.ask("lead", "POST", f"/cases/{case_id}/supplement").json()["code"] == "nothing_to_supplement"
    estimate = {"case": "V-1", "description": "Weiter", "lines": [{"rate_class": "regular", "minutes": 60}]}
    assert site.ask("lead", "POST", "/estimates", estimate).status_code == 201


def test_work_before_its_release_is_settled_by_what_its_next_step_says(site: Site):
    release(site, {"approved_at": "2026-11-02T10:00:00+01:00"})
    log(site, "Z-1", 6)
    (item,) = site.get("staff", "/held-work")["items"]
    assert (item["reason"], "auch für diese Arbeit gilt" in item["next_step"]) == ("no_approved_estimate", True)
    refused = site.ask("lead", "POST", f"/cases/{item['case_id']}/supplement").json()
    assert (refused["code"], "neuen Kostenvoranschlag, der auch dafür gilt" in refused["detail"]) == (
        "nothing_to_supplement",
        True,
    )
    release(site, {"approved_at": "2026-11-02T10:00:00+01:00"}, covers_from="2026-10-06T09:00:00+02:00")
    assert site.get("staff", "/held-work")["items"] == []


def release(site: Site, said: dict[str, str], **content: str) -> None:
    lines = [{"rate_class": "regular", "minutes": 60}]
    new = {"case": "V-1", "description": "Auskunft", "lines": lines, **content}
    number = site.post("lead", "/estimates", new)["id"]
    site.post("lead", f"/estimates/{number}/sending")
    proved = {"channel": "mail", "approver_name": "Eva Kern", "evidence_note": "Freigegeben. Kern"}
    site.post("lead", f"/estimates/{number}/approval", proved | said)


def test_the_oldest_comes_first_and_pages_follow_each_other(desk: Site):
    for ref, day in (("Z-3", 8), ("Z-1", 6), ("Z-2", 7)):
        log(desk, ref, day)
    first = desk.get("staff", "/held-work?limit=2")
    rest = desk.get("staff", f"/held-work?limit=2&cursor={first['next_cursor']}")
    assert [item["item"] for page in (first, rest) for item in page["items"]] == ["Z-1", "Z-2", "Z-3"]
    assert rest["next_cursor"] is None


def test_who_settles_what_a_page_showed_misses_nothing_on_the_next(desk: Site):
    for day in (6, 7, 8):
        log(desk, f"Z-{day}", day)
    first = desk.get("staff", "/held-work?limit=1")
    assert [item["item"] for item in first["items"]] == ["Z-6"]
    desk.post("lead", f"/entries/{first['items'][0]['item_id']}/deletion", {"reason": "doppelt erfasst"})
    rest = desk.get("staff", f"/held-work?cursor={first['next_cursor']}")
    assert [item["item"] for item in rest["items"]] == ["Z-7", "Z-8"]


@pytest.mark.parametrize("cursor", ["", "after-1", "0", "*", "_w", "YQ==", "A" * 4001])
def test_a_place_that_no_page_gave_is_refused(desk: Site, cursor):
    response = desk.ask("staff", "GET", f"/held-work?cursor={cursor}")
    assert (response.status_code, response.json()["code"]) == (422, "cursor_invalid")


@pytest.mark.parametrize(
    ("query", "items"),
    [
        ("?contract=AVV-2", ["Z-2"]),
        ("?case=V-1", ["Z-1"]),
        ("?reason=no_approved_estimate", ["Z-1", "Z-2"]),
        ("?reason=cause_undecided", []),
    ],
)
def test_the_list_can_be_narrowed(desk: Site, query, items):
    log(desk, "Z-1", 6)
    log(desk, "Z-2", 7, "V-2")
    assert [item["item"] for item in desk.get("lead", f"/held-work{query}")["items"]] == items


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param("?contract=AVV-9", "unknown_contract", id="a contract there is not"),
        pytest.param("?case=V-9", "unknown_case", id="a case there is not"),
        pytest.param("?contract=AVV-1&case=V-2", "unknown_case", id="a case of another contract"),
        pytest.param("?reason=x", "unknown_value", id="a reason there is not"),
    ],
)
@pytest.mark.parametrize("path", ["/held-work", "/estimates"])
def test_a_list_of_what_there_is_not_is_refused(desk: Site, path, query, code):
    refused = desk.ask("lead", "GET", path + query.replace("reason", "state" if path == "/estimates" else "reason"))
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_the_reasons_there_are_are_told_with_the_refusal(desk: Site):
    known = desk.ask("lead", "GET", "/held-work?reason=x").json()["fields"]["known"].split(", ")
    assert {"cause_undecided", "no_approved_estimate", "receipt_missing"} <= set(known)


def test_nobody_sees_what_waits_at_another_processor(site: Site):
    log(site, "Z-1", 6)
    response = site.ask("admin", "GET", "/held-work", of=PROCESSORS[1])
    assert response.json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("role", "status"), [("controller_approver", 403), ("controller_reader", 403), ("anonymous", 401)]
)
def test_it_is_nothing_for_controllers(desk: Site, role, status):
    assert desk.ask(role, "GET", "/held-work").status_code == status
