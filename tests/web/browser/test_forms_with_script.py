"""Forms with the pages' script: previews, saving without leaving the page, work under way, and the clock."""

import gzip

from playwright.sync_api import Route, expect

from tests.web.browser.made_up import SCRIPT, html

LARGEST = 10 * 1024


def test_the_script_weighs_no_more_than_it_may():
    assert len(gzip.compress(SCRIPT.read_bytes(), 9)) <= LARGEST


PREVIEW = """<form id=f data-preview=/preview data-preview-into=split>
    <label>Von <input name=from id=from></label><label>Bis <input name=to></label><button>Speichern</button>
    <section id=split><p data-announce>leer</p></section></form>"""


def test_a_preview_is_asked_for_once_typing_rests_and_read_out_after_a_second(answers):
    page = answers.open(PREVIEW)
    answers.pages["/preview"] = lambda: "<section id=split>Betrag <p data-announce>1:30 h</p></section>"
    page.get_by_label("Von").press_sequentially("730", delay=0)
    page.clock.run_for(170)
    assert answers.posts() == []
    page.clock.run_for(20)
    expect(page.locator("#split")).to_have_text("Betrag 1:30 h")
    assert answers.posts() == [{"from": ["730"]}]
    expect(page.locator("#ansage")).to_have_text("")
    page.clock.run_for(1000)
    expect(page.locator("#ansage")).to_have_text("1:30 h")


def test_the_field_that_is_typed_in_keeps_the_focus_when_its_part_is_replaced(answers):
    field_in = "<section id=split><label>Ort <input name=place id=place></label></section>"
    page = answers.open(f"<form data-preview=/preview data-preview-into=split>{field_in}</form>")
    answers.pages["/preview"] = lambda: field_in.replace("Ort", "Stadt")
    page.get_by_label("Ort").press_sequentially("A")
    page.clock.run_for(200)
    expect(page.get_by_label("Stadt")).to_be_focused()


def test_a_preview_that_failed_leaves_what_is_shown(answers):
    page = answers.open(PREVIEW)
    answers.pages["/preview"] = lambda: (500, "<h1>Fehler</h1>")
    with page.expect_response("**/preview"):
        page.get_by_label("Bis").fill("9")
        page.clock.run_for(200)
    expect(page.locator("#split")).to_have_text("leer")


SWAP = """<form id=f method=post action=/save data-swap="list sum" data-focus-after=case>
    <input type=hidden name=_key value=first>
    <label>Vorgang <input name=case id=case></label><button id=go data-busy="Wird gespeichert">Speichern</button></form>
    <ul id=list><li>eins</li></ul><p id=sum>1</p><p id=other>alt</p>"""


def test_a_saved_form_swaps_the_named_parts_title_and_message_and_leads_the_focus_back(answers):
    page = answers.open(SWAP)
    after = (
        SWAP.replace("eins", "zwei")
        .replace("first", "second")
        .replace("<p id=sum>1", "<p id=sum>2")
        .replace("alt", "neu")
    )
    answers.pages["/save"] = lambda: (303, "/?gespeichert=1")
    page.get_by_label("Vorgang").fill("F-041")
    answers.pages["/"] = lambda: html(after, title="Gespeichert", message="Gespeichert: 1:30 h")
    page.get_by_role("button").click()
    expect(page.locator("#list")).to_have_text("zwei")
    expect(page.locator("#sum")).to_have_text("2")
    expect(page.locator("#other")).to_have_text("alt")
    expect(page.locator("#meldung")).to_have_text("Gespeichert: 1:30 h")
    expect(page.get_by_label("Vorgang")).to_be_focused()
    expect(page).to_have_title("Gespeichert")
    expect(page).to_have_url(f"{answers.home}/?gespeichert=1")
    page.clock.run_for(10)
    expect(page.locator("#ansage")).to_have_text("Gespeichert: 1:30 h")
    expect(page.locator("[name=_key]")).to_have_value("second")
    assert answers.posts() == [{"_key": ["first"], "case": ["F-041"]}]


def test_a_refused_form_comes_back_with_its_errors_in_focus_and_what_was_typed(answers):
    page = answers.open(SWAP)
    refused = """<form id=f method=post action=/save data-swap=list>
        <div id=problems tabindex=-1>Bitte prüfen Sie eine Angabe</div>
        <label>Vorgang <input name=case id=case value=F-9></label><button>Speichern</button></form>"""
    answers.pages["/save"] = lambda: (422, html(refused, title="Fehler: Seite"))
    page.get_by_label("Vorgang").fill("F-9")
    page.get_by_role("button").click()
    expect(page.locator("#problems")).to_be_focused()
    expect(page.get_by_label("Vorgang")).to_have_value("F-9")
    expect(page).to_have_title("Fehler: Seite")
    expect(page).to_have_url(f"{answers.home}/")


def test_a_form_that_could_not_be_sent_keeps_what_was_typed_and_says_so(answers):
    page = answers.open(SWAP, root='data-offline="Keine Verbindung. Ihre Angaben stehen noch da."')
    page.route("**/save", lambda route: route.abort())
    page.get_by_label("Vorgang").fill("F-041")
    page.get_by_role("button").click()
    expect(page.locator("#meldung")).to_have_text("Keine Verbindung. Ihre Angaben stehen noch da.")
    expect(page.get_by_label("Vorgang")).to_have_value("F-041")
    expect(page.get_by_role("button")).not_to_have_attribute("aria-disabled", "true")


def test_an_answer_that_is_another_page_is_gone_to(answers):
    page = answers.open(SWAP)
    answers.pages["/save"] = lambda: (303, "/anmelden")
    answers.pages["/anmelden"] = lambda: html("<h1>Anmelden</h1>")
    page.get_by_role("button").click()
    expect(page).to_have_url(f"{answers.home}/anmelden")
    expect(page.locator("h1")).to_have_text("Anmelden")


def test_a_form_is_sent_once_however_often_it_is_pressed_and_says_that_it_is_under_way(answers):
    page = answers.open(SWAP)
    held: list[Route] = []
    page.route("**/save", lambda route: held.append(route))  # noqa: PLW0108 - it wants a function of its own
    button = page.locator("#go")
    for _ in range(3):
        button.dispatch_event("click")
    page.clock.run_for(410)
    expect(button).to_have_text("Wird gespeichert")
    expect(button).to_have_attribute("aria-disabled", "true")
    assert len(held) == 1
    held[0].fulfill(status=200, body=html(SWAP), content_type="text/html")
    expect(button).to_have_text("Speichern")
    expect(button).not_to_have_attribute("aria-disabled", "true")


def test_work_under_way_is_asked_after_until_it_is_done(answers):
    stages = ["<p>1 von 3</p>", "<p>2 von 3</p>", ""]

    def stage() -> str:
        left = stages.pop(0)
        running = f"<div id=run data-poll=1 data-poll-then=rows>{left}</div>"
        return html(f"{running if left else '<div id=run>Fertig</div>'}<p id=rows>{'alt' if left else 'neu'}</p>")

    answers.pages["/"] = stage
    page = answers.page
    page.goto("/")
    expect(page.locator("#run")).to_have_text("1 von 3")
    page.clock.run_for(1000)
    expect(page.locator("#run")).to_have_text("2 von 3")
    expect(page.locator("#rows")).to_have_text("alt")
    page.clock.run_for(1000)
    expect(page.locator("#run")).to_have_text("Fertig")
    expect(page.locator("#rows")).to_have_text("neu")
    asked = len(answers.asked)
    page.clock.run_for(10_000)
    assert len(answers.asked) == asked


def test_the_rest_is_taken_anew_as_well_when_something_else_is_waited_for(answers):
    stages = {"1 von 2": "work", "2 von 2": "work", "1 Papier": "papers", "2 Papiere": "papers"}
    left = list(stages)

    def stage() -> str:
        now = left.pop(0)
        return html(
            f"<div id=run data-poll=1 data-poll-for={stages[now]} data-poll-then=rows>{now}</div><p id=rows>{now}</p>"
        )

    answers.pages["/"] = stage
    page = answers.page
    page.goto("/")
    for now, rest in zip(stages, ["1 von 2", "1 von 2", "1 Papier", "1 Papier"], strict=True):
        expect(page.locator("#run")).to_have_text(now)
        expect(page.locator("#rows")).to_have_text(rest)
        if left:
            page.clock.run_for(1000)


def test_a_server_that_is_away_is_asked_again_later(answers):
    page = answers.open("<div id=run data-poll=1>1 von 3</div>")
    answers.pages["/"] = lambda: (503, "away")
    with page.expect_response("**/"):
        page.clock.run_for(1000)
    answers.pages["/"] = lambda: html("<div id=run>Fertig</div>")
    page.clock.run_for(1000)
    expect(page.locator("#run")).to_have_text("1 von 3")
    page.clock.run_for(1000)
    expect(page.locator("#run")).to_have_text("Fertig")


def test_a_clock_counts_by_the_servers_time(answers):
    now = 'data-now="2026-06-05T12:45:02Z"'  # the browser's own clock is months behind
    page = answers.open("<time data-timer=2026-06-05T12:00:00Z>0:45</time>", root=now)
    expect(page.locator("time")).to_have_text("0:45:02")
    page.clock.run_for(3000)
    expect(page.locator("time")).to_have_text("0:45:05")
