"""A forgotten password over HTTP: the same answer for everybody, a new password for who has the link."""

from sqlmodel import select

from billing.services.access.passwords import hash_password
from billing.store.tables import User
from tests.api.http.running import NOW
from tests.api.http.test_invitations import GOOD, link_in_mail

STAFF = "staff@immoinvent.example"
STRANGER = "niemand@nirgends.example"
NEW = "grüne Wolken; ziehen"


def let_in(site, email: str = STAFF) -> None:
    """Give an account of the tests a password."""

    def deed(session):
        user = session.exec(select(User).where(User.email_digest == session.ring.digest(email))).one()
        user.password_hash, user.password_changed_at = hash_password(GOOD), NOW
        session.add(user)

    site.tell(deed)


def log_in(site, password: str, email: str = STAFF):
    return site.ask("anonymous", "POST", "/session", {"email": email, "password": password})


def test_known_and_unknown_addresses_get_the_same_answer(site):
    let_in(site)
    answers = [site.ask("anonymous", "POST", "/password-resets", {"email": email}) for email in (STAFF, STRANGER)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert set(answers[0].headers) == set(answers[1].headers)


def test_the_link_gives_a_new_password_and_ends_what_was_open(site):
    let_in(site)
    assert log_in(site, GOOD).status_code == 201
    site.post("anonymous", "/password-resets", {"email": STAFF.upper()})
    path = f"/password-resets/{link_in_mail(site, 'password_reset')}/completion"
    assert site.post("anonymous", path, {"password": NEW}) == {"email": STAFF, "needs_second_factor": False}
    assert site.ask("anonymous", "POST", path, {"password": GOOD}).status_code == 404
    site.client.cookies.clear()
    assert log_in(site, GOOD).status_code == 401
    assert log_in(site, NEW).status_code == 201


def test_an_invitation_is_no_reset(desk):
    refused = desk.ask("anonymous", "POST", "/password-resets/abc/completion", {"password": NEW})
    assert (refused.status_code, refused.json()["code"]) == (404, "link_unknown")


def test_who_asks_too_often_waits_and_is_told_how_long(desk):
    let_in(desk)
    for email in (STAFF, STRANGER):
        for _ in range(3):
            assert desk.ask("anonymous", "POST", "/password-resets", {"email": email}).status_code == 202
        refused = desk.ask("anonymous", "POST", "/password-resets", {"email": email})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")


def test_what_is_no_address_is_said(desk):
    refused = desk.ask("anonymous", "POST", "/password-resets", {"email": "kein"})
    assert (refused.status_code, refused.json()["code"]) == (422, "email_invalid")


def test_the_administration_resets_and_the_person_gets_the_link(desk):
    let_in(desk)
    items = desk.get("admin", "/users")["items"]
    number = next(item["id"] for item in items if item["email"] == STAFF)
    desk.post("admin", f"/users/{number}/reset", {"password": True})
    assert log_in(desk, GOOD).status_code == 401
    assert desk.ask("staff", "GET", "/me").status_code == 401, "tokens have ended too"
    secret = link_in_mail(desk, "password_reset_by_admin")
    desk.post("anonymous", f"/password-resets/{secret}/completion", {"password": NEW})
    assert log_in(desk, NEW).status_code == 201
