"""Every noun of the command line: what it answers, as JSON too, and how it refuses: in one sentence, whole."""

import json
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from api.cli import app
from tests.api.shell import LETTER, Shell
from tests.support.papers import pdf


def commands():
    """Give the words of every command there is."""
    root = get_command(app)
    for name, group in root.commands.items():  # type: ignore[attr-defined]  # a group has commands
        below = getattr(group, "commands", None)
        yield from ((name, verb) for verb in below) if below else [(name,)]


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_says_in_german_what_it_does_and_can_answer_in_json(words, shell: Shell):
    said = shell.ok(*words, "--help")
    assert "--json" in said.out or words in {
        ("settle",),
        ("archive", "keep"),
    }  # the first is JSON, the second goes on for ever
    assert len(said.out.splitlines()) > 5


def test_init_asks_nothing_where_nobody_can_answer(shell: Shell):
    assert shell.refused("init", "--company-name", "X") == "street fehlt; bitte ergänzen."
    assert list(shell.home.iterdir()) == []


def test_init_from_a_file_lets_single_options_go_first(shell: Shell):
    (shell.home / "b.json").write_text(json.dumps(LETTER))
    said = shell.ok("init", "--from", str(shell.home / "b.json"), "--city", "Tübingen", "--json").json
    assert (said["ref"], said["company_name"]) == ("main", "ImmoInvent GmbH")
    assert shell.ok("processor", "show", "--json").json["city"] == "Tübingen"
    assert shell.refused("init").startswith("Hier ist schon ein Auftragnehmer eingerichtet (main)")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--number-pattern", "R{number}"], "Nummernmuster", id="a pattern that is not unique"),
        pytest.param(["--iban", "DE00"], "iban: DE00 ist keine gültige IBAN", id="an IBAN that is none"),
        pytest.param(["--next-number", "x"], "next_number: x ist keine ganze Zahl", id="a number that is none"),
    ],
)
def test_init_with_a_wrong_answer_leaves_nothing_behind(shell: Shell, arguments, told):
    (shell.home / "b.json").write_text(json.dumps(LETTER))
    assert told in shell.refused("init", "--from", str(shell.home / "b.json"), *arguments)
    assert [path.name for path in shell.home.iterdir()] == ["b.json"]


def test_a_second_processor_must_be_named_from_then_on(ready: Shell):
    (ready.home / "zweiter.json").write_text(json.dumps(LETTER | {"company_name": "Zweite GmbH"}))
    ready.ok("processor", "add", "--ref", "zweite", "--from", str(ready.home / "zweiter.json"))
    assert [row["ref"] for row in ready.ok("processor", "list", "--json").json["processors"]] == ["main", "zweite"]
    assert "processor" in ready.refused("controller", "list")
    assert ready.ok("controller", "list", "--processor", "zweite", "--json").json == {"controllers": []}
    assert len(ready.ok("controller", "list", "--processor", "main", "--json").json["controllers"]) == 1


def test_new_letter_data_are_a_version_of_their_own(ready: Shell):
    ready.ok("processor", "change", "--street", "Neuweg 2", "--valid-from", "2026-01-01")
    shown = ready.ok("processor", "show", "--json").json
    assert len(shown["versions"]) == 2
    assert ready.refused("processor", "change").startswith("company_name: Es ist nichts genannt")


def test_one_tax_id_takes_the_place_of_the_other_but_one_stays(ready: Shell):
    assert "USt-IdNr." in ready.refused("processor", "change", "--vat-id", "-")
    ready.ok("processor", "change", "--vat-id", "-", "--tax-number", "99 123/45678")
    shown = ready.ok("processor", "show", "--json").json
    assert (shown["vat_id"], shown["tax_number"]) == (None, "99 123/45678")


def test_what_was_taken_in_is_listed_and_shown(ready: Shell):
    assert ready.ok("controller", "show", "K-001", "--json").json["contacts"][0]["email"] == "kern@wohnbau.example"
    assert ready.ok("contact", "list", "--controller", "K-001", "--json").json["contacts"][0]["may_approve"] is True
    assert ready.ok("person", "list", "--json").json["persons"][0]["initials"] == "ML"
    assert ready.ok("contract", "list", "--json").json["contracts"][0]["controller"] == "K-001"
    assert ready.ok("case", "list", "--contract", "AVV-1", "--json").json["cases"][0]["ref"] == "V-2026-001"
    for noun in ("controller", "contact", "person", "contract", "case"):
        assert "Nichts vorhanden" not in ready.ok(noun, "list").out
    assert "Nichts vorhanden" in ready.ok("expense", "list").out


def test_terms_are_agreed_by_name_and_value_or_from_a_file(ready: Shell):
    (ready.home / "terms.json").write_text('{"business_hours": {"days": [1, 2], "from": "09:00", "to": "17:00"}}')
    agree = ("contract", "agree", "AVV-1", "--valid-from", "2026-11")
    said = ready.ok(*agree, "--term", "hourly_rate=120.00", "--terms", str(ready.home / "terms.json"), "--json").json
    assert (said["valid_from"], said["version"]) == ("2026-11", 1)
    terms = ready.ok("contract", "show", "AVV-1", "--json").json["versions"][-1]["terms"]
    assert (terms["hourly_rate"], terms["business_hours"]["days"]) == ("120.00", [1, 2])
    ready.ok(
        *agree,
        "--term",
        "allowance_minutes=90",
        "--term",
        "hourly_rate=null",
        "--term",
        'extra_holidays=["2026-11-11"]',
    )
    assert "hourly_rate=null" in ready.ok("contract", "show", "AVV-1").out.replace("\n", "").replace(" ", "")


AGREE = "contract agree AVV-1 --valid-from 2026-11"
OPEN = "case add --contract AVV-1 --kind other --title x"
ESTIMATE = "estimate add --case V-2026-001 --description x"
EXPENSE = "expense add --case V-2026-001 --kind travel --incurred-on 2026-01-08 --description x"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("contract agree AVV-1", "valid_from", id="from which month?"),
        pytest.param(AGREE, "terms: Es ist kein neuer Wert", id="no term"),
        pytest.param(f"{AGREE} --term rate", "term[0]: rate", id="a term without a value"),
        pytest.param(f"{AGREE} --term night={{", "JSON", id="broken JSON"),
        pytest.param(f"{AGREE} --term unit_minutes=ten", "terms.unit_minutes: ten", id="a word for a number"),
        pytest.param("contract show AVV-9", "ref: Einen Vertrag AVV-9 gibt es nicht", id="no such contract"),
        pytest.param("controller add", "name fehlt", id="a controller without a name"),
        pytest.param("controller show", "REF fehlt", id="which controller?"),
        pytest.param("controller shwo", "shwo", id="a verb there is not"),
        pytest.param("contorller", "contorller", id="a noun there is not"),
        pytest.param("controller list --colour", "--colour", id="an option there is not"),
        pytest.param("controller list --db", "--db", id="an option without its value"),
        pytest.param("controller list K-001", "K-001", id="a word too many"),
        pytest.param("controller list --db oracle://x", "database_url", id="a database of another kind"),
        pytest.param("controller list --db sqlite:////nowhere/x.db", "mehraufwand init", id="a file there is not"),
        pytest.param("controller list --processor x", "Auftragnehmer x", id="a processor there is not"),
        pytest.param("controller list --as ' '", "as: ", id="nobody acts"),
        pytest.param(f"{OPEN} --opened-at '2026-03-29 02:30'", "02:30 gab es", id="a local time that was skipped"),
        pytest.param(f"{OPEN} --opened-at '2025-10-26 02:30'", "zweimal", id="a local time that was twice"),
        pytest.param("case set V-2026-001", "cause: Es ist nichts genannt", id="nothing to set"),
        pytest.param("case set V-2026-001 --cause mixed", "cause_reason fehlt", id="a cause without a reason"),
        pytest.param(ESTIMATE, "lines fehlt", id="an estimate of nothing"),
        pytest.param(f"{ESTIMATE} --line regular=two", "lines[0].minutes: two", id="minutes in words"),
        pytest.param(f"{EXPENSE} --net 1,50", "net", id="a comma in an amount"),
        pytest.param("expense receipt A-1", "ref: Eine Auslage A-1", id="a receipt of nothing"),
        pytest.param("log delete Z-1", "ref: Einen Zeiteintrag Z-1", id="an entry there is not"),
        pytest.param("log list --month Jan", "month: Jan", id="a month in words"),
        pytest.param("opening set next_number --year 2026", "number fehlt", id="which number?"),
        pytest.param("opening set gold", "kind: gold", id="an opening balance there is not"),
        pytest.param("load nowhere.json", "nowhere.json", id="a scenario there is not"),
        pytest.param("case show \udcff", "ref: ", id="half a character for a reference"),
        pytest.param("person add --initials X --name \udcff", "name: ", id="half a character for a name"),
        pytest.param("log list --person '\x1b[31m'", "person: ", id="colours for a person"),
        pytest.param("load '\udcff.json'", ".json", id="half a character in a file's name"),
    ],
)
def test_a_wrong_call_is_one_sentence_with_path_and_value(ready: Shell, line, told):
    assert told in ready.refused(*shlex.split(line))


def test_a_case_is_followed_from_its_opening_to_its_cause(ready: Shell):
    ready.ok("case", "set", "V-2026-001", "--cause", "processor", "--cause-reason", "eigener Export", "--as", "Anna")
    ready.ok("case", "set", "V-2026-001", "--title", "Auskunft", "--closed-at", "2026-02-01 09:00")
    shown = ready.ok("case", "show", "V-2026-001", "--json").json
    assert (shown["cause"], shown["title"], shown["closed_at"]) == ("processor", "Auskunft", "2026-02-01T08:00:00Z")
    assert [(change["recorded_by"], change["facts"]["cause"]) for change in shown["changes"]] == [("Anna", "processor")]
    assert "Auftragnehmer" in ready.ok("case", "show", "V-2026-001").out


def test_an_estimate_is_drafted_sent_and_released(ready: Shell):
    new = ("--case", "V-2026-001", "--description", "Recherche", "--line", "regular=240", "--line", "travel=60")
    assert ready.ok("estimate", "add", "--ref", "KVA-2026-001", *new, "--json").json["lines"][1] == {
        "rate_class": "travel",
        "minutes": 60,
    }
    ready.ok("estimate", "send", "KVA-2026-001", "--sent-at", "2026-01-07 09:00")
    mail = ready.home / "ok.eml"
    mail.write_text("Subject: ok\n\nFreigegeben.")
    approve = ("estimate", "approve", "KVA-2026-001", "--approved-at", "2026-01-07T10:00:00+01:00", "--channel", "mail")
    said = ready.ok(*approve, "--approver-name", "Eva Kern", "--evidence-file", str(mail), "--json").json
    assert (said["approved_at"], said["covers_from"]) == ("2026-01-07T09:00:00Z", "2026-01-07T09:00:00Z")
    (row,) = ready.ok("estimate", "list", "--json").json["estimates"]
    assert (row["state"], row["minutes"]) == ("approved", 300)
    assert "Recherche" in ready.ok("estimate", "show", "KVA-2026-001").out


def test_work_is_logged_corrected_and_taken_back(ready: Shell):
    add = ("log", "add", "--case", "V-2026-001", "--person", "ML", "--service", "request_processing")
    said = ready.ok(*add, "--start", "2026-01-08 09:00", "--end", "10:30", "--json").json
    assert [notice["code"] for notice in said.pop("notices")] == ["work_is_late"]
    assert said == {"ref": "Z-2026-0001", "case": "V-2026-001", "person": "ML", "minutes": 90}
    overlap = ready.refused(*add, "--start", "2026-01-08 10:00", "--end", "11:00")
    assert "Z-2026-0001" in overlap
    correct = ("log", "correct", "Z-2026-0001", "--start", "2026-01-08 09:00", "--end", "09:45")
    assert "reason fehlt" in ready.refused(*correct)
    assert ready.ok(*correct, "--reason", "Pause vergessen", "--json").json["version"] == 2
    (row,) = ready.ok("log", "list", "--month", "2026-01", "--json").json["entries"]
    assert (row["minutes"], row["version"], row["start"]) == (45, 2, "2026-01-08T08:00:00Z")
    ready.ok("log", "delete", "Z-2026-0001", "--reason", "doppelt")
    assert ready.ok("log", "list", "--json").json == {"entries": []}


@pytest.mark.parametrize(
    ("change", "look", "key", "filled"),
    [
        pytest.param("log correct Z-2026-0001 --reason Name", "log list", "note", "Frau Kern", id="a note"),
        pytest.param("contact change K-001 kern@x.example", "contact list", "phone", "0711 1", id="a phone number"),
        pytest.param("controller change K-001", "controller list", "customer_number", "4711", id="a client's number"),
        pytest.param(
            "case set V-2026-001", "case show V-2026-001", "controller_reference", "4 O 1/26", id="a file number"
        ),
        pytest.param("processor change", "processor show", "website", "www.x.example", id="a website of our own"),
    ],
)
def test_what_may_be_empty_is_emptied_by_a_dash(ready: Shell, change, look, key, filled):
    def now() -> str | None:
        said = ready.ok(*look.split(), "--json").json
        row = said if key in said else next(iter(said.values()))[-1]
        value: str | None = row[key]
        return value

    add = ("log", "add", "--case", "V-2026-001", "--person", "ML", "--service", "other_support")
    ready.ok(*add, "--start", "2026-01-08 09:00", "--end", "10:30")
    ready.ok("contact", "add", "--controller", "K-001", "--name", "Eva Kern", "--email", "kern@x.example")
    option = f"--{key.replace('_', '-')}"
    ready.ok(*change.split(), option, filled)
    assert now() == filled
    ready.ok(*change.split(), option, "-")
    assert now() is None


def test_the_help_of_a_correction_says_how_the_note_is_taken_away(ready: Shell):
    said = " ".join(ready.ok("log", "correct", "--help").out.split())
    assert "Mit - leeren" in said
    assert "Mit - leeren" not in " ".join(ready.ok("log", "add", "--help").out.split())


def test_a_client_that_wants_codes_says_so_and_takes_it_back(ready: Shell):
    ready.ok("controller", "change", "K-001", "--decision-code")
    assert ready.ok("controller", "show", "K-001", "--json").json["decision_code"] is True
    ready.ok("controller", "change", "K-001", "--no-decision-code")
    assert ready.ok("controller", "show", "K-001", "--json").json["decision_code"] is False


def test_an_expense_gets_its_receipt_and_its_approval_later(ready: Shell):
    new = ("--case", "V-2026-001", "--incurred-on", "2026-01-09", "--net", "84.50", "--description", "Gutachten")
    added = ready.ok("expense", "add", "--kind", "third_party", *new, "--json").json
    assert (added["net"], added["notices"]) == ("84.50", [])
    (ready.home / "b.pdf").write_bytes(pdf())
    ready.ok("expense", "receipt", "A-2026-001", "--file", str(ready.home / "b.pdf"))
    assert "file fehlt" in ready.refused("expense", "receipt", "A-2026-001")
    approve = ("expense", "approve", "A-2026-001", "--approved-at", "2026-01-08 12:00")
    assert "evidence_file fehlt" in ready.refused(*approve)
    ready.ok(*approve, "--evidence-file", str(ready.home / "b.pdf"))
    (row,) = ready.ok("expense", "list", "--json").json["expenses"]
    assert (row["receipt"], row["approved_at"], row["net"]) == (True, "2026-01-08T11:00:00Z", "84.50")
    assert "84,50" in ready.ok("expense", "list").out
    ready.ok("expense", "withdraw", "A-2026-001")


def test_opening_balances_are_set_and_shown(ready: Shell):
    ready.ok("opening", "set", "allowance_used", "--contract", "AVV-1", "--month", "2026-01", "--minutes", "25")
    ready.ok("opening", "set", "next_number", "--year", "2026", "--number", "118")
    rows = ready.ok("opening", "show", "--json").json["openings"]
    assert [(row["kind"], row["month"], row["value"]) for row in rows] == [
        ("allowance_used", "2026-01", 25),
        ("next_number", 2026, 118),
    ]
    assert "Freikontingent" in ready.ok("opening", "show").out


def test_the_schema_is_looked_at_and_brought_up_to_date(ready: Shell):
    assert ready.ok("db", "status", "--json").json["is_current"] is True
    assert "auf dem Stand" in ready.ok("db", "upgrade").out
    assert ready.ok("verify", "--json").json["is_whole"] is True


def test_scenarios_are_loaded_all_or_none_with_a_sample_processor_where_nothing_is(shell: Shell):
    examples = Path(__file__).parents[1] / "examples"
    one, two = examples / "random-001.json", examples / "random-002.json"
    said = shell.run("load", str(one), "--json")
    assert said.code == 0
    assert "Muster-Auftragnehmer" in said.err
    assert said.json["contracts"][0]["ref"] == "random-001"
    assert "random-001" in shell.refused("load", str(two), str(one))
    assert [row["ref"] for row in shell.ok("contract", "list", "--json").json["contracts"]] == ["random-001"]
    shell.ok("load", str(two), "--contract", "zwei")
    assert "contract" in shell.refused("load", str(one), str(two), "--contract", "beide")
    assert "entries[0].case" in shell.refused("load", str(_broken(shell.home)))


def _broken(folder: Path) -> Path:
    entry = {
        "id": "E",
        "case": "X",
        "service": "other_support",
        "start": "2026-01-05T08:00Z",
        "end": "2026-01-05T09:00Z",
    }
    path = folder / "broken.json"
    path.write_text(json.dumps({"cases": [], "entries": [entry], "estimates": [], "expenses": [], "runs": []}))
    return path


def test_contacts_and_persons_are_changed_and_contacts_end(ready: Shell):
    ready.ok("contact", "add", "--controller", "K-001", "--name", "Eva Kern", "--email", "kern@x.example")
    changed = ready.ok("contact", "change", "K-001", "kern@x.example", "--may-approve", "--email", "eva@x.example")
    assert "eva@x.example" in changed.out
    ready.ok("contact", "end", "K-001", "eva@x.example")
    (row,) = [row for row in ready.ok("contact", "list", "--json").json["contacts"] if row["email"] == "eva@x.example"]
    assert (row["may_approve"], row["ended_at"] is not None) == (True, True)
    assert "eva@x.example" in ready.refused("contact", "end", "K-001", "eva@x.example")
    (person, *_) = ready.ok("person", "list", "--json").json["persons"]
    ready.ok("person", "change", person["ref"], "--confidentiality-pledged-on", "2026-01-05")
    assert "2199" in ready.refused("person", "change", person["ref"], "--left-on", "2200-01-01")
    (shown, *_) = ready.ok("person", "list", "--json").json["persons"]
    assert shown["confidentiality_pledged_on"] == "2026-01-05"


def test_a_contract_ends_once(ready: Shell):
    ready.ok("contract", "end", "AVV-1", "--ended-on", "2026-12-31")
    assert "31.12.2026" in ready.refused("contract", "end", "AVV-1", "--ended-on", "2027-12-31")
    assert ready.ok("contract", "show", "AVV-1", "--json").json["ended_on"] == "2026-12-31"
    assert "ended_on fehlt" in ready.refused("contract", "end", "AVV-1")


def test_an_approval_after_the_day_of_the_costs_is_said_not_to_count(ready: Shell):
    new = ("--case", "V-2026-001", "--incurred-on", "2026-01-09", "--net", "84.50", "--description", "Gutachten")
    ready.ok("expense", "add", "--kind", "third_party", *new)
    (ready.home / "b.pdf").write_bytes(pdf())
    proved = ("--approved-at", "2026-01-10 00:00", "--evidence-file", str(ready.home / "b.pdf"))
    told = ready.ok("expense", "approve", "A-2026-001", *proved).err
    assert "kam nach dem Tag der Kosten" in " ".join(told.split())


def test_third_party_costs_are_approved_with_a_file(ready: Shell):
    new = ("--case", "V-2026-001", "--incurred-on", "2026-01-09", "--net", "84.50", "--description", "Gutachten")
    ready.ok("expense", "add", "--kind", "third_party", *new)
    proof = ready.home / "freigabe.txt"
    approve = ("expense", "approve", "A-2026-001", "--approved-at", "2026-01-08 12:00", "--evidence-file", str(proof))
    proof.write_bytes(b"\0")
    assert "freigabe.txt" in ready.refused(*approve)
    proof.write_text("Telefonat mit Frau Kern am 8. Januar: einverstanden.", encoding="utf-8")
    ready.ok(*approve)
