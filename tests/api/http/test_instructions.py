"""The register of instructions over HTTP."""

import base64

import pytest

NEW = {
    "contract": "AVV-1",
    "case": "V-1",
    "content": "Bitte die Daten löschen.",
    "given_by": "Eva Kern",
    "channel": "phone",
    "given_at": "2026-11-02T08:00:00Z",
}


def test_an_instruction_from_the_call_to_its_outcome(site):
    recorded = site.post("staff", "/instructions", NEW)
    assert (recorded["ref"], recorded["case"], recorded["confirmed_at"]) == ("W-2026-001", "V-1", None)
    assert [notice["code"] for notice in recorded["notices"]] == ["instruction_not_in_text"]
    path = f"/instructions/{recorded['id']}"
    assert site.post("staff", f"{path}/confirmation")["confirmed_at"] == "2026-11-02T09:00:00Z"
    done = site.post("staff", f"{path}/outcome", {"person": "LEAD", "outcome": "gelöscht"})
    assert (done["carried_out_by"], done["outcome"], done["notices"]) == ("LEAD", "gelöscht", [])
    assert site.get("auditor", path)["outcome"] == "gelöscht"


def test_the_register_is_listed_and_narrowed(desk):
    desk.post("staff", "/instructions", NEW)
    second = desk.post("staff", "/instructions", {name: said for name, said in NEW.items() if name != "case"})
    desk.post("staff", f"/instructions/{second['id']}/outcome", {"person": "LEAD", "outcome": "erledigt"})

    def refs(query):
        return [one["ref"] for one in desk.get("staff", f"/instructions{query}")["items"]]

    assert refs("") == ["W-2026-001", "W-2026-002"]
    assert refs("?is_open=true") == refs("?case=V-1") == ["W-2026-001"]
    assert refs("?contract=AVV-2") == []


def test_an_objection_is_told_once(desk):
    number = desk.post("staff", "/instructions", NEW)["id"]
    objected = desk.post("staff", f"/instructions/{number}/objection", {"reason": "§ 147 AO"})
    assert objected["objection"] == "§ 147 AO"
    again = desk.ask("staff", "POST", f"/instructions/{number}/objection", {"reason": "§ 147 AO"})
    assert (again.status_code, again.json()["code"]) == (409, "instruction_is_objected_to")


def test_the_mail_that_gave_it_is_kept(desk):
    mail = {"name": "weisung.eml", "content": base64.b64encode(b"Betreff: Weisung\n\nBitte tun.").decode()}
    assert desk.post("staff", "/instructions", NEW | {"channel": "mail", "evidence_file": mail})["notices"] == []


@pytest.mark.parametrize("number", [99, 2**62])
def test_an_instruction_there_is_not(desk, number):
    refused = desk.ask("staff", "GET", f"/instructions/{number}")
    assert (refused.status_code, refused.json()["code"]) == (404, "instruction_unknown")
