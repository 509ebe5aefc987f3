"""Data breaches: nothing that 17(3) asks is forgotten in the first notice, and what was told stays on record (T-27)."""

import pytest

from billing.errors import Refused
from billing.services.cases import find_case
from billing.services.incident_files import export_incident_file
from billing.services.incident_notices import send_final_report, send_first_notice, send_update
from billing.services.incidents import MAY_BE_UNKNOWN, find_incident, incident_of, record_incident
from billing.services.proofs import ProofFile
from billing.store.queries.incidents import TOLD
from billing.store.tables import AccessLog, IncidentVersion, Mail
from billing.texts import has_sentence, problem_sentence
from tests.months.facts import at
from tests.services.casework import CONTACTS, act, at_once, end_contacts, mails_of, on_case, stands, utc
from tests.services.furnishing import last_event, refused, rows_of

KNOWN = {
    "known_at": utc("2026-10-05 09:00"),
    "nature": "Export an falschen Empfänger",
    "occurred": "zwischen 3. und 5. Oktober",
    "systems": "Mieterportal; kein Unterauftragnehmer",
    "people_categories": "Mieter",
    "people_count": 40,
    "data_categories": "Anschriften",
    "record_count": 120,
    "consequences": "unerwünschte Werbung",
    "measures": "Zugriff gesperrt",
    "contact_point": "Datenschutz, datenschutz@immoinvent.example",
}
REPORT = {"contained_at": utc("2026-10-06 12:00"), "root_cause": "falscher Verteiler", "prevention": "Vier Augen"}


def record(story, when="2026-10-05 10:00", evidence=None, **facts):
    return on_case(story, record_incident, facts, evidence, when=when)


def notify(story, when="2026-10-05 11:00", **said):
    return on_case(story, send_first_notice, said, when=when)


def test_every_version_stays_and_the_last_word_counts(office):
    record(office, known_at=KNOWN["known_at"], people_count=4)
    record(office, "2026-10-06 10:00", people_count=40, nature="Export an falschen Empfänger")
    incident = office.tell(lambda session: incident_of(session, find_case(session, "V-1")))
    assert (incident.known["people_count"], incident.known["nature"]) == (40, KNOWN["nature"])
    assert [version.people_count for version in incident.versions] == [4, 40]
    assert last_event(office)[:2] == ("incident_recorded", "case:V-1")


def test_all_that_is_missing_is_named_at_once(desk):
    record(desk, known_at=KNOWN["known_at"], nature="Export", people_count=0)
    with refused("incident_incomplete") as caught:
        notify(desk)
    missing = [name for name in TOLD if name not in ("known_at", "nature", "people_count")]
    assert isinstance(caught.value, Refused)
    assert (caught.value.fields["missing"], caught.value.fields["clause"]) == (missing, "17(3)")
    told = problem_sentence(caught.value, "de")
    assert "wahrscheinliche Folgen" in told
    assert "Ansprechperson beim Auftragnehmer" in told
    assert rows_of(desk, Mail) == []


@pytest.mark.parametrize("name", [name for name in TOLD if name != "known_at"])
def test_each_thing_that_17_3_asks_is_asked(desk, name):
    record(desk, **{key: value for key, value in KNOWN.items() if key != name})
    with refused("incident_incomplete") as caught:
        notify(desk)
    assert caught.value.fields["missing"] == [name]


@pytest.mark.parametrize("name", MAY_BE_UNKNOWN)
def test_what_is_not_known_yet_is_said_and_follows(desk, name):
    facts = {key: value for key, value in KNOWN.items() if key != name}
    record(desk, **facts, not_yet_known=[name])
    told = notify(desk)
    assert told.incident.not_yet_known == [name]
    assert "noch nicht bekannt, wird nachgemeldet" in mails_of(desk, "breach_first_notice")[0].text
    assert stands(desk, "2026-10-05 12:00")["D-04"].startswith("open")
    assert record(desk, "2026-10-05 15:00", **{name: KNOWN[name]}).not_yet_known == []
    assert stands(desk, "2026-10-05 16:00")["D-04"].startswith("met")


@pytest.mark.parametrize("name", ["known_at", "contact_point"])
def test_what_we_know_ourselves_can_t_be_unknown(desk, name):
    with refused("unknown_value", "not_yet_known[0]"):
        record(desk, **KNOWN, not_yet_known=[name])


def test_the_first_notice_tells_all_contacts_all_of_it(office):
    record(office, **KNOWN)
    told = notify(office)
    mails = mails_of(office, "breach_first_notice")
    assert (told.mails, len(mails)) == (CONTACTS, CONTACTS)
    words = [str(value) for name, value in KNOWN.items() if name != "known_at"]
    assert [word for word in words if word not in mails[0].text] == []
    assert "Kenntnis vom Vorfall: 05.10.2026 09:00" in mails[0].text
    assert told.incident.known["first_notice_at"] == at("2026-10-05 11:00")
    assert last_event(office)[:2] == ("breach_first_notice", "case:V-1")


def test_a_call_before_the_mail_counts_as_the_notice(desk):
    record(desk, **KNOWN)
    told = notify(desk, informed_at=utc("2026-10-05 10:30"))
    assert told.incident.known["first_notice_at"] == at("2026-10-05 10:30")
    assert "bereits am 05.10.2026, 10:30 Uhr informiert" in mails_of(desk, "breach_first_notice")[0].text


def test_there_is_one_first_notice(desk):
    record(desk, **KNOWN)
    notify(desk)
    with refused("first_notice_sent"):
        notify(desk, "2026-10-05 12:00")
    assert len(rows_of(desk, Mail)) == CONTACTS


def test_of_two_first_notices_at_once_one_goes_out(office):
    record(office, **KNOWN)
    assert at_once(lambda: notify(office), lambda: notify(office)) == ["done", "first_notice_sent"]
    assert len(mails_of(office, "breach_first_notice")) == CONTACTS


def test_nobody_to_write_to_is_said_and_nothing_is_written(desk):
    record(desk, **KNOWN)
    end_contacts(desk)
    with refused("controller_has_no_contact"):
        notify(desk)
    assert [version.first_notice_at for version in rows_of(desk, IncidentVersion)] == [None]


def test_updates_are_sent_each_and_mark_the_next_day(office):
    record(office, **KNOWN)
    notify(office)
    for when in ("2026-10-06 08:00", "2026-10-06 20:00"):
        on_case(office, send_update, {"text": f"Stand {when}"}, when=when)
    assert len(mails_of(office, "breach_update")) == 2 * CONTACTS
    assert stands(office, "2026-10-06 21:00")["D-03"] == "open 07.10. 20:00"


def test_the_final_report_needs_cause_remedies_and_prevention(office):
    record(office, **KNOWN)
    notify(office)
    with refused("final_report_incomplete") as caught:
        on_case(office, send_final_report, when="2026-10-07 09:00")
    assert caught.value.fields["missing"] == ["contained_at", "root_cause", "prevention"]
    assert caught.value.fields["clause"] == "17(4)c"
    record(office, "2026-10-07 09:00", **REPORT)
    on_case(office, send_final_report, when="2026-10-07 10:00")
    assert "Ursachenanalyse: falscher Verteiler" in mails_of(office, "breach_final_report")[0].text
    assert stands(office, "2026-10-07 11:00")["D-05"] == "met 17.10. 23:59", "a Saturday, lawfully Monday"
    with refused("final_report_sent"):
        on_case(office, send_final_report, when="2026-10-08 10:00")


@pytest.mark.parametrize(("deed", "said"), [(send_update, [{"text": "x"}]), (send_final_report, [])])
def test_nothing_follows_a_first_notice_that_was_not_given(desk, deed, said):
    record(desk, **KNOWN)
    with refused("first_notice_not_sent"):
        on_case(desk, deed, *said)


@pytest.mark.parametrize(
    ("facts", "code", "path"),
    [
        pytest.param({}, "nothing_said", "known_at", id="nothing"),
        pytest.param({"nature": "x"}, "missing_key", "known_at", id="not since when it is known"),
        pytest.param({"known_at": utc("2026-10-05 10:01")}, "moment_in_future", "known_at", id="still to come"),
        pytest.param(
            {"known_at": utc("2026-10-05 09:00"), "contained_at": utc("2026-10-05 08:59")},
            "contained_before_known",
            "contained_at",
            id="contained before it was known",
        ),
        pytest.param(KNOWN | {"people_count": -1}, "number_out_of_range", "people_count", id="fewer than nobody"),
        pytest.param(KNOWN | {"first_notice_at": KNOWN["known_at"]}, "unknown_key", "first_notice_at", id="by hand"),
    ],
)
def test_what_can_t_be_so_is_not_recorded(desk, facts, code, path):
    with refused(code, path):
        record(desk, **facts)
    assert rows_of(desk, IncidentVersion) == []


def test_a_case_without_a_breach_has_none(desk):
    with refused("incident_unknown"):
        desk.tell(lambda session: find_incident(session, find_case(session, "V-1")))


def test_the_incident_file_holds_what_happened_was_done_and_was_told(office):
    mail = ProofFile("hinweis.eml", b"Betreff: Hinweis\n\nFalscher Verteiler.")
    record(office, evidence=mail, **KNOWN)
    notify(office)
    file = office.tell(lambda session: export_incident_file(session, act(), find_case(session, "V-1")))
    content = file.content
    assert content["incident"]["nature"] == KNOWN["nature"]
    assert [entry["facts"].get("first_notice_at") for entry in content["history"]] == [None, "2026-10-05T09:00:00Z"]
    assert [entry["kind"] for entry in content["communication"]] == ["breach_first_notice"] * CONTACTS
    assert {one["code"]: one["state"] for one in content["deadlines"]}["D-01"] == "met"
    (seen,) = rows_of(office, AccessLog)
    assert (seen.action, seen.subject, file.sha256 in seen.details) == ("incident_file_exported", "case:V-1", True)


def test_everything_that_can_be_missing_has_a_name():
    assert [name for name in (*TOLD, *REPORT) if not has_sentence(f"field.{name}")] == []
