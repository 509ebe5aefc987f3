"""Urgent work, data breaches, instructions and deadlines on the command line, in German and as JSON."""

import pytest

from tests.api.shell import Shell

CASE = "V-2026-001"
URGENT = ("--deadline-reason", "72 Stunden", "--action-reason", "noch abrufbar", "--approval-reason", "Sonntag")
KNOWN = ("--known-at", "2026-01-08 09:00", "--nature", "Export", "--contact-point", "Datenschutz")
BACKWARDS = [
    *("log", "add", "--case", CASE, "--service", "request_processing"),
    *("--person", "ML", "--start", "2026-01-08 10:00", "--end", "09:00"),
]
LATER = [
    "occurred",
    "systems",
    "people_categories",
    "people_count",
    "data_categories",
    "record_count",
    "consequences",
    "measures",
]
NEW = (
    "--contract",
    "AVV-1",
    "--content",
    "Altsystem leeren",
    "--given-by",
    "Eva Kern",
    "--given-at",
    "2026-01-08 09:00",
)


def test_urgent_work_is_declared(ready: Shell):
    said = ready.ok("case", "urgent", CASE, *URGENT, "--json").json
    assert (said["ref"], said["minutes"], said["mails"]) == (CASE, 120, 1)
    assert "schon seit" in ready.refused("case", "urgent", CASE, *URGENT)


def test_a_case_is_looked_after_by_somebody(ready: Shell):
    ready.ok("case", "set", CASE, "--responsible", "ML")
    assert ready.ok("case", "show", CASE, "--json").json["responsible"] == "ML"
    assert "XY" in ready.refused("case", "set", CASE, "--responsible", "XY")


def test_a_breach_is_recorded_told_updated_and_reported(ready: Shell):
    said = ready.ok("incident", "set", CASE, *KNOWN)
    assert "fehlt noch: mutmaßlicher Zeitpunkt oder Zeitraum, betroffene Verarbeitungen" in said.out
    assert "17(3)" in ready.refused("incident", "notify", CASE)
    later = [word for name in LATER for word in ("--not-yet-known", name)]
    assert "alles da" in ready.ok("incident", "set", CASE, *later).out
    assert ready.ok("incident", "notify", CASE, "--json").json["mails"] == 1
    ready.ok("incident", "update", CASE, "--text", "Zugriff gesperrt")
    shown = ready.ok("incident", "show", CASE, "--json").json
    assert (shown["nature"], shown["not_yet_known"], shown["missing"]) == ("Export", LATER, [])
    assert "Noch nicht bekannt" in ready.ok("incident", "show", CASE).out
    whole = ("--contained-at", "2026-01-08 12:00", "--root-cause", "Verteiler", "--prevention", "Vier Augen")
    ready.ok("incident", "set", CASE, *whole, "--measures", "gesperrt", "--people-count", "40")
    ready.ok("incident", "report", CASE)
    file = ready.ok("incident", "file", CASE, "--json").json
    assert [mail["kind"] for mail in file["communication"]] == [
        "breach_first_notice",
        "breach_update",
        "breach_final_report",
    ]
    assert "Mitteilungen" in ready.ok("incident", "file", CASE).out


def test_an_instruction_from_the_call_to_its_outcome(ready: Shell):
    added = ready.ok("instruction", "add", *NEW, "--channel", "phone", "--json").json
    assert [notice["code"] for notice in added["notices"]] == ["instruction_not_in_text"]
    assert "bestätigt" in ready.ok("instruction", "confirm", "W-2026-001").out
    ready.ok("instruction", "object", "W-2026-001", "--reason", "§ 147 AO")
    done = ready.ok("instruction", "done", "W-2026-001", "--person", "ML", "--outcome", "gelöscht")
    assert "Bedenken" in done.err
    shown = ready.ok("instruction", "show", "W-2026-001", "--json").json
    assert (shown["carried_out_by"], shown["outcome"], shown["objection"]) == ("ML", "gelöscht", "§ 147 AO")
    assert "W-2026-001" in ready.ok("instruction", "list").out


def test_deadlines_are_shown_and_marked(ready: Shell):
    rows = ready.ok("deadline", "show", CASE, "--json").json["deadlines"]
    assert [(row["code"], row["state"]) for row in rows] == [
        ("D-06", "not_started"),
        ("D-07", "overdue"),
        ("D-08", "not_started"),
    ]
    assert "Weiterleitung" in ready.ok("deadline", "list").out
    assert "D-07" in ready.ok("deadline", "mark", CASE, "D-07", "--met-at", "2026-01-08 09:00").out
    assert ready.ok("deadline", "list", "--json").json["deadlines"] == []
    assert "schon als erledigt" in ready.refused("deadline", "mark", CASE, "D-07")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param(["case", "urgent", CASE], "deadline_reason fehlt", id="no reason"),
        pytest.param(["incident", "show", CASE], "keine Datenschutzverletzung", id="no breach"),
        pytest.param(["incident", "set", CASE, "--people-count", "x"], "keine ganze Zahl", id="no number"),
        pytest.param(["instruction", "show", "W-9"], "W-9 gibt es nicht", id="no such instruction"),
        pytest.param(["deadline", "mark", CASE, "D-01"], "keine Frist D-01", id="no such deadline"),
        pytest.param(["deadline", "list", "--within-hours", "x"], "keine ganze Zahl", id="no such hours"),
        pytest.param(BACKWARDS, "Das Ende 08.01.2026 09:00 liegt vor dem Beginn", id="an end before its beginning"),
    ],
)
def test_a_wrong_call_is_told_in_one_sentence(ready: Shell, line, told):
    assert told in ready.refused(*line)
