"""Keys, colours, dragging and outlines with the pages' script."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.made_up import html

KEYS = """<a href=/vorgaenge data-key="g v">Vorgänge</a> <a href=/vor data-key=j>weiter</a>
    <label>Vorgang <input id=case data-key=n></label>
    <form method=post action=/stop><button data-key=s>Stopp</button></form>
    <dialog id=keys><h2>Tasten</h2></dialog>"""


def test_a_key_leads_the_focus_to_its_field_and_follows_its_link(answers):
    page = answers.open(KEYS)
    page.keyboard.press("n")
    expect(page.get_by_label("Vorgang")).to_be_focused()
    page.keyboard.type("gv")
    expect(page.get_by_label("Vorgang")).to_have_value("gv")
    page.get_by_label("Vorgang").blur()
    answers.pages["/vorgaenge"] = lambda: html("<h1>Vorgänge</h1>")
    page.keyboard.press("g")
    page.keyboard.press("v")
    expect(page).to_have_url(f"{answers.home}/vorgaenge")


def test_a_key_does_no_deed_it_only_leads_to_its_button(answers):
    page = answers.open(KEYS)
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Stopp")).to_be_focused()
    assert answers.posts() == []


@pytest.mark.parametrize("keys", ["Control+n", "Alt+n", "Meta+n"])
def test_a_key_with_another_one_is_the_browsers(answers, keys):
    page = answers.open(KEYS)
    page.keyboard.press(keys)
    expect(page.get_by_label("Vorgang")).not_to_be_focused()


def test_keys_that_are_turned_off_do_nothing(answers):
    page = answers.open(KEYS, root="data-keys=off")
    page.keyboard.press("n")
    page.keyboard.press("?")
    expect(page.get_by_label("Vorgang")).not_to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_question_mark_shows_all_keys(answers):
    page = answers.open(KEYS)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_label("Vorgang")).not_to_be_focused()


def test_j_and_k_go_through_the_rows_of_a_list(answers):
    page = answers.open("<a href=/1 data-row>eins</a> <a href=/2 data-row>zwei</a>")
    for key, row in (("j", "eins"), ("j", "zwei"), ("j", "zwei"), ("k", "eins")):
        page.keyboard.press(key)
        expect(page.get_by_role("link", name=row)).to_be_focused()


def test_ctrl_and_enter_save_the_form_one_is_in(answers):
    page = answers.open("<form method=post action=/save><textarea name=note aria-label=Text></textarea></form>")
    answers.pages["/save"] = lambda: html("<h1>Gespeichert</h1>")
    page.get_by_label("Text").fill("Suche")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("Gespeichert")
    assert answers.posts() == [{"note": ["Suche"]}]


def test_the_theme_changes_at_once_and_is_kept_in_a_cookie(answers):
    page = answers.open("<form method=post><button data-theme-to=dark>Dunkel</button></form>")
    page.get_by_role("button", name="Dunkel").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    assert cookies == {"theme": "dark"}
    assert answers.posts() == []


WEEK = """<form id=f><input name=date aria-label=Datum><input name=from aria-label=Von><input name=to aria-label=Bis>
    </form><svg width=960 height=40 data-drag=f data-date="Di 02.06.2026" data-minutes={minutes} {shift}></svg>"""


def drag(page: Page, first: float, last: float) -> None:
    """Drag over a day from one share of its width to another."""
    box = page.locator("svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + first * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + last * box["width"], box["y"] + 20, steps=3)
    page.mouse.up()


@pytest.mark.parametrize(
    ("minutes", "shift", "first", "last", "times"),
    [
        (1440, "", 21 / 24, 23 / 24, ("21:00", "23:00")),
        (1440, "", 23 / 24, 21 / 24, ("21:00", "23:00")),
        (1440, "", 7.54 / 24, 24.3 / 24, ("07:30", "24:00")),
        (1380, "data-shift=120:60", 1 / 23, 3 / 23, ("01:00", "04:00")),
        (1500, "data-shift=180:-60", 1 / 25, 5 / 25, ("01:00", "04:00")),
    ],
    ids=["forwards", "backwards", "snapped to five minutes and the day's end", "23-hour day", "25-hour day"],
)
def test_dragging_over_a_day_fills_in_date_from_and_to(answers, minutes, shift, first, last, times):
    page = answers.open(WEEK.format(minutes=minutes, shift=shift))
    drag(page, first, last)
    expect(page.get_by_label("Datum")).to_have_value("Di 02.06.2026")
    expect(page.get_by_label("Von")).to_have_value(times[0])
    expect(page.get_by_label("Bis")).to_have_value(times[1])
    expect(page.locator("svg rect")).to_have_count(0)


def test_a_click_on_a_day_fills_in_nothing(answers):
    page = answers.open(WEEK.format(minutes=1440, shift=""))
    drag(page, 0.5, 0.5)
    expect(page.get_by_label("Von")).to_have_value("")


def test_a_row_outlines_its_block_for_mouse_and_keyboard(answers):
    page = answers.open("<svg><g id=b1></g></svg><div data-outlines=b1><a href=/1>Zeile</a></div>")
    page.get_by_role("link").focus()
    expect(page.locator("#b1")).to_have_class("is-outlined")
    page.get_by_role("link").blur()
    expect(page.locator("#b1")).not_to_have_class("is-outlined")
