"""Getting in: password, second factor, a new password, an invitation, and a form whose session had ended meanwhile."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pyotp
import pytest
from httpx import Response
from sqlmodel import select

from api.auth import cookie_name
from billing.services.access.links import make_link
from billing.services.acting import Act
from billing.store.session import TenantSession
from billing.store.tables import MailLink, User
from billing.store.tables.kinds import LinkPurpose
from tests.api.http.entering import GOOD, code, give_password
from tests.api.http.running import PROCESSORS, Site
from tests.web.browsing import Browser, at_work, form_of, said_on

ANOTHER = "grüne Wolken; ziehen weiter"
ACCOUNTANT = "accountant@immoinvent.example"


def log_in(site: Site, role: str, way: str = "/anmelden") -> tuple[Browser, Response]:
    give_password(site)
    browser = Browser(site)
    page = browser.get(way)
    return browser, browser.send(page, way, email=f"{role}@immoinvent.example", password=GOOD)


def user_of(session: TenantSession, role: str) -> User:
    digest = session.ring.digest(f"{role}@immoinvent.example")
    return session.exec(select(User).where(User.email_digest == digest)).one()


def link_to(site: Site, role: str, purpose: LinkPurpose) -> Any:
    """A link as an invitation or a reset mails it."""

    def make(session: TenantSession) -> str:
        user = user_of(session, role)
        about: dict[str, Any] = {"subject_table": "user", "subject_id": user.id}
        act = Act("test", site.clock())
        return make_link(session, act, purpose=purpose, user=user, valid_for=timedelta(hours=1), **about)

    return site.tell(make)


def test_with_the_right_password_one_is_where_one_wanted_to_be(desk: Site):
    way = "/anmelden?weiter=%2Fanmelden%2Fpasswort"
    _, entered = log_in(desk, "staff", way)
    assert entered.status_code == 200
    assert entered.url.path == "/anmelden/passwort"


def test_who_works_for_several_processors_is_asked_for_one_where_the_password_fits_and_by_no_other(desk: Site):
    email = "staff@immoinvent.example"
    for of in PROCESSORS:
        give_password(desk, of)

    def share_the_address(session: TenantSession) -> None:
        user = session.exec(select(User).where(User.email_digest == session.ring.digest("staff@nachbar.example"))).one()
        user.email, user.email_digest = email, session.ring.digest(email)

    desk.tell(share_the_address, PROCESSORS[1])
    browser = Browser(desk)
    page = browser.get("/anmelden")
    wrong = browser.send(page, "/anmelden", email=email, password=ANOTHER)
    assert "processor" not in {one.name for one in form_of(wrong, "/anmelden").fields}
    asked = browser.send(page, "/anmelden", email=email, password=GOOD)
    assert asked.status_code == 409
    assert all(name in said_on(asked) for name in PROCESSORS)
    assert cookie_name(desk.service) not in browser.client.cookies
    entered = browser.send(asked, "/anmelden", email=email, password=GOOD, processor=PROCESSORS[1])
    assert (entered.status_code, entered.url.path) == (200, "/zeiten")
    assert browser.client.get("/api/v1/session").json()["processor"] == PROCESSORS[1]


def test_an_accountant_is_asked_for_a_code_and_gets_a_new_token_with_it(desk: Site):
    browser, asked = log_in(desk, "accountant", "/anmelden?weiter=%2Fanmelden%2Fpasswort")
    assert asked.url.path == "/anmelden/code"
    name, before = cookie_name(desk.service), browser.client.cookies[cookie_name(desk.service)]
    action = str(asked.url.raw_path, "ascii")
    wrong = browser.send(asked, action, code="000000")
    assert wrong.status_code == 422
    inside = browser.send(wrong, action, code=code(desk))
    assert inside.url.path == "/anmelden/passwort"
    assert browser.client.cookies[name] != before


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        pytest.param("accountant", "/vorgaenge?suche=Auskunft&art=data_subject", id="filters, past the code"),
        pytest.param("accountant", "/vorgaenge?suche=Pr%C3%BCfung%20%26%20Bericht&kunde=K-1", id="escaped"),
        pytest.param("accountant", "/vorgaenge/R%C3%A4t%3F", id="a reference with a question mark"),
        pytest.param("staff", f"/vorgaenge?suche={'Auskunft%20' * 18}&kunde=K-1", id="longer than a line"),
    ],
)
def test_the_way_on_after_the_log_in_is_the_whole_address(desk: Site, role: str, wanted: str):
    way = str(Browser(desk).get(wanted).url.raw_path, "ascii")
    browser, page = log_in(desk, role, way)
    if role == "accountant":
        page = browser.send(page, str(page.url.raw_path, "ascii"), code=code(desk))
    assert str(page.url.raw_path, "ascii") == wanted


@pytest.mark.parametrize("wanted", ["/ü", "/☃", "//anderswo.example", "/" + "x" * 5000, "/\u202e"])
def test_no_way_on_keeps_anybody_from_logging_in(desk: Site, wanted: str):
    browser, page = log_in(desk, "staff", f"/anmelden?weiter={quote(wanted, safe='')}")
    assert page.status_code in {200, 404}
    assert page.url.host == browser.get("/zeiten").url.host
    assert browser.get("/zeiten").url.path == "/zeiten"


def test_who_must_have_a_second_factor_sets_it_up_at_the_log_in(desk: Site):
    def forget(session: TenantSession) -> None:
        user = user_of(session, "accountant")
        user.totp_secret = user.totp_confirmed_at = None
        session.add(user)

    desk.tell(forget)
    browser, page = log_in(desk, "accountant")
    assert page.url.path == "/anmelden/einrichten"
    (secret,) = re.findall(r"<code>([A-Z2-7]{32})</code>", page.text)
    mistyped = browser.send(page, "/anmelden/einrichten", code="000000")
    assert mistyped.status_code == 422
    assert secret in mistyped.text, "who has scanned the code already need not do it again"
    done = browser.send(mistyped, "/anmelden/einrichten", code=pyotp.TOTP(secret).at(desk.clock()))
    assert len(re.findall(r"<li><code>", done.text)) == 10
    assert browser.get("/anmelden/passwort").status_code == 200


def test_a_second_factor_is_replaced_by_whoever_knows_the_password(desk: Site):
    """For a new phone, or when the recovery codes are used up."""
    give_password(desk)
    browser = at_work(desk, "accountant")
    to_it = "/anmelden/einrichten?weiter=/einstellungen"
    assert to_it in browser.get("/einstellungen").text
    anew, here = (f"/anmelden/einrichten{more}?weiter=%2Feinstellungen" for more in ("/neu", ""))
    wrong = browser.send(browser.get(to_it), anew, current_password=ANOTHER)
    assert (wrong.status_code, "<code>" in wrong.text) == (422, False)
    page = browser.send(wrong, anew, current_password=GOOD)
    (secret,) = re.findall(r"<code>([A-Z2-7]{32})</code>", page.text)
    mistyped = browser.send(page, here, code="000000")
    assert (mistyped.status_code, secret in mistyped.text) == (422, True)
    done = browser.send(mistyped, here, code=pyotp.TOTP(secret).at(desk.clock.now))
    assert len(re.findall(r"<li><code>", done.text)) == 10
    assert desk.tell(lambda session: user_of(session, "accountant").totp_secret) == secret
    assert 'href="/einstellungen"' in done.text
    assert browser.get("/einstellungen").status_code == 200
    assert browser.get("/anmelden/einrichten/neu").url.path == "/anmelden/einrichten"


def test_a_forgotten_password_gives_the_same_answer_for_every_address(desk: Site):
    browser = Browser(desk)
    answers = {
        browser.send(browser.get("/anmelden/vergessen"), "/anmelden/vergessen", email=email).text
        for email in ("staff@immoinvent.example", "niemand@nirgends.example")
    }
    assert len({re.sub(r"[\w-]{16}", "", one) for one in answers}) == 1


def test_a_new_password_is_chosen_behind_the_link_of_a_reset(desk: Site):
    give_password(desk)
    way = f"/passwort/{link_to(desk, 'staff', LinkPurpose.PASSWORD_RESET)}"
    browser = Browser(desk)
    weak = browser.send(browser.get(way), way, password="schwach")  # noqa: S106 - too weak on purpose
    assert weak.status_code == 422
    assert "schwach" not in weak.text
    done = browser.send(weak, way, password=ANOTHER)
    assert done.url.path == "/anmelden"
    inside = browser.send(done, "/anmelden", email="staff@immoinvent.example", password=ANOTHER)
    assert inside.url.path != "/anmelden"


def test_an_invitation_says_whose_it_is_and_opens_the_account_once(desk: Site):
    def fresh(session: TenantSession) -> None:
        user = user_of(session, "staff")
        user.password_hash = user.password_changed_at = None
        session.add(user)

    desk.tell(fresh)
    way = f"/einladung/{link_to(desk, 'staff', LinkPurpose.INVITATION)}"
    browser = Browser(desk)
    page = browser.get(way)
    assert "staff@immoinvent.example" in page.text
    assert desk.tell(lambda session: session.exec(select(MailLink)).one().used_at) is None
    assert browser.send(page, way, password=ANOTHER).url.path == "/anmelden"
    assert browser.get(way).status_code == 404


def test_a_form_sent_after_the_session_ended_is_kept_through_the_log_in(desk: Site):
    give_password(desk)
    browser = at_work(desk, "accountant")
    page = browser.get("/anmelden/passwort")
    browser.client.cookies.clear()
    typed: dict[str, Any] = {"current_password": GOOD, "new_password": ANOTHER, "note": "Zeile 1\r\nZeile 2 & <b>"}
    ended = browser.send(page, "/anmelden/passwort", **typed)
    assert ended.status_code == 401
    assert "nicht verloren" in ended.text
    assert ANOTHER not in ended.text, "a page never holds a password"
    again = browser.send(ended, "/anmelden", email=ACCOUNTANT, password=GOOD)
    resumed = browser.send(again, "/anmelden/code", code=code(desk))
    kept = {field.name: field.value for field in form_of(resumed, "/anmelden/passwort").fields}
    assert kept["note"] == typed["note"]
    sent = browser.send(resumed, "/anmelden/passwort", current_password=GOOD, new_password=ANOTHER)
    assert sent.url.path != "/anmelden/passwort"
