"""What is alike for all pages: who gets in, what a form must carry, what is said of a refusal, and the headers."""

import re

import pytest

from api.auth import cookie_name, csrf_token
from api.web.assets import address_of
from tests.api.http.running import Site
from tests.web.browsing import Browser, at_work, form_of


def test_a_stranger_is_led_to_the_log_in_and_back_to_where_he_wanted(desk: Site):
    response = Browser(desk).client.get("/", follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"] == "/anmelden?weiter=%2F"


def test_a_wrong_password_is_said_on_the_form_with_the_address_kept(desk: Site):
    browser = Browser(desk)
    page = browser.get("/anmelden")
    told = browser.send(page, "/anmelden", email="mia@example.org", password="falsch")  # noqa: S106 - a wrong one
    assert told.status_code == 401
    assert "Fehler:" in told.text
    assert 'value="mia@example.org"' in told.text
    assert "falsch" not in told.text


def test_a_form_left_empty_is_told_all_its_errors_at_once(desk: Site):
    browser = Browser(desk)
    told = browser.send(browser.get("/anmelden"), "/anmelden", email="", password="")
    assert told.status_code == 422
    assert "Bitte prüfen Sie 2 Angaben" in told.text


def test_a_form_of_another_site_does_nothing(desk: Site):
    browser = at_work(desk, "staff")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.client.post("/anmelden", data={}, headers=headers).status_code == 403
    response = browser.client.post("/abmelden", data={"_csrf": "geraten"})
    assert response.status_code == 403
    assert "Dieses Formular" in response.text


def test_pages_let_nothing_foreign_in(desk: Site):
    headers = Browser(desk).get("/anmelden").headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_an_unknown_address_is_a_page_for_people_and_problem_json_for_programs(desk: Site):
    page = Browser(desk).get("/gibt-es-nicht")
    assert page.status_code == 404
    assert "<h1>" in page.text
    refused = desk.client.get("/gibt-es-nicht")
    assert refused.headers["content-type"] == "application/problem+json"
    assert "openapi.json" in refused.json()["detail"]


@pytest.mark.parametrize(("address", "ways"), [("/gibt-es-nicht", ("/", "/suche")), ("/p/gibt-es-nicht", ("/p",))])
def test_people_at_an_unknown_address_are_shown_ways_on_and_nothing_for_programs(
    desk: Site, address: str, ways: tuple[str, ...]
):
    page = Browser(desk).get(address)
    assert "openapi" not in page.text
    assert all(f'class="button" href="{way}"' in page.text for way in ways)
    assert ('href="/suche"' in page.text) == ("/suche" in ways)


@pytest.mark.parametrize(
    ("role", "address", "entry"),
    [
        ("staff", "/zeiten", "/zeiten"),
        ("staff", "/weisungen", "/vorgaenge"),
        ("staff", "/anfragen", "/vorgaenge"),
        ("staff", "/uhr", "/zeiten"),
        ("accountant", "/zahlungen", "/rechnungen"),
        ("accountant", "/mahnungen", "/rechnungen"),
        ("accountant", "/export", "/rechnungen"),
        ("accountant", "/jahr?jahr=2026", "/abrechnung"),
    ],
)
def test_the_navigation_marks_where_a_page_belongs(desk: Site, role: str, address: str, entry: str):
    places = at_work(desk, role).get(address).text.partition('<nav class="places"')[2].partition("</nav>")[0]
    assert re.findall(r'href="([^"]+)"[^>]* aria-current="page"', places) == [entry]


def test_style_and_script_are_kept_for_good_under_the_name_of_their_content(desk: Site):
    address = address_of("app.css")
    response = desk.client.get(address, headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.content == desk.client.get(address, headers={"Accept-Encoding": "identity"}).content
    assert desk.client.get("/static/app.0000000000.css").status_code == 404


def test_who_logs_out_is_out(desk: Site):
    browser = at_work(desk, "staff")
    page = browser.get("/gibt-es-nicht")
    assert page.status_code == 404
    secret = browser.client.cookies[cookie_name(desk.service)]
    left = browser.client.post("/abmelden", data={"_csrf": csrf_token(secret)})
    assert left.url.path == "/anmelden"
    assert "Sie sind abgemeldet." in left.text
    assert "Sie sind abgemeldet." not in browser.get("/anmelden").text


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_way_on_leads_to_no_other_host(desk: Site, wanted: str):
    browser = Browser(desk)
    page = browser.client.get("/anmelden", params={"weiter": wanted})
    form = form_of(page, str(page.url.raw_path, "ascii"))
    assert form.action.startswith("/anmelden")


def test_language_and_colours_are_chosen_on_any_page_and_stay(desk: Site):
    browser = Browser(desk)
    page = browser.get("/anmelden")
    back = browser.send(page, "/anzeige", sprache="en", farben="dark")
    assert back.url.path == "/anmelden"
    assert 'data-theme="dark"' in back.text
    assert '<html lang="en"' in browser.get("/anmelden").text
