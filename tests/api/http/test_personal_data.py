"""What is held about somebody, over HTTP: for oneself, and by the administration for who asks; always logged."""

from typing import Any

from sqlmodel import col, select

from billing.store.tables import AccessLog, Contact, Person
from tests.api.http.running import PROCESSORS


def exports_noted(site) -> list[tuple[str, str]]:
    query = select(AccessLog.actor, AccessLog.subject).where(AccessLog.action == "personal_data_exported")
    rows: list[tuple[str, str]] = site.tell(lambda session: [tuple(row) for row in session.exec(query)])
    return rows


def table_of(answer: dict[str, Any], name: str) -> dict[str, Any]:
    groups: list[dict[str, Any]] = answer["groups"]
    return next(group for group in groups if group["table"] == name)


def user_of(site, role: str, of: str = PROCESSORS[0]) -> dict[str, Any]:
    items: list[dict[str, Any]] = site.ask("admin", "GET", "/users", of=of).json()["items"]
    return next(item for item in items if item["roles"] == [role])


def test_everybody_gets_his_own(site):
    for role, about in (("staff", "person"), ("controller_reader", "contact")):
        answer = site.get(role, "/me/personal-data")
        assert answer["about"] == about
        (account,) = table_of(answer, "user")["rows"]
        assert account["email"] == f"{role}@immoinvent.example"
    assert len(exports_noted(site)) == 2


def test_tables_are_named_for_people(desk):
    group = table_of(desk.get("staff", "/me/personal-data"), "api_token")
    assert (group["label_de"], group["label_en"]) == ("Zugangsschlüssel für Programme", "Tokens for programs")


def test_the_administration_hands_it_to_who_asks(desk):
    user = user_of(desk, "staff")
    answer = desk.get("admin", f"/users/{user['id']}/personal-data")
    assert answer["ref"] == "STAFF"
    assert exports_noted(desk) == [(f"user:{user_of(desk, 'admin')['id']}", "person:STAFF")]


def test_a_contact_needs_no_account(desk):
    contact = desk.tell(lambda session: session.exec(select(Contact).order_by(col(Contact.id))).first())
    answer = desk.get("admin", f"/contacts/{contact.id}/personal-data")
    assert answer["ref"] == f"contact:{contact.id}"
    assert table_of(answer, "contact")["rows"][0]["email"] == contact.email


def test_nobody_else_takes_it(desk):
    contact = user_of(desk, "controller_reader")
    for role in ("staff", "lead", "accountant", "auditor", "controller_approver"):
        for path in (f"/users/{contact['id']}/personal-data", f"/contacts/{contact['contact_id']}/personal-data"):
            assert desk.ask(role, "GET", path).json()["code"] == "right_missing"
    assert exports_noted(desk) == []


def test_people_of_another_processor_are_not_there(desk):
    foreign = user_of(desk, "controller_reader", PROCESSORS[1])
    for path in (f"/users/{foreign['id']}/personal-data", f"/contacts/{foreign['contact_id']}/personal-data"):
        assert desk.ask("admin", "GET", path).status_code == 404


def test_who_has_not_pledged_confidentiality_hands_out_nothing_that_others_wrote_about_cases(desk):
    user, contact = user_of(desk, "staff"), user_of(desk, "controller_reader")["contact_id"]

    def forget(session):
        person = session.exec(select(Person).where(Person.ref == "ADMIN")).one()
        person.confidentiality_pledged_on = None

    desk.tell(forget)
    for path in (f"/users/{user['id']}/personal-data", f"/contacts/{contact}/personal-data"):
        assert desk.ask("admin", "GET", path).json()["code"] == "pledge_missing"
    assert desk.get("admin", "/me/personal-data")["ref"] == "ADMIN"
