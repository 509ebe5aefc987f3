"""`keys`, `logs` and `verify` on the command line: what they say, and that data stay readable."""

from tests.api.shell import Shell


def test_keys_rotate_and_everything_stays_readable(ready: Shell):
    before = ready.ok("contact", "list", "--json").json
    (old,) = ready.ok("keys", "show", "--json").json["keys"]
    done = ready.ok("keys", "rotate", "--json").json
    assert (done["sealed"], done["left"], done["file"]) == (old["values"], 0, None)
    assert [(key["key"], key["is_current"]) for key in done["keys"]] == [(done["key"], True), (old["key"], False)]
    assert ready.ok("contact", "list", "--json").json == before
    assert ready.ok("verify", "--json").json["is_whole"] is True


def test_a_rotation_says_what_is_to_do_next(ready: Shell):
    told = ready.ok("keys", "rotate").out
    assert "Neuer Schlüssel" in told
    assert "--drop-old" in told


def test_old_keys_are_not_dropped_at_once(ready: Shell):
    ready.ok("keys", "rotate")
    assert "noch zu neu" in ready.refused("keys", "rotate", "--drop-old")


def test_keys_out_of_the_environment_are_handed_over(ready: Shell):
    ring = next(ready.home.rglob("keys.json"))
    ready.more["MEHRAUFWAND_KEYS"] = ring.read_text()
    done = ready.ok("keys", "rotate", "--json").json
    new = ring.with_name("keys.next.json")
    assert (done["file"], done["sealed"]) == (str(new), 0)
    ready.more["MEHRAUFWAND_KEYS"] = new.read_text()
    again = ready.ok("keys", "rotate", "--json").json
    assert (again["key"], again["left"]) == (done["key"], 0)
    assert again["sealed"] > 0


def test_nothing_young_is_purged(ready: Shell):
    assert ready.ok("logs", "purge", "--json").json["days"] == 0


def test_verify_gives_a_head_to_note_and_proves_by_it_later_that_nothing_was_written_anew(ready: Shell):
    noted = ready.ok("verify", "--json").json["head"]
    assert f"Kopf der Protokollkette: {noted}" in ready.ok("verify").out
    ready.ok("keys", "rotate")
    later = ready.ok("verify", "--json", "--expect", noted).json
    assert (later["is_whole"], later["checked"]["anchor"], later["head"] != noted) == (True, 1, True)
    number, _, digest = noted.partition(":")
    told = ready.run("verify", "--json", "--expect", f"{number}:{digest[::-1]}")
    (fault,) = told.json["faults"]
    assert (told.code, fault["subject"]) == (1, number)
    assert "Die Kette führt nicht durch den notierten Kopf" in fault["fault"]
    assert "ist kein Kopf der Protokollkette" in ready.refused("verify", "--expect", "heute")


def test_verify_tells_where_the_log_begins(ready: Shell):
    assert ready.ok("verify", "--json").json["log_begins_at"] == 1
    assert "Zugriffsprotokoll" in ready.ok("verify").out
