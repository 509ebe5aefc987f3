"""On a terminal the program asks, checks each answer at once, and asks again until it fits."""

import json
from pathlib import Path

from tests.api.shell import LETTER, Shell

ENTER = ""
# In the order asked; a wrong postcode, IBAN and e-mail address are asked again.
ANSWERS = [
    *("ImmoInvent GmbH", "Sommerrain 1/1", "72631", "Aichtal", ENTER, ENTER, ENTER),
    *("Amtsgericht Stuttgart", "HRB 700000", "Erika Beispiel", LETTER["vat_id"], ENTER),
    *("DE02 1203 0000 0000 2020 52", LETTER["iban"], ENTER, ENTER),
    *("Erika Beispiel", "+49 7127 0000", "rechnung", LETTER["email"], ENTER),
    *(ENTER, ENTER, ENTER, ENTER),
]


def test_init_asks_for_everything_and_again_where_an_answer_does_not_fit(shell: Shell):
    said = shell.terminal("init", answers=ANSWERS)
    assert said.code == 0, said.out
    assert "ist keine gültige IBAN" in said.out
    assert "rechnung ist keine E-Mail-Adresse" in said.out
    shown = shell.ok("processor", "show", "--json").json
    assert (shown["iban"], shown["land"], shown["tax_number"]) == ("DE02120300000000202051", "BW", None)
    assert shown["number_pattern"] == "{series}-{year}-{number:4}"


def test_what_only_the_whole_shows_is_asked_again_too(shell: Shell):
    (shell.home / "b.json").write_text(json.dumps(LETTER | {"postcode": "7263", "website": "immoinvent.example"}))
    said = shell.terminal("init", "--from", "b.json", answers=[ENTER] * 8 + ["72631"])
    assert said.code == 0, said.out
    assert "7263 ist keine deutsche Postleitzahl" in said.out
    assert shell.ok("processor", "show", "--json").json["postcode"] == "72631"


def test_an_import_asks_once_who_is_who_and_remembers(ready: Shell):
    path = Path(ready.home) / "toggl.csv"
    path.write_text(
        "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags\n"
        "Mia,m@x.example,Acme,Website,,Anruf,Yes,2026-01-08,09:00:00,2026-01-08,09:30:00,00:30:00,\n"
        "Mia,m@x.example,Acme,Website,,Anruf,Yes,2026-01-09,09:00:00,2026-01-09,09:30:00,00:30:00,\n"
    )
    answers = [ENTER, "XX", "ML", "AVV-1", "V-9", "V-2026-001", "request_processing"]
    said = ready.terminal("import", "toggl.csv", answers=answers)
    assert said.code == 0, said.out
    assert "Das ist niemand von uns; bekannt sind: ML." in said.out
    assert "Diesen Vorgang hat der Vertrag nicht; bekannt sind: V-2026-001." in said.out
    again = ready.ok("import", str(path), "--apply", "--json").json
    assert (again["counts"]["new"], again["rows"][1]["service"]) == (2, "request_processing")
