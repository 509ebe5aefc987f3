"""`./dev demo`: the whole story through the commands, its amounts, and every rule met at least once."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import api.demo.__main__ as demo
from api.demo.player import Player, StoryBroken, run
from api.demo.stage import set_stage
from api.demo.story import Command, Manner, Told, parse, read_story
from billing.clause.services import SERVICE_CODES
from billing.rating.agreement import BERLIN
from invoices.einvoice.arithmetic import own_findings
from invoices.einvoice.rules import find_rules
from invoices.einvoice.validation import official_findings
from invoices.parties import InvoiceFormat
from tests.invoices.einvoice.reading import DOCUMENT, texts
from tests.support.repository import ROOT

TOTALS = {
    "immoinvent": {"contracts": 10, "invoices": 18, "net": "9468.85", "free_minutes": 610, "held_minutes": 285},
    "immosolve": {"contracts": 3, "invoices": 1, "net": "115.59", "free_minutes": 130, "held_minutes": 180},
    "debtify": {"contracts": 2, "invoices": 0, "net": "0.00", "free_minutes": 240, "held_minutes": 120},
}
CLASSES = {"travel", "regular", "out_of_hours", "night_weekend", "expenses"}
FREE = {"13.7", "own_duty", "13.2.a", "13.2.b", "13.2.c", "13.2.d", "13.6.b", "included"}
HELD = {
    "cause_undecided",
    "second_onsite_audit",
    "audit_finding_pending",
    "rate_not_agreed",
    "onsite_not_agreed",
    "urgent_notice_missing",
    "urgent_cap_reached",
    "no_approved_estimate",
    "rate_class_not_approved",
    "estimate_exceeded",
    "receipt_missing",
    "third_party_not_approved",
}
PROCESSOR_OF = {"RE": "immoinvent", "ST": "immoinvent", "IS": "immosolve"}


class Played:
    """The demo after it was played once: what it answered, and its installation to look into."""

    def __init__(self, out: Path, home: Path) -> None:
        self.out, self.home = out, home
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("MEHRAUFWAND", "XDG_"))}
        self.process = subprocess.run(
            [sys.executable, "-m", "api.demo", "--json", "--out", out],
            cwd=ROOT,
            env=environment | {"HOME": str(home)},
            check=False,
            capture_output=True,
            text=True,
        )
        assert self.process.returncode == 0, self.process.stderr[-3000:]
        self.result = json.loads(self.process.stdout)

    def ask(self, *words: str, processor: str = "immoinvent") -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.result["environment"].items():
                patch.setenv(name, value)
            answer = run([*words, "--processor", processor, "--json"])
        assert answer.code == 0, answer.err
        found: dict[str, Any] = json.loads(answer.out)
        return found

    @property
    def invoices(self) -> list[str]:
        return sorted(path.stem for path in self.out.glob("*.pdf") if "Taetigkeitsnachweis" not in path.name)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    played = Played(tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("home"))
    yield played
    shutil.rmtree(Path(played.result["environment"]["MEHRAUFWAND_HOME"]).parent)


def test_the_amounts_are_those_of_the_story(played):
    assert played.result["processors"] == TOTALS


@pytest.mark.parametrize(("section", "codes"), [("billed", CLASSES), ("free", FREE), ("held", HELD)])
def test_every_rule_is_met(played, section, codes):
    met = {name.split(".", 1)[1] for name in played.result["rules"] if name.startswith(f"{section}.")}
    assert met == codes


def test_every_way_to_be_billed_is_met(played):
    lines = [
        line
        for number in played.invoices
        for line in played.ask("explain", number, processor=PROCESSOR_OF[number[:2]])["lines"]
    ]
    codes = {stretch["code"] for line in lines for stretch in line.get("stretches", [])}
    codes |= {line["decision"]["code"] for line in lines if line["kind"] == "expense"}
    assert codes == {"approved", "urgent", "expense", "third_party"}


def test_every_service_is_logged(played):
    services = {entry["service"] for ref in TOTALS for entry in played.ask("log", "list", processor=ref)["entries"]}
    assert services == set(SERVICE_CODES)


def test_the_clients_are_of_every_kind(played):
    clients = played.ask("controller", "list")["controllers"]
    assert max(len(client["name"]) for client in clients) == 60
    assert {client["vat_case"] for client in clients} == {"domestic", "reverse_charge"}
    assert {client["language"] for client in clients} == {"de", "en"}
    assert [client["name"] for client in clients if client["leitweg_id"]] == [
        "Gemeinde Altenweiler, Gutachterausschuss"
    ]


def test_the_first_line_of_the_first_invoice_is_the_case_of_the_readme(played):
    (line,) = played.ask("explain", f"RE-{datetime.now(BERLIN).year}-0118", "1")["lines"]
    assert (line["case"], line["units"], line["unit_price"], line["net"]) == ("V-101", 10, "25.00", "250.00")


def test_a_new_rate_prices_the_month_it_begins_in(played):
    lines = played.ask("explain", f"RE-{datetime.now(BERLIN).year}-0135")["lines"]
    assert {line["unit_price"] for line in lines} == {"27.50"}


def test_a_row_without_clock_times_stays_incomplete(played):
    assert [row["minutes"] for row in played.ask("log", "incomplete")["incomplete"]] == [90]


def test_every_invoice_has_its_paper_and_its_record(played):
    kinds = {"RE": 19, "ST": 1, "IS": 1}
    assert {kind: sum(name.startswith(kind) for name in played.invoices) for kind in kinds} == kinds
    for name in played.invoices:
        if not name.startswith("ST"):
            assert (played.out / f"{name}-Taetigkeitsnachweis.pdf").read_bytes().startswith(b"%PDF-")
            assert (played.out / f"{name}-Taetigkeitsnachweis.csv").is_file()
            assert (played.out / f"{name}.xml").read_bytes().startswith(b"<?xml")
    assert (played.out / "Taetigkeitsnachweis-AVV-302-2026-09.pdf").is_file()


def test_nothing_is_said_against_any_electronic_invoice(played):
    rules, wanted = find_rules(), {"xrechnung": InvoiceFormat.XRECHNUNG, "16931:2017": InvoiceFormat.ZUGFERD}
    seen = set()
    for path in played.out.glob("*.xml"):
        xml = path.read_bytes()
        (profile,) = texts(xml, "//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID")
        chosen = next(one for word, one in wanted.items() if word in profile)
        assert (path.name, [*official_findings(xml, rules, chosen), *own_findings(xml)]) == (path.name, [])
        seen.add((chosen, texts(xml, f"{DOCUMENT}/ram:TypeCode")[0]))
    assert {chosen for chosen, _ in seen} == set(InvoiceFormat)
    assert {"380", "381"} <= {kind for _, kind in seen}


def test_nothing_is_left_where_the_users_own_installation_would_be(played):
    assert [path for path in played.home.rglob("*") if path.is_file() and "fontconfig" not in path.parts] == []


def test_the_story_is_told_with_its_commands_and_what_to_type_next(played):
    assert "$ mehraufwand approve 2026-09" in played.process.stderr
    assert "./dev mehraufwand run 2026-11" in played.process.stderr
    assert "Noch in Klärung" in played.process.stderr


def test_a_stage_clears_away_what_the_last_demo_left_and_nothing_else(tmp_path):
    (tmp_path / "mine.pdf").write_text("of the user")
    with set_stage(tmp_path, 80) as first:
        (tmp_path / "RE-1.pdf").write_text("of the demo")
    with set_stage(tmp_path, 80) as second:
        assert [path.name for path in tmp_path.glob("*.pdf")] == ["mine.pdf"]
        assert not first.home.exists()
    shutil.rmtree(second.home)


@pytest.mark.parametrize(
    "note",
    [
        '{"home": "OUT", "files": ["mine.pdf/../mine.pdf", ".", ".."]}',
        '{"home": "OUT/..", "files": ["sub/mine.pdf"]}',
        '{"files": ["mine.pdf"]}',
        "not written by a demo",
    ],
    ids=["somebody's folder as its home", "a path as a file", "half a note", "no note"],
)
def test_a_note_that_no_demo_wrote_deletes_nothing(tmp_path, note):
    (tmp_path / "mine.pdf").write_text("of the user")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "mine.pdf").write_text("of the user")
    (tmp_path / ".demo.json").write_text(note.replace("OUT", str(tmp_path)))
    with set_stage(tmp_path, 80) as stage:
        assert len(list(tmp_path.rglob("mine.pdf"))) == 2
    shutil.rmtree(stage.home)


def test_the_stage_hides_the_users_settings_and_gives_them_back(tmp_path, monkeypatch):
    monkeypatch.setenv("MEHRAUFWAND_DB", "sqlite:///precious.db")
    folder = Path.cwd()
    with set_stage(tmp_path, 80) as stage:
        assert "MEHRAUFWAND_DB" not in os.environ
        os.environ["MEHRAUFWAND_PROCESSOR"] = "other"
    assert os.environ["MEHRAUFWAND_DB"] == "sqlite:///precious.db"
    assert "MEHRAUFWAND_PROCESSOR" not in os.environ
    assert Path.cwd() == folder
    shutil.rmtree(stage.home)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("$ mehraufwand settle no-such-file.json", "exit code 2, expected 0"),
        ("! mehraufwand settle --help", "exit code 0, expected 2"),
    ],
    ids=["refused where the story says done", "done where the story says refused"],
)
def test_a_command_that_answers_otherwise_breaks_the_story(line, message):
    with pytest.raises(StoryBroken, match=message):
        Player(Console(quiet=True), verbose=False).play(list(parse(line, {})))


def test_a_command_may_go_over_several_lines():
    (step,) = parse('- mehraufwand x --a 1 \\\n  --b "two words"', {})
    assert isinstance(step, Command)
    assert step.manner is Manner.QUIET
    assert step.words == ("mehraufwand", "x", "--a", "1", "--b", "two words")


def test_a_line_of_no_known_form_is_refused():
    with pytest.raises(ValueError, match="not a line of a story: 'mehraufwand run'"):
        list(parse("mehraufwand run", {}))


def test_all_that_is_told_is_told_in_both_languages():
    told = [step for step in read_story(out="out", year="2026") if isinstance(step, Told)]
    assert len(told) > 20
    assert [step for step in told if not step.de.strip() or not step.en.strip() or step.de == step.en] == []


def test_a_clock_before_the_end_of_the_story_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("api.demo.story.STORY_ENDS", date.max)
    monkeypatch.setattr(sys, "argv", ["demo"])
    with pytest.raises(SystemExit, match="2"):
        demo.main()
    assert "September und Oktober 2026" in capsys.readouterr().err
