"""`mehraufwand admin`, `user`, `personal-data`: the first admin without a default password, and everybody after him."""

import json
import os
import pty
import stat
import termios
import threading

import pytest

from api import secret_input
from tests.api.shell import Shell

GOOD = "blaue Pferde-tanzen"
BOSS, CLERK = "chefin@betrieb.example", "mia@betrieb.example"
CREATE = ("admin", "create", "--email", BOSS, "--name", "Cora Hof", "--initials", "CH")
INVITE = ("user", "invite", CLERK, "--person", "ML", "--role", "staff", "--reason", "Neue Kollegin")


def with_admin(shell: Shell) -> Shell:
    """Make the first admin by a file."""
    (shell.home / "kennwort").write_text(f"{GOOD}\nzweite Zeile\n")
    shell.ok(*CREATE, "--password-file", str(shell.home / "kennwort"))
    return shell


def accounts(shell: Shell) -> dict[str, tuple[str, list[str]]]:
    rows = shell.ok("user", "list", "--json").json["users"]
    return {row["email"]: (row["account_state"], row["roles"]) for row in rows}


def test_the_first_admin_types_the_password_twice(ready: Shell):
    said = ready.terminal(*CREATE, answers=[GOOD, GOOD])
    assert said.code == 0, said.out
    assert f"{BOSS} ist jetzt Administration (CH)" in said.out
    assert accounts(ready) == {BOSS: ("active", ["admin"])}


def test_two_entries_that_differ_make_nobody_admin(ready: Shell):
    said = ready.terminal(*CREATE, answers=[GOOD, GOOD + "x"])
    assert (said.code, "nicht gleich" in said.out) == (2, True)
    assert accounts(ready) == {}


def test_a_password_comes_from_a_terminal_or_a_file_and_nowhere_else(ready: Shell):
    assert "--password-file" in ready.refused(*CREATE)
    assert accounts(ready) == {}


@pytest.mark.parametrize("content", ["", "\n", "kurz!"])
def test_a_file_without_a_good_password_makes_nobody_admin(ready: Shell, content):
    (ready.home / "kennwort").write_text(content)
    ready.refused(*CREATE, "--password-file", str(ready.home / "kennwort"))
    assert accounts(ready) == {}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\ufeffgrüne Wolken; ziehen\r\nzweite".encode(), id="with an editor's mark"),
        pytest.param("grüne Wolken; ziehen\n".encode() + "Fuß".encode("latin-1"), id="another line in another coding"),
    ],
)
def test_the_password_of_a_file_is_what_people_type(tmp_path, content):
    file = tmp_path / "kennwort"
    file.write_bytes(content)
    assert secret_input.new_password(file) == "grüne Wolken; ziehen"


def test_a_file_in_another_coding_makes_nobody_admin_by_a_password_that_nobody_can_type(ready: Shell):
    (ready.home / "kennwort").write_bytes("grüne Wolken; ziehen".encode("latin-1"))
    assert "UTF-8" in ready.refused(*CREATE, "--password-file", str(ready.home / "kennwort"))
    assert accounts(ready) == {}


def test_what_is_typed_is_not_shown(monkeypatch):
    """The answer is typed once the terminal shows nothing any more; it shows again afterwards."""
    ours, theirs = pty.openpty()
    terminal = os.fdopen(theirs, "r", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", terminal)

    def shows() -> bool:
        return bool(termios.tcgetattr(theirs)[3] & termios.ECHO)

    def type_unseen() -> None:
        while shows():
            os.sched_yield()
        os.write(ours, f"{GOOD}\n".encode())

    typist = threading.Thread(target=type_unseen)
    typist.start()
    assert secret_input.ask_unseen("password") == GOOD
    typist.join()
    assert shows()
    terminal.close()
    os.close(ours)


def test_a_second_first_admin_needs_to_be_meant(ready: Shell):
    with_admin(ready)
    again = ("admin", "create", "--email", CLERK, "--person", "ML", "--password-file", str(ready.home / "kennwort"))
    assert "Es gibt schon eine Administration" in ready.refused(*again)
    ready.ok(*again, "--another")
    assert accounts(ready)[CLERK] == ("active", ["admin"])


def test_an_admin_without_a_password_gets_a_link(ready: Shell):
    ready.more["MEHRAUFWAND_BASE_URL"] = "https://abrechnung.betrieb.example"
    said = ready.ok(*CREATE, "--invite", "--json").json
    assert said["path"].startswith("https://abrechnung.betrieb.example/p/l/")
    assert accounts(ready) == {BOSS: ("invited", ["admin"])}


def test_no_password_is_on_the_command_line(ready: Shell):
    assert "--password " not in ready.ok("admin", "create", "--help").out


def test_people_are_invited_given_roles_and_closed(ready: Shell):
    with_admin(ready)
    assert "staff" in ready.ok(*INVITE).out
    ready.ok("user", "invite", CLERK)
    ready.ok("user", "grant", CLERK, "--role", "lead", "--reason", "Urlaub", "--expires-at", "2199-01-01 00:00")
    assert accounts(ready)[CLERK] == ("invited", ["lead", "staff"])
    ready.ok("user", "revoke", CLERK, "--role", "staff")
    ready.ok("user", "change", CLERK, "--new-email", "mia@neu.example")
    ready.ok("user", "deactivate", "mia@neu.example")
    assert accounts(ready)["mia@neu.example"] == ("disabled", [])


def test_the_list_is_readable(ready: Shell):
    with_admin(ready).ok(*INVITE)
    said = ready.ok("user", "list").out
    assert "Cora Hof" in said
    assert "eingeladen" in said
    assert "[" not in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("user", "grant", CLERK, "--role", "lead", "--reason", "x"), "kein Konto", id="nobody"),
        pytest.param(("user", "revoke", BOSS, "--role", "admin"), "letzte Administration", id="the last admin"),
        pytest.param(("user", "revoke", BOSS, "--role", "lead"), "gilt hier nicht", id="a role not held"),
        pytest.param(("user", "deactivate", BOSS), "letzte Administration", id="closing the last admin"),
        pytest.param(("user", "reset", BOSS), "nichts", id="a reset of nothing"),
        pytest.param(("user", "change", BOSS), "nichts", id="a change of nothing"),
        pytest.param(
            ("user", "invite", CLERK, "--person", "ML", "--reason", "x"), "mindestens eine Rolle", id="no role"
        ),
        pytest.param(("user", "invite", "mia", "--person", "ML", "--role", "staff", "--reason", "x"), "mia", id="no @"),
    ],
)
def test_what_is_refused_is_said_in_one_sentence(ready: Shell, arguments, told):
    assert told in with_admin(ready).refused(*arguments)


def test_an_operator_resets_what_was_lost(ready: Shell):
    said = with_admin(ready).ok("user", "reset", BOSS, "--password", "--second-factor").out
    assert BOSS in said
    assert accounts(ready)[BOSS] == ("active", ["admin"])


def test_what_is_held_about_somebody_is_written_for_him_alone(ready: Shell):
    file = ready.home / "auskunft.json"
    said = with_admin(ready).ok("personal-data", "person", "CH", "--out", str(file), "--json").json
    held = json.loads(file.read_text(encoding="utf-8"))
    assert (held["about"], held["ref"], said["ref"]) == ("person", "CH", "CH")
    assert {group["label_de"] for group in held["groups"]} >= {"Mitarbeitende", "Konten", "Rollen", "Prüfprotokoll"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_held_about_a_contact_is_found_by_address(ready: Shell):
    file = ready.home / "auskunft.json"
    ready.ok("personal-data", "contact", "kern@wohnbau.example", "--out", str(file))
    assert "Eva Kern" in file.read_text(encoding="utf-8")


def test_an_export_overwrites_nothing(ready: Shell):
    file = ready.home / "auskunft.json"
    file.write_text("alt")
    assert str(file) in ready.refused("personal-data", "person", "ML", "--out", str(file))
    assert file.read_text() == "alt"
