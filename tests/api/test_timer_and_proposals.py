"""`mehraufwand timer`, `proposal` and `log held`: as a person meets them on the command line."""

from api import installation
from billing.services.acting import Act
from tests.api.shell import Shell
from tests.months.facts import at

WORK = ("--case", "V-2026-001", "--service", "request_processing")


def log(shell: Shell, ref: str = "Z-1") -> None:
    """Log an hour of last month for the only person."""
    start = "2026-02-11 09:00"
    shell.ok("log", "add", "--ref", ref, "--person", "ML", "--start", start, "--end", "10:00", *WORK)


def test_a_clock_is_started_shown_changed_and_discarded(ready: Shell):
    mine = ("--person", "ML")
    assert ready.ok("timer", "show", *mine).out == "Für ML läuft keine Uhr.\n"
    assert ready.ok("timer", "start", *mine, *WORK).out.startswith("Die Uhr für V-2026-001 läuft seit ")
    told = ready.refused("timer", "start", *mine, *WORK)
    assert told.startswith("case: Es läuft schon eine Uhr für V-2026-001")
    said = ready.ok("timer", "change", *mine, "--urgent", "--json").json
    assert (said["case"], said["urgent"]) == ("V-2026-001", True)
    assert ready.ok("timer", "show", *mine, "--json").json["urgent"] is True
    ready.ok("timer", "discard", *mine)
    assert ready.refused("timer", "stop", *mine).startswith("person: Für ML läuft keine Uhr")


def test_a_clock_becomes_an_entry_when_it_is_stopped(ready: Shell, monkeypatch):
    mine = ("--person", "ML")
    with monkeypatch.context() as earlier:
        earlier.setattr(installation, "act_of", lambda _settings, actor: Act(actor or "erika", at("2026-02-11 09:00")))
        ready.ok("timer", "start", *mine, *WORK)
    told = ready.refused("timer", "stop", *mine)
    assert told.startswith(
        "end: Die Uhr für V-2026-001 läuft seit 11.02.2026 09:00, also über 11.02.2026 13:00 hinaus."
    )
    assert ready.refused("timer", "stop", "--end", "2026-02-11 10:00") == "person fehlt; bitte ergänzen."
    stopped = ready.ok("timer", "stop", *mine, "--end", "2026-02-11 10:20")
    assert stopped.out == "Z-2026-0001: 80 Minuten für V-2026-001 erfasst.\n"
    assert "verjähren" in stopped.err


def test_a_second_person_confirms_and_the_trail_names_both(ready: Shell):
    log(ready)
    said = ready.ok("proposal", "add", "Z-1", "--kind", "write_off", "--reason", "Kulanz", "--as", "Anna").out
    assert said == "Vorschlag Nr. 1 zu Z-1; eine zweite Person muss ihn bestätigen.\n"
    assert ready.refused("proposal", "confirm", "1", "--as", "Anna").startswith("Das muss eine zweite Person")
    assert ready.ok("proposal", "confirm", "1", "--as", "Bernd").out.endswith("ist bestätigt und ausgeführt.\n")
    (row,) = ready.ok("proposal", "list", "--json").json["proposals"]
    assert (row["proposed_by"], row["decided_by"], row["accepted"], row["alone"]) == ("Anna", "Bernd", True, False)
    assert ready.ok("proposal", "list", "--open", "--json").json == {"proposals": []}
    assert "Kulanz" in ready.ok("proposal", "list").out


def test_a_reclassification_changes_the_entry_and_may_be_refused(ready: Shell):
    log(ready)
    wish = ("proposal", "add", "Z-1", "--kind", "reclassify", "--service", "general_query", "--reason", "Frage")
    ready.ok(*wish, "--as", "Anna")
    assert ready.refused("proposal", "refuse", "1", "--as", "Bernd") == "reason fehlt; bitte ergänzen."
    ready.ok("proposal", "refuse", "1", "--reason", "Nein", "--as", "Bernd")
    ready.ok(*wish, "--as", "Anna")
    ready.ok("proposal", "confirm", "2", "--as", "Bernd")
    (entry,) = ready.ok("log", "list", "--json").json["entries"]
    assert (entry["service"], entry["version"]) == ("general_query", 2)


def test_what_is_held_is_listed_with_its_next_step(ready: Shell):
    log(ready)
    (item,) = ready.ok("log", "held", "--json").json["held"]
    assert (item["item"], item["minutes"], item["reason"]) == ("Z-1", 60, "no_approved_estimate")
    assert item["next_step"].startswith("Kostenvoranschlag freigeben lassen")
    assert ready.ok("log", "held", "--reason", "cause_undecided", "--json").json == {"held": []}
    assert "Z-1" in ready.ok("log", "held").out
