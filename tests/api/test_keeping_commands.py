"""`retention` and `hold` on the command line: what they say, and that nothing goes by a slip."""

import sqlite3

from billing.store.rules.retention import retained_tables
from tests.api.shell import Shell


def test_everything_that_is_kept_is_shown_with_its_time(ready: Shell):
    kept = {row["name"]: row for row in ready.ok("retention", "show", "--json").json["kept"]}
    assert kept.keys() == set(retained_tables())
    assert kept["invoice"]["classes"] == "Beleg 8 J."
    assert {row["over"] for row in kept.values()} == {0}
    assert "Rechnungen" in ready.ok("retention", "show").out


def test_nothing_young_goes(ready: Shell):
    before = ready.ok("retention", "show", "--json").json
    assert ready.ok("retention", "run", "--dry-run", "--json").json["rows"] == 0
    assert "0 Zeilen" in ready.ok("retention", "run", "--dry-run").out
    assert ready.ok("retention", "run", "--json").json["tables"] == []
    assert ready.ok("retention", "show", "--json").json == before


def test_a_hold_is_set_seen_and_lifted_once(ready: Shell):
    ready.ok("hold", "set", "BP-2026", "--reason", "Betriebsprüfung 2022 bis 2024", "--from-year", "2022")
    assert "gibt es schon" in ready.refused("hold", "set", "BP-2026", "--reason", "noch einmal")
    (hold,) = ready.ok("hold", "list", "--json").json["holds"]
    assert (hold["ref"], hold["from_year"], hold["controller"], hold["lifted_at"]) == ("BP-2026", 2022, None, None)
    assert "reason" in ready.refused("hold", "lift", "BP-2026")
    ready.ok("hold", "lift", "BP-2026", "--reason", "abgeschlossen")
    assert "schon am" in ready.refused("hold", "lift", "BP-2026", "--reason", "abgeschlossen")
    assert "gibt es nicht" in ready.refused("hold", "lift", "BP-2027", "--reason", "abgeschlossen")
    assert ready.ok("hold", "list", "--json").json["holds"][0]["lift_reason"] == "abgeschlossen"


def test_who_asks_for_what_never_went_is_told_so(ready: Shell):
    assert "nichts gelöscht" in ready.refused("retention", "gone", "invoice", "RE-2017-4")


def test_who_runs_it_by_the_command_line_is_in_the_access_log(ready: Shell):
    ready.ok("retention", "run", "--dry-run")
    with sqlite3.connect(next((ready.home / "data").glob("*.db"))) as database:
        rows = database.execute("SELECT actor, details FROM access_log WHERE action = 'retention_asked'").fetchall()
    assert rows == [("erika", '{"dry_run":true,"rows":0}')]
