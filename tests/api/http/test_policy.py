"""The policy over HTTP: read, changed in versions by who has seen it."""


def test_the_defaults_are_shown_as_version_zero(site):
    assert site.get("admin", "/policy") == {
        "version": 0,
        "four_eyes": True,
        "password_max_age_days": None,
        "session_idle_minutes": 15,
        "session_hours": 12,
        "person_reports": False,
        "key_max_age_days": 365,
        "default_begins": "reminder",
        "delete_on_time": False,
        "run_day": None,
        "run_time": "06:00",
        "reminders_weekday": None,
        "reminders_time": "06:00",
        "reason": None,
    }


def test_a_change_is_a_new_version_of_who_saw_the_old_one(site):
    seen = site.ask("admin", "GET", "/policy").headers["etag"]
    chosen = site.ask(
        "admin", "PATCH", "/policy", {"four_eyes": False, "reason": "Ein-Personen-Betrieb"}, If_Match=seen
    )
    assert (chosen.status_code, chosen.json()["version"], chosen.json()["four_eyes"]) == (200, 1, False)
    late = site.ask("admin", "PATCH", "/policy", {"session_hours": 8}, If_Match=seen)
    assert (late.status_code, late.json()["code"]) == (412, "representation_changed")
    (version,) = site.get("admin", "/policy/versions")["items"]
    assert (version["version"], version["recorded_by"], version["reason"]) == (1, "ADMIN", "Ein-Personen-Betrieb")


def test_four_eyes_are_not_given_up_without_a_reason(desk):
    refused = desk.ask("admin", "PATCH", "/policy", {"four_eyes": False}, If_Match="*")
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (
        422,
        "four_eyes_reason_missing",
        "reason",
    )


def test_a_change_of_nothing_seen_is_refused(desk):
    assert desk.ask("admin", "PATCH", "/policy", {"session_hours": 8}).status_code == 428


def test_the_neighbours_policy_is_his_own(desk):
    desk.ask("admin", "PATCH", "/policy", {"session_hours": 8}, If_Match="*")
    assert desk.ask("admin", "GET", "/policy", of="nachbar").json()["session_hours"] == 12
