"""`mehraufwand import`: the dry run says everything, `--apply` stores it, the same file twice changes nothing."""

import json
from pathlib import Path

import pytest

from tests.api.shell import Shell

HEADER = "date;start;end;person;contract;case;service;duration\n"
GOOD = "2026-01-08;09:00;10:30;ML;AVV-1;V-2026-001;request_processing;\n"
ZONE = ("--time-zone", "Europe/Berlin")


def csv(shell: Shell, *lines: str, name: str = "work.csv") -> str:
    path = shell.home / name
    path.write_text(HEADER + "".join(lines))
    return str(path)


def test_a_dry_run_tells_of_every_row_and_stores_nothing(ready: Shell):
    file = csv(
        ready, GOOD, GOOD.replace("V-2026-001", "V-9"), GOOD.replace("09:00;10:30", ";"), GOOD.replace("ML", "XX")
    )
    said = ready.run("import", file, *ZONE)
    assert said.code == 2  # somebody is needed for two rows
    assert "     2  neu               2026-01-08 09:00-10:30  ML AVV-1 V-2026-001 request_processing" in said.out
    assert "     3  abgelehnt         2026-01-08 09:00-10:30  Der Vertrag AVV-1 hat keinen Vorgang V-9" in said.out
    assert "wer ist „XX“?" in said.out
    assert "Nichts gespeichert" in said.out
    assert ready.ok("log", "list", "--json").json == {"entries": []}


def test_what_is_applied_is_known_the_second_time(ready: Shell):
    file = csv(ready, GOOD, "2026-01-09;;;ML;AVV-1;V-2026-001;request_processing;90 min\n")
    first = ready.ok("import", file, *ZONE, "--apply", "--json").json
    assert (first["counts"]["new"], first["counts"]["incomplete"], first["applied"]) == (1, 1, True)
    assert first["rows"][0]["start"] == "2026-01-08T08:00:00Z"
    second = ready.ok("import", file, "--apply", "--json").json  # the zone is remembered
    assert second["counts"]["duplicate"] == 2
    assert len(ready.ok("log", "list", "--json").json["entries"]) == 1


def test_incomplete_rows_are_written_out_filled_in_and_taken_back(ready: Shell):
    ready.ok("import", csv(ready, "2026-01-09;;;ML;AVV-1;V-2026-001;request_processing;90 min\n"), *ZONE, "--apply")
    (row,) = ready.ok("log", "incomplete", "--json").json["incomplete"]
    assert (row["worked_on"], row["minutes"]) == ("2026-01-09", 90)
    out = ready.home / "offen.csv"
    ready.ok("log", "incomplete", "--write", str(out))
    out.write_text(out.read_text(encoding="utf-8-sig").replace("2026-01-09;;;", "2026-01-09;14:00;15:30;"))
    ready.ok("import", str(out), "--apply")
    assert ready.ok("log", "incomplete", "--json").json == {"incomplete": []}
    assert "number" in ready.refused("log", "discard", "1", "--reason", "zu spät")


def test_only_problems_can_be_shown(ready: Shell):
    said = ready.run("import", csv(ready, GOOD, GOOD.replace("V-2026-001", "V-9")), *ZONE, "--problems", "--json")
    assert [row["code"] for row in said.json["rows"]] == ["row_case_unknown"]
    assert said.json["counts"]["new"] == 1


def test_answers_in_the_mapping_file_are_used(ready: Shell):
    mapping = ready.home / "antworten.json"
    mapping.write_text(json.dumps({"persons": {"Mia": "ML"}, "time_zone": "Europe/Berlin"}))
    said = ready.ok("import", csv(ready, GOOD.replace("ML", "Mia")), "--mapping", str(mapping), "--json").json
    assert said["rows"][0]["person"] == "ML"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param([], "tragen keine Zeitzone", id="in which zone?"),
        pytest.param(["--time-zone", "Berlin"], "Die Zeitzone „Berlin“ gibt es nicht", id="a zone there is not"),
        pytest.param([*ZONE, "--format", "excel"], "Das Format „excel“ gibt es nicht", id="a format there is not"),
        pytest.param([*ZONE, "--date-order", "ymd"], "date_order: ymd", id="an order there is not"),
    ],
)
def test_a_file_that_can_t_be_read_as_told_is_refused_whole(ready: Shell, arguments, told):
    assert told in ready.refused("import", csv(ready, GOOD), *arguments)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"", "ist leer", id="nothing"),
        pytest.param(b"PK\x03\x04[Content_Types].xml", "Excel", id="a workbook"),
        pytest.param(b"a;b;c\n1;2;3\n", "Das Format von", id="columns nobody knows"),
        pytest.param(b"\x00\x01\x02\x03", "keine Textdatei", id="bytes"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(ready: Shell, content, told):
    path = ready.home / "bad.csv"
    path.write_bytes(content)
    assert told in ready.refused("import", str(path), *ZONE)


def test_a_wrong_answer_is_not_remembered(ready: Shell):
    file = csv(ready, GOOD)
    ready.refused("import", file, "--time-zone", "Berlin")
    ready.ok("import", file, *ZONE)


def test_a_file_there_is_not_and_a_folder(ready: Shell):
    assert "gibt es nicht" in ready.refused("import", "nowhere.csv")
    assert "Ordner" in ready.refused("import", str(ready.home))


def test_standard_input_is_read_and_questions_are_not_asked_of_a_pipe(ready: Shell):
    said = ready.program("import", "-", *ZONE, "--apply", "--json", text=HEADER + GOOD)
    assert (said.code, said.json["counts"]["new"]) == (0, 1)


def test_the_answers_are_kept_in_a_private_file(ready: Shell):
    ready.ok("import", csv(ready, GOOD), *ZONE)
    kept = Path(ready.environment["MEHRAUFWAND_CONFIG"]) / "import.json"
    assert json.loads(kept.read_text())["time_zone"] == "Europe/Berlin"
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("as_json", [True, False], ids=["as JSON", "in words"])
def test_approved_effort_that_an_import_uses_up_is_said_at_its_end(ready: Shell, as_json: bool):  # noqa: FBT001
    new = ("--case", "V-2026-001", "--description", "Recherche", "--line", "regular=30")
    ready.ok("estimate", "add", "--ref", "KVA-1", *new)
    ready.ok("estimate", "send", "KVA-1", "--sent-at", "2026-01-05 09:00")
    said = ("--approved-at", "2026-01-05 10:00", "--channel", "mail", "--approver-name", "Eva Kern")
    ready.ok("estimate", "approve", "KVA-1", *said, "--evidence-note", "Freigegeben. Kern")
    done = ready.ok("import", csv(ready, GOOD), *ZONE, "--apply", *(["--json"] if as_json else []))
    if as_json:
        assert [one["code"] for one in done.json["overruns"]] == ["estimate_used_up"]
    else:
        assert "ist verbraucht, 30 von 30 Minuten" in done.err
