"""The month on the command line: what each command says, and what it refuses and how."""

import json
import sqlite3
from contextlib import closing

import pytest

from billing.canonical import fingerprint
from tests.api.clock import YEAR
from tests.api.months import MONTH, log
from tests.api.shell import Shell

INVOICE = f"RE-{YEAR}-0001"
NOTHING_ISSUED = [{"contract": f"AVV-{number}", "change": "new"} for number in (1, 2, 3)]


def changes(shell: Shell) -> list[dict[str, str]]:
    """Say how the month stands, by a trial run."""
    rows = shell.ok("run", MONTH, "--dry-run", "--json").json["contracts"]
    return [{"contract": row["contract"], "change": row["change"]} for row in rows]


@pytest.mark.parametrize("month", ["2025-13", "2025-3", "März", "2025-03-01", "", "1899-01"])
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["run"], id="run"),
        pytest.param(["review"], id="review"),
        pytest.param(["approve"], id="approve"),
        pytest.param(["issue"], id="issue"),
        pytest.param(["export", "month", "--out", "x"], id="export month"),
        pytest.param(["record", "AVV-1", "--out", "x"], id="record"),
        pytest.param(["cancel", "--contract", "AVV-1", "--reason", "r", "--month"], id="cancel"),
    ],
)
def test_what_is_no_month_is_refused_by_name_and_value(shell: Shell, command: list[str], month: str) -> None:
    told = shell.refused(*command, month)
    assert "month" in told
    assert month in told


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param(f"review {MONTH}", [MONTH, "mehraufwand run"], id="review before a run"),
        pytest.param(f"approve {MONTH}", [MONTH, "mehraufwand run"], id="approve before a run"),
        pytest.param(f"issue {MONTH}", [MONTH, "mehraufwand run"], id="issue before a run"),
        pytest.param(f"approve {MONTH} --contract AVV-9", ["AVV-9", MONTH], id="an unknown contract to approve"),
        pytest.param(f"issue {MONTH} --contract AVV-9", ["AVV-9", MONTH], id="an unknown contract to issue"),
        pytest.param(f"cancel --contract AVV-9 --month {MONTH} --reason r", ["AVV-9", MONTH], id="nothing to cancel"),
        pytest.param("cancel RE-1 --reason r", ["RE-1"], id="an unknown invoice to cancel"),
        pytest.param("cancel --reason r", ["--contract", "--month"], id="nothing named to cancel"),
        pytest.param(
            f"cancel RE-1 --contract AVV-1 --month {MONTH} --reason r", ["RE-1"], id="two things named to cancel"
        ),
        pytest.param("cancel RE-1", ["--reason"], id="no reason to cancel"),
        pytest.param("explain RE-1", ["RE-1"], id="an unknown invoice to explain"),
        pytest.param(f"record AVV-1 {MONTH} --out x", ["AVV-1", MONTH], id="the record of a month that is open"),
        pytest.param(f"run {MONTH} --as-of 2199-01-01T00:00Z", ["01.01.2199 01:00"], id="a cut-off still to come"),
        pytest.param(f"run {MONTH} --as-of 2025-02-28T22:59Z", ["28.02.2025 23:59"], id="a cut-off before the month"),
        pytest.param(f"run {MONTH} --as-of gestern", ["--as-of", "gestern"], id="a cut-off that is no moment"),
        pytest.param(f"run {MONTH} --processor other", ["other"], id="an unknown processor"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(month: Shell, command: str, words: list[str]) -> None:
    told = month.refused(*command.split())
    for word in words:
        assert word in told
    assert changes(month) == NOTHING_ISSUED


def test_nothing_approved_is_nothing_to_issue(month: Shell) -> None:
    month.ok("run", MONTH)
    told = month.refused("issue", MONTH)
    assert told == f"Für {MONTH} ist noch nichts freigegeben, es warten: 3; bitte zuerst mehraufwand approve {MONTH}."


def test_only_what_was_looked_at_is_approved(month: Shell) -> None:
    seen = {row["contract"]: row["facts_hash"] for row in month.ok("run", MONTH, "--json").json["contracts"]}
    assert "0000" in month.refused("approve", MONTH, "--contract", "AVV-1", "--hash", "0000")
    assert seen["AVV-2"] in month.refused("approve", MONTH, "--contract", "AVV-1", "--hash", seen["AVV-2"])
    month.ok("approve", MONTH, "--contract", "AVV-1", "--hash", seen["AVV-1"])
    states = {row["contract"]: row["state"] for row in month.ok("review", MONTH, "--json").json["contracts"]}
    assert states == {"AVV-1": "approved", "AVV-2": "draft", "AVV-3": "draft"}


def test_a_stale_draft_is_not_approved_and_what_changed_is_named(month: Shell) -> None:
    month.ok("run", MONTH)
    log(month, "Z-late", "V-1", "2025-03-11 09:00", "09:30")
    assert "Z-late" in month.refused("approve", MONTH)
    assert "Z-late" in month.ok("review", MONTH).out
    month.ok("run", MONTH)
    month.ok("approve", MONTH)
    month.ok("controller", "change", "K-002", "--street", "Neue Straße 7")
    said = month.ok("run", MONTH)
    assert "AVV-2: geändert: Anschrift des Auftraggebers" in said.out
    assert "Die Freigabe gilt nicht mehr" in said.out


def test_a_folder_that_cannot_be_written_to_is_refused_before_anything_is_issued(month: Shell) -> None:
    month.ok("run", MONTH)
    month.ok("approve", MONTH)
    in_the_way = month.home / "a file"
    in_the_way.write_text("")
    told = month.refused("issue", MONTH, "--out", str(in_the_way / "out"))
    assert str(in_the_way) in told
    assert [row["state"] for row in month.ok("review", MONTH, "--json").json["contracts"]] == ["approved"] * 3


def test_what_was_done_is_not_done_again(issued: Shell) -> None:
    assert "nichts zu tun" in issued.ok("issue", MONTH).out
    assert "nichts zu tun" in issued.ok("issue", MONTH, "--contract", "AVV-1").out
    assert "nichts mehr zu tun" in issued.ok("run", MONTH).out
    for command in ("review", "approve"):
        assert (
            issued.refused(command, MONTH)
            == f"Der Monat {MONTH} ist schon abgeschlossen; offene Entwürfe gibt es nicht."
        )
    issued.ok("cancel", INVOICE, "--reason", "Falscher Vorgang")
    assert "schon storniert" in issued.refused("cancel", INVOICE, "--reason", "Falscher Vorgang")
    assert issued.ok("verify").code == 0


def test_who_writes_papers_out_is_in_the_access_log(issued: Shell) -> None:
    out = issued.home / "out"
    for command in (["export", "month", MONTH], ["record", "AVV-1", MONTH]):
        issued.ok(*command, "--out", str(out))
    with closing(sqlite3.connect(next(issued.home.rglob("*.db")))) as database:
        rows = database.execute("SELECT action, subject, details FROM access_log ORDER BY id DESC LIMIT 2").fetchall()
    (record, record_of, said), (month, month_of, taken) = rows
    assert (month, month_of) == ("month_exported", f"month:{MONTH}")
    papers = sorted(path for path in out.iterdir() if not path.name.startswith("Taetigkeitsnachweis-AVV"))
    sums = "".join(f"{fingerprint(path.read_bytes())}  {path.name}\n" for path in papers)
    assert json.loads(taken) == {"files": len(papers), "sha256": fingerprint(sums)}
    assert (record, record_of) == ("activity_record_given", "contract:AVV-1")
    assert (json.loads(said)["month"], json.loads(said)["final"]) == (MONTH, True)
    assert issued.ok("verify").code == 0


@pytest.mark.parametrize(
    "command", [("export", "month", MONTH), ("record", "AVV-1", MONTH)], ids=["papers", "a record"]
)
def test_what_was_half_written_out_is_in_the_access_log_as_well(issued: Shell, command: tuple[str, ...]) -> None:
    """A folder has the name of the last file: the others have left the house by then."""
    out, elsewhere = issued.home / "out", issued.home / "elsewhere"
    written = issued.ok(*command, "--out", str(elsewhere), "--json").json["written"]
    (out / written[-1].rpartition("/")[2]).mkdir(parents=True)
    assert "--out" in issued.refused(*command, "--out", str(out))
    assert [path for path in out.iterdir() if path.is_file()]
    with closing(sqlite3.connect(next(issued.home.rglob("*.db")))) as database:
        query = "SELECT count(*) FROM access_log WHERE action IN ('month_exported', 'activity_record_given')"
        assert database.execute(query).fetchall() == [(2,)]


def test_a_cancellation_is_explained_by_the_invoice_it_takes_back(issued: Shell) -> None:
    issued.ok("cancel", INVOICE, "--reason", "Falscher Vorgang")
    told = issued.ok("explain", f"ST-{YEAR}-0001").out
    assert f"Nimmt {INVOICE} vom" in told
    assert "Grund: Falscher Vorgang" in told
    assert "Geschäftszeiten" in told
    assert f"Storniert durch ST-{YEAR}-0001." in issued.ok("explain", INVOICE).out


def test_a_correction_is_explained_by_the_lines_it_takes_back(issued: Shell) -> None:
    told = issued.ok("correct", INVOICE, "--case", "V-1", "--reason", "Vorgang war kostenfrei").out
    assert f"{INVOICE} ist korrigiert durch ST-{YEAR}-0001" in told
    assert "Die Arbeit an V-1 ist wieder offen" in " ".join(told.split())
    told = issued.ok("explain", f"ST-{YEAR}-0001").out
    assert f"Korrigiert {INVOICE} vom" in told
    assert "Grund: Vorgang war kostenfrei" in told
    assert "-2 × 25,00" in told
    assert f"In Teilen korrigiert durch ST-{YEAR}-0001." in issued.ok("explain", INVOICE).out
    refused = issued.refused("correct", INVOICE, "--case", "V-1", "--reason", "nochmals")
    assert f"mit ST-{YEAR}-0001" in refused
    assert "V-9" in issued.refused("correct", INVOICE, "--case", "V-9", "--reason", "x")
    assert issued.ok("verify").code == 0


def test_a_run_before_the_month_is_over_says_what_that_means(month: Shell) -> None:
    assert f"{MONTH} ist noch nicht zu Ende" in month.ok("run", MONTH, "--as-of", "2025-03-31 23:59").out
    assert "noch nicht zu Ende" not in month.ok("run", MONTH, "--as-of", "2025-04-01 00:00").out


def test_an_invoice_is_explained_down_to_the_minute(issued: Shell) -> None:
    told = " ".join(issued.ok("explain", INVOICE).out.split())
    for words in (
        "V-1 Vorgang 1 · Geschäftszeiten 2 × 25,00 € = 50,00 € 13(3)a, 13(4)a",
        "Do. 06.03.2025 15:30–16:00 0:30 h Z-1 Geschäftszeit",
        "Kostenvoranschlag KVA-1",
        "60 Minuten ergeben 4 Einheiten zu 15 Minuten",
        "Reisekosten: Bahn 12,00 € 13(4)c",
        "Netto 124,50 €",
    ):
        assert words in told
    assert "Netto" in issued.ok("explain", INVOICE, "2").out
    assert "9" in issued.refused("explain", INVOICE, "9")


def test_held_work_is_shown_with_its_reason_and_what_to_do(month: Shell) -> None:
    month.ok("run", MONTH)
    told = " ".join(month.ok("review", MONTH, "--contract", "AVV-1").out.split())
    assert "V-1 · 0:30 h · Für diese Zeit liegt kein" in told or "V-1 · 0:30 h · Freigegeben ist nur noch" in told
    assert "→ Nachfreigabe für diesen Satz einholen. (Z-held)" in told
    assert "○ V-1 · 0:20 h · Kostenfreie Grundleistung: allgemeine Anfrage" in told
    assert "Prüfsumme" in told


@pytest.mark.parametrize(
    "command",
    [
        f"run {MONTH}",
        f"review {MONTH}",
        f"approve {MONTH}",
        f"issue {MONTH}",
        "explain RE-1",
        f"export month {MONTH} --out x",
        f"record AVV-1 {MONTH} --out x",
    ],
)
def test_before_anything_is_set_up_every_command_says_so(shell: Shell, command: str) -> None:
    assert "mehraufwand init" in shell.refused(*command.split())


def test_a_lost_key_ring_is_named(month: Shell) -> None:
    (month.home / "config" / "keys.json").unlink()
    told = month.refused("run", MONTH)
    assert "keinen Schlüsselbund" in told
    assert str(month.home)[:40] in told


def test_sentences_come_in_english_too(month: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEHRAUFWAND_LANG", "en")
    assert month.refused("review", MONTH).startswith(f"There are no drafts for {MONTH}")
    assert "Wohnbau Süd GmbH" in month.ok("run", MONTH).out
    assert "3 approved by erika" in month.ok("approve", MONTH).out


def test_one_of_several_processors_must_be_named(month: Shell) -> None:
    answers = month.home / "betrieb.json"
    month.ok("processor", "add", "--ref", "zweiter", "--from", str(answers))
    told = month.refused("run", MONTH)
    assert "zweiter" in told
    assert "AVV-1" not in month.ok("run", MONTH, "--processor", "zweiter").out
