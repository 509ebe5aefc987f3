"""What is held about a person is given to that person whole: no table, no column is forgotten (Art. 15, 20 DSGVO)."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.services.access.users import change_user, user_by_id
from billing.services.acting import Act, id_of, put
from billing.services.cases import find_case
from billing.services.mail_texts import without_secrets
from billing.services.mails import Recipient, write_mail
from billing.services.parties import add_contact, add_person, find_contact, read_contact, read_person
from billing.services.party_changes import change_contact
from billing.services.personal_data import PersonalData, export_personal_data, find_subject
from billing.services.personal_places import NOT_GIVEN, PLACES
from billing.store.rules.rows import is_sealed
from billing.store.session import TenantSession
from billing.store.tables import AccessLog, CaseVersion, metadata
from billing.store.tables.kinds import Cause
from billing.texts import LANGUAGES, has_sentence
from tests.services.access.people import BOSS, CLERK, LEAD, People
from tests.services.furnishing import APPROVER, NOW, READER, refused, rows_of

ANSWERED = ("estimate", "version", "title", "case", "answer", "price", "valid_until")
PEOPLE = {"person", "user", "contact"}
KEYS = {"id", "processor_id", "recorded_at", "recorded_by_id", "recorded_by_name", "evidence_file_id"}
GIVEN: dict[str, set[str]] = {}
for place in PLACES:
    table = place.table.__table__  # type: ignore[attr-defined]
    GIVEN.setdefault(table.name, set()).update(place.columns.split())
LEFT_OUT = {column for columns in NOT_GIVEN.values() for column in columns.split()}


def links_to_people() -> list[tuple[str, str]]:
    """Every column of the schema that names a person, a contact or an account."""
    return sorted(
        (table.name, element.parent.name)
        for table in metadata.tables.values()
        for link in table.foreign_key_constraints
        for element in link.elements
        if element.column.table.name in PEOPLE and element.column.name == "id"
    )


class TestNothingIsForgotten:
    """Built from the tables themselves: a new column fails here until somebody decides about it."""

    def test_the_schema_was_read(self):
        assert ("entry", "person_id") in links_to_people()
        assert len(links_to_people()) > 50

    def test_every_column_that_names_a_person_is_followed(self):
        followed = {(place.table.__table__.name, place.by) for place in PLACES}  # type: ignore[attr-defined]
        recorded = {(name, "recorded_by_id") for name in metadata.tables}
        assert [link for link in links_to_people() if link not in followed | recorded] == []

    def test_every_text_that_is_worth_sealing_is_given_or_left_out_for_a_reason(self):
        sealed = {
            (table.name, column.name)
            for table in metadata.tables.values()
            for column in table.columns
            if is_sealed(column)
        }
        given = {(table, column) for table, columns in GIVEN.items() for column in columns}
        assert {f"{table}.{column}" for table, column in sealed - given} == LEFT_OUT

    @pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.table.__name__}.{place.by}")
    def test_the_rest_of_a_row_stays_for_a_reason(self, place):
        columns = place.table.__table__.columns
        links = place.table.__table__.foreign_key_constraints
        linking = {element.parent.name for link in links for element in link.elements}
        rest = {column.name for column in columns} - set(place.columns.split()) - KEYS - linking - {place.by}
        assert not rest or place.rest, rest

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_table_has_a_name_for_people(self, language):
        named = set(GIVEN) | {name for name, table in metadata.tables.items() if "recorded_by_id" in table.columns}
        assert [name for name in sorted(named) if not has_sentence(f"label.table_{name}")] == [], language

    def test_no_secret_is_given(self):
        secret = re.compile(r"hash|secret|digest|token")
        assert [column for columns in GIVEN.values() for column in columns if secret.search(column)] == []


@pytest.fixture
def people(office) -> People:
    return People(office)


def export(people: People, kind: str, ref: str, controller: str | None = None) -> PersonalData:
    return people.tell(lambda s: export_personal_data(s, people.operator, find_subject(s, kind, ref, controller)))


def rows_in(data: PersonalData, table: str) -> list[dict[str, Any]]:
    return next((group.rows for group in data.groups if group.table == table), [])


def test_staff_get_their_account_work_and_log_rows_opened(people):
    boss = people.admin()
    number = people.joined(boss)
    people.story.work("E1", "V-1", "2026-10-06 09:00", 60, person="EB", note="Akte geprüft")
    data = export(people, "person", "EB")
    assert (data.kind, data.ref) == ("person", "EB")
    (account,) = rows_in(data, "user")
    assert (account["email"], account["id"]) == (CLERK, number)
    assert rows_in(data, "person")[0]["name"] == "Erika Beispiel"
    (work,) = rows_in(data, "entry_version")
    assert (work["note"], work["start_at"]) == ("Akte geprüft", "2026-10-06T07:00:00Z")
    assert [row["kind"] for row in rows_in(data, "mail")] == ["invitation"]
    assert {row["action"] for row in rows_in(data, "audit_log")} >= {"user_opened", "role_granted", "password_set"}
    assert {row["action"] for row in rows_in(data, "access_log")} == {"invitation_accepted"}


def test_what_somebody_recorded_is_listed_without_what_it_says(people):
    boss = people.admin()
    number = people.joined(boss)

    def decide(session):
        case = find_case(session, "V-1")
        act = people.act_in(session, number)
        put(session, CaseVersion(case_id=id_of(case), cause=Cause.MIXED, cause_reason="geheim", **act.record()))

    people.tell(decide)
    data = export(people, "person", "EB")
    (deed,) = next(group.rows for group in data.deeds if group.table == "case_version")
    assert (sorted(deed), deed["recorded_at"]) == (["id", "recorded_at"], "2026-11-02T08:00:00Z")
    assert "geheim" not in str(data)


def test_what_was_done_by_command_in_somebody_s_name_is_given(people):
    act = Act("Erika Beispiel", datetime(2026, 11, 2, 9, tzinfo=UTC))
    people.tell(lambda s: add_person(s, act, read_person({"name": "Ole Brandt", "initials": "OB"})))
    people.tell(lambda s: record_cause(s, act))
    data = export(people, "person", "EB")
    assert "person_added" in {row["action"] for row in rows_in(data, "audit_log")}
    assert [row["recorded_at"] for group in data.deeds if group.table == "case_version" for row in group.rows] == [
        "2026-11-02T09:00:00Z"
    ]
    people.tell(lambda s: add_person(s, act, read_person({"name": "Erika Beispiel", "initials": "EB2"})))
    assert export(people, "person", "EB").deeds == [], "two have the name: whose deeds they were nobody knows"


def record_cause(session: TenantSession, act: Act) -> None:
    case = find_case(session, "V-1")
    put(session, CaseVersion(case_id=id_of(case), cause=Cause.MIXED, cause_reason="geheim", **act.record()))


def test_nothing_of_anybody_else_is_given(people):
    boss = people.admin()
    people.joined(boss)
    people.invited(boss, APPROVER, "controller_approver", controller="K-AVV-1")
    told = str(export(people, "person", "EB"))
    assert [other for other in (BOSS, APPROVER, "Eva Kern", "Person CH") if other in told] == []


def test_a_log_tells_what_others_did_about_somebody_but_not_who_they_are(people):
    """They may be colleagues, on the command line by their names; of the own deeds the person is named."""
    boss = people.admin()
    act = Act("Nora Keller", datetime(2026, 11, 2, 9, tzinfo=UTC))
    people.tell(lambda s: add_person(s, act, read_person({"name": "Ole Brandt", "initials": "OB"})))
    number = people.invited(boss, LEAD, person="OB")
    people.accept(people.link_of("invitation", LEAD))
    data = export(people, "person", "OB")
    told = {row["action"]: row["actor"] for name in ("audit_log", "access_log") for row in rows_in(data, name)}
    assert (told["person_added"], told["role_granted"]) == (None, None)
    assert told["invitation_accepted"] in ("OB", f"user:{number}")
    assert "Nora Keller" not in str(data)


WITH_SECRETS = [
    ("invitation", {"link": "dieses-Geheimnis_1", "until": NOW}, "…/p/l/…"),
    ("estimate_answered", dict.fromkeys(ANSWERED, "x") | {"link": "dieses-Geheimnis_1"}, "…/p/l/…"),
    ("decision_code", {"code": "492039", "minutes": 10}, "\n\n…\n\n"),
]


@pytest.mark.parametrize(("kind", "fields", "left"), WITH_SECRETS, ids=[kind for kind, *_ in WITH_SECRETS])
def test_whoever_hands_out_an_export_gets_no_way_in_by_the_mail_in_it(people, kind, fields, left):
    """An admin who exports a contact could else decide the own firm's estimate by the contact's link (T-09)."""
    said: dict[str, Any] = {"kind": kind, "fields": fields, "subject_table": "user", "subject_id": 1}
    people.tell(lambda s: write_mail(s, people.operator, to=Recipient(APPROVER), **said))
    (row,) = rows_in(export(people, "contact", APPROVER), "mail")
    assert left.replace("…/", "https://portal.invalid/") in row["text"]
    assert "Geheimnis" not in row["text"]
    assert "492039" not in row["text"]
    assert row["text"].startswith("Guten Tag,\n")


def test_a_link_of_an_older_mail_is_no_way_in_either():
    old = "Bitte öffnen:\nhttps://portal.invalid/portal/l/dieses-Geheimnis_1\n\nRE-2026-0117, 1234567 und 123456 Euro"
    assert without_secrets(old) == old.replace("portal/l/dieses-Geheimnis_1", "p/l/…")


def test_a_contact_gets_what_is_held_with_an_account(people):
    boss = people.admin()
    number = people.joined(boss, APPROVER, "controller_approver", controller="K-AVV-1")
    data = export(people, "contact", f" {APPROVER.upper()}")
    assert rows_in(data, "contact")[0]["name"] == "Eva Kern"
    assert [row["id"] for row in rows_in(data, "user")] == [number]
    assert [row["role"] for row in rows_in(data, "role_grant")] == ["controller_approver"]
    assert [row["recipient"] for row in rows_in(data, "mail")] == [APPROVER]


def test_a_contact_without_an_account_gets_the_rest(people):
    data = export(people, "contact", READER)
    assert rows_in(data, "contact")[0]["email"] == READER
    assert rows_in(data, "user") == []


def test_history_is_given_after_leaving_too(people):
    boss = people.admin()
    number = people.joined(boss)
    people.close(boss, number)
    (account,) = rows_in(export(people, "person", "EB"), "user")
    assert account["disabled_at"] == "2026-11-02T08:00:00Z"


def test_the_access_log_keeps_who_took_it_and_its_fingerprint(people):
    data = export(people, "person", "EB")
    (row,) = [row for row in rows_of(people.story, AccessLog) if row.action == "personal_data_exported"]
    assert (row.subject, row.actor) == ("person:EB", "operator")
    assert json.loads(row.details) == {"sha256": data.sha256}


def test_somebody_at_two_controllers_is_asked_which(people):
    people.story.contract("AVV-2")
    raw = {"controller": "K-AVV-2", "name": "Eva Kern", "email": APPROVER}
    people.tell(lambda s: add_contact(s, people.operator, read_contact(raw)))
    with refused("contact_ambiguous", "ref"):
        export(people, "contact", APPROVER)
    assert len(rows_in(export(people, "contact", APPROVER, "K-AVV-2"), "contact")) == 1


def write_to(people: People, email: str, day: int) -> None:
    act = Act("tester", datetime(2026, 11, day, 9, tzinfo=UTC))
    words: dict[str, Any] = {"kind": "address_changed", "fields": {"old": "a", "new": "b"}, "version": str(day)}
    people.tell(lambda s: write_mail(s, act, to=Recipient(email), subject_table="user", subject_id=1, **words))


def mails_of(people: People, kind: str, ref: str) -> list[tuple[str, str]]:
    return [(row["recipient"], row["created_at"][8:10]) for row in rows_in(export(people, kind, ref), "mail")]


def test_mail_to_an_address_that_somebody_had_before_is_given_and_to_its_next_holder_not(people):
    """The contact's address is a colleague's later; each gets what was written in the own time."""

    def move(email: str, new: str, day: int) -> None:
        act = Act("tester", datetime(2026, 11, day, 12, tzinfo=UTC))
        people.tell(lambda s: change_contact(s, act, find_contact(s, 1, email), {"email": new}))

    write_to(people, APPROVER, 3)
    move(APPROVER, "neu@wohnbau.example", 4)
    move(READER, APPROVER, 4)
    write_to(people, APPROVER, 5)
    write_to(people, "neu@wohnbau.example", 6)
    assert mails_of(people, "contact", "neu@wohnbau.example") == [(APPROVER, "03"), ("neu@wohnbau.example", "06")]
    assert mails_of(people, "contact", APPROVER) == [(APPROVER, "05")]


def test_an_account_gives_its_contact_no_mail_from_before_the_address_was_his(people):
    def move(email: str, new: str) -> None:
        act = Act("tester", datetime(2026, 11, 4, 12, tzinfo=UTC))
        people.tell(lambda s: change_contact(s, act, find_contact(s, 1, email), {"email": new}))

    write_to(people, READER, 3)
    move(READER, "weg@wohnbau.example")
    move(APPROVER, READER)
    write_to(people, READER, 5)
    people.invited(people.admin(), READER, "controller_approver", controller="K-AVV-1")
    assert [day for _, day in mails_of(people, "contact", READER)] == ["05"]


def test_mail_to_the_earlier_address_of_an_account_is_given(people):
    boss = people.admin()
    number = people.joined(boss)
    people.tell(
        lambda s: change_user(s, people.act_in(s, boss), user_by_id(s, number), {"email": "neu@betrieb.example"})
    )
    told = rows_in(export(people, "person", "EB"), "mail")
    assert [(row["kind"], row["recipient"]) for row in told] == [
        ("invitation", CLERK),
        ("address_changed", CLERK),
        ("address_changed", "neu@betrieb.example"),
    ]


@pytest.mark.parametrize(
    ("kind", "ref", "code"),
    [("person", "XX", "unknown_person"), ("contact", "niemand@nirgends.example", "unknown_contact")],
)
def test_somebody_unknown_is_named(desk, kind, ref, code):
    with refused(code):
        export(People(desk), kind, ref)
