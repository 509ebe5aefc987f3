"""The processor's letter over HTTP: versions from a day on, none of them ever changed."""

from billing.services.samples import SAMPLE_PROCESSOR

NEW = dict(SAMPLE_PROCESSOR) | {"valid_from": "2026-12-01"}


def test_new_data_hold_from_their_day_on(site):
    before = site.get("auditor", "/processor")
    added = site.ask("admin", "POST", "/processor/versions", NEW)
    assert (added.status_code, added.json()["version"], added.json()["recorded_by"]) == (201, 1, "ADMIN")
    now = site.get("staff", "/processor")
    assert now["current"] == before["current"]
    assert now["versions"] == [*before["versions"], added.json()]
    site.clock.forward(days=29)
    assert site.get("staff", "/processor")["current"] == added.json()


def test_data_without_a_day_hold_from_today_on_by_the_processor_s_clock(desk):
    data = {name: value for name, value in NEW.items() if name != "valid_from"}
    assert desk.post("admin", "/processor/versions", data)["valid_from"] == "2026-11-02"
    desk.clock.forward(hours=14, minutes=30)  # 23:30 UTC, the next day in Berlin
    assert desk.post("admin", "/processor/versions", data)["valid_from"] == "2026-11-03"


def test_a_letter_that_no_invoice_could_carry_is_refused(desk):
    changes = (
        ({"iban": "DE1"}, "iban_invalid"),
        ({"tax_number": None}, "tax_id_missing"),
        ({"number_pattern": "{year}-{number}"}, "number_pattern_incomplete"),
        ({"number_pattern": "{series}-{year}-{number:4}-ß"}, "number_pattern_characters"),
    )
    for change, code in changes:
        refused = desk.ask("admin", "POST", "/processor/versions", NEW | change)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert len(desk.get("admin", "/processor")["versions"]) == 1


def test_who_does_not_keep_master_data_writes_no_letter(desk):
    for role in ("staff", "lead", "auditor", "controller_approver"):
        assert desk.ask(role, "POST", "/processor/versions", NEW).status_code == 403
    assert desk.ask("controller_approver", "GET", "/processor").status_code == 403


def test_each_processor_sees_its_own_letter(site):
    site.post("admin", "/processor/versions", NEW)
    names = {row["company_name"] for row in site.ask("admin", "GET", "/processor", of="nachbar").json()["versions"]}
    assert SAMPLE_PROCESSOR["company_name"] not in names
