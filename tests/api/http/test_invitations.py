"""Invitations over HTTP: written by an admin, opened by anybody with the link, accepted once."""

import re

import pytest
from sqlmodel import col, select

from billing.services.acting import Act
from billing.services.parties import add_person, read_person
from billing.store.tables import Mail
from tests.api.http.running import NOW, PROCESSORS

GOOD = "blaue Pferde-tanzen"
EMAIL = "neu@immoinvent.example"
INVITATION = {"email": EMAIL, "person": "NEU", "roles": ["staff", "accountant"], "reason": "Neue Kollegin"}


def add_newcomer(site) -> None:
    raw = {"name": "Nele Neu", "initials": "NN", "ref": "NEU"}
    site.tell(lambda session: add_person(session, Act("test", NOW), read_person(raw)))


def link_in_mail(site, kind: str = "invitation") -> str:
    """The secret of the newest link of this kind, as its reader finds it."""
    query = select(Mail).where(Mail.kind == kind).order_by(col(Mail.id).desc())
    text = site.tell(lambda session: session.exec(query).first()).text
    found = re.search(r"/p/l/([\w-]+)", text)
    assert found is not None
    return found[1]


def invite(site, **change):
    add_newcomer(site)
    return site.ask("admin", "POST", "/invitations", INVITATION | change)


def test_an_invitation_is_written_opened_and_accepted(site):
    invited = invite(site)
    assert (invited.status_code, invited.json()["state"]) == (201, "invited")
    assert invited.headers["location"].endswith(f"/users/{invited.json()['id']}")
    secret = link_in_mail(site)
    assert site.get("anonymous", f"/invitations/{secret}") == {
        "processor": "ImmoInvent GmbH",
        "email": EMAIL,
        "language": "de",
        "roles": ["accountant", "staff"],
        "expires_at": "2026-11-09T09:00:00Z",
    }
    accepted = site.post("anonymous", f"/invitations/{secret}/acceptance", {"password": GOOD})
    assert accepted == {"email": EMAIL, "needs_second_factor": True}
    assert site.get("admin", f"/users/{invited.json()['id']}")["state"] == "active"


def test_looking_uses_nothing_up(desk):
    invite(desk)
    path = f"/invitations/{link_in_mail(desk)}"
    for _ in range(3):
        desk.get("anonymous", path)
    desk.post("anonymous", f"{path}/acceptance", {"password": GOOD})
    assert desk.ask("anonymous", "GET", path).json()["code"] == "link_unknown"
    assert desk.ask("anonymous", "POST", f"{path}/acceptance", {"password": GOOD}).status_code == 404


@pytest.mark.parametrize("secret", ["x", "a" * 43, "%00", "..", "ä"])
def test_an_invented_link_opens_nothing(desk, secret):
    for method, path in (("GET", f"/invitations/{secret}"), ("POST", f"/invitations/{secret}/acceptance")):
        refused = desk.ask("anonymous", method, path, {"password": GOOD} if method == "POST" else None)
        assert refused.status_code == 404


def test_a_weak_password_is_refused_and_not_repeated(desk):
    invite(desk)
    refused = desk.ask("anonymous", "POST", f"/invitations/{link_in_mail(desk)}/acceptance", {"password": "kurz!"})
    assert (refused.status_code, refused.json()["code"]) == (422, "password_too_short")
    assert "kurz!" not in refused.text


def test_a_newer_invitation_is_mailed_on_request(desk):
    number = invite(desk).json()["id"]
    old = link_in_mail(desk)
    desk.clock.forward(hours=1)
    desk.post("admin", f"/users/{number}/invitation")
    assert link_in_mail(desk) != old
    assert desk.ask("anonymous", "GET", f"/invitations/{old}").status_code == 404


def test_an_invitation_ends_after_seven_days(desk):
    invite(desk)
    path = f"/invitations/{link_in_mail(desk)}"
    desk.clock.forward(days=7)
    assert desk.ask("anonymous", "GET", path).status_code == 404


def test_who_guesses_links_has_to_wait(desk):
    answers = [desk.ask("anonymous", "GET", f"/invitations/x{number}").status_code for number in range(61)]
    assert answers[:60] == [404] * 60
    assert answers[60] == 429


def test_nobody_but_the_administration_invites(desk):
    for role in ("staff", "lead", "accountant", "auditor", "controller_approver"):
        assert desk.ask(role, "POST", "/invitations", INVITATION).json()["code"] == "right_missing", role


def test_people_of_another_processor_are_not_known(desk):
    add_newcomer(desk)
    refused = desk.ask("admin", "POST", "/invitations", INVITATION, of=PROCESSORS[1])
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (422, "unknown_person", "person")


def test_the_same_address_works_for_both_processors(desk):
    """One account at each: the admin of one can't reset the way into the other."""
    first = invite(desk).json()
    raw = {"name": "Nele Neu", "initials": "NN", "ref": "NEU"}
    desk.tell(lambda session: add_person(session, Act("test", NOW), read_person(raw)), of=PROCESSORS[1])
    second = desk.ask("admin", "POST", "/invitations", INVITATION, of=PROCESSORS[1])
    assert second.status_code == 201
    assert second.json()["id"] != first["id"]
